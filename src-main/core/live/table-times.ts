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

/**
 * What stays behind an outage that is longer than a window, in nominal segments: three target durations (8216bis §6.2.2) also where many of
 * them are packed into one.
 */
const LEAST_SEGMENTS = 60;
/** Target durations that a playlist has at least. */
const LEAST_LISTED = 3;

/**
 * Sequence number of the first segment that has to stay so that each playlist has its three target durations, though an outage or a hole within a
 * segment is no media. `longest`: what segments are long at most; no more than `seconds` stay.
 */
export function firstOfLeastMedia(
  tracks: readonly TableOf[],
  leader: TableOf,
  { seconds, longest }: { readonly seconds: number; readonly longest: number },
): number {
  const leastListed = Math.min(seconds, LEAST_LISTED * Math.ceil(longest));
  const listed = tracks.flatMap((track) => {
    // What is complete of the leader comes of it too in a moment; what is farther behind has stopped.
    const behind = endOf(leader) - endOf(track);
    return behind < LEAST_LISTED ? [firstOfMedia(track, leastListed) + behind] : [];
  });
  return Math.min(firstOfMedia(leader, Math.min(seconds, LEAST_SEGMENTS * longest)), ...listed);
}

/** Sequence number of the newest segment with which, and all behind it, there are `seconds` of media; of the oldest if there is less. */
function firstOfMedia({ table, track }: TableOf, seconds: number): number {
  let index = table.length;
  for (let missing = seconds - ROUNDING_SECONDS; missing > 0 && index > 0; ) {
    index -= 1;
    missing -= table.at(index).duration / track.timescale;
  }
  return table.firstSequence + index;
}
