import type { SegmentRef } from '../../media/cmaf/segment-table.ts';
import { type Ticks, ticks } from '../../media/time.ts';
import type { PartRef } from '../ports/presentation.ts';
import type { Silence } from './silence.ts';

/** A segment that is shown otherwise than it is on the timeline: cut short, filled up with silence, or nothing at all. */
export type MadeUp = {
  readonly row: SegmentRef;
  /** Of the timeline first; only the silent ones when the parts of the timeline are not known any more. */
  readonly parts: readonly PartRef[];
  /** Whether what stands in the store belongs to it. */
  readonly isStored: boolean;
  /** The bytes of a part that is silence; undefined for others. */
  silentPart(index: number): Uint8Array | undefined;
};

export type MakeUp = {
  readonly sequence: number;
  readonly time: Ticks;
  /** Up to where silence goes, if there is any. */
  readonly end: Ticks;
  readonly discontinuity: boolean;
  /** Parts that the timeline has of it. */
  readonly real: readonly PartRef[];
  /** What the store has of it, for one whose parts are not known. */
  readonly stored?: Pick<SegmentRef, 'duration' | 'size'>;
};

/** Chunks of a segment in the store are fewer. */
const STORED_PARTS = 900;

export function makeUp(silence: Silence | undefined, options: MakeUp): MadeUp {
  const { sequence, time, end, discontinuity, real, stored } = options;
  const last = real.at(-1);
  const realEnd =
    stored !== undefined
      ? ticks(time + BigInt(stored.duration))
      : last === undefined
        ? time
        : ticks(last.time + BigInt(last.duration));
  const before = stored === undefined ? real.length : STORED_PARTS;
  const silent =
    silence === undefined || end <= realEnd ? [] : silence.partsOf({ sequence, before, from: realEnd, to: end });
  const realSize = stored?.size ?? sum(real.map(({ size }) => size));
  const until = silent.length > 0 || realSize === 0 ? end : realEnd;
  return {
    row: {
      sequence,
      time,
      duration: Math.max(0, Number(until - time)),
      size: realSize + sum(silent.map(({ size }) => size)),
      discontinuity,
    },
    parts: [...real, ...silent],
    isStored: realSize > 0,
    silentPart(index) {
      const part = silent[index - before];
      return part === undefined ? undefined : silence?.bytesOf(sequence, part);
    },
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
