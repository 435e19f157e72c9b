/**
 * QR codes, ISO/IEC 18004, byte mode, level M: a link is what is in it, a screen or projector what shows it. Throws when the text is longer
 * than a version 40 symbol holds (2331 bytes).
 */
export type QrMatrix = {
  readonly size: number;
  readonly isDark: (column: number, row: number) => boolean;
};

/** Error correction codewords per block and number of blocks at level M, by version from 1 (table 9). */
const EC_PER_BLOCK = [
  10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28, 28, 28, 28, 28,
  28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28,
];
const BLOCKS = [
  1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33,
  35, 37, 38, 40, 43, 45, 47, 49,
];
/** Level M in the format information (table 12). */
const LEVEL_BITS = 0b00;

export function encodeQr(text: string): QrMatrix {
  const bytes = new TextEncoder().encode(text);
  const version = smallestVersion(bytes.length);
  const codewords = interleave(dataCodewords(bytes, version), version);
  const base = functionPatterns(version);
  placeCodewords(base, codewords);
  const candidates = MASKS.map((mask, index) => masked(base, mask, index));
  const [best] = candidates.sort((one, other) => penalty(one) - penalty(other));
  const grid = best ?? base.modules;
  const size = base.size;
  return { size, isDark: (column, row) => grid[row * size + column] === 1 };
}

function codewordCount(version: number): number {
  return Math.floor(rawModules(version) / 8);
}

/** Modules that hold data and error correction: the symbol without its function patterns. */
function rawModules(version: number): number {
  const plain = (16 * version + 128) * version + 64;
  if (version < 2) {
    return plain;
  }
  const alignments = Math.floor(version / 7) + 2;
  return plain - ((25 * alignments - 10) * alignments - 55) - (version >= 7 ? 36 : 0);
}

function dataLength(version: number): number {
  return codewordCount(version) - (EC_PER_BLOCK[version - 1] ?? 0) * (BLOCKS[version - 1] ?? 0);
}

function smallestVersion(length: number): number {
  for (let version = 1; version <= 40; version += 1) {
    const headBits = 4 + (version < 10 ? 8 : 16);
    if (headBits + length * 8 <= dataLength(version) * 8) {
      return version;
    }
  }
  throw new Error(`${length} bytes are too many for a QR code`);
}

function dataCodewords(bytes: Uint8Array, version: number): Uint8Array {
  const capacity = dataLength(version);
  const bits: number[] = [];
  const put = (value: number, length: number): void => {
    for (let bit = length - 1; bit >= 0; bit -= 1) {
      bits.push((value >>> bit) & 1);
    }
  };
  put(0b0100, 4);
  put(bytes.length, version < 10 ? 8 : 16);
  bytes.forEach((byte) => put(byte, 8));
  put(0, Math.min(4, capacity * 8 - bits.length));
  put(0, (8 - (bits.length % 8)) % 8);
  const words = new Uint8Array(capacity);
  bits.forEach((bit, index) => {
    words[index >> 3] = ((words[index >> 3] ?? 0) << 1) | bit;
  });
  for (let index = bits.length / 8, pad = 0xec; index < capacity; index += 1, pad ^= 0xec ^ 0x11) {
    words[index] = pad;
  }
  return words;
}

/** Splits the data into blocks, adds error correction to each, and weaves them (§7.6). */
function interleave(data: Uint8Array, version: number): Uint8Array {
  const blockCount = BLOCKS[version - 1] ?? 1;
  const ecLength = EC_PER_BLOCK[version - 1] ?? 0;
  const shortLength = Math.floor(data.length / blockCount);
  const longBlocks = data.length % blockCount;
  const divisor = rsDivisor(ecLength);
  const blocks: { readonly data: Uint8Array; readonly ec: Uint8Array }[] = [];
  for (let block = 0, at = 0; block < blockCount; block += 1) {
    const length = shortLength + (block >= blockCount - longBlocks ? 1 : 0);
    const part = data.subarray(at, at + length);
    blocks.push({ data: part, ec: rsRemainder(part, divisor) });
    at += length;
  }
  const woven: number[] = [];
  for (let index = 0; index <= shortLength; index += 1) {
    for (const { data: part } of blocks) {
      if (index < part.length) {
        woven.push(part[index] ?? 0);
      }
    }
  }
  for (let index = 0; index < ecLength; index += 1) {
    blocks.forEach(({ ec }) => woven.push(ec[index] ?? 0));
  }
  return Uint8Array.from(woven);
}

/** Product in GF(2⁸) modulo x⁸ + x⁴ + x³ + x² + 1. */
function multiply(one: number, other: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit -= 1) {
    product = (product << 1) ^ ((product >>> 7) * 0x11d);
    product ^= ((other >>> bit) & 1) * one;
  }
  return product;
}

/** The generator polynomial of a degree, without its leading 1. */
function rsDivisor(degree: number): Uint8Array {
  const result = new Uint8Array(degree);
  result[degree - 1] = 1;
  let root = 1;
  for (let step = 0; step < degree; step += 1) {
    for (let index = 0; index < degree; index += 1) {
      result[index] = multiply(result[index] ?? 0, root) ^ (result[index + 1] ?? 0);
    }
    root = multiply(root, 2);
  }
  return result;
}

/** Reed-Solomon error correction codewords of a block. */
function rsRemainder(data: Uint8Array, divisor: Uint8Array): Uint8Array {
  const remainder = new Uint8Array(divisor.length);
  for (const byte of data) {
    const factor = byte ^ (remainder[0] ?? 0);
    remainder.copyWithin(0, 1);
    remainder[remainder.length - 1] = 0;
    divisor.forEach((coefficient, index) => {
      remainder[index] = (remainder[index] ?? 0) ^ multiply(coefficient, factor);
    });
  }
  return remainder;
}

export function rsCodewords(data: Uint8Array, degree: number): Uint8Array {
  return rsRemainder(data, rsDivisor(degree));
}

type Base = {
  readonly size: number;
  readonly version: number;
  readonly modules: Uint8Array;
  /** Modules that are not data. */
  readonly fixed: Uint8Array;
};

function functionPatterns(version: number): Base {
  const size = version * 4 + 17;
  const base: Base = { size, version, modules: new Uint8Array(size * size), fixed: new Uint8Array(size * size) };
  const set = (column: number, row: number, dark: boolean): void => setFixed(base, column, row, dark);

  for (let index = 0; index < size; index += 1) {
    set(6, index, index % 2 === 0);
    set(index, 6, index % 2 === 0);
  }
  for (const [centreColumn, centreRow] of [
    [3, 3],
    [size - 4, 3],
    [3, size - 4],
  ] as const) {
    for (let dy = -4; dy <= 4; dy += 1) {
      for (let dx = -4; dx <= 4; dx += 1) {
        const ring = Math.max(Math.abs(dx), Math.abs(dy));
        set(centreColumn + dx, centreRow + dy, ring !== 2 && ring !== 4);
      }
    }
  }
  const positions = alignmentPositions(version);
  const last = positions.length - 1;
  positions.forEach((column, x) => {
    positions.forEach((row, y) => {
      const onFinder = (x === 0 && y === 0) || (x === 0 && y === last) || (x === last && y === 0);
      for (let dy = -2; dy <= 2 && !onFinder; dy += 1) {
        for (let dx = -2; dx <= 2; dx += 1) {
          set(column + dx, row + dy, Math.max(Math.abs(dx), Math.abs(dy)) !== 1);
        }
      }
    });
  });
  drawFormat(base, base.modules, 0);
  drawVersion(base);
  return base;
}

function setFixed({ size, modules, fixed }: Base, column: number, row: number, dark: boolean): void {
  if (column >= 0 && column < size && row >= 0 && row < size) {
    modules[row * size + column] = dark ? 1 : 0;
    fixed[row * size + column] = 1;
  }
}

/** Centres of the alignment patterns (annex E). */
function alignmentPositions(version: number): readonly number[] {
  if (version === 1) {
    return [];
  }
  const count = Math.floor(version / 7) + 2;
  const step = version === 32 ? 26 : Math.ceil((version * 4 + 4) / (count * 2 - 2)) * 2;
  const positions = [6];
  for (let index = 0; index < count - 1; index += 1) {
    positions.splice(1, 0, version * 4 + 10 - index * step);
  }
  return positions;
}

/** Format information with its BCH code, masked (§7.9). */
export function formatBits(mask: number): number {
  const value = (LEVEL_BITS << 3) | mask;
  let remainder = value;
  for (let bit = 0; bit < 10; bit += 1) {
    remainder = (remainder << 1) ^ ((remainder >>> 9) * 0x537);
  }
  return ((value << 10) | remainder) ^ 0x5412;
}

/** Version information with its Golay code (§7.10). */
export function versionBits(version: number): number {
  let remainder = version;
  for (let bit = 0; bit < 12; bit += 1) {
    remainder = (remainder << 1) ^ ((remainder >>> 11) * 0x1f25);
  }
  return (version << 12) | remainder;
}

function drawFormat(base: Base, modules: Uint8Array, mask: number): void {
  const { size, fixed } = base;
  const bits = formatBits(mask);
  const set = (column: number, row: number, bit: number): void => {
    modules[row * size + column] = (bits >>> bit) & 1;
    fixed[row * size + column] = 1;
  };
  for (let bit = 0; bit < 6; bit += 1) {
    set(8, bit, bit);
  }
  set(8, 7, 6);
  set(8, 8, 7);
  set(7, 8, 8);
  for (let bit = 9; bit < 15; bit += 1) {
    set(14 - bit, 8, bit);
  }
  for (let bit = 0; bit < 8; bit += 1) {
    set(size - 1 - bit, 8, bit);
  }
  for (let bit = 8; bit < 15; bit += 1) {
    set(8, size - 15 + bit, bit);
  }
  modules[(size - 8) * size + 8] = 1;
  fixed[(size - 8) * size + 8] = 1;
}

function drawVersion(base: Base): void {
  if (base.version < 7) {
    return;
  }
  const bits = versionBits(base.version);
  for (let bit = 0; bit < 18; bit += 1) {
    const dark = ((bits >>> bit) & 1) === 1;
    const near = base.size - 11 + (bit % 3);
    const far = Math.floor(bit / 3);
    setFixed(base, near, far, dark);
    setFixed(base, far, near, dark);
  }
}

/** In pairs of columns from the right, up and down in turn, around what is fixed (§7.7.3). */
function placeCodewords({ size, modules, fixed }: Base, codewords: Uint8Array): void {
  let bit = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    const pair = right <= 6 ? right - 1 : right;
    const isUpward = ((pair + 1) & 2) === 0;
    for (let step = 0; step < size; step += 1) {
      const row = isUpward ? size - 1 - step : step;
      for (const column of [pair, pair - 1]) {
        const at = row * size + column;
        if (fixed[at] === 0 && bit < codewords.length * 8) {
          modules[at] = ((codewords[bit >> 3] ?? 0) >>> (7 - (bit & 7))) & 1;
          bit += 1;
        }
      }
    }
  }
}

/** Whether a module is turned over, by column and row (table 10). */
const MASKS: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

function masked(base: Base, mask: (x: number, y: number) => boolean, index: number): Uint8Array {
  const { size, fixed } = base;
  const modules = base.modules.map((module, at) =>
    fixed[at] === 0 && mask(at % size, Math.floor(at / size)) ? 1 - module : module,
  );
  drawFormat(base, modules, index);
  return modules;
}

/** How hard a symbol is to read (§7.8.3): long runs, blocks, what looks like a finder, and imbalance. */
function penalty(modules: Uint8Array): number {
  const size = Math.sqrt(modules.length);
  const at = (column: number, row: number): number => modules[row * size + column] ?? 0;
  let points = 0;
  for (let line = 0; line < size; line += 1) {
    points += linePenalty(size, (index) => at(index, line));
    points += linePenalty(size, (index) => at(line, index));
  }
  for (let row = 0; row < size - 1; row += 1) {
    for (let column = 0; column < size - 1; column += 1) {
      const sum = at(column, row) + at(column + 1, row) + at(column, row + 1) + at(column + 1, row + 1);
      points += sum === 0 || sum === 4 ? 3 : 0;
    }
  }
  const dark = modules.reduce((sum, module) => sum + module, 0);
  return points + Math.floor(Math.abs((dark * 20) / modules.length - 10)) * 10;
}

const FINDER_LIKE = ['10111010000', '00001011101'];

function linePenalty(size: number, module: (index: number) => number): number {
  let text = '';
  for (let index = 0; index < size; index += 1) {
    text += String(module(index));
  }
  const runs = text.match(/0{5,}|1{5,}/g) ?? [];
  let points = runs.reduce((sum, run) => sum + run.length - 2, 0);
  for (const pattern of FINDER_LIKE) {
    for (let from = text.indexOf(pattern); from >= 0; from = text.indexOf(pattern, from + 1)) {
      points += 40;
    }
  }
  return points;
}
