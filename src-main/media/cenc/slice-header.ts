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

/** What a slice header has nearly always, and what it has at most: that with two prediction weight tables of 32 pictures has less. */
const HEADER_BYTES = [48, 1024] as const;

/**
 * `read` takes the bits of a slice header, from the NAL unit header on, to its end. Gives the bytes of the NAL unit that those are in.
 *
 * Throws `media/malformed` as `read` does.
 */
export function readHeaderBytes(nal: Uint8Array, read: (bits: BitReader) => void): number {
  const [usual, most] = HEADER_BYTES;
  try {
    return readUpTo(nal.subarray(0, usual), read);
  } catch (error) {
    if (nal.length <= usual) {
      throw error;
    }
    return readUpTo(nal.subarray(0, most), read);
  }
}

function readUpTo(nal: Uint8Array, read: (bits: BitReader) => void): number {
  const bits = new BitReader(removeEmulationPrevention(nal), 'slice header');
  const total = bits.bitsLeft;
  read(bits);
  return escapedLength(nal, Math.ceil((total - bits.bitsLeft) / 8));
}

/** How many bytes of a NAL unit, with its emulation prevention bytes, hold its first `count` bytes without them. */
function escapedLength(nal: Uint8Array, count: number): number {
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
