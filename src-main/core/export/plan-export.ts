import type { SegmentRef } from '../../media/cmaf/segment-table.ts';
import { rescale, secondsToTicks, type Ticks, ticks, ticksToSeconds } from '../../media/time.ts';
import type { ExportCreate } from '../../shared/api/assets.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Presentation, Track, TrackWindow } from '../ports/presentation.ts';
import { chooseWithSeparate } from './choose-tracks.ts';
import type { ReadChunk } from './read-chunks.ts';
import { parseSegment, readSegment } from './read-segment.ts';

/** AAC frames overlap: the second one that is decoded is the first that sounds right. One more for encoders that look further back. */
const PREROLL_FRAMES = 2;
/** Samples of an AAC-LC frame, the longest there is among those that are recorded. */
const SAMPLES_PER_FRAME = 1024;
/** Times that are asked for come from clicks and decimals; a frame that begins this little later is meant. */
const CLICK_SECONDS = 0.001;

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

/** Where the leading track is cut. Decode times choose samples, presentation times are what people see. */
type Cut = { readonly decodeTime: Ticks; readonly presentedAt: Ticks };

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
  const findCuts = async (row: SegmentRef): Promise<readonly Cut[]> =>
    cutsIn(parseSegment(await readSegment(presentation, leader, row.sequence), leader, row.sequence));
  const tolerance = BigInt(Math.round(CLICK_SECONDS * timescale));
  const wanted = wantedRange(request, origin, timescale);
  const first =
    wanted.start === undefined ? undefined : await cutAtOrBefore(rows, findCuts, wanted.start, tolerance);
  const last = wanted.end === undefined ? undefined : await cutAtOrAfter(rows, findCuts, wanted.end, tolerance);
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
    end: seconds(last?.presentedAt ?? endOf(rows)),
    bytes: tracks.reduce((sum, { segments }) => sum + segments.reduce((total, { size }) => total + size, 0), 0),
  };
}

/** When the recording begins, in seconds of media time: what ranges, markers and gaps count from. */
function originOf(presentation: Presentation): number {
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

function rowsOf({ segments }: TrackWindow): readonly SegmentRef[] {
  return Array.from({ length: segments.length }, (_, index) => segments.at(index)).filter(({ size }) => size > 0);
}

function endOf(rows: readonly SegmentRef[]): Ticks {
  const last = rows.at(-1);
  return ticks(last === undefined ? 0n : last.time + BigInt(last.duration));
}

/** Where a segment may be cut, in decode order. */
type FindCuts = (row: SegmentRef) => Promise<readonly Cut[]>;

function cutsIn(chunks: readonly ReadChunk[]): readonly Cut[] {
  const cuts: Cut[] = [];
  for (const chunk of chunks) {
    let decodeTime = chunk.decodeTime;
    for (let sample = 0; sample < chunk.sampleCount; sample += 1) {
      if (chunk.isSync(sample)) {
        cuts.push({ decodeTime, presentedAt: ticks(decodeTime + BigInt(chunk.compositionOffset(sample))) });
      }
      decodeTime = ticks(decodeTime + BigInt(chunk.duration(sample)));
    }
  }
  return cuts;
}

/** The last key frame shown at or before a time; where nothing was recorded, the first one behind it. */
async function cutAtOrBefore(
  rows: readonly SegmentRef[],
  findCuts: FindCuts,
  time: Ticks,
  tolerance: bigint,
): Promise<Cut> {
  const covering = rows.findLastIndex((row) => row.time <= time + tolerance);
  const isInside = covering >= 0 && time < endOf(rows.slice(covering, covering + 1));
  if (isInside) {
    // Pictures are shown after they are decoded: the key frame of the covering segment may still be to come.
    for (const candidate of rows.slice(Math.max(0, covering - 1), covering + 1).toReversed()) {
      const cut = (await findCuts(candidate)).findLast((one) => one.presentedAt <= time + tolerance);
      if (cut !== undefined) {
        return cut;
      }
    }
  }
  const next = isInside ? rows[0] : rows[covering + 1];
  const [cut] = next === undefined ? [] : await findCuts(next);
  if (cut === undefined) {
    throw rangeEmpty('The range begins after the end of the recording.');
  }
  return cut;
}

/** The first key frame shown at or after a time; undefined when the recording ends before. */
async function cutAtOrAfter(
  rows: readonly SegmentRef[],
  findCuts: FindCuts,
  time: Ticks,
  tolerance: bigint,
): Promise<Cut | undefined> {
  const covering = rows.findLastIndex((row) => row.time <= time);
  for (const row of rows.slice(Math.max(0, covering - 1), covering + 2)) {
    const cut = (await findCuts(row)).find((one) => one.presentedAt >= time - tolerance);
    if (cut !== undefined) {
      return cut;
    }
  }
  return undefined;
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
