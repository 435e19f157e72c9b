import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { nextPiece, readPiece, writePiece } from '../../../src-main/shared/capture-piece.ts';

const sample = fc.record(
  {
    kind: fc.constantFrom('video' as const, 'audio' as const),
    isKey: fc.boolean(),
    atMs: fc.double({ min: 0, max: 1e13, noNaN: true }),
    data: fc.uint8Array({ minLength: 1, maxLength: 40 }),
  },
  { noNullPrototype: true },
);

const isBad = (error: unknown): boolean => error instanceof AppError && error.code === 'browser/bad-piece';

test('what is written is read again', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), fc.array(sample, { maxLength: 5 }), (number, dropped, samples) => {
      assert.deepEqual(readPiece(writePiece({ number, dropped, samples })), { number, dropped, samples });
    }),
  );
});

test('whatever else comes is refused, and nothing else happens', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      try {
        readPiece(bytes);
      } catch (error) {
        assert.ok(isBad(error));
      }
    }),
  );
});

test('a piece that was cut, of another container, or with a giant sample is refused', () => {
  const whole = writePiece({
    number: 1,
    dropped: 0,
    samples: [{ kind: 'video', isKey: true, atMs: 5, data: new Uint8Array(10) }],
  });
  const giant = whole.slice();
  new DataView(giant.buffer).setUint32(16, 5 * 1024 * 1024);
  const timeless = whole.slice();
  new DataView(timeless.buffer).setFloat64(20, Number.NaN);

  for (const bytes of [new Uint8Array(), new Uint8Array([0x1a, 0x45, 0xdf, 0xa3]), giant, timeless]) {
    assert.throws(() => readPiece(bytes), isBad);
  }
  for (let length = 13; length < whole.length; length += 1) {
    assert.throws(() => readPiece(whole.subarray(0, length)), isBad, String(length));
  }
});

test('numbers begin again behind the last', () => {
  assert.equal(nextPiece(7), 8);
  assert.equal(nextPiece(2 ** 32 - 1), 0);
});
