import type { Clock } from '../../../base/clock.ts';
import type { DateRange } from '../../../manifest/hls/tags/date-range.ts';
import { CUE_TIMESCALE, type PlacedCue } from '../../ports/cues.ts';
import type { Presentation } from '../../ports/presentation.ts';
import { shownCues } from '../cues/shown-cues.ts';
import { type Snapshot, utcMs } from '../snapshot.ts';
import { canSkipUntilSeconds } from './low-latency.ts';

/** The date ranges of a presentation, the same in all of its playlists. */
export type DateRanges = {
  readonly all: readonly DateRange[];
  /** For delta updates (8216bis §6.2.5.1): those that came or changed within the skip boundary, and the ids of those that went within it. */
  readonly recent: readonly DateRange[];
  readonly recentlyRemoved: readonly string[];
};

const NONE: DateRanges = { all: [], recent: [], recentlyRemoved: [] };

/** Gives the ranges as they are to be shown. What nobody was shown counts as never there. */
export function createDateRanges(presentation: Presentation, clock: Clock): (snapshot: Snapshot) => DateRanges {
  const boundaryMs = canSkipUntilSeconds(presentation) * 1000;
  let known = new Map<string, { readonly cue: PlacedCue; readonly changedMs: number }>();
  const removed = new Map<string, number>();
  let latest: { readonly snapshot: Snapshot; readonly ranges: DateRanges } | undefined;

  function rangesOf(snapshot: Snapshot): DateRanges {
    const cues = shownCues(snapshot).filter(({ rangeId }) => rangeId !== undefined);
    if (cues.length === 0 && known.size === 0 && removed.size === 0) {
      return NONE;
    }
    const nowMs = clock.monotonicMs();
    const next: typeof known = new Map();
    for (const cue of cues) {
      const before = known.get(cue.rangeId ?? '');
      next.set(cue.rangeId ?? '', { cue, changedMs: before?.cue === cue ? before.changedMs : nowMs });
      removed.delete(cue.rangeId ?? '');
    }
    for (const id of known.keys()) {
      if (!next.has(id)) {
        removed.set(id, nowMs);
      }
    }
    for (const [id, removedMs] of removed) {
      if (removedMs < nowMs - boundaryMs) {
        removed.delete(id);
      }
    }
    known = next;
    const shown = [...next].map(([id, { cue, changedMs }]) => ({ range: rangeOf(id, cue), changedMs }));
    return {
      all: shown.map(({ range }) => range),
      recent: shown.filter(({ changedMs }) => changedMs >= nowMs - boundaryMs).map(({ range }) => range),
      recentlyRemoved: [...removed.keys()],
    };
  }

  function rangeOf(id: string, { kind, time, duration, ended, message }: PlacedCue): DateRange {
    return {
      id,
      startDateMs: utcMs(presentation, time, CUE_TIMESCALE),
      durationSeconds: ended && Number(ended.time - time) / CUE_TIMESCALE,
      plannedDurationSeconds: duration === undefined ? undefined : duration / CUE_TIMESCALE,
      scte35Command: kind === 'command' ? message : undefined,
      scte35Out: kind === 'out' ? message : undefined,
      scte35In: kind === 'in' ? message : ended?.message,
    };
  }

  return (snapshot) => {
    if (latest?.snapshot !== snapshot) {
      latest = { snapshot, ranges: rangesOf(snapshot) };
    }
    return latest.ranges;
  };
}
