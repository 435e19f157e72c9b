import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readImageHeader } from '../../../src-main/media/image-size.ts';

const PNG = Uint8Array.from([
  ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52],
  ...[0, 0, 1, 0x40, 0, 0, 0, 0xb4, 8, 2, 0, 0, 0],
]);
/** A quantisation table, a restart marker, the frame header, rubbish, the end, and what some programs write behind it. */
const JPEG = Uint8Array.from([
  ...[0xff, 0xd8, 0xff, 0xdb, 0, 3, 7, 0xff, 0xff, 0xd0],
  ...[0xff, 0xc2, 0, 11, 8, 0x01, 0x2c, 0x01, 0x90, 1, 1, 0x11, 0],
  ...[0x12, 0xff, 0xd9, 0xd9, 0],
]);

test('the size of a picture is read from its header', () => {
  assert.deepEqual(readImageHeader(PNG), { type: 'png', width: 320, height: 180 });
  assert.deepEqual(readImageHeader(JPEG), { type: 'jpeg', width: 400, height: 300 });
});

test('a picture without a size, an end or a whole header is none', () => {
  const flat = PNG.slice();
  flat.fill(0, 16, 20);
  const endless = JPEG.slice(0, -5);

  assert.equal(readImageHeader(flat), undefined);
  assert.equal(readImageHeader(endless), undefined);
  assert.equal(readImageHeader(PNG.subarray(0, 20)), undefined);
  assert.equal(readImageHeader(new Uint8Array()), undefined);
});

test('whatever the bytes are, reading them ends and gives a size or nothing', () => {
  const starts = fc.constantFrom(PNG.subarray(0, 16), JPEG.subarray(0, 2), new Uint8Array());
  fc.assert(
    fc.property(starts, fc.uint8Array({ maxLength: 200 }), (start, rest) => {
      const header = readImageHeader(Uint8Array.from([...start, ...rest]));

      assert(header === undefined || (header.width > 0 && header.height > 0));
    }),
  );
});
