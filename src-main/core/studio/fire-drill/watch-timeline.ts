import type { Clock } from '../../../base/clock.ts';
import { ticksToSeconds } from '../../../media/time.ts';
import type { Presentation, TrackWindow } from '../../ports/presentation.ts';

/** What a fault does to what viewers get, by the timeline itself. */
export type TimelineWatch = Disposable & {
  /** The longest time without anything new, also the present one. */
  longestPause(): { readonly fromMs: number; readonly toMs: number };
  /** Seconds that are missing since the watch began. */
  lostSeconds(): number;
  /** When something came last. */
  lastMs(): number;
};

export function watchTimeline(presentation: Presentation, clock: Clock): TimelineWatch {
  let lastMs = clock.monotonicMs();
  let longest = { fromMs: lastMs, toMs: lastMs };
  const start = endOf(leader(presentation));

  const listening = presentation.changed.on(() => {
    const nowMs = clock.monotonicMs();
    longest = longer(longest, { fromMs: lastMs, toMs: nowMs });
    lastMs = nowMs;
  });

  return {
    longestPause: () => longer(longest, { fromMs: lastMs, toMs: clock.monotonicMs() }),
    lostSeconds() {
      const track = leader(presentation);
      return track === undefined || start === undefined ? 0 : missingSince(track, start);
    },
    lastMs: () => lastMs,
    [Symbol.dispose]: () => listening[Symbol.dispose](),
  };
}

type Span = { readonly fromMs: number; readonly toMs: number };

function longer(a: Span, b: Span): Span {
  return b.toMs - b.fromMs > a.toMs - a.fromMs ? b : a;
}

function leader(presentation: Presentation): TrackWindow | undefined {
  return presentation.tracks()[0];
}

/** Media time up to which there is something, in seconds. */
function endOf(track: TrackWindow | undefined): number | undefined {
  if (track === undefined) {
    return undefined;
  }
  const { timescale } = track.track;
  const part = track.open?.parts.at(-1);
  if (part !== undefined) {
    return ticksToSeconds(part.time, timescale) + part.duration / timescale;
  }
  const last = track.segments.length === 0 ? undefined : track.segments.at(track.segments.length - 1);
  return last === undefined ? undefined : ticksToSeconds(last.time, timescale) + last.duration / timescale;
}

/** What is between that time and the end, less what is there of it. Half a frame of rounding is nothing. */
function missingSince(track: TrackWindow, fromSeconds: number): number {
  const { timescale } = track.track;
  const pieces = [
    ...Array.from({ length: track.segments.length }, (_, index) => track.segments.at(index)),
    ...(track.open?.parts ?? []),
  ];
  const present = pieces.reduce((sum, { time, duration }) => {
    const from = ticksToSeconds(time, timescale);
    return sum + Math.max(0, from + duration / timescale - Math.max(from, fromSeconds));
  }, 0);
  const missing = (endOf(track) ?? fromSeconds) - fromSeconds - present;
  return missing < 0.02 ? 0 : missing;
}
