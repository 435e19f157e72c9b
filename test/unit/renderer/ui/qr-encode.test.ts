import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeQr, formatBits, rsCodewords, versionBits } from '../../../../src-renderer/ui/qr-encode.ts';

test('error correction codewords are those of the worked example (ISO/IEC 18004 annex I, 1-M)', () => {
  const data = Uint8Array.of(
    0x10,
    0x20,
    0x0c,
    0x56,
    0x61,
    0x80,
    0xec,
    0x11,
    0xec,
    0x11,
    0xec,
    0x11,
    0xec,
    0x11,
    0xec,
    0x11,
  );

  assert.deepEqual([...rsCodewords(data, 10)], [0xa5, 0x24, 0xd4, 0xc1, 0xed, 0x36, 0xc7, 0x87, 0x2c, 0x55]);
});

test('format and version information are those of annexes C and D', () => {
  assert.deepEqual(
    [0, 5].map((mask) => formatBits(mask).toString(2).padStart(15, '0')),
    ['101010000010010', '100000011001110'],
  );
  assert.deepEqual(
    [7, 40].map((version) => versionBits(version).toString(2).padStart(18, '0')),
    ['000111110010010100', '101000110001101001'],
  );
});

function rows(text: string): string[] {
  const { size, isDark } = encodeQr(text);
  return Array.from({ length: size }, (_, row) =>
    Array.from({ length: size }, (__, column) => (isDark(column, row) ? '#' : '.')).join(''),
  );
}

test('a symbol has its finders, its timing and its dark module where they belong', () => {
  const symbol = rows('http://192.168.1.20:8480/watch/0f8b2a44-6f0c-4a06-9a3b-0d3cf0a3d001');
  const size = symbol.length;

  assert.equal(size, 37);
  for (const [left, top] of [
    [0, 0],
    [size - 7, 0],
    [0, size - 7],
  ] as const) {
    assert.deepEqual(
      symbol.slice(top, top + 7).map((row) => row.slice(left, left + 7)),
      ['#######', '#.....#', '#.###.#', '#.###.#', '#.###.#', '#.....#', '#######'],
    );
  }
  assert.equal(symbol[6]?.slice(8, size - 8), '#.'.repeat(11).slice(0, size - 16));
  assert.equal(symbol[size - 8]?.[8], '#');
});

test('the smallest symbol that fits is taken', () => {
  const sizeOf = (length: number): number => encodeQr('x'.repeat(length)).size;

  assert.deepEqual([14, 15, 26, 27, 2331].map(sizeOf), [21, 25, 25, 29, 177]);
  assert.throws(() => sizeOf(2332), /too many/);
});
