import { type FragmentEntry, fragmentRuns, writeFragmentRuns } from '../../../manifest/smooth/fragment-runs.ts';
import { smoothTime } from '../../../media/smooth/smooth-time.ts';
import { type Ticks, ticks } from '../../../media/time.ts';
import type { Presentation } from '../../ports/presentation.ts';
import type { TrackSet } from '../dash/adaptation-sets.ts';
import { blockRanges, createPieceCache, settledEnd } from '../piece-cache.ts';
import { createPiece, type Piece } from '../pieces.ts';
import type { ShownTrack } from '../shown-tracks.ts';

/** The segments of a set that are listed: sequence numbers [from, to). */
export type ListedSet = TrackSet & { readonly from: number; readonly to: number };

/** The fragments of a set as `c` elements. Clients may ask for each in any quality, so what one of them lacks is in none. */
export type FragmentLines = {
  pieces(set: ListedSet): readonly Piece[];
  /** How many there are. Goes through all of them. */
  count(set: ListedSet): number;
  /** Where they begin and end; undefined when there is none. Looks at the ends only. */
  span(set: ListedSet): { readonly start: Ticks; readonly end: Ticks } | undefined;
  prune(): void;
};

/** `repeats`: from version 2.2 on. */
export function createFragmentLines(
  presentation: Pick<Presentation, 'removed'>,
  version: { readonly repeats: boolean },
): FragmentLines {
  let windows: readonly ShownTrack[] = [];
  const blocks = createPieceCache(presentation, (from, to) => linesOf(from, to));

  function linesOf(from: number, to: number): string {
    return writeFragmentRuns(fragmentRuns(entriesOf(windows, from, to), version));
  }

  return {
    pieces(set) {
      windows = set.windows;
      const stamp = windows.map(({ track }) => track.id).join();
      const settled = Math.max(set.from, Math.min(set.to, settledEnd(lastOf(set))));
      return [
        ...blockRanges(set.from, settled).map(([start, end]) => blocks.get(start, end, stamp)),
        ...(settled < set.to ? [createPiece(linesOf(settled, set.to))] : []),
      ];
    },
    count: (set) => [...entriesOf(set.windows, set.from, set.to)].length,
    span(set) {
      const [first] = entriesOf(set.windows, set.from, set.to);
      let last: FragmentEntry | undefined;
      for (let sequence = set.to - 1; sequence >= set.from && last === undefined; sequence -= 1) {
        last = entryAt(set.windows, sequence);
      }
      return first && last && { start: first.time, end: ticks(last.time + BigInt(last.duration)) };
    },
    prune: () => blocks.prune(),
  };
}

export function hasFragments({ windows, from, to }: ListedSet): boolean {
  const [first] = entriesOf(windows, from, to);
  return first !== undefined;
}

/** Of the newest complete segment, listed or not: it settles those before it. */
function lastOf({ windows }: ListedSet): number {
  return Math.min(...windows.map(({ segments }) => segments.firstSequence + segments.length - 1));
}

function* entriesOf(windows: readonly ShownTrack[], from: number, to: number): Generator<FragmentEntry> {
  for (let sequence = from; sequence < to; sequence += 1) {
    const entry = entryAt(windows, sequence);
    if (entry !== undefined) {
      yield entry;
    }
  }
}

function entryAt(windows: readonly ShownTrack[], sequence: number): FragmentEntry | undefined {
  let entry: FragmentEntry | undefined;
  for (const { track, segments } of windows) {
    const index = sequence - segments.firstSequence;
    const row = index < 0 || index >= segments.length ? undefined : segments.at(index);
    if (row === undefined || row.size === 0 || row.duration === 0) {
      return undefined;
    }
    // One speaks for all: they have their key frames at the same instants.
    entry ??= fragmentTime(row, track.timescale);
  }
  return entry;
}

/** When a segment begins, as Smooth Streaming says it, and how long it is up to where the next one can begin. */
export function fragmentTime(
  row: { readonly time: Ticks; readonly duration: number },
  timescale: number,
): FragmentEntry {
  const time = smoothTime(row.time, timescale);
  const end = smoothTime(ticks(row.time + BigInt(row.duration)), timescale);
  return { time, duration: Number(end - time) };
}
