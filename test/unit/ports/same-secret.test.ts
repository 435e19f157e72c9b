import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSameSecret } from '../../../src-main/core/ports/same-secret.ts';

test('only the very same text is the same secret', () => {
  assert.equal(isSameSecret('0123456789abcdef', '0123456789abcdef'), true);
  assert.equal(isSameSecret('', ''), true);
  for (const other of ['', '0', '0123456789abcdeF', '0123456789abcdef ', '0123456789abcde', 'ſ', '\0']) {
    assert.equal(isSameSecret(other, '0123456789abcdef'), false, other);
  }
});
