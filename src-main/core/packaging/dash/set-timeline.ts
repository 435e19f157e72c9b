import {
  compressTimeline,
  type TimelineEntry,
  writeTimelineRuns,
} from '../../../manifest/dash/segment-timeline.ts';
import { createSegmentTable, type SegmentRef } from '../../../media/cmaf/segment-table.ts';
import { rescale, secondsToTicks, type Ticks, ticks } from '../../../media/time.ts';
import type { Presentation, Track, TrackWindow } from '../../ports/presentation.ts';
import { blockRanges, createPieceCache, settledEnd } from '../piece-cache.ts';
import { createPiece, type Piece } from '../pieces.ts';
import { type Snapshot, shownRange } from '../snapshot.ts';

/**
 * The segments of an adaptation set as a SegmentTimeline. The tracks of a set have their key frames at the same instants, so the first one
 * speaks for all.
 */
export type SetTimeline = {
  /** Sequence numbers that can be listed now; undefined while there is none. With low latency the last one is still being written. */
  listed(snapshot: Snapshot): { readonly from: number; readonly to: number } | undefined;
  /** First tick of a listed segment. */
  timeOf(sequence: number): Ticks;
  /** First tick behind the complete segments up to one, not included. */
  endBefore(sequence: number): Ticks;
  /** The `S` elements of [from, to). */
  pieces(from: number, to: number): readonly Piece[];
  prune(): void;
};

/**
 * An `S` must not be shortened at its beginning: it stays whole until its last segment has left (DASH-IF timing model, "Removing content from
 * the MPD"). So runs end at multiples of this, and at most as many segments are listed that have left already.
 */
const RUN_SEGMENTS = 16;
/** Rows at the beginning of the window that are remembered when they have left it, to go on listing the run they are in. */
const REMEMBERED_ROWS = 4 * RUN_SEGMENTS;

export function createSetTimeline(options: {
  readonly presentation: Presentation;
  /** Of the set; the first gives the times. */
  readonly windows: readonly [TrackWindow, ...TrackWindow[]];
  /** The track that sets the cuts. */
  readonly cutter: TrackWindow;
}): SetTimeline {
  const { presentation, windows, cutter } = options;
  const [window] = windows;
  const { segments } = window;
  const blocks = createPieceCache((from, to) => linesOf(from, to));
  let left = createSegmentTable(REMEMBERED_ROWS * 4);
  let last = -1;

  /** Rows about to leave are copied in time, and forgotten when their run has left as a whole. */
  function remember(from: number, until: number): void {
    if (left.length === 0 || left.firstSequence + left.length < segments.firstSequence) {
      left = createSegmentTable(REMEMBERED_ROWS * 4);
    }
    let next = left.length === 0 ? segments.firstSequence : left.firstSequence + left.length;
    const end = Math.min(until + 1, from + REMEMBERED_ROWS);
    for (; next < end; next += 1) {
      left.append(segments.at(next - segments.firstSequence), { file: 0, offset: 0 });
    }
    left.dropFirst(Math.max(0, from - REMEMBERED_ROWS - left.firstSequence));
  }

  function rowAt(sequence: number): SegmentRef {
    return sequence >= segments.firstSequence
      ? segments.at(sequence - segments.firstSequence)
      : left.at(sequence - left.firstSequence);
  }

  function entryAt(sequence: number): TimelineEntry | undefined {
    const { open } = window;
    if (sequence > last && open?.sequence === sequence) {
      return { time: open.time, duration: openDuration(presentation, window, cutter), sequence };
    }
    const row = rowAt(sequence);
    // Where this track has nothing the timeline has a hole: players jump over it, while they would ask for a listed segment again and again.
    return row.size === 0 || row.duration === 0 ? undefined : row;
  }

  function linesOf(from: number, to: number): string {
    const entries: TimelineEntry[] = [];
    for (let sequence = from; sequence < to; sequence += 1) {
      const entry = entryAt(sequence);
      if (entry !== undefined) {
        entries.push(entry);
      }
    }
    return writeTimelineRuns(compressTimeline(entries, RUN_SEGMENTS));
  }

  return {
    listed(snapshot) {
      const range = shownRange(window, snapshot);
      if (range === undefined) {
        return undefined;
      }
      last = range.last;
      const isChunked = snapshot.phase === 'live' && presentation.partSeconds !== undefined;
      const ends = windows.map((one) => {
        const complete = one.segments.firstSequence + one.segments.length;
        const hasOpen = isChunked && one.open?.sequence === complete && one.open.parts.length > 0;
        return hasOpen ? complete + 1 : complete;
      });
      if (snapshot.phase === 'live') {
        remember(range.first, range.last);
      }
      const runStart = range.first - (range.first % RUN_SEGMENTS);
      const from = snapshot.phase === 'ended' ? range.first : Math.max(runStart, firstKnown());
      return { from, to: Math.max(range.first, Math.min(...ends)) };
    },
    timeOf(sequence) {
      return entryAt(sequence)?.time ?? rowAt(sequence).time;
    },
    endBefore(sequence) {
      const { time, duration } = rowAt(sequence - 1);
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

  function firstKnown(): number {
    return left.length === 0 ? segments.firstSequence : Math.min(left.firstSequence, segments.firstSequence);
  }
}

/** How long the segment that is being written is going to be. */
function openDuration(presentation: Presentation, window: TrackWindow, cutter: TrackWindow): number {
  const { track, open } = window;
  if (open === undefined) {
    return 0;
  }
  const nominal = secondsToTicks(presentation.segmentSeconds, track.timescale);
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
          ticks(start + secondsToTicks(presentation.segmentSeconds, cutter.track.timescale)),
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
