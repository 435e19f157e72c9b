/**
 * The machine-readable strip at the top of the test picture: when and as which frame the mixer composed it. Whoever shows the picture, a page,
 * a decoder in a test, a viewer behind a CDN, reads the mark back and knows how old the picture is and whether one was skipped.
 *
 * 64 columns, two rows. A column is one bit: the upper block is white and the lower one black for 1, the reverse for 0. Comparing the two
 * instead of looking for a level survives scaling to 234 lines, 400 kbit/s of x264, and full- against limited-range levels.
 *
 *     bits  0–47  UTC in ms since 1970, most significant first
 *          48–55  frame number modulo 256
 *          56–63  CRC-8 (polynomial 0x07) of the seven bytes before
 */
export type TestMark = {
  readonly utcMs: number;
  /** 0…255. */
  readonly frame: number;
};

const COLUMNS = 64;
const WHITE = 235;
const BLACK = 16;
/** Least difference of the mean levels of two blocks that still counts as a bit; they are 219 apart when written. */
const LEAST_CONTRAST = 40;

/** Height of the strip in lines: a sixteenth of the picture, even so that it covers whole chroma lines. */
export function markHeight(height: number): number {
  return Math.max(4, Math.floor(height / 32) * 2);
}

/** Draws the strip into a luma plane; the chroma below it must be neutral for the mark to look black and white. */
export function encodeMark(luma: Uint8Array, width: number, height: number, mark: TestMark): void {
  const bits = bitsOf(mark);
  const lines = markHeight(height);
  for (let column = 0; column < COLUMNS; column += 1) {
    const from = Math.floor((column * width) / COLUMNS);
    const to = Math.floor(((column + 1) * width) / COLUMNS);
    const isSet = bitAt(bits, column);
    luma.fill(isSet ? WHITE : BLACK, from, to);
    luma.fill(isSet ? BLACK : WHITE, (lines / 2) * width + from, (lines / 2) * width + to);
  }
  for (let line = 1; line < lines / 2; line += 1) {
    luma.copyWithin(line * width, 0, width);
    luma.copyWithin((lines / 2 + line) * width, (lines / 2) * width, (lines / 2 + 1) * width);
  }
}

/**
 * Reads the strip from a whole picture, I420 or RGBA (told apart by their size), of any size and of any encoding quality that leaves the blocks
 * recognisable. Undefined when there is no mark or a bit of it is in doubt.
 */
export function decodeMark(
  pixels: Uint8Array | Uint8ClampedArray,
  width: number,
  height: number,
): TestMark | undefined {
  const isRgba = pixels.length >= width * height * 4;
  if (width < COLUMNS * 2 || height < 32 || pixels.length < width * height) {
    return undefined;
  }
  // The blocks are grey, so that green alone is the level.
  const step = isRgba ? 4 : 1;
  const first = isRgba ? 1 : 0;
  const lines = height / 16;
  const bytes = new Uint8Array(COLUMNS / 8);
  for (let column = 0; column < COLUMNS; column += 1) {
    // The middle half of a block is out of reach of the neighbours' ringing.
    const left = Math.floor(((column + 0.25) * width) / COLUMNS);
    const right = Math.max(left + 1, Math.floor(((column + 0.75) * width) / COLUMNS));
    const mean = (fromLine: number, toLine: number): number => {
      let sum = 0;
      const top = Math.floor(fromLine);
      const bottom = Math.max(top + 1, Math.floor(toLine));
      for (let y = top; y < bottom; y += 1) {
        for (let x = left; x < right; x += 1) {
          sum += pixels[(y * width + x) * step + first] ?? 0;
        }
      }
      return sum / ((bottom - top) * (right - left));
    };
    const contrast = mean(lines * 0.12, lines * 0.38) - mean(lines * 0.62, lines * 0.88);
    if (Math.abs(contrast) < LEAST_CONTRAST) {
      return undefined;
    }
    if (contrast > 0) {
      bytes[column >> 3] = (bytes[column >> 3] ?? 0) | (0x80 >> (column & 7));
    }
  }
  if (crc8(bytes.subarray(0, 7)) !== bytes[7]) {
    return undefined;
  }
  const view = new DataView(bytes.buffer);
  return { utcMs: view.getUint16(0) * 2 ** 32 + view.getUint32(2), frame: view.getUint8(6) };
}

function bitsOf(mark: TestMark): Uint8Array {
  const bytes = new Uint8Array(COLUMNS / 8);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(mark.utcMs / 2 ** 32));
  view.setUint32(2, mark.utcMs % 2 ** 32);
  view.setUint8(6, mark.frame & 0xff);
  view.setUint8(7, crc8(bytes.subarray(0, 7)));
  return bytes;
}

function bitAt(bytes: Uint8Array, index: number): boolean {
  return ((bytes[index >> 3] ?? 0) & (0x80 >> (index & 7))) !== 0;
}

function crc8(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) {
      crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : crc << 1;
    }
  }
  return crc;
}
