import { AVC_NAL, avcNalType } from '../codecs/avc.ts';
import { PROFILES_WITH_CHROMA, parseChroma } from '../codecs/avc-sps.ts';
import { BitReader, removeEmulationPrevention } from '../codecs/bit-reader.ts';
import { unsupported } from '../malformed.ts';
import { readHeaderBytes, type SliceHeaders } from './slice-header.ts';

/** What slice headers depend on, ITU-T H.264 §7.3.2.1.1. */
type Sequence = {
  readonly separatePlanes: boolean;
  readonly chromaArrayType: number;
  readonly frameNumBits: number;
  readonly orderType: number;
  readonly orderLsbBits: number;
  readonly deltaAlwaysZero: boolean;
  readonly framesOnly: boolean;
};

/** §7.3.2.2. */
type Picture = {
  readonly sequenceId: number;
  readonly hasCabac: boolean;
  readonly hasBottomOrder: boolean;
  readonly references: readonly [list0: number, list1: number];
  readonly isWeighted: boolean;
  readonly bipredictiveWeights: number;
  readonly hasDeblocking: boolean;
  readonly hasRedundant: boolean;
};

type Sets = { readonly sequences: Map<number, Sequence>; readonly pictures: Map<number, Picture> };

const SLICE_KINDS = ['P', 'B', 'I', 'SP', 'SI'] as const;
type SliceKind = (typeof SLICE_KINDS)[number];
const EXPLICIT_WEIGHTS = 1;
/** §7.4.3: in fields there can be twice as many as in frames. */
const MAX_REFERENCES = 32;

export function avcSliceHeaders(): SliceHeaders {
  const sets: Sets = { sequences: new Map(), pictures: new Map() };
  return {
    learn(nal) {
      const type = avcNalType(nal);
      if (type === AVC_NAL.sps) {
        learnSequence(sets, new BitReader(removeEmulationPrevention(nal), 'SPS'));
      } else if (type === AVC_NAL.pps) {
        learnPicture(sets, new BitReader(removeEmulationPrevention(nal), 'PPS'));
      }
    },
    headerBytes(nal) {
      const type = avcNalType(nal);
      if (type !== AVC_NAL.slice && type !== AVC_NAL.idr) {
        // Data partitions (2 to 4) are only in the Extended profile, which nobody has.
        return undefined;
      }
      return readHeaderBytes(nal, (bits) => readSliceHeader(bits, sets));
    },
  };
}

function learnSequence({ sequences }: Sets, bits: BitReader): void {
  bits.skip(8);
  const profile = bits.bits(8);
  bits.skip(16);
  const id = bits.ue();
  const { chromaFormat, separatePlanes } = PROFILES_WITH_CHROMA.has(profile)
    ? parseChroma(bits)
    : { chromaFormat: 1, separatePlanes: false };
  const frameNumBits = bits.ue() + 4;
  const orderType = bits.ue();
  let orderLsbBits = 0;
  let deltaAlwaysZero = false;
  if (orderType === 0) {
    orderLsbBits = bits.ue() + 4;
  } else if (orderType === 1) {
    deltaAlwaysZero = bits.flag();
    bits.se(); // offset_for_non_ref_pic
    bits.se(); // offset_for_top_to_bottom_field
    for (let left = bits.ue(); left > 0; left -= 1) {
      bits.se(); // offset_for_ref_frame
    }
  }
  bits.ue(); // max_num_ref_frames
  bits.skip(1); // gaps_in_frame_num_value_allowed_flag
  bits.ue(); // pic_width_in_mbs_minus1
  bits.ue(); // pic_height_in_map_units_minus1
  const framesOnly = bits.flag();
  const chromaArrayType = separatePlanes ? 0 : chromaFormat;
  sequences.set(id, {
    separatePlanes,
    chromaArrayType,
    frameNumBits,
    orderType,
    orderLsbBits,
    deltaAlwaysZero,
    framesOnly,
  });
}

function learnPicture({ pictures }: Sets, bits: BitReader): void {
  bits.skip(8);
  const id = bits.ue();
  const sequenceId = bits.ue();
  const hasCabac = bits.flag();
  const hasBottomOrder = bits.flag();
  if (bits.ue() > 0) {
    throw unsupported('PPS', 0, 'has slice groups');
  }
  const references = [bits.ue() + 1, bits.ue() + 1] as const;
  const isWeighted = bits.flag();
  const bipredictiveWeights = bits.bits(2);
  bits.se(); // pic_init_qp_minus26
  bits.se(); // pic_init_qs_minus26
  bits.se(); // chroma_qp_index_offset
  const hasDeblocking = bits.flag();
  bits.skip(1); // constrained_intra_pred_flag
  const hasRedundant = bits.flag();
  pictures.set(id, {
    sequenceId,
    hasCabac,
    hasBottomOrder,
    references,
    isWeighted,
    bipredictiveWeights,
    hasDeblocking,
    hasRedundant,
  });
}

/** §7.3.3, from the NAL unit header on. */
function readSliceHeader(bits: BitReader, { sequences, pictures }: Sets): void {
  bits.skip(1);
  const isReference = bits.bits(2) !== 0;
  const isIdr = bits.bits(5) === AVC_NAL.idr;
  bits.ue(); // first_mb_in_slice
  const kind = SLICE_KINDS[bits.ue() % SLICE_KINDS.length] ?? 'I';
  const picture = pictures.get(bits.ue());
  const sequence = picture === undefined ? undefined : sequences.get(picture.sequenceId);
  if (picture === undefined || sequence === undefined) {
    throw unsupported('slice header', 0, 'names parameter sets that have not come');
  }
  if (sequence.separatePlanes) {
    bits.skip(2); // colour_plane_id
  }
  bits.skip(sequence.frameNumBits);
  const isField = !sequence.framesOnly && bits.flag();
  if (isField) {
    bits.skip(1); // bottom_field_flag
  }
  if (isIdr) {
    bits.ue(); // idr_pic_id
  }
  skipOrder(bits, sequence, picture.hasBottomOrder && !isField);
  if (picture.hasRedundant) {
    bits.ue(); // redundant_pic_cnt
  }
  skipPrediction(bits, kind, sequence, picture);
  if (isReference) {
    skipMarking(bits, isIdr);
  }
  if (picture.hasCabac && kind !== 'I' && kind !== 'SI') {
    bits.ue(); // cabac_init_idc
  }
  bits.se(); // slice_qp_delta
  if (kind === 'SP' || kind === 'SI') {
    if (kind === 'SP') {
      bits.skip(1); // sp_for_switch_flag
    }
    bits.se(); // slice_qs_delta
  }
  if (picture.hasDeblocking && bits.ue() !== 1) {
    bits.se(); // slice_alpha_c0_offset_div2
    bits.se(); // slice_beta_offset_div2
  }
}

function skipOrder(bits: BitReader, sequence: Sequence, hasBottom: boolean): void {
  if (sequence.orderType === 0) {
    bits.skip(sequence.orderLsbBits);
    if (hasBottom) {
      bits.se(); // delta_pic_order_cnt_bottom
    }
  } else if (sequence.orderType === 1 && !sequence.deltaAlwaysZero) {
    bits.se(); // delta_pic_order_cnt[0]
    if (hasBottom) {
      bits.se(); // delta_pic_order_cnt[1]
    }
  }
}

/** The lists of references, their changes (§7.3.3.1) and weights (§7.3.3.2). */
function skipPrediction(bits: BitReader, kind: SliceKind, sequence: Sequence, picture: Picture): void {
  if (kind === 'I' || kind === 'SI') {
    return;
  }
  if (kind === 'B') {
    bits.skip(1); // direct_spatial_mv_pred_flag
  }
  const lists = kind === 'B' ? 2 : 1;
  const counts = [...picture.references];
  if (bits.flag()) {
    for (let list = 0; list < lists; list += 1) {
      counts[list] = bits.ue() + 1;
    }
  }
  for (let list = 0; list < lists; list += 1) {
    if (bits.flag()) {
      while (bits.ue() !== 3) {
        bits.ue();
      }
    }
  }
  const isWeighted = kind === 'B' ? picture.bipredictiveWeights === EXPLICIT_WEIGHTS : picture.isWeighted;
  if (!isWeighted) {
    return;
  }
  const hasChroma = sequence.chromaArrayType !== 0;
  bits.ue(); // luma_log2_weight_denom
  if (hasChroma) {
    bits.ue(); // chroma_log2_weight_denom
  }
  for (const count of counts.slice(0, lists)) {
    if (count > MAX_REFERENCES) {
      throw unsupported('slice header', 0, `has ${count} references`);
    }
    for (let left = count; left > 0; left -= 1) {
      skipWeights(bits, 1);
      if (hasChroma) {
        skipWeights(bits, 2);
      }
    }
  }
}

function skipWeights(bits: BitReader, components: number): void {
  if (bits.flag()) {
    for (let left = 2 * components; left > 0; left -= 1) {
      bits.se();
    }
  }
}

/** §7.3.3.3: operations with one number or two, up to 0. */
function skipMarking(bits: BitReader, isIdr: boolean): void {
  if (isIdr) {
    bits.skip(2);
    return;
  }
  if (bits.flag()) {
    for (let operation = bits.ue(); operation !== 0; operation = bits.ue()) {
      if (operation !== 5) {
        bits.ue();
      }
      if (operation === 3) {
        bits.ue();
      }
    }
  }
}
