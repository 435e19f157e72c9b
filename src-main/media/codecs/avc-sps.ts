import type { Colour } from '../isobmff/colr.ts';
import type { PixelAspectRatio } from '../isobmff/pasp.ts';
import { malformed } from '../malformed.ts';
import { BitReader, removeEmulationPrevention } from './bit-reader.ts';
import { type FrameRate, frameRateOf } from './fraction.ts';

/** What a sequence parameter set says about the picture. */
export type SequenceParameters = {
  readonly profile: number;
  /** The six constraint_set flags and two zero bits, as one byte. */
  readonly constraints: number;
  /** Ten times the level: 31 is level 3.1. */
  readonly level: number;
  /** 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4. */
  readonly chromaFormat: number;
  readonly lumaBitDepth: number;
  readonly chromaBitDepth: number;
  /** As shown, so after cropping. */
  readonly width: number;
  readonly height: number;
  /** Of the stream's own timing information; undefined when there is none. */
  readonly frameRate: FrameRate | undefined;
  /** Undefined when not said, which means square. */
  readonly pixelAspectRatio: PixelAspectRatio | undefined;
  readonly colour: Colour | undefined;
};

/** ITU-T H.264 §7.3.2.1.1: the profiles whose parameter sets carry the chroma format. */
export const PROFILES_WITH_CHROMA: ReadonlySet<number> = new Set([
  100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135,
]);

/** ITU-T H.264 table E-1, aspect_ratio_idc 1..16. */
const PIXEL_ASPECT_RATIOS: readonly PixelAspectRatio[] = [
  [1, 1],
  [12, 11],
  [10, 11],
  [16, 11],
  [40, 33],
  [24, 11],
  [20, 11],
  [32, 11],
  [80, 33],
  [18, 11],
  [15, 11],
  [64, 33],
  [160, 99],
  [4, 3],
  [3, 2],
  [2, 1],
].map(([horizontal = 1, vertical = 1]) => ({ horizontal, vertical }));
const EXTENDED_SAR = 255;

/** Level 6.2 ends at 139264 macroblocks with no side longer than √(8 × 139264) (§A.3.1), so no side is longer than this. */
const MAX_SIDE = 16_896;

/** Reads a sequence parameter set NAL unit with its header byte, ITU-T H.264 §7.3.2.1.1. */
export function parseSequenceParameters(nal: Uint8Array): SequenceParameters {
  const bits = new BitReader(removeEmulationPrevention(nal), 'SPS');
  if ((bits.bits(8) & 0x1f) !== 7) {
    throw malformed('SPS', 0, 'is another NAL unit');
  }
  const profile = bits.bits(8);
  const constraints = bits.bits(8);
  const level = bits.bits(8);
  bits.ue(); // seq_parameter_set_id
  const chroma = PROFILES_WITH_CHROMA.has(profile)
    ? parseChroma(bits)
    : { chromaFormat: 1, separatePlanes: false, lumaBitDepth: 8, chromaBitDepth: 8 };
  bits.ue(); // log2_max_frame_num_minus4
  skipPictureOrderCount(bits);
  bits.ue(); // max_num_ref_frames
  bits.skip(1); // gaps_in_frame_num_value_allowed_flag
  const size = parseSize(bits, chroma.separatePlanes ? 0 : chroma.chromaFormat);
  const { chromaFormat, lumaBitDepth, chromaBitDepth } = chroma;
  const usability = bits.flag() ? parseUsability(bits) : NO_USABILITY;
  return { profile, constraints, level, chromaFormat, lumaBitDepth, chromaBitDepth, ...size, ...usability };
}

/** Reads the chroma format, the bit depths and the scaling lists, as they stand in the parameter sets of High profiles. */
export function parseChroma(bits: BitReader) {
  const chromaFormat = bits.ue();
  if (chromaFormat > 3) {
    throw malformed('SPS', 0, `has chroma format ${chromaFormat}`);
  }
  const separatePlanes = chromaFormat === 3 && bits.flag();
  const lumaBitDepth = bits.ue() + 8;
  const chromaBitDepth = bits.ue() + 8;
  bits.skip(1); // qpprime_y_zero_transform_bypass_flag
  if (bits.flag()) {
    for (let list = 0; list < (chromaFormat === 3 ? 12 : 8); list += 1) {
      if (bits.flag()) {
        skipScalingList(bits, list < 6 ? 16 : 64);
      }
    }
  }
  return { chromaFormat, separatePlanes, lumaBitDepth, chromaBitDepth };
}

/** §7.3.2.1.1.1: a scale of 0 ends the list early. */
function skipScalingList(bits: BitReader, size: number): void {
  let last = 8;
  for (let index = 0; index < size; index += 1) {
    last = (last + bits.se() + 256) % 256;
    if (last === 0) {
      return;
    }
  }
}

function skipPictureOrderCount(bits: BitReader): void {
  const type = bits.ue();
  if (type === 0) {
    bits.ue(); // log2_max_pic_order_cnt_lsb_minus4
  } else if (type === 1) {
    bits.skip(1); // delta_pic_order_always_zero_flag
    bits.se(); // offset_for_non_ref_pic
    bits.se(); // offset_for_top_to_bottom_field
    const cycle = bits.ue();
    if (cycle > 255) {
      throw malformed('SPS', 0, `has ${cycle} frames in its picture order cycle`);
    }
    for (let frame = 0; frame < cycle; frame += 1) {
      bits.se(); // offset_for_ref_frame
    }
  }
}

function parseSize(bits: BitReader, chromaArrayType: number): { readonly width: number; readonly height: number } {
  const macroblocksWide = bits.ue() + 1;
  const mapUnitsHigh = bits.ue() + 1;
  const framesOnly = bits.flag();
  if (!framesOnly) {
    bits.skip(1); // mb_adaptive_frame_field_flag
  }
  bits.skip(1); // direct_8x8_inference_flag
  const [left, right, top, bottom] = bits.flag() ? [bits.ue(), bits.ue(), bits.ue(), bits.ue()] : [0, 0, 0, 0];
  const fieldFactor = framesOnly ? 1 : 2;
  // Equations 7-19 to 7-22: cropping counts in chroma samples, and in both fields.
  const cropX = chromaArrayType === 1 || chromaArrayType === 2 ? 2 : 1;
  const cropY = (chromaArrayType === 1 ? 2 : 1) * fieldFactor;
  const width = macroblocksWide * 16 - (left + right) * cropX;
  const height = mapUnitsHigh * 16 * fieldFactor - (top + bottom) * cropY;
  if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE) {
    throw malformed('SPS', 0, `has a picture of ${width}x${height}`);
  }
  return { width, height };
}

type Usability = Pick<SequenceParameters, 'frameRate' | 'pixelAspectRatio' | 'colour'>;

const NO_USABILITY: Usability = { frameRate: undefined, pixelAspectRatio: undefined, colour: undefined };

/** Video usability information up to the timing, §E.1.1. */
function parseUsability(bits: BitReader): Usability {
  const pixelAspectRatio = bits.flag() ? parsePixelAspectRatio(bits) : undefined;
  if (bits.flag()) {
    bits.skip(1); // overscan_appropriate_flag
  }
  const colour = bits.flag() ? parseColour(bits) : undefined;
  if (bits.flag()) {
    bits.ue(); // chroma_sample_loc_type_top_field
    bits.ue(); // chroma_sample_loc_type_bottom_field
  }
  return { pixelAspectRatio, colour, frameRate: bits.flag() ? parseFrameRate(bits) : undefined };
}

function parsePixelAspectRatio(bits: BitReader): PixelAspectRatio | undefined {
  const index = bits.bits(8);
  if (index !== EXTENDED_SAR) {
    return PIXEL_ASPECT_RATIOS[index - 1];
  }
  const horizontal = bits.bits(16);
  const vertical = bits.bits(16);
  return horizontal === 0 || vertical === 0 ? undefined : { horizontal, vertical };
}

function parseColour(bits: BitReader): Colour | undefined {
  bits.skip(3); // video_format
  const fullRange = bits.flag();
  if (!bits.flag()) {
    return undefined;
  }
  return { primaries: bits.bits(8), transfer: bits.bits(8), matrix: bits.bits(8), fullRange };
}

/** A tick is a field, so a frame takes two (§E.2.1). */
function parseFrameRate(bits: BitReader): FrameRate | undefined {
  const unitsInTick = bits.bits(32);
  const timeScale = bits.bits(32);
  return frameRateOf(timeScale, unitsInTick * 2);
}
