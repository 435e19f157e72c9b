import { assert } from '../../base/assert.ts';
import { type Ticks, ticks } from '../time.ts';
import type { BoxReader } from './box-reader.ts';
import type { BoxWriter } from './box-writer.ts';

const MAX_U32 = 0xffff_ffffn;

/** One subsegment, or one further index. */
export type SegmentReference = {
  readonly kind: 'media' | 'index';
  /** Bytes; 31 bits. */
  readonly size: number;
  /** In ticks of the index. */
  readonly duration: number;
  readonly startsWithSap: boolean;
  /** Stream access point type, 0..6; 1 is a closed, 2 an open-but-decodable GOP. */
  readonly sapType: number;
  /** From the start of the subsegment to the access point, in ticks; 28 bits. */
  readonly sapDeltaTime: number;
};

/** Segment Index, ISO/IEC 14496-12 §8.16.3. */
export type SegmentIndex = {
  readonly referenceId: number;
  readonly timescale: number;
  readonly earliestPresentationTime: Ticks;
  /** Bytes from the end of the index to the first subsegment. */
  readonly firstOffset: bigint;
  readonly references: readonly SegmentReference[];
};

export function writeSidx(writer: BoxWriter, index: SegmentIndex): void {
  const wide = index.earliestPresentationTime > MAX_U32 || index.firstOffset > MAX_U32;
  writer.fullBox('sidx', wide ? 1 : 0, 0, (body) => {
    body.u32(index.referenceId);
    body.u32(index.timescale);
    if (wide) {
      body.u64(index.earliestPresentationTime);
      body.u64(index.firstOffset);
    } else {
      body.u32(Number(index.earliestPresentationTime));
      body.u32(Number(index.firstOffset));
    }
    body.zeros(2);
    body.u16(index.references.length);
    for (const reference of index.references) {
      body.u32(withTopBits(reference.kind === 'index' ? 1 : 0, 31, reference.size));
      body.u32(reference.duration);
      const sap = (reference.startsWithSap ? 8 : 0) | reference.sapType;
      body.u32(withTopBits(sap, 28, reference.sapDeltaTime));
    }
  });
}

export function parseSidx(box: BoxReader): SegmentIndex {
  const { version } = box.fullBox(1);
  const referenceId = box.u32();
  const timescale = box.u32();
  if (timescale === 0) {
    throw box.malformed('has a timescale of 0');
  }
  const earliestPresentationTime = ticks(version === 1 ? box.u64() : BigInt(box.u32()));
  const firstOffset = version === 1 ? box.u64() : BigInt(box.u32());
  box.skip(2);
  const count = box.u16();
  const references = Array.from({ length: count }, () => parseReference(box));
  return { referenceId, timescale, earliestPresentationTime, firstOffset, references };
}

function parseReference(box: BoxReader): SegmentReference {
  const kindAndSize = box.u32();
  const duration = box.u32();
  const sap = box.u32();
  return {
    kind: kindAndSize >>> 31 === 1 ? 'index' : 'media',
    size: kindAndSize & 0x7fff_ffff,
    duration,
    startsWithSap: sap >>> 31 === 1,
    sapType: (sap >>> 28) & 7,
    sapDeltaTime: sap & 0x0fff_ffff,
  };
}

/** A value above `bit` beside one below it. Multiplied, because a shift would make bit 31 the sign. */
function withTopBits(top: number, bit: number, low: number): number {
  assert(low < 2 ** bit, `fits into ${bit} bits`);
  return top * 2 ** bit + low;
}
