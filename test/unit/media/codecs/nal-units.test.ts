import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  isNalLengthSize,
  joinAnnexB,
  joinLengthPrefixed,
  splitAnnexB,
  splitLengthPrefixed,
} from '../../../../src-main/media/codecs/nal-units.ts';
import { assertRefused, fromHex, toHex } from '../sample-media.ts';

/** A NAL unit has no start code inside and no zero at its end. */
const nalUnit = fc
  .uint8Array({ minLength: 1, maxLength: 40 })
  .map((bytes) => bytes.map((byte, index) => (index % 2 === 0 && byte < 4 ? byte + 4 : byte)))
  .map((bytes) => (bytes.at(-1) === 0 ? Uint8Array.of(...bytes, 9) : bytes));

test('a sample and a byte stream hold the same NAL units', () => {
  fc.assert(
    fc.property(fc.array(nalUnit, { minLength: 1 }), (units) => {
      assert.deepEqual(splitLengthPrefixed(joinLengthPrefixed(units), 4), units);
      assert.deepEqual(splitAnnexB(joinAnnexB(units)), units);
    }),
  );
});

test('start codes of three and four bytes and padding are all understood', () => {
  const stream = fromHex('ffff' + '000001' + '09f0' + '00000001' + '6742' + '0000' + '000001' + '68' + '000000');

  assert.deepEqual(splitAnnexB(stream).map(toHex), ['09f0', '6742', '68']);
  assert.deepEqual(splitAnnexB(fromHex('000001000001000001aa')).map(toHex), ['aa']);
  assert.deepEqual(splitAnnexB(fromHex('aabbccdd')), []);
  assert.deepEqual(splitAnnexB(new Uint8Array()), []);
});

test('lengths of one and two bytes are read, and empty units are left out', () => {
  assert.deepEqual(splitLengthPrefixed(fromHex('02aabb0001cc'), 1).map(toHex), ['aabb', 'cc']);
  assert.deepEqual(splitLengthPrefixed(fromHex('0002aabb0000'), 2).map(toHex), ['aabb']);
});

test('a length that lies is refused with its place', () => {
  assertRefused(
    () => splitLengthPrefixed(fromHex('00000001aa' + 'ffffffffbb'), 4),
    /NAL unit at byte 9 of 4294967295 bytes reaches beyond its sample of 10/,
  );
  assertRefused(() => splitLengthPrefixed(fromHex('000000'), 4), /NAL unit at byte 0 ends inside its length/);
});

test('views are handed out, not copies', () => {
  const sample = fromHex('00000002aabb');

  assert.equal(splitLengthPrefixed(sample, 4)[0]?.buffer, sample.buffer);
});

test('lengths of three bytes do not exist', () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5].filter(isNalLengthSize), [1, 2, 4]);
});
