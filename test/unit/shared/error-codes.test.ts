import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERROR_CODES, RETIRED_CODES } from '../../../src-main/shared/error-codes.ts';

const codes = Object.entries(ERROR_CODES);

test('every code names its area and its fault, or is one of Azure Media Services', () => {
  const misnamed = codes.map(([code]) => code).filter((code) => !/^(?:[a-z]+\/[a-z0-9-]+|[A-Z_0-9]+)$/.test(code));

  assert.deepEqual(misnamed, []);
});

test('every code has the status of a failure and a title that is no sentence', () => {
  for (const [code, { status, title }] of codes) {
    assert.ok(status >= 400 && status < 600, `${code}: ${status}`);
    assert.match(title, /^[A-Z].*[^.]$/, code);
  }
});

test('a retired code is never used again', () => {
  assert.deepEqual(
    RETIRED_CODES.filter((code) => code in ERROR_CODES),
    [],
  );
});
