import type { SegmentRef } from '../../media/cmaf/segment-table.ts';
import { rescale, secondsToTicks, type Ticks, ticks, ticksToSeconds } from '../../media/time.ts';
import type { ExportCreate } from '../../shared/api/assets.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Presentation, Track, TrackWindow } from '../ports/presentation.ts';
import { chooseWithSeparate, kilobits } from './choose-tracks.ts';
import { type Cut, type Cuts, clickTicks, createCuts, endOf, rowsOf } from './cuts.ts';

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
  /** The name of one that is not played unless somebody chooses it. */
  readonly aside?: string | undefined;
};

/** A time on the timeline that all tracks share. */
export type Instant = { readonly time: Ticks; readonly timescale: number };

/** All that is known of an export before its media is read. */
export type ExportPlan = {
  readonly presentation: Presentation;
  readonly tracks: readonly [PlannedTrack, ...PlannedTrack[]];
  readonly quality: string;
  /** Where the movie begins; undefined: with the earliest picture or sound there is. */
  readonly movieStart: Instant | undefined;
  /** Nothing of what a track has behind it is shown; undefined: each shows all of what was taken of it. */
  readonly movieEnd: Instant | undefined;
  /** Seconds from the start of the recording. */
  readonly start: number;
  readonly end: number;
  /** Of the segments that will be read: the file comes out a little smaller. */
  readonly bytes: number;
};

/** What is asked of an export, but for the place where it goes. */
export type ExportRequest = Pick<ExportCreate, 'format' | 'quality' | 'start' | 'end' | 'sound' | 'exact'>;

/**
 * What an export consists of, as the recording stands at this moment. A range is widened to the key frames around it unless it is to be exact; a
 * beginning inside a gap moves to where the recording goes on.
 *
 * Throws `archive/empty`, `request/invalid`, `export/quality-not-found`, `export/range-empty`, and what reading the segments at the ends of the range
 * throws.
 */
export async function planExport(presentation: Presentation, request: ExportRequest): Promise<ExportPlan> {
  const origin = originOf(presentation);
  checkExact(request);
  const separate = presentation.separate?.() ?? [];
  const chosen = chooseWithSeparate(presentation.tracks(), separate, request);
  const { windows, quality } = chosen;
  const isFolder = request.format === 'hls';
  // A folder has whole segments, which the first track sets for all of them.
  const leader = isFolder ? firstOf(presentation) : chosen.leader;
  const { timescale } = leader.track;
  const rows = rowsOf(leader);
  const range = wantedRange(request, origin, timescale);
  const { first, last } = isFolder
    ? segmentsOf(rows, range, clickTicks(timescale))
    : await cutsOf(presentation, leader, { ...range, isExact: request.exact === true });
  const begin = first?.decodeTime ?? rows[0]?.time;
  const zero = { time: first?.presentedAt ?? begin ?? ticks(0n), timescale };
  if (begin === undefined || (last !== undefined && (last.decodeTime <= begin || last.presentedAt <= zero.time))) {
    throw rangeEmpty('Nothing was recorded in that range.');
  }
  // What hides the rest of a track is an edit list, which Matroska does not have.
  const canHide = request.format !== 'mkv';
  const taken = await Promise.all(
    windows.map(async (window) => {
      if (window === leader) {
        return takeTrack(leader, first?.decodeTime, last?.decodeTime, canHide);
      }
      const at = (cut: Cut | undefined): Ticks | undefined =>
        cut && rescale(cut.presentedAt, timescale, window.track.timescale);
      const { start, end } = await decodedRange(
        presentation,
        window,
        { start: at(first), end: at(last) },
        canHide,
      );
      return silentBefore(takeTrack(window, start, end, canHide), zero, canHide);
    }),
  );
  const [leading, ...following] = taken.filter(({ segments }) => segments.length > 0);
  if (leading === undefined) {
    throw rangeEmpty('Nothing was recorded of that track in that range.');
  }
  const tracks: ExportPlan['tracks'] = [leading, ...following];
  const seconds = (time: Ticks): number => Math.max(0, ticksToSeconds(time, timescale) - origin);
  const hidesEnd = canHide && (isFolder || request.exact === true || request.quality === 'all');
  return {
    presentation,
    tracks: withAsides(tracks),
    quality,
    // Separate tracks begin with what they were beside.
    movieStart: first !== undefined || tracks.some(({ track }) => track.separate !== undefined) ? zero : undefined,
    movieEnd: hidesEnd && last !== undefined ? { time: last.presentedAt, timescale } : undefined,
    start: seconds(first?.presentedAt ?? begin),
    end: seconds(shownEnd(rows, last)),
    bytes: tracks.reduce((sum, { segments }) => sum + segments.reduce((total, { size }) => total + size, 0), 0),
  };
}

function checkExact({ exact, format }: ExportRequest): void {
  if (exact === true && format !== 'mp4' && format !== 'm4a') {
    throw new AppError(
      'request/invalid',
      'Only MP4 and M4A can begin and end at any picture without being encoded again; the others are cut at key frames.',
      { details: { field: 'exact', format } },
    );
  }
}

type Range = { readonly start: Ticks | undefined; readonly end: Ticks | undefined };
/** Where the track that sets the cuts is cut; undefined where nothing is cut off. */
type RangeCuts = { readonly first: Cut | undefined; readonly last: Cut | undefined };

async function cutsOf(
  presentation: Presentation,
  leader: TrackWindow,
  { start, end, isExact }: Range & { readonly isExact: boolean },
): Promise<RangeCuts> {
  const cuts = createCuts(presentation, leader, rowsOf(leader));
  const first = start === undefined ? undefined : await beginning(cuts, start);
  if (!isExact) {
    return { first, last: end === undefined ? undefined : await cuts.atOrAfter(end) };
  }
  const shown = start === undefined ? undefined : await cuts.shownAt(start);
  const last = end === undefined ? undefined : await cuts.endAt(end);
  if (leader.track.kind === 'audio') {
    // Sound can be cut anywhere in a frame.
    return {
      first: first && laterOf(first, shown === undefined ? undefined : start),
      last: last && earlierOf(last, end),
    };
  }
  return { first: first && laterOf(first, shown), last };
}

function laterOf(cut: Cut, time: Ticks | undefined): Cut {
  return time === undefined || time < cut.presentedAt ? cut : { ...cut, presentedAt: time };
}

function earlierOf(cut: Cut, time: Ticks | undefined): Cut {
  return time === undefined || time > cut.presentedAt ? cut : { ...cut, presentedAt: time };
}

/** The segments around a range: the one that it begins in, or the next behind a gap, and the first behind it. */
function segmentsOf(rows: readonly SegmentRef[], { start, end }: Range, tolerance: bigint): RangeCuts {
  const at = (row: SegmentRef | undefined): Cut | undefined =>
    row && { decodeTime: row.time, presentedAt: row.time };
  const ends = ({ time, duration }: SegmentRef): bigint => time + BigInt(duration);
  const first = start === undefined ? undefined : at(rows.find((row) => ends(row) > start + tolerance));
  if (start !== undefined && first === undefined) {
    throw rangeEmpty('The range begins after the end of the recording.');
  }
  return { first, last: end === undefined ? undefined : at(rows.find(({ time }) => time >= end - tolerance)) };
}

/** What is decoded of another track than the leader to show a range: of pictures from a key frame of its own on. */
async function decodedRange(
  presentation: Presentation,
  window: TrackWindow,
  { start, end }: Range,
  canHide: boolean,
): Promise<Range> {
  if (window.track.kind === 'audio') {
    return { start, end };
  }
  const cuts = createCuts(presentation, window, rowsOf(window));
  const first =
    start === undefined ? undefined : await (canHide ? cuts.beginningAt(start) : cuts.atOrAfter(start));
  const last = end === undefined ? undefined : await (canHide ? cuts.endAt(end) : cuts.atOrAfter(end));
  return { start: first?.decodeTime ?? start, end: last?.decodeTime };
}

/** Of those of one kind and language the first is played; alone, a track is what the file is for. */
function withAsides([leading, ...following]: ExportPlan['tracks']): ExportPlan['tracks'] {
  const played = new Set([`${leading.track.kind} ${leading.track.language}`]);
  return [
    leading,
    ...following.map((planned) => {
      const { track } = planned;
      const key = `${track.kind} ${track.language}`;
      const isFirst = track.separate === undefined && !played.has(key);
      played.add(key);
      return isFirst ? planned : { ...planned, aside: track.separate?.label ?? nameOf(planned) };
    }),
  ];
}

function nameOf({ track }: PlannedTrack): string {
  const rate = `${kilobits({ track })} kbit/s`;
  return track.kind === 'video' ? `${track.height}p, ${rate}` : rate;
}

/** When the recording begins, in seconds of media time: what ranges, markers and gaps count from. */
export function originOf(presentation: Presentation): number {
  const { segments, track } = firstOf(presentation);
  return ticksToSeconds(segments.at(0).time, track.timescale);
}

function firstOf(presentation: Presentation): TrackWindow {
  const [first] = presentation.tracks();
  if (first === undefined || first.segments.length === 0) {
    throw new AppError('archive/empty', 'The recording has no media yet.');
  }
  return first;
}

function wantedRange(
  { start, end }: Pick<ExportCreate, 'start' | 'end'>,
  origin: number,
  timescale: number,
): Range {
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

/** `canHide`: what is needed before the beginning is taken with it; else sound begins with its first frame behind it. */
function takeTrack(
  window: TrackWindow,
  start: Ticks | undefined,
  to: Ticks | undefined,
  canHide = true,
): PlannedTrack {
  const { track } = window;
  const frame = track.kind === 'audio' ? Math.ceil((SAMPLES_PER_FRAME * track.timescale) / track.sampleRate) : 0;
  const ahead = canHide || frame === 0 ? PREROLL_FRAMES * frame : 1 - frame;
  const from = start === undefined ? undefined : ticks(start - BigInt(ahead));
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
function silentBefore(planned: PlannedTrack, zero: Instant, canHide: boolean): PlannedTrack {
  const { track, segments } = planned;
  const begin = segments[0]?.time;
  if (track.separate === undefined || begin === undefined) {
    return planned;
  }
  const frame = BigInt(SAMPLES_PER_FRAME);
  const ahead = begin - rescale(zero.time, zero.timescale, track.timescale);
  const frames = (ahead + (canHide ? frame - 1n : 0n)) / frame;
  return frames <= 0n ? planned : { ...planned, silentFrom: ticks(begin - frames * frame) };
}

function rangeEmpty(message: string): AppError {
  return new AppError('export/range-empty', message, { details: { field: 'start' } });
}
