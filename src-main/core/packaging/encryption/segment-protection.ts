import { type Ticks, ticksToSeconds } from '../../../media/time.ts';
import type { Presentation, TrackWindow } from '../../ports/presentation.ts';
import type { ContentKey, Protection } from '../../ports/protection.ts';

/** The protection of one presentation: where keys rotate, which of them each segment has. */
export type SegmentProtection = Protection & {
  /** Of the segments of a sequence number, in all tracks. Undefined where keys do not rotate. */
  cryptoPeriodAt(sequence: number): number | undefined;
  /** Of a segment; undefined when its track is clear. */
  segmentKey(track: { readonly fourCc: string }, sequence: number): ContentKey | undefined;
};

/** Those of a day, with the shortest interval there can be. */
const REMEMBERED_PERIODS = 10_000;

/**
 * Keys change where a segment begins, in all tracks with the same one, though their segments begin some milliseconds apart. So one track speaks
 * for all: the first that has the segment, which is the same one whenever it is asked, after a restart too.
 */
export function createSegmentProtection(presentation: Presentation, protection: Protection): SegmentProtection {
  const { cryptoPeriodMs } = protection;
  /** Least sequence number that is known of each period: for segments that have left the window. */
  const starts = new Map<number, number>();

  function remember(period: number, sequence: number): void {
    const from = starts.get(period);
    if (from === undefined || sequence < from) {
      starts.set(period, sequence);
      if (starts.size > REMEMBERED_PERIODS) {
        starts.delete(Math.min(...starts.keys()));
      }
    }
  }

  /** The latest that begins with that segment or before it; else the first that is known. */
  function remembered(sequence: number): number {
    const periods = [...starts.keys()];
    const begun = periods.filter((period) => (starts.get(period) ?? 0) <= sequence);
    return begun.length > 0 ? Math.max(...begun) : Math.min(...periods);
  }

  function cryptoPeriodAt(sequence: number): number | undefined {
    if (cryptoPeriodMs === undefined) {
      return undefined;
    }
    for (const window of presentation.tracks()) {
      const time = startOf(window, sequence);
      if (time !== undefined) {
        const utcMs = ticksToSeconds(time, window.track.timescale) * 1000 + presentation.epochOffsetMs;
        const period = Math.max(0, Math.floor(Math.round(utcMs) / cryptoPeriodMs));
        remember(period, sequence);
        return period;
      }
    }
    return starts.size === 0 ? 0 : remembered(sequence);
  }

  return {
    ...protection,
    cryptoPeriodAt,
    segmentKey: (track, sequence) => protection.keyOf(track, cryptoPeriodAt(sequence)),
  };
}

function startOf({ segments, open }: TrackWindow, sequence: number): Ticks | undefined {
  const index = sequence - segments.firstSequence;
  if (index >= 0 && index < segments.length) {
    return segments.at(index).time;
  }
  return open?.sequence === sequence ? open.time : undefined;
}
