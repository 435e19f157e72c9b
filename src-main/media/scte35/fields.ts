import type { BitReader } from '../codecs/bit-reader.ts';
import type { BitWriter } from '../codecs/bit-writer.ts';

/** Times and durations have 33 bits of 90 kHz: they begin anew after 26.5 hours. */
export const PTS_CYCLE = 2 ** 33;

export function readPts(bits: BitReader): number {
  const high = bits.bits(1);
  return high * 2 ** 32 + bits.bits(32);
}

export function writePts(bits: BitWriter, pts: number): void {
  bits.bits(1, Math.floor(pts / 2 ** 32));
  bits.bits(32, pts % 2 ** 32);
}

/** A copy of whole bytes, taken one by one: fields before them need not end on a byte. */
export function readBytes(bits: BitReader, count: number): Uint8Array {
  const bytes = new Uint8Array(Math.min(count, Math.ceil(bits.bitsLeft / 8)));
  for (let index = 0; index < count; index += 1) {
    bytes[index] = bits.bits(8);
  }
  return bytes;
}

export function writeBytes(bits: BitWriter, bytes: Uint8Array): void {
  for (const byte of bytes) {
    bits.bits(8, byte);
  }
}

/** Reserved bits are ones (ANSI/SCTE 35 §4.2). */
export function writeReserved(bits: BitWriter, count: number): void {
  bits.bits(count, 2 ** count - 1);
}
