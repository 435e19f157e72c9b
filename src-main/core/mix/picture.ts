import { assert } from '../../base/assert.ts';

/** An I420 picture: `width * height` bytes of luma, then two chroma planes of a quarter of that. Width and height are even. */
export type Picture = {
  readonly bytes: Buffer;
  readonly width: number;
  readonly height: number;
};

/** Limited-range levels (ITU-R BT.709 §4): everything in the mixer keeps to them. */
export const LUMA_BLACK = 16;
export const LUMA_WHITE = 235;
export const CHROMA_NEUTRAL = 128;

export function pictureBytes(width: number, height: number): number {
  return (width * height * 3) / 2;
}

export function createPicture(width: number, height: number): Picture {
  assert(width % 2 === 0 && height % 2 === 0, 'I420 pictures have even sides');
  const picture = { bytes: Buffer.allocUnsafeSlow(pictureBytes(width, height)), width, height };
  fillRectangle(picture, { x: 0, y: 0, width, height }, { y: LUMA_BLACK, u: CHROMA_NEUTRAL, v: CHROMA_NEUTRAL });
  return picture;
}

export type Rectangle = {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
};
export type Colour = { readonly y: number; readonly u: number; readonly v: number };

/** The part of a rectangle that lies in the picture, on even positions, because one chroma sample covers two by two pixels. */
function clip(picture: Picture, { x, y, width, height }: Rectangle): Rectangle {
  const left = Math.min(Math.max(0, x & ~1), picture.width);
  const top = Math.min(Math.max(0, y & ~1), picture.height);
  const right = Math.min(Math.max(left, (x + width + 1) & ~1), picture.width);
  const bottom = Math.min(Math.max(top, (y + height + 1) & ~1), picture.height);
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** Calls `line` with the beginning and the length of each line of each plane that a rectangle covers. */
function eachLine(
  picture: Picture,
  rectangle: Rectangle,
  line: (plane: 0 | 1 | 2, start: number, length: number) => void,
): void {
  const { x, y, width, height } = clip(picture, rectangle);
  const stride = picture.width;
  for (let row = y; row < y + height; row += 1) {
    line(0, row * stride + x, width);
  }
  const luma = stride * picture.height;
  for (let row = y / 2; row < (y + height) / 2; row += 1) {
    const start = luma + (row * stride) / 2 + x / 2;
    line(1, start, width / 2);
    line(2, start + luma / 4, width / 2);
  }
}

export function fillRectangle(picture: Picture, rectangle: Rectangle, colour: Colour): void {
  const levels = [colour.y, colour.u, colour.v] as const;
  eachLine(picture, rectangle, (plane, start, length) => {
    picture.bytes.fill(levels[plane], start, start + length);
  });
}

/** Copies the same rectangle from one picture to another of the same size. */
export function copyRectangle(source: Picture, target: Picture, rectangle: Rectangle): void {
  assert(source.width === target.width && source.height === target.height, 'both pictures have the same size');
  eachLine(source, rectangle, (_plane, start, length) => {
    source.bytes.copy(target.bytes, start, start, start + length);
  });
}

/** Copies `source` into `target` with its upper left corner at an even position; all of it must lie inside. */
export function copyPicture(source: Picture, target: Picture, x = 0, y = 0): void {
  if (source.width === target.width && source.height === target.height) {
    source.bytes.copy(target.bytes);
    return;
  }
  assert(x % 2 === 0 && y % 2 === 0, 'pictures are placed on even positions');
  assert(x >= 0 && x + source.width <= target.width, 'the picture fits in width');
  assert(y >= 0 && y + source.height <= target.height, 'the picture fits in height');
  const sourceLuma = source.width * source.height;
  const targetLuma = target.width * target.height;
  copyPlane(source, 0, source.width, source.height, target, y * target.width + x, target.width);
  for (const quarter of [0, 1 / 4]) {
    copyPlane(
      source,
      sourceLuma * (1 + quarter),
      source.width / 2,
      source.height / 2,
      target,
      targetLuma * (1 + quarter) + ((y / 2) * target.width) / 2 + x / 2,
      target.width / 2,
    );
  }
}

function copyPlane(
  source: Picture,
  from: number,
  width: number,
  height: number,
  target: Picture,
  to: number,
  stride: number,
): void {
  for (let line = 0; line < height; line += 1) {
    source.bytes.copy(target.bytes, to + line * stride, from + line * width, from + (line + 1) * width);
  }
}

/** A programme picture that several hold at once: the ring, and the write queue of each encoder process. */
export type PooledPicture = Picture & {
  /** One more holder. */
  retain(): void;
  /** One holder less; with the last the buffer may be drawn into again. */
  release(): void;
};

export type PicturePool = {
  /** A picture with undefined contents and one holder. */
  take(): PooledPicture;
  /** Buffers that exist, in use or spare: what the pool costs. */
  size(): number;
};

/**
 * Frame-sized buffers are never left to the garbage collector: 40 MB/s of them would stall the clock.
 * What a backlog made grow is given back: at most `spare` unused buffers are kept.
 */
export function createPicturePool(width: number, height: number, spare: number): PicturePool {
  const unused: Picture[] = [];
  let inUse = 0;

  return {
    size: () => inUse + unused.length,
    take() {
      const picture = unused.pop() ?? createPicture(width, height);
      inUse += 1;
      let holders = 1;
      return {
        ...picture,
        retain() {
          assert(holders > 0, 'a released picture is not held again');
          holders += 1;
        },
        release() {
          assert(holders > 0, 'a picture is released once by each holder');
          holders -= 1;
          if (holders === 0) {
            inUse -= 1;
            if (unused.length < spare) {
              unused.push(picture);
            }
          }
        },
      };
    },
  };
}
