import type { SegmentList } from '../../media/cmaf/segment-table.ts';
import { writeWebVtt } from '../../media/text/webvtt.ts';
import { type Ticks, ticks, ticksToSeconds } from '../../media/time.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Presentation, TextTrack, TrackWindow } from '../ports/presentation.ts';
import type { Composition, Moment } from './composition.ts';
import { isSelected, type SelectableTrack } from './track-conditions.ts';

/** Sequence numbers of the segments that are shown; `to` is not in. */
type Range = { readonly from: number; readonly to: number };

/**
 * A presentation as filters show it: fewer tracks, a shorter window, another first quality. Nothing is copied; where its window begins and ends
 * is found by binary search, once per revision.
 *
 * Throws `MPE_FILTER_REMOVED_ALL_STREAMS` when no track is left, and its `tracks()` the 410 of a forced end that has left the window.
 */
export function createFilteredPresentation(base: Presentation, composition: Composition): Presentation {
  const windows = new WeakMap<TrackWindow, TrackWindow>();
  const texts = new WeakMap<TextTrack, Range & { readonly text: TextTrack }>();
  const isBehind = composition.backoff !== undefined && composition.backoff.ticks > 0n;
  let seen: { readonly revision: number; readonly state: string; readonly range: Range } | undefined;

  function rangeNow(): Range {
    const revision = base.revision();
    const state = base.state();
    if (seen?.revision !== revision || seen.state !== state) {
      seen = { revision, state, range: rangeOf(base, composition) };
    }
    return seen.range;
  }

  /** Whether its end has been reached while the broadcast goes on. */
  function isCut(): boolean {
    return base.state() === 'live' && composition.forceEnd && rangeNow().to !== Number.POSITIVE_INFINITY;
  }

  function windowOf(window: TrackWindow): TrackWindow {
    const found = windows.get(window) ?? createWindow(window);
    windows.set(window, found);
    return found;
  }

  function createWindow(window: TrackWindow): TrackWindow {
    const segments = partOf(window.segments, rangeNow);
    return {
      track: window.track,
      segments,
      get open() {
        return isBehind || isCut() ? undefined : window.open;
      },
      partsOf: (sequence) => (isBehind ? [] : window.partsOf(sequence)),
      get peakBitrate() {
        return window.peakBitrate;
      },
      get averageBitrate() {
        return window.averageBitrate;
      },
      get captions() {
        return window.captions;
      },
    };
  }

  const isIn = (track: SelectableTrack): boolean => composition.tracks.every((rows) => isSelected(track, rows));

  function tracks(): readonly TrackWindow[] {
    const all = base.tracks();
    const selected = all.filter(({ track }) => isIn(track));
    if (selected.length === 0 && all.length > 0) {
      throw new AppError('MPE_FILTER_REMOVED_ALL_STREAMS', 'No track is left of this stream after its filters.');
    }
    checkForcedEnd(base, composition);
    return withFirst(selected, composition.firstQuality).map(windowOf);
  }

  /** The same object for as long as it is cut in the same way. */
  function textOf(text: TextTrack): TextTrack {
    const { from, to } = rangeNow();
    const known = texts.get(text);
    const found =
      known?.from === from && known.to === to ? known : { from, to, text: cutText(text, base, { from, to }) };
    texts.set(text, found);
    return found.text;
  }

  /** The base's own object for a track of ours. */
  function baseWindow({ track }: TrackWindow): TrackWindow {
    const found = base.tracks().find((window) => window.track.id === track.id);
    if (found === undefined) {
      throw new AppError('MPE_EGRESS_TRACK_NOT_FOUND', `There is no track ${track.id}.`);
    }
    return found;
  }

  const isShown = (sequence: number): boolean => sequence >= rangeNow().from && sequence < rangeNow().to;

  return {
    ...base,
    state: () => (isCut() ? 'ended' : base.state()),
    tracks,
    texts: () => base.texts?.().flatMap((text) => (isIn(text) ? [textOf(text)] : [])) ?? [],
    liveTexts: () => base.liveTexts?.().filter((text) => isIn(text)) ?? [],
    discontinuities: () => base.discontinuities().filter((sequence) => isShown(sequence)),
    discontinuitySequence: () =>
      base.discontinuitySequence() +
      base.discontinuities().filter((sequence) => sequence < rangeNow().from).length,
    windowSeconds: shorter(base.windowSeconds, composition.window),
    partSeconds: isBehind ? undefined : base.partSeconds,
    async readSegment(window, sequence) {
      return await base.readSegment(baseWindow(window), sequence);
    },
    fileOf: (window, sequence) => base.fileOf?.(baseWindow(window), sequence),
    readPart: (window, sequence, part) => base.readPart(baseWindow(window), sequence, part),
  };
}

function rangeOf(base: Presentation, { start, end, forceEnd, window, backoff }: Composition): Range {
  const leader = base.tracks().find(({ segments }) => segments.length > 0);
  if (leader === undefined) {
    return { from: 0, to: Number.POSITIVE_INFINITY };
  }
  const { segments, track } = leader;
  const inTicks = (moment: Moment): bigint => ceilDivide(moment.ticks * BigInt(track.timescale), moment.timescale);
  const last = segments.at(segments.length - 1);
  const edge = last.time + BigInt(last.duration);
  let from = start === undefined ? 0 : firstAt(segments, inTicks(start));
  let to = end === undefined ? segments.length : firstAt(segments, inTicks(end));
  // The end is not there yet, or it is not cut off by it.
  let isOpen = to === segments.length;
  if (base.state() === 'live') {
    if (window !== undefined) {
      from = Math.max(from, segments.indexBefore(ticks(max(0n, edge - inTicks(window)))));
    }
    if (!forceEnd) {
      to = segments.length;
      isOpen = true;
    }
    if (backoff !== undefined && backoff.ticks > 0n) {
      to = Math.min(to, wholeUntil(segments, edge - inTicks(backoff)));
      isOpen = false;
    }
  }
  const first = segments.firstSequence;
  return { from: first + from, to: isOpen ? Number.POSITIVE_INFINITY : first + Math.max(from, to) };
}

/** Index of the first segment that begins at a tick or behind it; the length when there is none. */
function firstAt(segments: SegmentList, time: bigint): number {
  return time <= 0n ? 0 : segments.indexBefore(ticks(time - 1n)) + 1;
}

/** How many of the first segments have ended at a tick. */
function wholeUntil(segments: SegmentList, time: bigint): number {
  const index = time < 0n ? -1 : segments.indexBefore(ticks(time));
  if (index < 0) {
    return 0;
  }
  const { time: begin, duration } = segments.at(index);
  return begin + BigInt(duration) <= time ? index + 1 : index;
}

/** With the cues alone of which some is in the range: players are given a text in whole files, which must not tell of what is not shown. */
function cutText(text: TextTrack, base: Presentation, { from, to }: Range): TextTrack {
  const leader = base.tracks().find(({ segments }) => segments.length > 0);
  if (leader === undefined) {
    return text;
  }
  const { segments, track } = leader;
  const first = clamp(from - segments.firstSequence, segments.length);
  const end = clamp(to - segments.firstSequence, segments.length);
  if (first === 0 && end === segments.length) {
    return text;
  }
  const zeroMs = ticksToSeconds(text.zero.time, text.zero.timescale) * 1000;
  const msOf = (time: bigint): number => ticksToSeconds(ticks(time), track.timescale) * 1000 - zeroMs;
  const [start, last] = end > first ? [segments.at(first), segments.at(end - 1)] : [];
  const startMs = start === undefined ? Number.POSITIVE_INFINITY : msOf(start.time);
  const endMs = last === undefined ? Number.NEGATIVE_INFINITY : msOf(last.time + BigInt(last.duration));
  const cues = text.text.cues.filter((cue) => cue.startMs < endMs && cue.endMs > startMs);
  const cut = { ...text.text, cues };
  return { ...text, text: cut, source: { format: 'vtt', bytes: new TextEncoder().encode(writeWebVtt(cut)) } };
}

/** Throws `MPE_FILTER_FORCE_END_LEFT_EDGE_CROSSED_DVR_WINDOW` once the window has gone by what a forced end leaves. */
function checkForcedEnd(base: Presentation, { start, end, forceEnd }: Composition): void {
  const leader = base.tracks().find(({ segments }) => segments.length > 0);
  if (!forceEnd || base.state() !== 'live' || leader === undefined) {
    return;
  }
  const { time, duration } = leader.segments.at(0);
  const isGone = (moment: Moment | undefined, edge: bigint): boolean =>
    moment !== undefined &&
    moment.ticks > 0n &&
    moment.ticks * BigInt(leader.track.timescale) < edge * moment.timescale;
  if (isGone(end, time + 1n) || isGone(start, time - BigInt(duration))) {
    throw new AppError(
      'MPE_FILTER_FORCE_END_LEFT_EDGE_CROSSED_DVR_WINDOW',
      'What this filter shows has left the window of the broadcast. After the end it can be watched again.',
    );
  }
}

/** The named quality first, or the best below it. */
function withFirst(tracks: readonly TrackWindow[], bitrate: number | undefined): readonly TrackWindow[] {
  if (bitrate === undefined) {
    return tracks;
  }
  const videos = tracks.filter(({ track }) => track.kind === 'video');
  const first =
    videos.find(({ track }) => track.bitrate === bitrate) ??
    videos.find(({ track }) => track.bitrate < bitrate) ??
    videos.at(-1);
  return first === undefined ? tracks : [first, ...tracks.filter((track) => track !== first)];
}

/** A live view of some of the segments of a list. */
function partOf(list: SegmentList, range: () => Range): SegmentList {
  const low = (): number => clamp(range().from - list.firstSequence, list.length);
  const high = (): number => Math.max(low(), clamp(range().to - list.firstSequence, list.length));
  const within = (index: number): number => (index >= low() && index < high() ? index - low() : -1);
  return {
    get length() {
      return high() - low();
    },
    get firstSequence() {
      return list.firstSequence + low();
    },
    at: (index) => list.at(low() + index),
    indexAtTime: (time: Ticks) => within(list.indexAtTime(time)),
    indexBefore: (time: Ticks) => Math.max(-1, Math.min(list.indexBefore(time), high() - 1) - low()),
  };
}

function clamp(index: number, length: number): number {
  return Math.min(length, Math.max(0, index));
}

/** In seconds; undefined when neither is known. */
function shorter(seconds: number | undefined, window: Moment | undefined): number | undefined {
  const other = window === undefined ? undefined : Number(window.ticks) / Number(window.timescale);
  return seconds === undefined || other === undefined ? (seconds ?? other) : Math.min(seconds, other);
}

function ceilDivide(value: bigint, by: bigint): bigint {
  return (value + by - 1n) / by;
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
