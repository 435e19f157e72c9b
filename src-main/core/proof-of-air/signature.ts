/** A picture as so many means of brightness, row by row: enough to know it again behind any encoder, small enough to keep for minutes. */
export type Signature = {
  readonly cells: Uint8Array;
  /** Of all cells, 0…255. */
  readonly mean: number;
  /** Standard deviation of the cells. */
  readonly contrast: number;
};

const COLUMNS = 16;
const ROWS = 9;

/** Video black is 16; noise and rounding add some. */
const BLACK_MEAN = 24;
const BLACK_CONTRAST = 6;
/** 255 / 219, and something for gamma. */
const MOST_GAIN = 1.25;

/** From the first plane of a picture: one byte a pixel. */
export function signatureOf(luma: Uint8Array, width: number, height: number): Signature {
  const cells = new Uint8Array(COLUMNS * ROWS);
  for (let row = 0; row < ROWS; row += 1) {
    const [top, bottom] = bounds(row, ROWS, height);
    for (let column = 0; column < COLUMNS; column += 1) {
      const [left, right] = bounds(column, COLUMNS, width);
      let sum = 0;
      for (let y = top; y < bottom; y += 1) {
        for (let x = left; x < right; x += 1) {
          sum += luma[y * width + x] ?? 0;
        }
      }
      cells[row * COLUMNS + column] = Math.round(sum / ((bottom - top) * (right - left)));
    }
  }
  const mean = cells.reduce((sum, cell) => sum + cell, 0) / cells.length;
  const variance = cells.reduce((sum, cell) => sum + (cell - mean) ** 2, 0) / cells.length;
  return { cells, mean, contrast: Math.sqrt(variance) };
}

function bounds(index: number, count: number, size: number): readonly [from: number, to: number] {
  const from = Math.min(size - 1, Math.floor((index * size) / count));
  return [from, Math.max(from + 1, Math.floor(((index + 1) * size) / count))];
}

export function isBlack({ mean, contrast }: Signature): boolean {
  return mean <= BLACK_MEAN && contrast <= BLACK_CONTRAST;
}

/**
 * How far two pictures are apart: the mean difference of their cells, in levels of 256, without what a whole picture is brighter or richer in
 * contrast by, which a change of range (16…235 against 0…255) on the way makes. Of two unrelated pictures some 40.
 */
export function distance(a: Signature, b: Signature): number {
  const shift = a.mean - b.mean;
  const gain = Math.min(MOST_GAIN, Math.max(1 / MOST_GAIN, (a.contrast + 1) / (b.contrast + 1)));
  let sum = 0;
  for (let index = 0; index < a.cells.length; index += 1) {
    sum += Math.abs((a.cells[index] ?? 0) - a.mean - ((b.cells[index] ?? 0) - b.mean) * gain);
  }
  // Brightness counts a little: a fade to black keeps its shape.
  return sum / a.cells.length + Math.max(0, Math.abs(shift) - 24) / 4;
}
