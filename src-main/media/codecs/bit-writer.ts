import { assert } from '../../base/assert.ts';

/** Collects bits, most significant first, for the few records of some bytes that have fields across bytes. */
export type BitWriter = {
  readonly bits: (count: number, value: number) => void;
  /** Everything so far, the last byte filled up with zeros. */
  readonly finish: () => Uint8Array;
};

export function createBitWriter(): BitWriter {
  const bits: number[] = [];
  return {
    bits(count, value) {
      assert(
        count <= 32 && Number.isInteger(value) && value >= 0 && value < 2 ** count,
        `fits into ${count} bits`,
      );
      for (let shift = count - 1; shift >= 0; shift -= 1) {
        bits.push((value >>> shift) & 1);
      }
    },
    finish() {
      const bytes = new Uint8Array(Math.ceil(bits.length / 8));
      for (const [index, bit] of bits.entries()) {
        bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (bit << (7 - (index & 7)));
      }
      return bytes;
    },
  };
}
