import type { Picture } from './picture.ts';

/**
 * Which pixels of a picture are drawn: runs that cover what is below are copied row by row, and only those in between, edges and what one
 * can see through, are blended. For a round inset that is a few hundred of its pixels.
 */
export type Stencil = { readonly luma: PlaneStencil; readonly chroma: PlaneStencil };

type PlaneStencil = {
  readonly width: number;
  /** Row, first column and length of each run, one behind the other. */
  readonly runs: Int32Array;
  /** Indices of the pixels that are blended, and how much of each is seen. */
  readonly edges: Int32Array;
  readonly weights: Uint8Array;
};

/** `alpha` has a byte for each pixel of the picture; both sides are even. Undefined when it covers everything. */
export function cutStencil(alpha: Uint8Array, width: number, height: number): Stencil | undefined {
  if (alpha.every((level) => level === 255)) {
    return undefined;
  }
  return {
    luma: cutPlane(alpha, width, height),
    chroma: cutPlane(halved(alpha, width, height), width / 2, height / 2),
  };
}

function cutPlane(alpha: Uint8Array, width: number, height: number): PlaneStencil {
  const runs: number[] = [];
  const edges: number[] = [];
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; ) {
      const at = row * width + column;
      const level = alpha[at] ?? 0;
      let length = 1;
      if (level === 255) {
        while (column + length < width && alpha[at + length] === 255) {
          length += 1;
        }
        runs.push(row, column, length);
      } else if (level > 0) {
        edges.push(at);
      }
      column += length;
    }
  }
  return {
    width,
    runs: Int32Array.from(runs),
    edges: Int32Array.from(edges),
    weights: Uint8Array.from(edges, (at) => alpha[at] ?? 0),
  };
}

/** One chroma sample covers two by two pixels. */
function halved(alpha: Uint8Array, width: number, height: number): Uint8Array {
  const half = new Uint8Array((width / 2) * (height / 2));
  for (let y = 0, at = 0; y < height; y += 2) {
    for (let x = 0; x < width; x += 2, at += 1) {
      const upper = y * width + x;
      const lower = upper + width;
      const sum = (alpha[upper] ?? 0) + (alpha[upper + 1] ?? 0) + (alpha[lower] ?? 0) + (alpha[lower + 1] ?? 0);
      half[at] = (sum + 2) >> 2;
    }
  }
  return half;
}

/** Opacity of a rectangle with round corners, soft over one pixel. */
export function roundedAlpha(width: number, height: number, radius: number): Uint8Array {
  const alpha = new Uint8Array(width * height).fill(255);
  const r = Math.min(radius, width / 2, height / 2);
  const reach = Math.ceil(r);
  for (let y = 0; y < reach; y += 1) {
    for (let x = 0; x < reach; x += 1) {
      const distance = Math.hypot(r - x - 0.5, r - y - 0.5);
      const level = Math.round(255 * Math.max(0, Math.min(1, r - distance + 0.5)));
      for (const row of [y, height - 1 - y]) {
        alpha[row * width + x] = level;
        alpha[row * width + width - 1 - x] = level;
      }
    }
  }
  return alpha;
}

/** Draws `source` into `target` with its upper left corner at an even position; all of it must lie inside. */
export function drawThrough(source: Picture, stencil: Stencil, target: Picture, x: number, y: number): void {
  const sourceLuma = source.width * source.height;
  const targetLuma = target.width * target.height;
  drawPlane(source.bytes, 0, target.bytes, y * target.width + x, target.width, stencil.luma);
  for (const quarter of [0, 1 / 4]) {
    drawPlane(
      source.bytes,
      sourceLuma * (1 + quarter),
      target.bytes,
      targetLuma * (1 + quarter) + ((y / 2) * target.width) / 2 + x / 2,
      target.width / 2,
      stencil.chroma,
    );
  }
}

function drawPlane(
  source: Buffer,
  from: number,
  target: Buffer,
  to: number,
  stride: number,
  { width, runs, edges, weights }: PlaneStencil,
): void {
  for (let at = 0; at < runs.length; at += 3) {
    const row = runs[at] ?? 0;
    const column = runs[at + 1] ?? 0;
    const start = from + row * width + column;
    source.copy(target, to + row * stride + column, start, start + (runs[at + 2] ?? 0));
  }
  for (let index = 0; index < edges.length; index += 1) {
    const at = edges[index] ?? 0;
    const weight = weights[index] ?? 0;
    const row = Math.floor(at / width);
    const place = to + row * stride + at - row * width;
    const below = target[place] ?? 0;
    target[place] = below + Math.round((((source[from + at] ?? 0) - below) * weight) / 255);
  }
}
