import type { BitReader } from '../codecs/bit-reader.ts';
import { isNalLengthSize, type NalLengthSize } from '../codecs/nal-units.ts';
import { readBoxes } from '../isobmff/box-reader.ts';
import { malformed, unsupported } from '../malformed.ts';
import {
  bitsFor,
  type HevcPicture,
  type HevcSequence,
  readPicture,
  readReferenceSet,
  readSequence,
} from './hevc-sets.ts';
import { readHeaderBytes, type SliceHeaders } from './slice-header.ts';

/** nal_unit_type, ITU-T H.265 table 7-1. */
const NAL = { sps: 33, pps: 34, firstIntra: 16, idr: 19, lastIdr: 20, lastIntra: 23 } as const;
/** What is a slice segment: not the types that are reserved. */
const LAST_TRAILING = 9;
const LAST_SLICE = 21;
const MAX_LONG_TERM = 33;
const MAX_ENTRY_POINTS = 440 * 20;

type SliceKind = 'B' | 'P' | 'I';
const SLICE_KINDS: readonly SliceKind[] = ['B', 'P', 'I'];

/** The parameter sets in `hvcC`, ISO/IEC 14496-15 §8.3.3.1. */
export function hevcParameterSets(record: Uint8Array): {
  readonly lengthSize: NalLengthSize;
  readonly sets: readonly Uint8Array[];
} {
  const box = readBoxes(record);
  box.skip(21);
  const lengthSize = (box.u8() & 3) + 1;
  if (!isNalLengthSize(lengthSize)) {
    throw malformed('hvcC', 21, 'has NAL unit lengths of 3 bytes');
  }
  const sets: Uint8Array[] = [];
  for (let arrays = box.u8(); arrays > 0; arrays -= 1) {
    box.skip(1);
    for (let count = box.u16(); count > 0; count -= 1) {
      sets.push(box.bytes(box.u16()));
    }
  }
  return { lengthSize, sets };
}

export function hevcSliceHeaders(): SliceHeaders {
  const sequences = new Map<number, HevcSequence>();
  const pictures = new Map<number, HevcPicture>();
  return {
    learn(nal) {
      const type = typeOf(nal);
      if (type === NAL.sps) {
        const { id, sequence } = readSequence(nal);
        sequences.set(id, sequence);
      } else if (type === NAL.pps) {
        const { id, picture } = readPicture(nal);
        pictures.set(id, picture);
      }
    },
    headerBytes(nal) {
      const type = typeOf(nal);
      if (type > LAST_SLICE || (type > LAST_TRAILING && type < NAL.firstIntra)) {
        return undefined;
      }
      return readHeaderBytes(nal, (bits) => skipHeader(bits, type));
    },
  };

  function skipHeader(bits: BitReader, type: number): void {
    bits.skip(16);
    const isFirst = bits.flag();
    if (type >= NAL.firstIntra && type <= NAL.lastIntra) {
      bits.skip(1); // no_output_of_prior_pics_flag
    }
    const picture = pictures.get(bits.ue());
    const sequence = picture === undefined ? undefined : sequences.get(picture.sequenceId);
    if (picture === undefined || sequence === undefined) {
      throw unsupported('slice header', 0, 'names parameter sets that have not come');
    }
    const isDependent = !isFirst && picture.hasDependentSlices && bits.flag();
    bits.skip(isFirst ? 0 : sequence.addressBits);
    if (!isDependent) {
      skipIndependent(bits, type >= NAL.idr && type <= NAL.lastIdr, sequence, picture);
    }
    skipEnd(bits, picture);
    // One bit more, and to the next byte (§7.3.2.12).
    bits.skip(1);
  }
}

function typeOf(nal: Uint8Array): number {
  return ((nal[0] ?? 0) >> 1) & 0x3f;
}

/** §7.3.6.1, of the first slice segment of a slice. */
function skipIndependent(bits: BitReader, isIdr: boolean, sequence: HevcSequence, picture: HevcPicture): void {
  bits.skip(picture.extraBits);
  const kind = SLICE_KINDS[bits.ue()] ?? 'I';
  bits.skip(picture.hasOutputFlag ? 1 : 0);
  bits.skip(sequence.separatePlanes ? 2 : 0);
  const { used, hasVectors } = isIdr ? { used: 0, hasVectors: false } : readReferences(bits, sequence);
  const hasChroma = sequence.chromaArrayType !== 0;
  let isFiltered = false;
  if (sequence.hasSao) {
    const luma = bits.flag();
    const chroma = hasChroma && bits.flag();
    isFiltered = luma || chroma;
  }
  if (kind !== 'I') {
    skipPrediction(bits, { kind, used, hasVectors, hasChroma }, picture);
  }
  bits.se(); // slice_qp_delta
  if (picture.hasChromaOffsets) {
    bits.se(); // slice_cb_qp_offset
    bits.se(); // slice_cr_qp_offset
  }
  bits.skip(picture.hasChromaOffsetList ? 1 : 0);
  let isDeblockingOff = picture.isDeblockingOff;
  if (picture.canOverrideDeblocking && bits.flag()) {
    isDeblockingOff = bits.flag();
    if (!isDeblockingOff) {
      bits.se(); // slice_beta_offset_div2
      bits.se(); // slice_tc_offset_div2
    }
  }
  if (picture.isFilteredAcross && (isFiltered || !isDeblockingOff)) {
    bits.skip(1); // slice_loop_filter_across_slices_enabled_flag
  }
}

/** The reference pictures: how many the current one uses, and whether it uses motion vectors of another. */
function readReferences(
  bits: BitReader,
  sequence: HevcSequence,
): { readonly used: number; readonly hasVectors: boolean } {
  const { referenceSets, longTermUsed } = sequence;
  bits.skip(sequence.orderLsbBits);
  const set = bits.flag()
    ? referenceSets[bits.bits(bitsFor(referenceSets.length))]
    : readReferenceSet(bits, referenceSets, true);
  let used = [...(set?.negative ?? []), ...(set?.positive ?? [])].filter(({ isUsed }) => isUsed).length;
  if (sequence.hasLongTerm) {
    const listed = longTermUsed.length > 0 ? bits.ue() : 0;
    const count = listed + bits.ue();
    if (count > MAX_LONG_TERM) {
      throw unsupported('slice header', 0, `has ${count} long-term pictures`);
    }
    for (let index = 0; index < count; index += 1) {
      let isUsed: boolean;
      if (index < listed) {
        isUsed = longTermUsed[bits.bits(bitsFor(longTermUsed.length))] ?? false;
      } else {
        bits.skip(sequence.orderLsbBits);
        isUsed = bits.flag();
      }
      used += isUsed ? 1 : 0;
      if (bits.flag()) {
        bits.ue(); // delta_poc_msb_cycle_lt
      }
    }
  }
  return { used, hasVectors: sequence.hasTemporalVectors && bits.flag() };
}

type Prediction = {
  readonly kind: 'B' | 'P';
  readonly used: number;
  readonly hasVectors: boolean;
  readonly hasChroma: boolean;
};

function skipPrediction(
  bits: BitReader,
  { kind, used, hasVectors, hasChroma }: Prediction,
  picture: HevcPicture,
): void {
  const lists = kind === 'B' ? 2 : 1;
  const counts: number[] = picture.references.slice(0, lists);
  if (bits.flag()) {
    for (let list = 0; list < lists; list += 1) {
      counts[list] = bits.ue() + 1;
    }
  }
  if (picture.hasListChanges && used > 1) {
    for (const count of counts) {
      bits.skip(bits.flag() ? count * bitsFor(used) : 0);
    }
  }
  bits.skip(kind === 'B' ? 1 : 0); // mvd_l1_zero_flag
  bits.skip(picture.hasCabacInit ? 1 : 0);
  if (hasVectors) {
    const isFromFirst = kind === 'P' || bits.flag();
    if ((counts[isFromFirst ? 0 : 1] ?? 0) > 1) {
      bits.ue(); // collocated_ref_idx
    }
  }
  if (kind === 'B' ? picture.isBipredictiveWeighted : picture.isWeighted) {
    skipWeights(bits, counts, hasChroma);
  }
  bits.ue(); // five_minus_max_num_merge_cand
}

/** §7.3.6.3. */
function skipWeights(bits: BitReader, counts: readonly number[], hasChroma: boolean): void {
  bits.ue(); // luma_log2_weight_denom
  if (hasChroma) {
    bits.se(); // delta_chroma_log2_weight_denom
  }
  for (const count of counts) {
    if (count > 16) {
      throw unsupported('slice header', 0, `has ${count} references`);
    }
    const luma = Array.from({ length: count }, () => bits.flag());
    const chroma = Array.from({ length: count }, () => hasChroma && bits.flag());
    for (let index = 0; index < count; index += 1) {
      const numbers = (luma[index] === true ? 2 : 0) + (chroma[index] === true ? 4 : 0);
      for (let left = numbers; left > 0; left -= 1) {
        bits.se();
      }
    }
  }
}

/** The entry points of tiles or rows, and what an extension may have put here. */
function skipEnd(bits: BitReader, picture: HevcPicture): void {
  if (picture.hasEntryPoints) {
    const count = bits.ue();
    if (count > MAX_ENTRY_POINTS) {
      throw unsupported('slice header', 0, `has ${count} entry points`);
    }
    bits.skip(count === 0 ? 0 : count * (bits.ue() + 1));
  }
  if (picture.hasHeaderExtension) {
    bits.skip(8 * bits.ue());
  }
}
