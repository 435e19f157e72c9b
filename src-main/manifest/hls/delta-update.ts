import { compact } from '../compact.ts';
import type { MediaPlaylist } from './media-playlist.ts';
import type { MediaSegment } from './media-segment.ts';
import type { DateRange } from './tags/date-range.ts';

/**
 * How many of the oldest segments a delta update leaves out (8216bis §6.2.5.1): those that end further from the end of the last complete
 * segment than the skip boundary. Looks only at the newest segments, up to the boundary.
 */
export function countSkippable(
  segmentCount: number,
  durationSecondsOf: (index: number) => number,
  skipUntilSeconds: number,
): number {
  let index = segmentCount;
  for (let distance = 0; index > 0 && distance <= skipUntilSeconds; index -= 1) {
    distance += durationSecondsOf(index - 1);
  }
  return index;
}

/**
 * The whole playlist that a delta update stands for, made as a client has to (§6.3.7). Undefined when `previous` does not have all that
 * was left out: a client then asks for the playlist without `_HLS_skip`.
 */
export function applyDeltaUpdate(previous: MediaPlaylist, delta: MediaPlaylist): MediaPlaylist | undefined {
  const { skip, ...rest } = delta;
  if (skip === undefined) {
    return delta;
  }
  const from = delta.mediaSequence - previous.mediaSequence;
  const to = from + skip.skippedSegments;
  if (previous.skip !== undefined || from < 0 || to > previous.segments.length) {
    return undefined;
  }
  const removed = skip.recentlyRemovedDateRanges && new Set(skip.recentlyRemovedDateRanges);
  const isKept = (range: DateRange): boolean => removed !== undefined && !removed.has(range.id);
  const skipped = previous.segments.slice(from, to).map((segment) => withDateRanges(segment, isKept));
  const dateRanges = [...(previous.dateRanges?.filter(isKept) ?? []), ...(delta.dateRanges ?? [])];
  return compact({
    ...rest,
    version: previous.version,
    dateRanges: dateRanges.length === 0 ? undefined : dateRanges,
    segments: [...skipped, ...delta.segments],
  });
}

/** An update to `_HLS_skip=YES` has all date ranges in it, so those of the skipped segments are not needed a second time. */
function withDateRanges(segment: MediaSegment, isKept: (range: DateRange) => boolean): MediaSegment {
  const dateRanges = segment.dateRanges?.filter(isKept) ?? [];
  return compact({ ...segment, dateRanges: dateRanges.length === 0 ? undefined : dateRanges });
}
