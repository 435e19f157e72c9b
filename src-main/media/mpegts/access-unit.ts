import type { VideoTrackDescription } from '../cmaf/types.ts';
import { AVC_NAL, avcNalType, parseAvcDecoderConfig } from '../codecs/avc.ts';
import { isNalLengthSize, splitLengthPrefixed } from '../codecs/nal-units.ts';
import { readBoxes } from '../isobmff/box-reader.ts';
import { malformed } from '../malformed.ts';

/** The bytes of a picture as a byte stream (annex B), in pieces: views into the sample and what stands before each. */
export type WriteAccessUnit = (sample: {
  readonly data: Uint8Array;
  readonly sync: boolean;
}) => readonly Uint8Array[];

const START_CODE = Uint8Array.of(0, 0, 0, 1);

/** Any kind of slice may follow: the delimiter says nothing that a decoder could be misled by. */
const AVC_DELIMITER = Uint8Array.of(0, 0, 0, 1, AVC_NAL.accessUnitDelimiter, 0xf0);
const HEVC_DELIMITER = Uint8Array.of(0, 0, 0, 1, 0x46, 0x01, 0x50);
const HEVC_NAL = { vps: 32, pps: 34, delimiter: 35 } as const;
/** Up to the count of arrays in `hvcC`, ISO/IEC 14496-15 §8.3.3.1. */
const HEVC_FIXED_BYTES = 21;

/**
 * Before every picture stands a delimiter (ISO/IEC 13818-1 §2.14.1), before those that a decoder can begin at the parameter sets too, unless the
 * sample brings its own.
 */
export function createAccessUnitWriter(
  track: Pick<VideoTrackDescription, 'fourCc' | 'decoderConfig'>,
  encrypt: EncryptNal | undefined,
): WriteAccessUnit {
  return track.fourCc === 'avc1' || track.fourCc === 'avc3'
    ? avcWriter(track.decoderConfig, encrypt)
    : hevcWriter(track.decoderConfig);
}

/** What becomes of a NAL unit of H.264 that is encrypted. */
type EncryptNal = (nal: Uint8Array) => Uint8Array;

function avcWriter(record: Uint8Array, encrypt: EncryptNal = (nal) => nal): WriteAccessUnit {
  const { lengthSize, sps, pps } = parseAvcDecoderConfig(record);
  const sets = [...sps, ...pps];
  return ({ data, sync }) => {
    const units = splitLengthPrefixed(data, lengthSize).filter(
      (nal) => avcNalType(nal) !== AVC_NAL.accessUnitDelimiter,
    );
    const hasSets = units.some((nal) => avcNalType(nal) === AVC_NAL.sps);
    return joined(AVC_DELIMITER, [...(sync && !hasSets ? sets : []), ...units.map(encrypt)]);
  };
}

function hevcWriter(record: Uint8Array): WriteAccessUnit {
  const { lengthSize, sets } = readHevcConfig(record);
  const typeOf = (nal: Uint8Array): number => ((nal[0] ?? 0) >> 1) & 0x3f;
  return ({ data, sync }) => {
    const units = splitLengthPrefixed(data, lengthSize).filter((nal) => typeOf(nal) !== HEVC_NAL.delimiter);
    const hasSets = units.some((nal) => typeOf(nal) === HEVC_NAL.vps + 1);
    return joined(HEVC_DELIMITER, sync && !hasSets ? [...sets, ...units] : units);
  };
}

function readHevcConfig(record: Uint8Array) {
  const box = readBoxes(record);
  box.bytes(HEVC_FIXED_BYTES);
  const lengthSize = (box.u8() & 3) + 1;
  if (!isNalLengthSize(lengthSize)) {
    throw malformed('hvcC', HEVC_FIXED_BYTES, 'has NAL unit lengths of 3 bytes');
  }
  const sets: Uint8Array[] = [];
  for (let arrays = box.u8(); arrays > 0; arrays -= 1) {
    const type = box.u8() & 0x3f;
    for (let count = box.u16(); count > 0; count -= 1) {
      const nal = box.bytes(box.u16());
      // SEI messages may stand there as well; they are of no picture.
      if (type >= HEVC_NAL.vps && type <= HEVC_NAL.pps) {
        sets.push(nal);
      }
    }
  }
  return { lengthSize, sets };
}

function joined(delimiter: Uint8Array, units: readonly Uint8Array[]): readonly Uint8Array[] {
  const pieces = [delimiter];
  for (const unit of units) {
    pieces.push(START_CODE, unit);
  }
  return pieces;
}
