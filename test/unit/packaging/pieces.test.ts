import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32, gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { appendCrc, shiftFactor } from '../../../src-main/core/packaging/crc32.ts';
import { createPiece, joinChecksum, joinGzip, joinIdentity } from '../../../src-main/core/packaging/pieces.ts';

test('pieces compressed one by one are one gzip member of the whole, whatever they are', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 300 }), { maxLength: 12 }), (texts) => {
      const pieces = texts.map(createPiece);

      const identity = joinIdentity(pieces);

      assert.equal(identity.toString('utf8'), Buffer.from(texts.join(''), 'utf8').toString('utf8'));
      assert.deepEqual(gunzipSync(joinGzip(pieces)), identity);
      assert.deepEqual(joinChecksum(pieces), { crc: crc32(identity), size: identity.length });
    }),
  );
});

test('a piece is compressed and summed once, in however many versions it stands', () => {
  const piece = createPiece('#EXTINF:2,\nsegment\n'.repeat(64));

  assert.equal(piece.deflated(), piece.deflated());
  assert.equal(piece.checksum(), piece.checksum());
  assert(piece.deflated().length < piece.bytes.length / 10);
});

test('a checksum is put behind another in the time of their lengths’ digits, up to many gigabytes', () => {
  const tail = Buffer.from('tail');
  const zeros = Buffer.alloc(1 << 20);
  let before = crc32(Buffer.from('head'));
  const start = before;
  for (let index = 0; index < 8; index += 1) {
    before = crc32(zeros, before);
  }

  const atOnce = appendCrc(start, crc32(Buffer.alloc(8 << 20)), shiftFactor(8 << 20));

  assert.equal(atOnce, before);
  assert.equal(appendCrc(atOnce, crc32(tail), shiftFactor(tail.length)), crc32(tail, before));
  assert.equal(appendCrc(start, 0, shiftFactor(0)), start);
  assert.equal(shiftFactor(2 ** 40) >>> 0, shiftFactor(2 ** 40));
});
