import { BitReader, removeEmulationPrevention } from '../codecs/bit-reader.ts';

/**
 * Slice headers stay readable, because decoders behind a content protection system are told by them what is to be decoded (ISO/IEC 23001-7
 * §9.5.2.4). So their length has to be known, for which they are read to their end; nothing else of them is.
 */
export type SliceHeaders = {
  /** Learns a parameter set; what is none is passed over. */
  learn(nal: Uint8Array): void;
  /** Bytes from the beginning of the NAL unit to the first one of slice data; undefined for what is no slice. Throws `media/malformed`. */
  headerBytes(nal: Uint8Array): number | undefined;
};

/** No slice header is longer: that with the most, two prediction weight tables of 32 pictures, has less. */
const MAX_HEADER_BYTES = 1024;

/** The bits of a NAL unit, as far as its header can reach. */
export function bitsOf(nal: Uint8Array, what: string): BitReader {
  return new BitReader(removeEmulationPrevention(nal.subarray(0, MAX_HEADER_BYTES)), what);
}

/** How many bytes of a NAL unit, with its emulation prevention bytes, hold its first `count` bytes without them. */
export function escapedLength(nal: Uint8Array, count: number): number {
  let zeros = 0;
  let plain = 0;
  let at = 0;
  for (; plain < count && at < nal.length; at += 1) {
    const byte = nal[at] ?? 0;
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    plain += 1;
  }
  return at;
}
