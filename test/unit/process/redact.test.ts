import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createRedactor } from '../../../src-main/core/process/redact.ts';

const spellings: readonly (readonly [name: string, secret: string, text: string])[] = [
  ['as it is', 'k3y', 'to rtmp://x/k3y: Broken pipe'],
  ['percent-encoded', 'a b/ü', 'to a%20b%2F%C3%BC: Broken pipe'],
  ['percent-encoded in lower case', 'a/b', 'to a%2fb: Broken pipe'],
  ['percent-encoded where it need not be', 'key', 'to %6B%65%79: Broken pipe'],
  ['percent-encoded twice', 'a/b', 'to a%252Fb: Broken pipe'],
  ['partly encoded', 'a b/c', 'to a%20b/c: Broken pipe'],
  ['as in a form', 'a b', 'to a+b: Broken pipe'],
  ['escaped for a filter or a muxer', "a:b'c\\d", "to a\\:b\\'c\\\\d: Broken pipe"],
  ['with characters that mean something in a pattern', '(a.*)+[$', 'to (a.*)+[$: Broken pipe'],
];

describe('a secret is found', () => {
  for (const [name, secret, text] of spellings) {
    test(name, () => {
      const { redact } = createRedactor([secret]);

      assert.match(redact(text), /^to \S*\[secret\]: Broken pipe$/);
    });
  }

  test('every time, and each of several', () => {
    const { redact } = createRedactor(['one', 'two']);

    assert.equal(redact('one two one'), '[secret] [secret] [secret]');
  });

  test('as a whole when another is its beginning', () => {
    const { redact } = createRedactor(['live', 'live_123']);

    assert.equal(redact('live_123 live'), '[secret] [secret]');
  });

  test('line by line when it has several', () => {
    const { redact } = createRedactor(['first line\nsecond line\n']);

    assert.equal(redact('read second line'), 'read [secret]');
  });
});

test('text without a secret stays as it is', () => {
  const { redact } = createRedactor(['k3y.']);

  assert.equal(redact('k3yx K3Y. \\k3y'), 'k3yx K3Y. \\k3y');
});

test('an empty secret is none', () => {
  const { redact, longest } = createRedactor(['', '  ', '\n']);

  assert.deepEqual([redact('a b'), longest], ['a b', 0]);
});

test('no secret survives, however it is encoded', () => {
  const secret = fc.string({ minLength: 4, maxLength: 40, unit: 'binary' }).filter((text) => !/[\r\n]/.test(text));
  fc.assert(
    fc.property(
      secret.filter((text) => text.trim() !== ''),
      (text) => {
        const { redact, longest } = createRedactor([text]);
        const encoded = Array.from(Buffer.from(text), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
        for (const spelling of [text, encodeURIComponent(text), encodeURI(text), encoded]) {
          assert.equal(redact(`<${spelling}>`), '<[secret]>');
          assert.ok(spelling.length <= longest);
        }
      },
    ),
  );
});
