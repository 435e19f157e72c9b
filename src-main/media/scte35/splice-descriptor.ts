import { assert } from '../../base/assert.ts';
import { BitReader } from '../codecs/bit-reader.ts';
import { type BitWriter, createBitWriter } from '../codecs/bit-writer.ts';
import { malformed } from '../malformed.ts';
import { readBytes, readPts, writeBytes, writePts, writeReserved } from './fields.ts';

/** What stands beside a command, ANSI/SCTE 35 §10. */
export type SpliceDescriptor =
  | SegmentationDescriptor
  /** avail, DTMF, time, audio, and what others define: the bytes behind the identifier as they came. */
  | {
      readonly kind: 'other';
      readonly tag: number;
      /** Whose definition it follows: `CUEI` as a number for those of the standard. */
      readonly identifier: number;
      readonly bytes: Uint8Array;
    };

/** segmentation_descriptor(), §10.3.3. */
export type SegmentationDescriptor = {
  readonly kind: 'segmentation';
  readonly eventId: number;
  /** Undefined: the segmentation of this id, sent before, is cancelled. */
  readonly event: SegmentationEvent | undefined;
};

export type SegmentationEvent = {
  /** Undefined: delivery is not restricted. */
  readonly restrictions: DeliveryRestrictions | undefined;
  /** Undefined: the whole programme. */
  readonly components: readonly { readonly tag: number; readonly ptsOffset: number }[] | undefined;
  /** Ticks of 90 kHz, 0..2^40-1. */
  readonly duration: number | undefined;
  readonly upid: Upid;
  /** Table 23: 0x34 is the start of a provider's placement opportunity. */
  readonly typeId: number;
  readonly segmentNumber: number;
  readonly segmentsExpected: number;
  /** For placement opportunities and ad blocks, where the sender writes it. */
  readonly subSegment: { readonly number: number; readonly expected: number } | undefined;
};

export type DeliveryRestrictions = {
  readonly webDeliveryAllowed: boolean;
  readonly noRegionalBlackout: boolean;
  readonly archiveAllowed: boolean;
  /** 0..3, of which 3 is none. */
  readonly deviceRestrictions: number;
};

/** segmentation_upid(): what is announced. Type 0 has no bytes. */
export type Upid = { readonly type: number; readonly bytes: Uint8Array };

/** `CUEI` */
const CUEI_IDENTIFIER = 0x4355_4549;

const SEGMENTATION_TAG = 0x02;

/** Table 22: the types behind which sub-segments may be counted. */
const TYPES_WITH_SUB_SEGMENTS: ReadonlySet<number> = new Set([0x30, 0x32, 0x34, 0x36, 0x38, 0x3a, 0x44, 0x46]);

export function writeDescriptor(descriptor: SpliceDescriptor): Uint8Array {
  const bits = createBitWriter();
  const isSegmentation = descriptor.kind === 'segmentation';
  const body = isSegmentation ? writeSegmentation(descriptor) : descriptor.bytes;
  assert(body.length <= 251, 'a splice descriptor has at most 255 bytes with its identifier');
  bits.bits(8, isSegmentation ? SEGMENTATION_TAG : descriptor.tag);
  bits.bits(8, body.length + 4);
  bits.bits(32, isSegmentation ? CUEI_IDENTIFIER : descriptor.identifier);
  writeBytes(bits, body);
  return bits.finish();
}

/** Reads a descriptor loop. Throws `media/malformed` for one that reaches beyond it, or ends within a field. */
export function parseDescriptors(bytes: Uint8Array): readonly SpliceDescriptor[] {
  const descriptors: SpliceDescriptor[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes[at + 1] ?? 0;
    const end = at + 2 + length;
    if (length < 4 || end > bytes.length) {
      throw malformed('splice descriptor', at, `has length ${length} with ${bytes.length - at} bytes left`);
    }
    descriptors.push(parseDescriptor(bytes[at] ?? 0, bytes.subarray(at + 2, end)));
    at = end;
  }
  return descriptors;
}

function parseDescriptor(tag: number, body: Uint8Array): SpliceDescriptor {
  const bits = new BitReader(body, 'splice descriptor');
  const identifier = bits.bits(32);
  return tag === SEGMENTATION_TAG && identifier === CUEI_IDENTIFIER
    ? parseSegmentation(bits)
    : { kind: 'other', tag, identifier, bytes: body.slice(4) };
}

function writeSegmentation({ eventId, event }: SegmentationDescriptor): Uint8Array {
  const bits = createBitWriter();
  bits.bits(32, eventId);
  bits.bits(1, event === undefined ? 1 : 0);
  writeReserved(bits, 7);
  if (event !== undefined) {
    writeSegmentationEvent(bits, event);
  }
  return bits.finish();
}

function writeSegmentationEvent(bits: BitWriter, event: SegmentationEvent): void {
  const { restrictions, components, duration, upid, subSegment } = event;
  bits.bits(1, components === undefined ? 1 : 0);
  bits.bits(1, duration === undefined ? 0 : 1);
  bits.bits(1, restrictions === undefined ? 1 : 0);
  if (restrictions === undefined) {
    writeReserved(bits, 5);
  } else {
    bits.bits(1, restrictions.webDeliveryAllowed ? 1 : 0);
    bits.bits(1, restrictions.noRegionalBlackout ? 1 : 0);
    bits.bits(1, restrictions.archiveAllowed ? 1 : 0);
    bits.bits(2, restrictions.deviceRestrictions);
  }
  if (components !== undefined) {
    bits.bits(8, components.length);
    for (const { tag, ptsOffset } of components) {
      bits.bits(8, tag);
      writeReserved(bits, 7);
      writePts(bits, ptsOffset);
    }
  }
  if (duration !== undefined) {
    bits.bits(8, Math.floor(duration / 2 ** 32));
    bits.bits(32, duration % 2 ** 32);
  }
  bits.bits(8, upid.type);
  bits.bits(8, upid.bytes.length);
  writeBytes(bits, upid.bytes);
  bits.bits(8, event.typeId);
  bits.bits(8, event.segmentNumber);
  bits.bits(8, event.segmentsExpected);
  if (subSegment !== undefined) {
    assert(TYPES_WITH_SUB_SEGMENTS.has(event.typeId), 'the segmentation type counts sub-segments');
    bits.bits(8, subSegment.number);
    bits.bits(8, subSegment.expected);
  }
}

function parseSegmentation(bits: BitReader): SegmentationDescriptor {
  const eventId = bits.bits(32);
  const isCancelled = bits.flag();
  bits.skip(7);
  return { kind: 'segmentation', eventId, event: isCancelled ? undefined : parseSegmentationEvent(bits) };
}

function parseSegmentationEvent(bits: BitReader): SegmentationEvent {
  const isProgram = bits.flag();
  const hasDuration = bits.flag();
  const restrictions = parseRestrictions(bits);
  const components = isProgram ? undefined : parseComponents(bits);
  const duration = hasDuration ? bits.bits(8) * 2 ** 32 + bits.bits(32) : undefined;
  const upidType = bits.bits(8);
  const upid = { type: upidType, bytes: readBytes(bits, bits.bits(8)) };
  const typeId = bits.bits(8);
  const segmentNumber = bits.bits(8);
  const segmentsExpected = bits.bits(8);
  const subSegment =
    TYPES_WITH_SUB_SEGMENTS.has(typeId) && bits.bitsLeft >= 16
      ? { number: bits.bits(8), expected: bits.bits(8) }
      : undefined;
  return { restrictions, components, duration, upid, typeId, segmentNumber, segmentsExpected, subSegment };
}

function parseRestrictions(bits: BitReader): DeliveryRestrictions | undefined {
  if (bits.flag()) {
    bits.skip(5);
    return undefined;
  }
  return {
    webDeliveryAllowed: bits.flag(),
    noRegionalBlackout: bits.flag(),
    archiveAllowed: bits.flag(),
    deviceRestrictions: bits.bits(2),
  };
}

function parseComponents(bits: BitReader) {
  const components: { readonly tag: number; readonly ptsOffset: number }[] = [];
  for (let left = bits.bits(8); left > 0; left -= 1) {
    const tag = bits.bits(8);
    bits.skip(7);
    components.push({ tag, ptsOffset: readPts(bits) });
  }
  return components;
}
