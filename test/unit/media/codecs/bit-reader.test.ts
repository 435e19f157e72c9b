import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BitReader, removeEmulationPrevention } from '../../../../src-main/media/codecs/bit-reader.ts';
import { createBitWriter } from '../../../../src-main/media/codecs/bit-writer.ts';
import { assertRefused, fromHex } from '../sample-media.ts';

/** Writes ue(v) as ITU-T H.264 §9.1 defines it. */
function writeUe(bits: ReturnType<typeof createBitWriter>, value: number): void {
  const zeros = Math.floor(Math.log2(value + 1));
  bits.bits(zeros, 0);
  bits.bits(1, 1);
  bits.bits(zeros, value + 1 - 2 ** zeros);
}

test('fields of any width are read as they were written', () => {
  const field = fc
    .integer({ min: 1, max: 32 })
    .chain((count) => fc.tuple(fc.constant(count), fc.integer({ min: 0, max: 2 ** count - 1 })));

  fc.assert(
    fc.property(fc.array(field), (fields) => {
      const writer = createBitWriter();
      for (const [count, value] of fields) {
        writer.bits(count, value);
      }
      const reader = new BitReader(writer.finish(), 'test');

      assert.deepEqual(
        fields.map(([count]) => reader.bits(count)),
        fields.map(([, value]) => value),
      );
    }),
  );
});

test('Exp-Golomb codes are read as the table in the standard has them', () => {
  const table = [
    ['80', 0, 0],
    ['40', 1, 1],
    ['60', 2, -1],
    ['20', 3, 2],
    ['28', 4, -2],
    ['30', 5, 3],
    ['38', 6, -3],
    ['1200', 8, -4],
  ] as const;

  for (const [hex, unsigned, signed] of table) {
    assert.equal(new BitReader(fromHex(hex), 'test').ue(), unsigned);
    assert.equal(new BitReader(fromHex(hex), 'test').se() + 0, signed);
  }
});

test('Exp-Golomb codes up to 32 bits round-trip', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 0xffff_fffe })), (values) => {
      const writer = createBitWriter();
      for (const value of values) {
        writeUe(writer, value);
      }
      const reader = new BitReader(writer.finish(), 'test');

      assert.deepEqual(
        values.map(() => reader.ue()),
        values,
      );
    }),
  );
});

test('running off the end is refused with the name of what ended', () => {
  assertRefused(() => new BitReader(fromHex('ff'), 'SPS').bits(9), /SPS at byte 0 ends in the middle of a field/);
  assertRefused(() => new BitReader(fromHex('ff'), 'SPS').skip(9), /SPS at byte 0 ends/);
  assertRefused(() => new BitReader(fromHex('0000'), 'SPS').ue(), /SPS at byte 2 ends/);
  assertRefused(() => new BitReader(new Uint8Array(100), 'SPS').ue(), /number of more than 32 bits/);
});

test('emulation prevention bytes are taken out, and only those', () => {
  for (const [escaped, plain] of [
    ['000003', '0000'],
    ['00000301', '000001'],
    ['0000030000030000', '000000000000'],
    ['000103', '000103'],
    ['0003', '0003'],
    ['ff000003000003', 'ff00000000'],
    ['', ''],
  ] as const) {
    assert.deepEqual(removeEmulationPrevention(fromHex(escaped)), fromHex(plain), escaped);
  }
});
