import type { SegmentList, SegmentRef } from '../../media/cmaf/segment-table.ts';
import { type Ticks, ticks } from '../../media/time.ts';
import type { Presentation, TrackWindow } from '../ports/presentation.ts';
import type { PictureSize } from '../ports/storyboard.ts';

/** Times at which pictures are wanted: `count` of them, in whole ms of media time. */
export type Moments = { readonly startMs: number; readonly stepMs: number; readonly count: number };

/** Which segments begin with the pictures of some moments. */
export type ChosenPictures = {
  readonly window: TrackWindow;
  /** One for each moment; undefined where there is no picture, or none yet. */
  readonly rows: readonly (SegmentRef | undefined)[];
  /** No other segment will ever be chosen. */
  readonly isSettled: boolean;
};

/** Recorded pictures, the quality that is best to make such pictures of first: the smallest that is large enough. */
export function picturesFor(presentation: Presentation, { width, height }: PictureSize): readonly TrackWindow[] {
  const side = Math.max(width, height);
  const videos = presentation.tracks().flatMap((window) => {
    const { track } = window;
    return track.kind === 'video' && track.shownAs === undefined
      ? [{ window, area: track.width * track.height, isEnough: Math.max(track.width, track.height) >= side }]
      : [];
  });
  const enough = videos.filter(({ isEnough }) => isEnough).toSorted((a, b) => a.area - b.area);
  const others = videos.filter(({ isEnough }) => !isEnough).toSorted((a, b) => b.area - a.area);
  return [...enough, ...others].map(({ window }) => window);
}

/** Of the first quality that has them all, or else the most of them. Undefined when none has any. */
export function choosePictures(
  windows: readonly TrackWindow[],
  moments: Moments,
  isOver: boolean,
): ChosenPictures | undefined {
  let best: (ChosenPictures & { readonly found: number }) | undefined;
  for (const window of windows) {
    const rows = Array.from({ length: moments.count }, (_, index) => rowAt(window, moments, index, isOver));
    const found = rows.filter((row) => row !== undefined).length;
    if (found > (best?.found ?? 0)) {
      best = { window, rows, isSettled: isOver || hasBegunBehind(window, moments), found };
    }
    if (found === moments.count) {
      break;
    }
  }
  return best;
}

/**
 * The key frame nearest to a moment, as far as it is not behind the next. Decode times stand for what is seen: encoders that reorder begin a segment
 * some pictures early.
 */
function rowAt(
  { segments, track }: TrackWindow,
  { startMs, stepMs }: Moments,
  index: number,
  isOver: boolean,
): SegmentRef | undefined {
  const time = toTicks(startMs + index * stepMs, track.timescale);
  const end = toTicks(startMs + (index + 1) * stepMs, track.timescale);
  const before = segments.indexBefore(time);
  const shown = before < 0 ? undefined : reaching(segments, before, time);
  if (shown !== undefined && time - shown.time <= shown.time + BigInt(shown.duration) - time) {
    return shown;
  }
  for (let next = before + 1; next < segments.length; next += 1) {
    const row = segments.at(next);
    if (row.time >= end) {
      return shown;
    }
    if (row.size > 0) {
      return row;
    }
  }
  // While it is live the next segment may still begin here, and what has been shown once is not changed.
  return isOver ? shown : undefined;
}

function reaching(segments: SegmentList, index: number, time: Ticks): SegmentRef | undefined {
  const row = segments.at(index);
  return row.size > 0 && row.time + BigInt(row.duration) > time ? row : undefined;
}

function hasBegunBehind({ segments, track }: TrackWindow, { startMs, stepMs, count }: Moments): boolean {
  const end = toTicks(startMs + count * stepMs, track.timescale);
  return segments.length > 0 && segments.at(segments.length - 1).time >= end;
}

/** The segment that is on the screen at a time, with the ones of other qualities to fall back on, or one that begins in the next moment. */
export function chooseAt(windows: readonly TrackWindow[], ms: number): ChosenPictures | undefined {
  return choosePrecisely(windows, ms) ?? choosePrecisely(windows, ms + MOMENT_MS);
}

/** Times are rounded, and sound begins a moment before the pictures. */
const MOMENT_MS = 100;

function choosePrecisely(windows: readonly TrackWindow[], ms: number): ChosenPictures | undefined {
  for (const window of windows) {
    const { segments, track } = window;
    const time = toTicks(ms, track.timescale);
    const index = segments.indexBefore(time);
    const row = index < 0 ? undefined : reaching(segments, index, time);
    if (row !== undefined) {
      return { window, rows: [row], isSettled: true };
    }
  }
  return undefined;
}

/** The newest picture of the first quality that has one. */
export function chooseNewest(windows: readonly TrackWindow[]): ChosenPictures | undefined {
  for (const window of windows) {
    const { segments } = window;
    for (let index = segments.length - 1; index >= 0; index -= 1) {
      const row = segments.at(index);
      if (row.size > 0) {
        return { window, rows: [row], isSettled: false };
      }
    }
  }
  return undefined;
}

/** The first tick that is not before a time. */
function toTicks(ms: number, timescale: number): Ticks {
  return ticks((BigInt(ms) * BigInt(timescale) + 999n) / 1000n);
}
