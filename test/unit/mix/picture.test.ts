import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createCompositor, layersOf } from '../../../src-main/core/mix/compose.ts';
import { renderText } from '../../../src-main/core/mix/font.ts';
import {
  copyPicture,
  createPicture,
  createPicturePool,
  fillRectangle,
  type Picture,
} from '../../../src-main/core/mix/picture.ts';
import { createDownscaler, createPreview, isPicked } from '../../../src-main/core/mix/preview.ts';
import { createSlate } from '../../../src-main/core/mix/slate.ts';

/** Levels of one pixel: luma and the two chroma samples that cover it. */
function pixel({ bytes, width, height }: Picture, x: number, y: number): readonly number[] {
  const chroma = width * height + Math.floor(y / 2) * (width / 2) + Math.floor(x / 2);
  return [bytes[y * width + x]!, bytes[chroma]!, bytes[chroma + (width * height) / 4]!];
}

const RED = { y: 81, u: 90, v: 240 };

function filled(width: number, height: number, level: number): Picture {
  const picture = createPicture(width, height);
  fillRectangle(picture, { x: 0, y: 0, width, height }, { y: level, u: level, v: level });
  return picture;
}

test('a rectangle that reaches beyond the picture stays inside of it', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -40, max: 40 }),
      fc.integer({ min: -40, max: 40 }),
      fc.nat(60),
      fc.nat(60),
      (x, y, width, height) => {
        const picture = createPicture(16, 12);
        fillRectangle(picture, { x, y, width, height }, RED);

        for (let row = 0; row < 12; row += 1) {
          for (let column = 0; column < 16; column += 1) {
            const isInside = column >= x && column < x + width && row >= y && row < y + height;
            if (isInside) {
              assert.deepEqual(pixel(picture, column, row), [81, 90, 240]);
            }
            const isFar = column < x - 2 || column >= x + width + 2 || row < y - 2 || row >= y + height + 2;
            if (isFar) {
              assert.deepEqual(pixel(picture, column, row), [16, 128, 128]);
            }
          }
        }
      },
    ),
  );
});

test('a small picture is placed with its colours, and nothing around it changes', () => {
  const canvas = filled(16, 12, 50);

  copyPicture(filled(8, 4, 200), canvas, 6, 4);

  for (let y = 0; y < 12; y += 1) {
    for (let x = 0; x < 16; x += 1) {
      const expected = x >= 6 && x < 14 && y >= 4 && y < 8 ? 200 : 50;
      assert.deepEqual(pixel(canvas, x, y), [expected, expected, expected], `at ${x},${y}`);
    }
  }
});

test('a picture that does not fit is our mistake', () => {
  assert.throws(() => copyPicture(createPicture(8, 4), createPicture(16, 12), 10, 0), /assertion failed/);
  assert.throws(() => copyPicture(createPicture(8, 4), createPicture(16, 12), 1, 0), /assertion failed/);
});

test('a buffer is not drawn into while somebody holds it', () => {
  const pool = createPicturePool(4, 2, 2);
  const first = pool.take();
  first.retain();

  first.release();
  const second = pool.take();
  first.release();
  const third = pool.take();

  assert.notEqual(second.bytes, first.bytes);
  assert.equal(third.bytes, first.bytes);
  assert.throws(() => first.release(), /assertion failed/);
});

test('what a backlog made grow is given back', () => {
  const pool = createPicturePool(4, 2, 2);
  const pictures = Array.from({ length: 40 }, () => pool.take());
  assert.equal(pool.size(), 40);

  for (const picture of pictures) {
    picture.release();
  }

  assert.equal(pool.size(), 2);
});

test('a source without a picture, or that does not exist, is replaced by the slate', () => {
  const slate = createSlate(64, 36);

  const [layer] = layersOf({ kind: 'single', source: 'gone' }, () => undefined, slate);

  assert.equal(layer?.picture, slate);
});

test('an unchanged scene is not drawn again, a changed one goes into another buffer', () => {
  const pool = createPicturePool(16, 12, 2);
  const compositor = createCompositor(pool);
  const of = (level: number, version: string) => [{ picture: filled(16, 12, level), x: 0, y: 0, version }];

  const first = compositor.compose(of(50, 'a:1'));
  const same = compositor.compose(of(99, 'a:1'));
  const other = compositor.compose(of(60, 'a:2'));

  assert.equal(same.bytes, first.bytes);
  assert.notEqual(other.bytes, first.bytes);
  assert.equal(first.bytes[0], 50);
  assert.equal(other.bytes[0], 60);
  for (const picture of [first, same, other]) {
    picture.release();
  }
  compositor[Symbol.dispose]();
  assert.equal(pool.take().bytes.length, 288);
});

test('a second layer lies on the first', () => {
  const compositor = createCompositor(createPicturePool(16, 12, 2));

  const picture = compositor.compose([
    { picture: filled(16, 12, 50), x: 0, y: 0, version: 'screen:1' },
    { picture: filled(4, 4, 200), x: 12, y: 8, version: 'camera:1' },
  ]);

  assert.deepEqual(pixel(picture, 15, 11), [200, 200, 200]);
  assert.deepEqual(pixel(picture, 11, 11), [50, 50, 50]);
});

test('text is as tall as asked, wider with more letters, and unknown letters are question marks', () => {
  const short = renderText('Back', 70);
  const long = renderText('Back in a moment', 70);

  assert.equal(short.height, 70);
  assert(long.width > short.width * 2);
  assert.deepEqual(renderText('é', 70), renderText('?', 70));
  const inked = short.coverage.filter((value) => value > 128).length / short.coverage.length;
  assert(inked > 0.2 && inked < 0.6, `${inked} of it is ink`);
});

test('a slate of any size is calm: dark, with lighter text in the middle', () => {
  for (const [width, height] of [
    [16, 16],
    [320, 180],
    [1080, 1920],
  ] as const) {
    const { bytes } = createSlate(width, height);
    const luma = bytes.subarray(0, width * height);
    const bright = luma.filter((level) => level > 120).length / luma.length;
    assert(bright < 0.1, `${width}×${height}: ${bright} is bright`);
    assert(luma.every((level) => level >= 16 && level <= 235));
  }
  const { bytes } = createSlate(320, 180);
  assert(bytes.subarray(80 * 320, 100 * 320).some((level) => level > 150));
});

test('a preview has the width asked for, made even, never larger than the canvas, in the same shape', () => {
  const sizes = [320, 321, 1, 5000].map((width) => createDownscaler(1280, 720, width));

  assert.deepEqual(
    sizes.map(({ width, height, bytes }) => [width, height, bytes]),
    [
      [320, 180, 86_400],
      [320, 180, 86_400],
      [2, 2, 6],
      [1280, 720, 1_382_400],
    ],
  );
});

test('a downscaled picture has the colours of the original in their places', () => {
  const canvas = createPicture(1280, 720);
  fillRectangle(canvas, { x: 640, y: 360, width: 640, height: 360 }, RED);

  const scaler = createDownscaler(1280, 720, 320);
  const small = createPicture(320, 180);
  scaler.scale(canvas, small.bytes);

  assert.deepEqual(pixel(small, 100, 50), [16, 128, 128]);
  assert.deepEqual(pixel(small, 159, 89), [16, 128, 128]);
  assert.deepEqual(pixel(small, 160, 90), [81, 90, 240]);
  assert.deepEqual(pixel(small, 319, 179), [81, 90, 240]);
});

test('halving a picture, the fast way, gives the mean of each four pixels', () => {
  const canvas = createPicture(64, 48);
  let random = 1;
  for (let i = 0; i < canvas.bytes.length; i += 1) {
    random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
    canvas.bytes[i] = random >>> 24;
  }
  const aligned = Buffer.alloc((32 * 24 * 3) / 2);
  const askew = Buffer.from(new Uint8Array([0, ...canvas.bytes]).buffer, 1);
  const fromAskew = Buffer.alloc(aligned.length);
  const scaler = createDownscaler(64, 48, 32);

  scaler.scale(canvas, aligned);
  scaler.scale({ ...canvas, bytes: askew }, fromAskew);

  const expected: number[] = [];
  for (const [start, width, height] of [
    [0, 64, 48],
    [3072, 32, 24],
    [3840, 32, 24],
  ] as const) {
    for (let y = 0; y < height; y += 2) {
      for (let x = 0; x < width; x += 2) {
        const at = start + y * width + x;
        const { bytes } = canvas;
        expected.push((bytes[at]! + bytes[at + 1]! + bytes[at + width]! + bytes[at + width + 1]! + 2) >> 2);
      }
    }
  }
  assert.deepEqual([...aligned], expected);
  assert.deepEqual([...fromAskew], expected);
});

test('a lower rate picks frames evenly, a higher one picks all', () => {
  const start = 53_000_000_000;
  const picked = (rate: number): number =>
    Array.from({ length: 300 }, (_, index) => isPicked(start + index, 1000 / 30, rate)).filter(Boolean).length;

  assert.deepEqual([10, 15, 30, 60].map(picked), [100, 150, 300, 300]);
});

test('a preview whose buffers are all on their way is left out, not queued', () => {
  const flushed: (() => void)[] = [];
  const widths: number[] = [];
  const preview = createPreview(
    { width: 64, height: 36 },
    1000 / 30,
    { width: 32, frameRate: 30 },
    (width, _ms, _bytes, done) => {
      widths.push(width);
      flushed.push(done);
    },
  );
  const picture = createPicture(64, 36);

  for (let frame = 0; frame < 10; frame += 1) {
    preview.show(frame, 0, picture);
  }
  assert.equal(widths.length, 4);
  flushed[0]!();
  preview.show(11, 0, picture);

  assert.equal(widths.length, 5);
});
