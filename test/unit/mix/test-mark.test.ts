import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createTestSource } from '../../../src-main/core/mix/test-source.ts';
import { decodeMark, encodeMark, markHeight, type TestMark } from '../../../src-main/shared/test-mark.ts';

const MARK: TestMark = { utcMs: Date.UTC(2030, 5, 1, 12, 34, 56, 789), frame: 0xa5 };

function lumaWith(width: number, height: number, mark: TestMark): Uint8Array {
  const luma = new Uint8Array((width * height * 3) / 2).fill(90);
  encodeMark(luma, width, height, mark);
  return luma;
}

/** The picture in another size, each pixel the nearest one of the original. */
function resized(luma: Uint8Array, width: number, height: number, toWidth: number, toHeight: number): Uint8Array {
  return Uint8Array.from({ length: (toWidth * toHeight * 3) / 2 }, (_, index) => {
    const x = Math.floor((((index % toWidth) + 0.5) * width) / toWidth);
    const y = Math.floor(((Math.floor(index / toWidth) + 0.5) * height) / toHeight);
    return luma[y * width + x] ?? 128;
  });
}

function rgba(luma: Uint8Array, width: number, height: number): Uint8ClampedArray {
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < width * height; i += 1) {
    const level = ((luma[i]! - 16) * 255) / 219;
    pixels.set([level, level, level, 255], i * 4);
  }
  return pixels;
}

test('a picture without a mark has none, whatever it shows', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 640 * 24, maxLength: 640 * 24 }), (top) => {
      const luma = new Uint8Array((640 * 360 * 3) / 2);
      luma.set(top);

      assert.equal(decodeMark(luma, 640, 360), undefined);
    }),
    { numRuns: 20 },
  );
});

test('a mark with one bit destroyed is not read as another time', () => {
  for (let column = 0; column < 64; column += 1) {
    const luma = lumaWith(1280, 720, MARK);
    for (let line = 0; line < markHeight(720); line += 1) {
      for (let x = column * 20; x < (column + 1) * 20; x += 1) {
        luma[line * 1280 + x] = 16 + 235 - luma[line * 1280 + x]!;
      }
    }

    assert.equal(decodeMark(luma, 1280, 720), undefined, `column ${column}`);
  }
});

test('a picture too small, or cut short, has no mark', () => {
  assert.equal(decodeMark(new Uint8Array(64 * 36 * 4), 64, 36), undefined);
  assert.equal(decodeMark(new Uint8Array(10), 1280, 720), undefined);
});

test('every time and frame number is read back as it was written', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.nat(255), (milliseconds, frame) => {
      const mark = { utcMs: milliseconds % 2 ** 48, frame };

      assert.deepEqual(decodeMark(lumaWith(640, 360, mark), 640, 360), mark);
    }),
    { numRuns: 200 },
  );
});

for (const [width, height] of [
  [1920, 1080],
  [1280, 720],
  [854, 480],
  [640, 360],
  [416, 234],
  [320, 180],
] as const) {
  test(`a mark of a 720p picture survives scaling to ${width}×${height}, as I420 and as RGBA`, () => {
    const scaled = resized(lumaWith(1280, 720, MARK), 1280, 720, width, height);

    assert.deepEqual(decodeMark(scaled, width, height), MARK);
    assert.deepEqual(decodeMark(rgba(scaled, width, height), width, height), MARK);
  });
}

test('a mark survives noise of a quarter of the range', () => {
  const luma = lumaWith(1280, 720, MARK);
  let random = 1;
  for (let i = 0; i < luma.length; i += 1) {
    random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
    luma[i] = Math.max(0, Math.min(255, luma[i]! + ((random >>> 16) % 111) - 55));
  }

  assert.deepEqual(decodeMark(luma, 1280, 720), MARK);
});

test('the test picture carries its own time and frame number', () => {
  const source = createTestSource(1280, 720);

  const picture = source.picture(7 * 256 + 3, MARK.utcMs + 0.4);

  assert.deepEqual(decodeMark(picture.bytes, 1280, 720), { utcMs: MARK.utcMs, frame: 3 });
});
