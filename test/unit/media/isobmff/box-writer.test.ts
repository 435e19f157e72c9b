import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BoxWriter } from '../../../../src-main/media/isobmff/box-writer.ts';
import { toHex, written } from '../sample-media.ts';

test('a box measures itself and the boxes inside it', () => {
  const bytes = written((writer) => {
    writer.box('moof', () => {
      writer.fullBox('mfhd', 1, 0x020304, () => writer.u32(7));
      writer.box('free', () => undefined);
    });
  });

  assert.equal(
    toHex(bytes),
    '00000020' + '6d6f6f66' + '00000010' + '6d666864' + '01020304' + '00000007' + '00000008' + '66726565',
  );
});

test('every field is big-endian and as wide as its name', () => {
  const bytes = written((writer) => {
    writer.u8(0x01);
    writer.u16(0x0203);
    writer.u24(0xfe_dcba);
    writer.u32(0xfedc_ba98);
    writer.u64(0x0102_0304_0506_0708n);
    writer.i16(-2);
    writer.i32(-3);
    writer.i64(-4n);
    writer.fixed16_16(1.5);
    writer.fixed8_8(0.5);
    writer.fourCc('©nam');
    writer.text('é');
    writer.zeros(2);
  });

  assert.equal(
    toHex(bytes),
    '010203fedcbafedcba980102030405060708fffefffffffdfffffffffffffffc0001800000' + '80a96e616dc3a9000000',
  );
});

test('what was written survives the growing of the array', () => {
  const writer = new BoxWriter(1);

  for (let value = 0; value < 1000; value += 1) {
    writer.u16(value);
  }

  const bytes = writer.finish();
  assert.equal(bytes.length, 2000);
  assert.equal(toHex(bytes.subarray(0, 6)), '000000010002');
  assert.equal(toHex(bytes.subarray(-2)), '03e7');
});

test('with enough capacity the result is the one array that was allocated', () => {
  const writer = new BoxWriter(8);
  writer.u32(1);
  const before = writer.finish().buffer;
  writer.u32(2);

  assert.equal(writer.finish().buffer, before);
});

test('a value that does not fit is a mistake, not cut to fit', () => {
  const mistakes: readonly ((writer: BoxWriter) => void)[] = [
    (writer) => writer.u8(256),
    (writer) => writer.u16(-1),
    (writer) => writer.u24(0x100_0000),
    (writer) => writer.u32(2 ** 32),
    (writer) => writer.u32(1.5),
    (writer) => writer.u32(Number.NaN),
    (writer) => writer.u64(-1n),
    (writer) => writer.u64(1n << 64n),
    (writer) => writer.i16(0x8000),
    (writer) => writer.i32(2 ** 31),
    (writer) => writer.i64(1n << 63n),
    (writer) => writer.fourCc('abc'),
    (writer) => writer.fourCc('ab€d'),
    (writer) => writer.text('a\0b'),
    (writer) => writer.patchU32(0, 1),
    (writer) => writer.patchU64(0, 1),
  ];

  for (const mistake of mistakes) {
    assert.throws(() => mistake(new BoxWriter()), /assertion failed/);
  }
});
