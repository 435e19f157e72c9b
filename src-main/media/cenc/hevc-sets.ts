import { BitReader, removeEmulationPrevention } from '../codecs/bit-reader.ts';
import { unsupported } from '../malformed.ts';

/** A short-term reference picture set, ITU-T H.265 §7.4.8: differences of picture order, and whether the current picture uses them. */
export type ReferenceSet = { readonly negative: readonly Reference[]; readonly positive: readonly Reference[] };
type Reference = { readonly delta: number; readonly isUsed: boolean };

/** What slice segment headers depend on, §7.3.2.2.1. */
export type HevcSequence = {
  readonly separatePlanes: boolean;
  readonly chromaArrayType: number;
  readonly orderLsbBits: number;
  /** Bits of a slice segment address. */
  readonly addressBits: number;
  readonly hasSao: boolean;
  readonly referenceSets: readonly ReferenceSet[];
  readonly hasLongTerm: boolean;
  /** Whether each of the long-term pictures that the set lists is used by the current one. */
  readonly longTermUsed: readonly boolean[];
  readonly hasTemporalVectors: boolean;
};

/** §7.3.2.3.1. */
export type HevcPicture = {
  readonly sequenceId: number;
  readonly hasDependentSlices: boolean;
  readonly hasOutputFlag: boolean;
  readonly extraBits: number;
  readonly hasCabacInit: boolean;
  readonly references: readonly [list0: number, list1: number];
  readonly hasChromaOffsets: boolean;
  readonly isWeighted: boolean;
  readonly isBipredictiveWeighted: boolean;
  readonly hasEntryPoints: boolean;
  readonly isFilteredAcross: boolean;
  readonly canOverrideDeblocking: boolean;
  readonly isDeblockingOff: boolean;
  readonly hasListChanges: boolean;
  readonly hasHeaderExtension: boolean;
  readonly hasChromaOffsetList: boolean;
};

const MAX_REFERENCES = 16;
const MAX_REFERENCE_SETS = 64;
const MAX_LONG_TERM = 32;
const MAX_TILES = 1024;
/** Screen content coding puts more into slice headers; so do several layers. */
const SCREEN_CONTENT: readonly number[] = [9, 11];

/** Bits that numbers below `count` take: Ceil(Log2(count)). */
export function bitsFor(count: number): number {
  return count <= 1 ? 0 : 32 - Math.clz32(count - 1);
}

export function readSequence(nal: Uint8Array): { readonly id: number; readonly sequence: HevcSequence } {
  const bits = new BitReader(removeEmulationPrevention(nal), 'SPS');
  bits.skip(16 + 4);
  const subLayers = bits.bits(3);
  bits.skip(1);
  skipProfile(bits, subLayers);
  const id = bits.ue();
  const chromaFormat = bits.ue();
  const separatePlanes = chromaFormat === 3 && bits.flag();
  const width = bits.ue();
  const height = bits.ue();
  if (bits.flag()) {
    skipNumbers(bits, 4); // conf_win_…_offset
  }
  skipNumbers(bits, 2); // bit_depth_luma_minus8, bit_depth_chroma_minus8
  const orderLsbBits = bits.ue() + 4;
  const layers = bits.flag() ? subLayers + 1 : 1;
  skipNumbers(bits, 3 * layers);
  const minBlock = bits.ue() + 3;
  const block = 2 ** Math.min(16, minBlock + bits.ue());
  skipNumbers(bits, 4); // transform block sizes and depths
  if (bits.flag() && bits.flag()) {
    skipScalingLists(bits);
  }
  bits.skip(1); // amp_enabled_flag
  const hasSao = bits.flag();
  if (bits.flag()) {
    bits.skip(8); // pcm_sample_bit_depth_…_minus1
    skipNumbers(bits, 2);
    bits.skip(1);
  }
  const referenceSets = readReferenceSets(bits);
  const hasLongTerm = bits.flag();
  const longTermUsed = Array.from({ length: hasLongTerm ? atMost(bits.ue(), MAX_LONG_TERM) : 0 }, () => {
    bits.skip(orderLsbBits);
    return bits.flag();
  });
  const hasTemporalVectors = bits.flag();
  const addressBits = bitsFor(Math.ceil(width / block) * Math.ceil(height / block));
  const sequence = {
    separatePlanes,
    chromaArrayType: separatePlanes ? 0 : chromaFormat,
    orderLsbBits,
    addressBits,
    hasSao,
    referenceSets,
    hasLongTerm,
    longTermUsed,
    hasTemporalVectors,
  };
  return { id, sequence };
}

export function readPicture(nal: Uint8Array): { readonly id: number; readonly picture: HevcPicture } {
  const bits = new BitReader(removeEmulationPrevention(nal), 'PPS');
  bits.skip(16);
  const id = bits.ue();
  const sequenceId = bits.ue();
  const hasDependentSlices = bits.flag();
  const hasOutputFlag = bits.flag();
  const extraBits = bits.bits(3);
  bits.skip(1); // sign_data_hiding_enabled_flag
  const hasCabacInit = bits.flag();
  const references = [bits.ue() + 1, bits.ue() + 1] as const;
  bits.se(); // init_qp_minus26
  bits.skip(1); // constrained_intra_pred_flag
  const hasTransformSkip = bits.flag();
  if (bits.flag()) {
    bits.ue(); // diff_cu_qp_delta_depth
  }
  bits.se(); // pps_cb_qp_offset
  bits.se(); // pps_cr_qp_offset
  const hasChromaOffsets = bits.flag();
  const isWeighted = bits.flag();
  const isBipredictiveWeighted = bits.flag();
  bits.skip(1); // transquant_bypass_enabled_flag
  const hasTiles = bits.flag();
  const hasSync = bits.flag();
  if (hasTiles) {
    skipTiles(bits);
  }
  const isFilteredAcross = bits.flag();
  let canOverrideDeblocking = false;
  let isDeblockingOff = false;
  if (bits.flag()) {
    canOverrideDeblocking = bits.flag();
    isDeblockingOff = bits.flag();
    if (!isDeblockingOff) {
      bits.se(); // pps_beta_offset_div2
      bits.se(); // pps_tc_offset_div2
    }
  }
  if (bits.flag()) {
    skipScalingLists(bits);
  }
  const hasListChanges = bits.flag();
  bits.ue(); // log2_parallel_merge_level_minus2
  const hasHeaderExtension = bits.flag();
  const picture = {
    sequenceId,
    hasDependentSlices,
    hasOutputFlag,
    extraBits,
    hasCabacInit,
    references,
    hasChromaOffsets,
    isWeighted,
    isBipredictiveWeighted,
    hasEntryPoints: hasTiles || hasSync,
    isFilteredAcross,
    canOverrideDeblocking,
    isDeblockingOff,
    hasListChanges,
    hasHeaderExtension,
    hasChromaOffsetList: readExtension(bits, hasTransformSkip),
  };
  return { id, picture };
}

/** §7.3.2.3.2: of the range extension, whether slices say which list of chroma offsets holds. */
function readExtension(bits: BitReader, hasTransformSkip: boolean): boolean {
  if (!bits.flag()) {
    return false;
  }
  const hasRange = bits.flag();
  if (bits.bits(7) !== 0) {
    throw unsupported('PPS', 0, 'has extensions for several layers or screen content');
  }
  if (!hasRange) {
    return false;
  }
  if (hasTransformSkip) {
    bits.ue(); // log2_max_transform_skip_block_size_minus2
  }
  bits.skip(1); // cross_component_prediction_enabled_flag
  return bits.flag();
}

/** §7.3.3. */
function skipProfile(bits: BitReader, subLayers: number): void {
  bits.skip(3);
  const profile = bits.bits(5);
  if (SCREEN_CONTENT.includes(profile)) {
    throw unsupported('SPS', 0, 'is of a profile for screen content');
  }
  bits.skip(80 + 8);
  const present = Array.from({ length: subLayers === 0 ? 0 : 8 }, (_, layer) => {
    const flags = bits.bits(2);
    return layer < subLayers ? flags : 0;
  });
  for (const flags of present) {
    bits.skip((flags & 2) === 0 ? 0 : 88);
    bits.skip((flags & 1) === 0 ? 0 : 8);
  }
}

/** §7.3.4. */
function skipScalingLists(bits: BitReader): void {
  for (let size = 0; size < 4; size += 1) {
    for (let matrix = 0; matrix < 6; matrix += size === 3 ? 3 : 1) {
      if (!bits.flag()) {
        bits.ue(); // scaling_list_pred_matrix_id_delta
        continue;
      }
      const coefficients = Math.min(64, 1 << (4 + 2 * size)) + (size > 1 ? 1 : 0);
      for (let left = coefficients; left > 0; left -= 1) {
        bits.se();
      }
    }
  }
}

function skipTiles(bits: BitReader): void {
  const columns = atMost(bits.ue(), MAX_TILES);
  const rows = atMost(bits.ue(), MAX_TILES);
  if (!bits.flag()) {
    skipNumbers(bits, columns + rows);
  }
  bits.skip(1); // loop_filter_across_tiles_enabled_flag
}

function readReferenceSets(bits: BitReader): readonly ReferenceSet[] {
  const count = atMost(bits.ue(), MAX_REFERENCE_SETS);
  const sets: ReferenceSet[] = [];
  for (let index = 0; index < count; index += 1) {
    sets.push(readReferenceSet(bits, sets, false));
  }
  return sets;
}

/** §7.3.7. `before` are the sets it can be made from: those of the SPS, all of them for the one of a slice. */
export function readReferenceSet(
  bits: BitReader,
  before: readonly ReferenceSet[],
  isInSlice: boolean,
): ReferenceSet {
  if (before.length > 0 && bits.flag()) {
    const back = isInSlice ? bits.ue() + 1 : 1;
    const sign = bits.flag() ? -1 : 1;
    const delta = sign * (bits.ue() + 1);
    const base = before.at(-back);
    if (base === undefined || back > before.length) {
      throw unsupported('SPS', 0, 'makes a reference picture set from one that is not there');
    }
    return moved(bits, base, delta);
  }
  const counts = [atMost(bits.ue(), MAX_REFERENCES), atMost(bits.ue(), MAX_REFERENCES)] as const;
  const list = (count: number, sign: number): readonly Reference[] => {
    let delta = 0;
    return Array.from({ length: count }, () => {
      delta += sign * (bits.ue() + 1);
      return { delta, isUsed: bits.flag() };
    });
  };
  const negative = list(counts[0], -1);
  return { negative, positive: list(counts[1], 1) };
}

/** A set that is another one seen from a picture `delta` later, §7.4.8 (7-61) and (7-62). */
function moved(bits: BitReader, base: ReferenceSet, delta: number): ReferenceSet {
  const all = [...base.negative, ...base.positive, { delta: 0, isUsed: false }].map((reference) => {
    const isUsed = bits.flag();
    const isKept = isUsed || bits.flag();
    return isKept ? [{ delta: reference.delta + delta, isUsed }] : [];
  });
  const kept = all.flat();
  return { negative: kept.filter((one) => one.delta < 0), positive: kept.filter((one) => one.delta > 0) };
}

function skipNumbers(bits: BitReader, count: number): void {
  for (let left = count; left > 0; left -= 1) {
    bits.ue();
  }
}

function atMost(value: number, most: number): number {
  if (value > most) {
    throw unsupported('parameter set', 0, `has ${value} of what there are at most ${most}`);
  }
  return value;
}
