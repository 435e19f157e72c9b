import {
  compressTimeline,
  type TimelineEntry,
  writeTimelineRuns,
} from '../../../manifest/dash/segment-timeline.ts';
import { rescale, secondsToTicks, type Ticks, ticks } from '../../../media/time.ts';
import type { Presentation, Track, TrackWindow } from '../../ports/presentation.ts';
import { lengthsOf } from '../../ports/segment-lengths.ts';
import { blockRanges, createPieceCache, settledEnd } from '../piece-cache.ts';
import { createPiece, type Piece } from '../pieces.ts';
import type { RowMemory } from '../row-memory.ts';
import { type Snapshot, shownRange } from '../snapshot.ts';

/**
 * The segments of an adaptation set as a SegmentTimeline. The tracks of a set have their key frames at the same instants, so one speaks for
 * all.
 */
export type SetTimeline = {
  /** What is listed now of the segments of a Period; `cutter` is the track that sets the cuts. */
  listed(snapshot: Snapshot, period: PeriodSegments, cutter: TrackWindow): Listed;
  /** First tick of a segment; undefined when this track does not know it. */
  timeOf(sequence: number): Ticks | undefined;
  /** First tick behind the complete segments; undefined while there is none. */
  completeEnd(): Ticks | undefined;
  /** The `S` elements of [from, to). */
  pieces(from: number, to: number): readonly Piece[];
  prune(): void;
};

/** Sequence numbers from the first of a Period up to, not with, the one that cannot be listed in it. */
export type PeriodSegments = { readonly from: number; readonly to: number };

export type Listed = PeriodSegments & {
  /** Of the last one, in ticks: while it is being written it is only expected. 0 when there is nothing. */
  readonly lastDuration: number;
};

/**
 * An `S` must not be shortened at its beginning: it stays whole until its last segment has left (DASH-IF timing model, "Removing content from
 * the MPD"). So runs end at multiples of this, and at most as many segments are listed that have left already.
 */
const RUN_SEGMENTS = 16;

export function createSetTimeline(options: {
  readonly presentation: Presentation;
  /** The track that gives the times. */
  readonly window: TrackWindow;
  readonly rows: RowMemory;
}): SetTimeline {
  const { presentation, window, rows } = options;
  const blocks = createPieceCache(presentation, (from, to) => linesOf(from, to));
  let last = -1;
  let cutter = window;

  function entryAt(sequence: number): TimelineEntry | undefined {
    if (sequence > last) {
      const { open } = window;
      return open?.sequence === sequence
        ? { time: open.time, duration: openDuration(presentation, window, cutter), sequence }
        : undefined;
    }
    const row = rows.rowAt(sequence);
    // Where this track has nothing the timeline has a hole: players jump over it, while they would ask for a listed segment again and again.
    return row.size === 0 || row.duration === 0 ? undefined : row;
  }

  function entriesOf(from: number, to: number): readonly TimelineEntry[] {
    const entries: TimelineEntry[] = [];
    for (let sequence = from; sequence < to; sequence += 1) {
      const entry = entryAt(sequence);
      if (entry !== undefined) {
        entries.push(entry);
      }
    }
    return entries;
  }

  function linesOf(from: number, to: number): string {
    return writeTimelineRuns(compressTimeline(entriesOf(from, to), RUN_SEGMENTS));
  }

  /** Where the run begins that the first segment of the window is in, in a Period that begins at `least`. */
  function runStart(first: number, least: number): number {
    const from = Math.max(first - (first % RUN_SEGMENTS), rows.firstKnown(first), least);
    const entries = entriesOf(from, first + 1);
    const run = compressTimeline(entries, RUN_SEGMENTS).at(-1);
    const isListed = entries.at(-1)?.sequence === first;
    return run === undefined || !isListed ? first : (entries.at(-1 - run.repeat)?.sequence ?? first);
  }

  return {
    listed(snapshot, period, newCutter) {
      cutter = newCutter;
      const range = shownRange(window, snapshot);
      last = range?.last ?? -1;
      const first = Math.max(range?.first ?? period.to, period.from);
      const from = snapshot.phase === 'ended' || first > last ? first : runStart(first, period.from);
      const to = Math.max(first, period.to);
      return { from, to, lastDuration: entryAt(to - 1)?.duration ?? 0 };
    },
    timeOf(sequence) {
      return entryAt(sequence)?.time ?? (sequence > last ? undefined : rows.rowAt(sequence).time);
    },
    completeEnd() {
      if (last < 0) {
        return undefined;
      }
      const { time, duration } = rows.rowAt(last);
      return ticks(time + BigInt(duration));
    },
    pieces(from, to) {
      const settled = Math.max(from, Math.min(to, settledEnd(last)));
      return [
        ...blockRanges(from, settled).map(([start, end]) => blocks.get(start, end)),
        ...(settled < to ? [createPiece(linesOf(settled, to))] : []),
      ];
    },
    prune: () => blocks.prune(),
  };
}

/** How long the segment that is being written is going to be. */
function openDuration(presentation: Presentation, window: TrackWindow, cutter: TrackWindow): number {
  const { track, open } = window;
  if (open === undefined) {
    return 0;
  }
  const { usual } = lengthsOf(presentation);
  const nominal = secondsToTicks(usual, track.timescale);
  const soFar = open.parts.reduce((sum, { duration }) => sum + duration, 0);
  const grain = audioFrameTicks(track);
  if (grain === undefined || cutter.track.kind === 'audio') {
    // Sound that leads cuts at the frame nearest to the nominal length.
    const duration =
      grain === undefined ? Number(nominal) : Math.ceil((Number(nominal) - grain / 2) / grain) * grain;
    return Math.max(duration, soFar);
  }
  // Sound is cut at the first frame that begins at the key frame or later.
  const start = cutter.open?.sequence === open.sequence ? cutter.open.time : undefined;
  const cut =
    start === undefined
      ? open.time + nominal
      : rescale(
          ticks(start + secondsToTicks(usual, cutter.track.timescale)),
          cutter.track.timescale,
          track.timescale,
        );
  return Math.max(Math.ceil(Number(cut - open.time) / grain) * grain, soFar);
}

/** Ticks of one frame of sound; undefined for video, and when it is not a whole number of them. */
function audioFrameTicks(track: Track): number | undefined {
  if (track.kind === 'video') {
    return undefined;
  }
  const samples = track.fourCc === 'mp4a' ? (/\.(?:5|29)$/.test(track.codec) ? 2048 : 1024) : 1536;
  const frame = (samples * track.timescale) / track.sampleRate;
  return Number.isInteger(frame) ? frame : undefined;
}
