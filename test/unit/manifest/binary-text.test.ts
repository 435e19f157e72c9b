import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromBase64, fromHex, toBase64, toHex } from '../../../src-main/manifest/binary-text.ts';

test('text that is not whole bytes is not read', () => {
  assert.deepEqual(['0', 'ABC', 'G0', '0x00', ' 00'].map(fromHex), [
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  assert.deepEqual(
    ['A', 'AA=', 'AAA', '====', 'A===', 'AA*=', 'AAAA='].map(fromBase64),
    Array.from({ length: 7 }, () => undefined),
  );
});

test('white space in base64 does not count', () => {
  assert.deepEqual(fromBase64('\n  AQ\tID\r\n'), Uint8Array.of(1, 2, 3));
});

test('bytes are written as the platform writes them and read back', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      assert.equal(toHex(bytes), Buffer.from(bytes).toString('hex').toUpperCase());
      assert.equal(toBase64(bytes), Buffer.from(bytes).toString('base64'));
      assert.deepEqual(fromHex(toHex(bytes)), bytes);
      assert.deepEqual(fromHex(toHex(bytes).toLowerCase()), bytes);
      assert.deepEqual(fromBase64(toBase64(bytes)), bytes);
    }),
  );
});
