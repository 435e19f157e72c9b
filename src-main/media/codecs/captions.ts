import type { VideoTrackDescription } from '../cmaf/types.ts';
import { isNalLengthSize, type NalLengthSize } from './nal-units.ts';

/** Captions inside of pictures, ANSI/SCTE 128-1 §8.1 and ANSI/CTA-708: which of the two kinds a sample has text of. */
export type CaptionKinds = { readonly cea608: boolean; readonly cea708: boolean };

type CodedPicture = Pick<VideoTrackDescription, 'fourCc' | 'decoderConfig'>;

const NONE: CaptionKinds = { cea608: false, cea708: false };

const NOTHING = new Uint8Array();
const AVC_SEI = 6;
/** Before the picture, and behind it. */
const HEVC_SEI: ReadonlySet<number> = new Set([39, 40]);
/** user_data_registered_itu_t_t35, ITU-T H.264 §D.1.6. */
const REGISTERED_USER_DATA = 4;
/** Country USA, provider ATSC, `GA94`, cc_data(). */
const CAPTIONS = Uint8Array.of(0xb5, 0x00, 0x31, 0x47, 0x41, 0x39, 0x34, 0x03);

/**
 * Looks into the SEI of one sample as it stands in `mdat`. Encoders write captions into every picture and fill them with nothing while there
 * is nothing to say; that is no caption. What is broken has none: nothing is thrown. Costs a look at the head of each NAL unit.
 */
export function findCaptions(sample: Uint8Array, track: CodedPicture): CaptionKinds {
  const pairs = captionPairs(sample, track);
  let cea608 = false;
  let cea708 = false;
  for (let at = 0; at < pairs.length; at += CAPTION_PAIR_BYTES) {
    const [marker = 0] = pairs.subarray(at);
    const isValid = (marker & 4) !== 0;
    const type = marker & 3;
    // Only the first field has CC1.
    cea608 ||= isValid && type === 0 && !isFilling(pairs.subarray(at, at + CAPTION_PAIR_BYTES));
    cea708 ||= isValid && type === 3;
  }
  return cea608 || cea708 ? { cea608, cea708 } : NONE;
}

/** cc_data_pkt(), ANSI/CTA-708 table 2: a marker and two characters. */
export const CAPTION_PAIR_BYTES = 3;

/** One packet that stands there because one had to: it is marked as invalid, or is a pair of two zeros (they have parity bits) of CEA-608. */
export function isFilling([marker = 0, first = 0, second = 0]: Uint8Array): boolean {
  const is608 = (marker & 2) === 0;
  return (marker & 4) === 0 || (is608 && ((first | second) & 0x7f) === 0);
}

/** The packets of all captions of one sample as they are, filling too, one behind the other. Empty when it has none, or broken ones. */
export function captionPairs(sample: Uint8Array, { fourCc, decoderConfig }: CodedPicture): Uint8Array {
  const isHevc = fourCc === 'hvc1' || fourCc === 'hev1';
  const found: Uint8Array[] = [];
  for (const unit of unitsOf(sample, nalLengthSizeOf(decoderConfig, isHevc))) {
    const head = unit[0] ?? 0;
    const isSei = isHevc ? HEVC_SEI.has((head >> 1) & 0x3f) : (head & 0x1f) === AVC_SEI;
    if (isSei) {
      found.push(...captionsIn(withoutEmulationPrevention(unit.subarray(isHevc ? 2 : 1))));
    }
  }
  return found.length === 0 ? NOTHING : joined(found);
}

/** ISO/IEC 14496-15 §5.3.3.1.2 and §8.3.3.1.2. */
function nalLengthSizeOf(decoderConfig: Uint8Array, isHevc: boolean): NalLengthSize {
  const size = ((decoderConfig[isHevc ? 21 : 4] ?? 3) & 3) + 1;
  return isNalLengthSize(size) ? size : 4;
}

function* unitsOf(sample: Uint8Array, lengthSize: NalLengthSize): Generator<Uint8Array, void, undefined> {
  for (let at = 0; at + lengthSize <= sample.length; ) {
    let length = 0;
    for (let index = 0; index < lengthSize; index += 1) {
      length = length * 256 + (sample[at + index] ?? 0);
    }
    at += lengthSize;
    yield sample.subarray(at, at + length);
    at += length;
  }
}

/** ITU-T H.264 §7.4.1: 00 00 03 stands for 00 00. */
function withoutEmulationPrevention(unit: Uint8Array): Uint8Array {
  return unit.filter((byte, index) => byte !== 3 || unit[index - 1] !== 0 || unit[index - 2] !== 0 || index < 2);
}

/** sei_rbsp(), §7.3.2.3: messages one behind the other, each with its type and size in bytes of 255 and a last one. */
function captionsIn(sei: Uint8Array): readonly Uint8Array[] {
  const found: Uint8Array[] = [];
  let at = 0;
  const variable = (): number => {
    let value = 0;
    while (sei[at] === 0xff) {
      value += 255;
      at += 1;
    }
    value += sei[at] ?? 0;
    at += 1;
    return value;
  };
  // The last byte is the stop bit.
  while (at + 2 < sei.length) {
    const type = variable();
    const size = variable();
    const payload = sei.subarray(at, at + size);
    if (type === REGISTERED_USER_DATA && CAPTIONS.every((byte, index) => payload[index] === byte)) {
      found.push(packetsOf(payload.subarray(CAPTIONS.length)));
    }
    at += size;
  }
  return found;
}

/** cc_data(), ANSI/CTA-708 table 2: flags and count, a reserved byte, the packets. */
function packetsOf(data: Uint8Array): Uint8Array {
  const [flags = 0] = data;
  if ((flags & 0x40) === 0) {
    return NOTHING;
  }
  const whole = Math.max(0, Math.min(flags & 0x1f, Math.floor((data.length - 2) / CAPTION_PAIR_BYTES)));
  return data.subarray(2, 2 + CAPTION_PAIR_BYTES * whole);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
