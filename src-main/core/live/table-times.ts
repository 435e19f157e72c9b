import type { SegmentTable } from '../../media/cmaf/segment-table.ts';
import { secondsToTicks } from '../../media/time.ts';
import type { Track } from '../ports/presentation.ts';
import type { Held } from './held-segment.ts';

type TableOf = { readonly track: Track; readonly table: SegmentTable };

/** Times in milliseconds do not add up to whole seconds: a segment of which no more than this is within a window is none of it. */
export const ROUNDING_SECONDS = 0.05;

/** Sequence number of the first segment of a track that goes on, or begins, behind a media time; undefined while it has none. */
export function firstSince(
  { table, track, current }: TableOf & { readonly current: Held | undefined },
  fromMs: number,
): number | undefined {
  if (table.length === 0) {
    return current?.sequence;
  }
  const from = secondsToTicks(fromMs / 1000, track.timescale);
  const index = table.indexBefore(from);
  if (index < 0) {
    return table.firstSequence;
  }
  const { time, duration } = table.at(index);
  return table.firstSequence + (time + BigInt(duration) > from ? index : index + 1);
}

/** Sequence number behind the newest complete segment. */
export function endOf({ table }: TableOf): number {
  return table.firstSequence + table.length;
}

/** Sequence number of the newest segment with which, and all behind it, there are `seconds` of media; of the oldest if there is less. */
export function firstOfMedia({ table, track }: TableOf, seconds: number): number {
  let index = table.length;
  for (let missing = seconds - ROUNDING_SECONDS; missing > 0 && index > 0; ) {
    index -= 1;
    missing -= table.at(index).duration / track.timescale;
  }
  return table.firstSequence + index;
}
