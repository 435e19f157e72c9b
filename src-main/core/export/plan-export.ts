import type { SegmentRef } from '../../media/cmaf/segment-table.ts';
import { rescale, secondsToTicks, type Ticks, ticks, ticksToSeconds } from '../../media/time.ts';
import type { ExportCreate } from '../../shared/api/assets.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Presentation, Track, TrackWindow } from '../ports/presentation.ts';
import { chooseWithSeparate } from './choose-tracks.ts';
import { type Cut, type Cuts, createCuts, endOf, rowsOf } from './cuts.ts';

/** AAC frames overlap: the second one that is decoded is the first that sounds right. One more for encoders that look further back. */
const PREROLL_FRAMES = 2;
/** Samples of an AAC-LC frame, the longest there is among those that are recorded. */
const SAMPLES_PER_FRAME = 1024;

/** One track of an export and what of it is taken: samples that end after `from` and begin before `to`, in ticks of the track. */
export type PlannedTrack = {
  readonly window: TrackWindow;
  readonly track: Track;
  /** Those that have bytes, oldest first. */
  readonly segments: readonly SegmentRef[];
  readonly from: Ticks | undefined;
  readonly to: Ticks | undefined;
  /** Of a separate track: silent from there to where it begins, so that it is as long as what it lies beside. */
  readonly silentFrom?: Ticks | undefined;
};

/** All that is known of an export before its media is read. */
export type ExportPlan = {
  readonly presentation: Presentation;
  readonly tracks: readonly [PlannedTrack, ...PlannedTrack[]];
  readonly quality: string;
  /** Where the movie begins; undefined: with the earliest picture or sound there is. */
  readonly movieStart: { readonly time: Ticks; readonly timescale: number } | undefined;
  /** Seconds from the start of the recording. */
  readonly start: number;
  readonly end: number;
  /** Of the segments that will be read: the file comes out a little smaller. */
  readonly bytes: number;
};

/**
 * What an export consists of, as the recording stands at this moment. A range is widened to the key frames around it; a beginning inside a
 * gap moves to where the recording goes on.
 *
 * Throws `archive/empty`, `export/quality-not-found`, `export/range-empty`, and what reading the segments at the ends of the range throws.
 */
export async function planExport(
  presentation: Presentation,
  request: Pick<ExportCreate, 'format' | 'quality' | 'start' | 'end' | 'sound'>,
): Promise<ExportPlan> {
  const origin = originOf(presentation);
  const separate = presentation.separate?.() ?? [];
  const { leader, windows, quality } = chooseWithSeparate(presentation.tracks(), separate, request);
  const { timescale } = leader.track;
  const rows = rowsOf(leader);
  const cuts = createCuts(presentation, leader, rows);
  const wanted = wantedRange(request, origin, timescale);
  const first = wanted.start === undefined ? undefined : await beginning(cuts, wanted.start);
  const last = wanted.end === undefined ? undefined : await cuts.atOrAfter(wanted.end);
  const begin = first?.decodeTime ?? rows[0]?.time;
  if (begin === undefined || (last !== undefined && last.decodeTime <= begin)) {
    throw rangeEmpty('Nothing was recorded in that range.');
  }
  const zero = { time: first?.presentedAt ?? begin, timescale };
  const [leading, ...following] = windows.flatMap((window) => {
    if (window === leader) {
      return [takeTrack(leader, first?.decodeTime, last?.decodeTime)];
    }
    const from = first && rescale(first.presentedAt, timescale, window.track.timescale);
    const to = last && rescale(last.presentedAt, timescale, window.track.timescale);
    const taken = silentBefore(takeTrack(window, from, to), zero);
    return taken.segments.length === 0 ? [] : [taken];
  });
  if (leading === undefined) {
    throw rangeEmpty('Nothing was recorded of that track in that range.');
  }
  const tracks: ExportPlan['tracks'] = [leading, ...following];
  const seconds = (time: Ticks): number => Math.max(0, ticksToSeconds(time, timescale) - origin);
  return {
    presentation,
    tracks,
    quality,
    // Separate tracks begin with what they were beside.
    movieStart: first !== undefined || tracks.some(({ track }) => track.separate !== undefined) ? zero : undefined,
    start: seconds(first?.presentedAt ?? begin),
    end: seconds(shownEnd(rows, last)),
    bytes: tracks.reduce((sum, { segments }) => sum + segments.reduce((total, { size }) => total + size, 0), 0),
  };
}

/** When the recording begins, in seconds of media time: what ranges, markers and gaps count from. */
export function originOf(presentation: Presentation): number {
  const first = presentation.tracks()[0];
  if (first === undefined || first.segments.length === 0) {
    throw new AppError('archive/empty', 'The recording has no media yet.');
  }
  return ticksToSeconds(first.segments.at(0).time, first.track.timescale);
}

function wantedRange(
  { start, end }: Pick<ExportCreate, 'start' | 'end'>,
  origin: number,
  timescale: number,
): { readonly start: Ticks | undefined; readonly end: Ticks | undefined } {
  const from = start === undefined ? 0 : secondsOf(start);
  const to = end === undefined ? Number.POSITIVE_INFINITY : secondsOf(end);
  if (from >= to) {
    throw rangeEmpty(`The range ends at ${to} s, which is not after its start at ${from} s.`);
  }
  return {
    start: from === 0 ? undefined : secondsToTicks(origin + from, timescale),
    // No recording is a year long; beyond that a number of seconds may not even be exact.
    end: to > 366 * 86_400 ? undefined : secondsToTicks(origin + to, timescale),
  };
}

/** Of a time as the API takes it: seconds, or `[[hh:]mm:]ss[.fff]`. */
export function secondsOf(time: number | string): number {
  return typeof time === 'number' ? time : time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}

async function beginning(cuts: Cuts, time: Ticks): Promise<Cut> {
  const cut = await cuts.beginningAt(time);
  if (cut === undefined) {
    throw rangeEmpty('The range begins after the end of the recording.');
  }
  return cut;
}

/** Where the pictures end: at the key frame, or before a gap that lies in front of it. */
function shownEnd(rows: readonly SegmentRef[], last: Cut | undefined): Ticks {
  if (last === undefined) {
    return endOf(rows);
  }
  const before = endOf(rows.filter(({ time }) => time < last.decodeTime));
  return before < last.decodeTime ? before : last.presentedAt;
}

function takeTrack(window: TrackWindow, start: Ticks | undefined, to: Ticks | undefined): PlannedTrack {
  const { track } = window;
  const frame = track.kind === 'audio' ? Math.ceil((SAMPLES_PER_FRAME * track.timescale) / track.sampleRate) : 0;
  const from = start === undefined ? undefined : ticks(start - BigInt(PREROLL_FRAMES * frame));
  const segments = rowsOf(window).filter(
    ({ time, duration }) =>
      (from === undefined || time + BigInt(duration) > from) && (to === undefined || time < to),
  );
  // A track that has no more than what is hidden before the beginning has nothing to show.
  const isShown = start === undefined || endOf(segments) > start + BigInt(frame);
  return { window, track, segments: isShown ? segments : [], from, to };
}

/**
 * Silent from `zero` on, in frames on its own grid, the first of which begins at `zero` or is cut by the edit list: a file that told players to wait
 * for a moment would be shifted by those that begin every file at once.
 */
function silentBefore(
  planned: PlannedTrack,
  zero: { readonly time: Ticks; readonly timescale: number },
): PlannedTrack {
  const { track, segments } = planned;
  const begin = segments[0]?.time;
  if (track.separate === undefined || begin === undefined) {
    return planned;
  }
  const frame = BigInt(SAMPLES_PER_FRAME);
  const ahead = begin - rescale(zero.time, zero.timescale, track.timescale);
  return ahead <= 0n ? planned : { ...planned, silentFrom: ticks(begin - ((ahead + frame - 1n) / frame) * frame) };
}

function rangeEmpty(message: string): AppError {
  return new AppError('export/range-empty', message, { details: { field: 'start' } });
}
