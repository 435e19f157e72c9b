import { AppError } from '../../shared/app-error.ts';
import { AVC_NAL, avcCodecString, avcDecoderConfigOf, avcNalType, writeAvcDecoderConfig } from '../codecs/avc.ts';
import { parseSequenceParameters } from '../codecs/avc-sps.ts';
import { BitReader, removeEmulationPrevention } from '../codecs/bit-reader.ts';
import { malformed } from '../malformed.ts';
import type { VideoFormat } from './video-format.ts';

/** More of ITU-T H.264 table 7-1. */
const SLICE_PARTITION_A = 2;
const SLICE_PARTITION_C = 4;
const FILLER = 12;
const PREFIX = 14;
const LAST_RESERVED_BEFORE = 18;

const RECOVERY_POINT = 6;

/** Of High 4:4:4 Predictive (ITU-T H.264 §7.4.2.1.1). */
const MAX_BIT_DEPTH = 14;

/** ITU-T H.264 in a transport stream, ISO/IEC 13818-1 §2.14. */
export const AVC_FORMAT: VideoFormat = {
  fourCc: 'avc1',
  isPicture: (nal) => isSlice(avcNalType(nal)),
  canBegin(nal) {
    const type = avcNalType(nal);
    return (
      isFirstSlice(nal, type) ||
      (type >= AVC_NAL.sei && type <= AVC_NAL.accessUnitDelimiter) ||
      (type >= PREFIX && type <= LAST_RESERVED_BEFORE)
    );
  },
  isDelimiter: (nal) => avcNalType(nal) === AVC_NAL.accessUnitDelimiter,
  isLeftOut(nal) {
    const type = avcNalType(nal);
    return type === FILLER || (type >= AVC_NAL.sps && type <= AVC_NAL.accessUnitDelimiter);
  },
  // Encoders for broadcast write few IDR pictures or none; a recovery point without frames to wait for is where they let decoders start.
  isSync: (units) => units.some((nal) => avcNalType(nal) === AVC_NAL.idr || isRecoveryPoint(nal)),
  parameterSetKey(nal) {
    switch (avcNalType(nal)) {
      case AVC_NAL.sps:
        return `sps ${idIn(nal, 4)}`;
      case AVC_NAL.pps:
        return `pps ${idIn(nal, 1)}`;
      default:
        return undefined;
    }
  },
  describe(parameterSets) {
    const sps = parameterSets.filter((nal) => avcNalType(nal) === AVC_NAL.sps).slice(0, 31);
    const pps = parameterSets.filter((nal) => avcNalType(nal) === AVC_NAL.pps).slice(0, 255);
    const [first] = sps;
    if (first === undefined || pps.length === 0) {
      return undefined;
    }
    const { width, height, frameRate, lumaBitDepth, chromaBitDepth } = parseSequenceParameters(first);
    if (lumaBitDepth > MAX_BIT_DEPTH || chromaBitDepth > MAX_BIT_DEPTH) {
      throw malformed('SPS', 0, `has samples of ${lumaBitDepth} and ${chromaBitDepth} bits`);
    }
    const config = avcDecoderConfigOf(sps, pps);
    const codec = avcCodecString('avc1', config);
    return { codec, width, height, frameRate, decoderConfig: writeAvcDecoderConfig(config) };
  },
};

function isSlice(type: number): boolean {
  return type === AVC_NAL.idr || (type >= AVC_NAL.slice && type <= SLICE_PARTITION_C);
}

/** first_mb_in_slice is 0: the one bit that ue(v) has for it. */
function isFirstSlice(nal: Uint8Array, type: number): boolean {
  const hasHeader = type === AVC_NAL.idr || type === AVC_NAL.slice || type === SLICE_PARTITION_A;
  return hasHeader && ((nal[1] ?? 0) & 0x80) !== 0;
}

/** The id behind the NAL unit's header and `bytes - 1` more. 16 bytes hold the largest there is. */
function idIn(nal: Uint8Array, bytes: number): number {
  const bits = new BitReader(removeEmulationPrevention(nal.subarray(0, 16)), 'parameter set');
  bits.skip(8 * bytes);
  return bits.ue();
}

/** An SEI message recovery_point (§D.1.8) with recovery_frame_cnt 0. */
function isRecoveryPoint(nal: Uint8Array): boolean {
  if (avcNalType(nal) !== AVC_NAL.sei) {
    return false;
  }
  try {
    const bits = new BitReader(removeEmulationPrevention(nal.subarray(1)), 'SEI');
    // The last byte is the trailing bits.
    while (bits.bitsLeft > 16) {
      const type = readExtended(bits);
      const size = readExtended(bits);
      if (type === RECOVERY_POINT) {
        return bits.ue() === 0;
      }
      bits.skip(8 * size);
    }
  } catch (error) {
    if (!(error instanceof AppError)) {
      throw error;
    }
  }
  return false;
}

/** A number as SEI messages have it: 255 for each full 255, then the rest (§7.3.2.3.1). */
function readExtended(bits: BitReader): number {
  let value = 0;
  let byte = bits.bits(8);
  while (byte === 255) {
    value += 255;
    byte = bits.bits(8);
  }
  return value + byte;
}
