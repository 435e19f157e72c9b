import { CAPTION_PAIR_BYTES } from './captions.ts';
import { joinLengthPrefixed, splitLengthPrefixed } from './nal-units.ts';

/** cc_count has five bits (ANSI/CTA-708 table 2). */
export const MOST_CAPTION_PAIRS = 31;

const SEI = 6;
/** Coded slices, whole or in partitions, of all kinds of pictures: ITU-T H.264 table 7-1. */
const LAST_SLICE = 5;
/** user_data_registered_itu_t_t35: country USA, provider ATSC, `GA94`, cc_data(). See `captions.ts`. */
const MESSAGE = 4;
const CAPTIONS = Uint8Array.of(0xb5, 0x00, 0x31, 0x47, 0x41, 0x39, 0x34, 0x03);
const MARKER = 0xff;
const STOP_BIT = 0x80;

/**
 * An H.264 sample, its NAL units behind lengths of four bytes, with captions in front of its picture: the last of its SEI, because a buffering
 * period has to be the first (ITU-T H.264 §7.4.1.2.3). `pairs`: at most `MOST_CAPTION_PAIRS` packets of three bytes.
 */
export function withCaptions(sample: Uint8Array, pairs: Uint8Array): Uint8Array {
  const units = splitLengthPrefixed(sample, 4);
  const picture = units.findIndex((unit) => isSlice(unit[0] ?? 0));
  return joinLengthPrefixed(units.toSpliced(picture < 0 ? 0 : picture, 0, captionUnit(pairs)));
}

function isSlice(head: number): boolean {
  const type = head & 0x1f;
  return type >= 1 && type <= LAST_SLICE;
}

function captionUnit(pairs: Uint8Array): Uint8Array {
  const count = pairs.length / CAPTION_PAIR_BYTES;
  // A message of up to 31 packets is shorter than 255 bytes: its size is one.
  const payload = [...CAPTIONS, 0xc0 | count, MARKER, ...pairs, MARKER];
  return Uint8Array.from([SEI, ...withEmulationPrevention([MESSAGE, payload.length, ...payload, STOP_BIT])]);
}

/** ITU-T H.264 §7.4.1: 00 00 03 stands for 00 00 where the next byte could be taken for the end of a start code. */
function withEmulationPrevention(bytes: readonly number[]): readonly number[] {
  const safe: number[] = [];
  let zeros = 0;
  for (const byte of bytes) {
    if (zeros >= 2 && byte <= 3) {
      safe.push(3);
      zeros = 0;
    }
    safe.push(byte);
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return safe;
}
