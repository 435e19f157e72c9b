import type { SegmentRef } from '../../../media/cmaf/segment-table.ts';
import type { FragmentEntry, FragmentRun } from '../../../media/hds/bootstrap.ts';
import { ticksToSeconds } from '../../../media/time.ts';

/**
 * The fragments of a window as runs of equal length. They are found once: what a new segment costs does not depend on the window.
 */
export type FragmentRuns = {
  /** Of the segments [first, last]. */
  entries(first: number, last: number): readonly FragmentEntry[];
  /** Of the newest fragment, in ms behind the beginning of the timeline. */
  beginMs(): number;
  endMs(): number;
};

/** Lengths in whole ms go up and down by one around the true one; players reckon by the run. */
const JITTER_MS = 1;

export function createFragmentRuns(options: {
  readonly rowAt: (sequence: number) => SegmentRef | undefined;
  readonly timescale: number;
  readonly numberOf: (sequence: number) => number;
  /** Seconds of media time at which the timeline begins. */
  readonly beginSeconds: number;
  /** How often something was taken back of them. */
  readonly removals?: () => number;
}): FragmentRuns {
  const { rowAt, timescale, numberOf, beginSeconds, removals = () => 0 } = options;
  let seenRemovals = removals();
  let runs: (FragmentRun & { readonly sequence: number; readonly count: number })[] = [];
  let next: number | undefined;
  let newest = { beginMs: 0, endMs: 0 };

  function append(sequence: number): void {
    const row = rowAt(sequence);
    // Where this track has nothing there is a gap.
    if (row === undefined || row.size === 0 || row.duration === 0) {
      return;
    }
    const begin = ticksToSeconds(row.time, timescale) - beginSeconds;
    const timeMs = Math.round(begin * 1000);
    const durationMs = Math.round((begin + row.duration / timescale) * 1000) - timeMs;
    const last = runs.at(-1);
    const goesOn =
      last !== undefined &&
      last.sequence + last.count === sequence &&
      Math.abs(last.durationMs - durationMs) <= JITTER_MS &&
      Math.abs(last.timeMs + last.count * last.durationMs - timeMs) <= JITTER_MS;
    if (goesOn) {
      runs[runs.length - 1] = { ...last, count: last.count + 1 };
    } else {
      runs.push({ first: numberOf(sequence), timeMs, durationMs, sequence, count: 1 });
    }
    newest = { beginMs: timeMs, endMs: timeMs + durationMs };
  }

  function dropBefore(first: number): void {
    runs = runs.filter((run) => run.sequence + run.count > first);
    const [oldest] = runs;
    if (oldest !== undefined && oldest.sequence < first) {
      const gone = first - oldest.sequence;
      runs[0] = {
        ...oldest,
        first: oldest.first + gone,
        timeMs: oldest.timeMs + gone * oldest.durationMs,
        sequence: first,
        count: oldest.count - gone,
      };
    }
  }

  return {
    entries(first, last) {
      if (next === undefined || next < first || seenRemovals !== removals()) {
        seenRemovals = removals();
        runs = [];
        next = first;
      }
      for (; next <= last; next += 1) {
        append(next);
      }
      dropBefore(first);
      return runs.flatMap((run, index): readonly FragmentEntry[] => {
        const follower = runs[index + 1];
        const entry = { first: run.first, timeMs: run.timeMs, durationMs: run.durationMs };
        const endsMs = run.timeMs + run.count * run.durationMs;
        const isGap = follower !== undefined && follower.timeMs > endsMs + JITTER_MS;
        return isGap ? [entry, { first: run.first + run.count, timeMs: endsMs, ends: 'time-gap' }] : [entry];
      });
    },
    beginMs: () => newest.beginMs,
    endMs: () => newest.endMs,
  };
}
