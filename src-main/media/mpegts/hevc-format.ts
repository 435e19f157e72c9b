import { BitReader, removeEmulationPrevention } from '../codecs/bit-reader.ts';
import { parseHevcDecoderConfig } from '../codecs/hevc.ts';
import { BoxWriter } from '../isobmff/box-writer.ts';
import { malformed } from '../malformed.ts';
import type { VideoFormat } from './video-format.ts';

/** nal_unit_type, ITU-T H.265 table 7-1. */
const NAL = {
  firstIntra: 16,
  lastIntra: 23,
  lastSlice: 31,
  vps: 32,
  sps: 33,
  pps: 34,
  delimiter: 35,
  filler: 38,
  prefixSei: 39,
} as const;

/** Level 6.2 has no side longer than √(8 × 35 651 584) (§A.4.1). */
const MAX_SIDE = 16_888;
const SUB_LAYERS = 8;
const MAX_SETS = 64;

/** ITU-T H.265 in a transport stream, ISO/IEC 13818-1 §2.17. */
export const HEVC_FORMAT: VideoFormat = {
  fourCc: 'hvc1',
  isPicture: (nal) => nalType(nal) <= NAL.lastSlice,
  canBegin(nal) {
    const type = nalType(nal);
    return (
      // first_slice_segment_in_pic_flag
      (type <= NAL.lastSlice && ((nal[2] ?? 0) & 0x80) !== 0) ||
      (type >= NAL.vps && type <= NAL.delimiter) ||
      type === NAL.prefixSei ||
      // Reserved and unspecified ones that stand before a picture (§7.4.2.4.4).
      (type >= 41 && type <= 44) ||
      (type >= 48 && type <= 55)
    );
  },
  isDelimiter: (nal) => nalType(nal) === NAL.delimiter,
  isLeftOut(nal) {
    const type = nalType(nal);
    return type === NAL.filler || (type >= NAL.vps && type <= NAL.delimiter);
  },
  isSync: (units) => units.some((nal) => nalType(nal) >= NAL.firstIntra && nalType(nal) <= NAL.lastIntra),
  parameterSetKey(nal) {
    const type = nalType(nal);
    return type >= NAL.vps && type <= NAL.pps ? `${type} ${parameterSetId(nal, type)}` : undefined;
  },
  describe(parameterSets) {
    const ofType = (type: number): readonly Uint8Array[] =>
      parameterSets.filter((nal) => nalType(nal) === type).slice(0, MAX_SETS);
    const [vps, sps, pps] = [ofType(NAL.vps), ofType(NAL.sps), ofType(NAL.pps)];
    const [first] = sps;
    if (first === undefined || vps.length === 0 || pps.length === 0) {
      return undefined;
    }
    const parameters = parseSps(first);
    const decoderConfig = writeDecoderConfig(parameters, [vps, sps, pps]);
    const { codec } = parseHevcDecoderConfig('hvc1', decoderConfig);
    // The stream says its rate behind tables that nothing else here needs; the times say it as well.
    return { codec, width: parameters.width, height: parameters.height, frameRate: undefined, decoderConfig };
  },
};

type HevcParameters = {
  /** The twelve bytes from general_profile_space to general_level_idc. */
  readonly profileTierLevel: Uint8Array;
  readonly temporalLayers: number;
  readonly temporalIdNested: boolean;
  readonly chromaFormat: number;
  readonly lumaBitDepth: number;
  readonly chromaBitDepth: number;
  readonly width: number;
  readonly height: number;
};

function nalType(nal: Uint8Array): number {
  return ((nal[0] ?? 0) >> 1) & 0x3f;
}

function parameterSetId(nal: Uint8Array, type: number): number {
  if (type === NAL.vps) {
    return (nal[2] ?? 0) >> 4;
  }
  const bits = new BitReader(removeEmulationPrevention(nal.subarray(0, 128)), 'parameter set');
  bits.skip(16);
  if (type === NAL.sps) {
    skipToSpsId(bits);
  }
  return bits.ue();
}

/** From sps_video_parameter_set_id up to sps_seq_parameter_set_id, ITU-T H.265 §7.3.2.2.1. */
function skipToSpsId(bits: BitReader): { readonly temporalLayers: number; readonly temporalIdNested: boolean } {
  bits.skip(4);
  const maxSubLayers = bits.bits(3);
  const temporalIdNested = bits.flag();
  bits.skip(8 * PROFILE_TIER_LEVEL_BYTES);
  skipSubLayers(bits, maxSubLayers);
  return { temporalLayers: maxSubLayers + 1, temporalIdNested };
}

const PROFILE_TIER_LEVEL_BYTES = 12;
/** NAL unit header, and the byte with VPS id, layers and nesting. */
const BYTES_BEFORE_PROFILE = 3;

/** Their profiles and levels in profile_tier_level(), §7.3.3. */
function skipSubLayers(bits: BitReader, maxSubLayers: number): void {
  const present = Array.from({ length: maxSubLayers }, () => ({ profile: bits.flag(), level: bits.flag() }));
  if (maxSubLayers > 0) {
    bits.skip(2 * (SUB_LAYERS - maxSubLayers));
  }
  for (const { profile, level } of present) {
    bits.skip((profile ? 88 : 0) + (level ? 8 : 0));
  }
}

function parseSps(nal: Uint8Array): HevcParameters {
  const plain = removeEmulationPrevention(nal);
  const bits = new BitReader(plain, 'SPS');
  bits.skip(16);
  const layers = skipToSpsId(bits);
  bits.ue(); // sps_seq_parameter_set_id
  const chromaFormat = bits.ue();
  if (chromaFormat > 3) {
    throw malformed('SPS', 0, `has chroma format ${chromaFormat}`);
  }
  const separatePlanes = chromaFormat === 3 && bits.flag();
  const [codedWidth, codedHeight] = [bits.ue(), bits.ue()];
  const [left, right, top, bottom] = bits.flag() ? [bits.ue(), bits.ue(), bits.ue(), bits.ue()] : [0, 0, 0, 0];
  // Equations 7-73 and 7-74: the window counts in chroma samples.
  const cropX = !separatePlanes && (chromaFormat === 1 || chromaFormat === 2) ? 2 : 1;
  const cropY = !separatePlanes && chromaFormat === 1 ? 2 : 1;
  const width = codedWidth - (left + right) * cropX;
  const height = codedHeight - (top + bottom) * cropY;
  const lumaBitDepth = bits.ue() + 8;
  const chromaBitDepth = bits.ue() + 8;
  if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE) {
    throw malformed('SPS', 0, `has a picture of ${width}x${height}`);
  }
  if (lumaBitDepth > 15 || chromaBitDepth > 15) {
    throw malformed('SPS', 0, `has samples of ${lumaBitDepth} and ${chromaBitDepth} bits`);
  }
  const profileTierLevel = plain.slice(BYTES_BEFORE_PROFILE, BYTES_BEFORE_PROFILE + PROFILE_TIER_LEVEL_BYTES);
  return { ...layers, profileTierLevel, chromaFormat, lumaBitDepth, chromaBitDepth, width, height };
}

/** The payload of `hvcC`, ISO/IEC 14496-15 §8.3.3.1, with lengths of four bytes; `sets`: VPS, SPS, PPS. */
function writeDecoderConfig(parameters: HevcParameters, sets: readonly (readonly Uint8Array[])[]): Uint8Array {
  const writer = new BoxWriter(256);
  writer.u8(1);
  writer.bytes(parameters.profileTierLevel);
  writer.u16(0xf000); // min_spatial_segmentation_idc: not said
  writer.u8(0xfc); // parallelismType: not said
  writer.u8(0xfc | parameters.chromaFormat);
  writer.u8(0xf8 | (parameters.lumaBitDepth - 8));
  writer.u8(0xf8 | (parameters.chromaBitDepth - 8));
  writer.u16(0); // avgFrameRate: not said
  writer.u8(((parameters.temporalLayers & 7) << 3) | (parameters.temporalIdNested ? 4 : 0) | 3);
  writer.u8(sets.length);
  for (const [index, units] of sets.entries()) {
    // array_completeness: none of these come with the samples.
    writer.u8(0x80 | (NAL.vps + index));
    writer.u16(units.length);
    for (const unit of units) {
      writer.u16(unit.length);
      writer.bytes(unit);
    }
  }
  return writer.finish();
}
