import type { SegmentList, SegmentRef } from '../../media/cmaf/segment-table.ts';
import { rescale, type Ticks, ticks, ticksToSeconds } from '../../media/time.ts';
import type { PartRef, Presentation, TrackWindow } from '../ports/presentation.ts';
import { lengthsOf } from '../ports/segment-lengths.ts';
import { type MadeUp, makeUp } from './made-up.ts';
import { REMEMBERED_ROWS } from './row-memory.ts';
import { type Silence, silenceOf } from './silence.ts';

/**
 * A track as viewers are to see it. One that stops while others go on has no new rows for a while: whoever waits for them waits in vain. So
 * what it has is closed after `STOPPED_SEGMENTS`, and made-up rows keep pace with the others until it is back: silence for sound, nothing for
 * pictures. Sound that comes late is preceded by silence. What was shown is not taken back: media that comes for such a row later is for the
 * recording only (`decisions/0012`).
 */
export type ShownTrack = TrackWindow & {
  /** Nothing comes of it at present, although others go on. */
  readonly hasStopped?: boolean;
  /** A segment that is shown otherwise than it is on the timeline. */
  madeUp?(sequence: number): MadeUp | undefined;
};

/**
 * A track further behind the furthest one than so many of the longest segments has stopped, be that complete or not. More than a segment, because encoders that push whole
 * fragments are that far apart when all is well; not much more, because everybody who watches it stands still meanwhile.
 */
const STOPPED_SEGMENTS = 1.25;
/** Of silence, where the presentation says nothing of parts. */
const PART_SECONDS = 0.2;
/** Sound is cut at whole frames, so it is never nearer to a cut than this; in frames. */
const CUT_FRAMES = 2;

type State = {
  readonly window: TrackWindow;
  readonly shown: ShownTrack;
  readonly silence: Silence | undefined;
  hasStopped: boolean;
  /** Whether it has begun, as far as viewers know. */
  hasBegun: boolean;
  /** First sequence number for which nothing has been made up behind what there is. */
  end: number;
  /** Sequence number of the segment it stopped in: open to viewers, so it is shown until it ends. */
  stoppedIn: number | undefined;
  /** First sequence number that it is shown with, if that is before all it has. */
  frontFrom: number;
  /** Rows that stand for those of the timeline, by sequence number. */
  readonly rows: Map<number, MadeUp>;
  /** First sequence number of the window. */
  windowFrom: number;
};

/** Gives the tracks of a presentation: as a broadcast while it is shown as one, else as a recording. The same objects every time. */
export type ShownTracks = (as: 'broadcast' | 'recording') => readonly ShownTrack[];

export function createShownTracks(presentation: Presentation): ShownTracks {
  const { partSeconds = PART_SECONDS } = presentation;
  const states = new WeakMap<TrackWindow, State>();
  const recorded = new WeakMap<TrackWindow, { readonly key: string; readonly shown: ShownTrack }>();
  let followed: number | undefined;

  function stateOf(window: TrackWindow): State {
    const found = states.get(window);
    if (found !== undefined) {
      return found;
    }
    const created = createState(window, silenceOf(window.track, partSeconds), follow);
    states.set(window, created);
    return created;
  }

  function follow(): void {
    const revision = presentation.revision();
    if (revision === followed || presentation.state() !== 'live') {
      return;
    }
    followed = revision;
    const windows = presentation.tracks();
    const begun = windows.filter(({ segments }) => segments.length > 0);
    if (begun.length === 0) {
      return;
    }
    const windowFrom = Math.min(...begun.map(({ segments }) => segments.firstSequence));
    const ends = windows.map(mediaEnd);
    const longest = Math.max(lengthsOf(presentation).longest, ...windows.map(openSeconds));
    const limit = Math.max(...ends) - STOPPED_SEGMENTS * longest;
    const going = windows.filter((_, index) => (ends[index] ?? 0) >= limit);
    const to = Math.max(...going.map(({ segments }) => endOf(segments)));
    for (const [index, window] of windows.entries()) {
      const state = stateOf(window);
      state.windowFrom = windowFrom;
      beginWithSilence(state, windows);
      if (going.includes(window)) {
        closeUpTo(state, to, windows);
        state.hasStopped &&= !isBack(state);
      } else if ((ends[index] ?? 0) > Number.NEGATIVE_INFINITY) {
        stop(state);
        closeUpTo(state, to, windows);
      }
      prune(state);
    }
  }

  function recordedTrack(window: TrackWindow, range: Range, windows: readonly TrackWindow[]): ShownTrack {
    const key = `${range.from} ${range.to}`;
    const found = recorded.get(window);
    if (found?.key === key) {
      return found.shown;
    }
    const state = createState(window, silenceOf(window.track, partSeconds), () => undefined);
    fillRecording(state, range, windows);
    const shown = state.rows.size === 0 ? window : state.shown;
    recorded.set(window, { key, shown });
    return shown;
  }

  return (as) => {
    const windows = presentation.tracks();
    if (as === 'broadcast') {
      follow();
      return windows.map((window) => stateOf(window).shown);
    }
    // What was added to it stays as it is.
    const begun = windows.filter(({ segments, track }) => segments.length > 0 && track.shownAs === undefined);
    const from = Math.min(...begun.map(({ segments }) => segments.firstSequence));
    const to = Math.max(...begun.map(({ segments }) => endOf(segments)));
    return windows.map((window) => (begun.includes(window) ? recordedTrack(window, { from, to }, begun) : window));
  };
}

type Range = { readonly from: number; readonly to: number };

function stop(state: State): void {
  const { open, segments } = state.window;
  if (!state.hasStopped) {
    state.hasStopped = true;
    state.end = Math.max(state.end, endOf(segments));
    state.stoppedIn = open?.sequence === state.end ? state.end : undefined;
  }
}

/** Sound that comes late is silent before: where one buffer has nothing players do not play the other either. */
function beginWithSilence(state: State, others: readonly TrackWindow[]): void {
  const { window, silence, hasBegun, windowFrom } = state;
  if (hasBegun || window.segments.length === 0) {
    return;
  }
  state.hasBegun = true;
  const { firstSequence } = window.segments;
  if (silence !== undefined && windowFrom < firstSequence) {
    state.frontFrom = windowFrom;
    for (let next = windowFrom; next < firstSequence; next += 1) {
      makeUpRow(state, next, others);
    }
  }
}

/** Makes up what others have complete, as far as this track has no segments of its own. */
function closeUpTo(state: State, to: number, others: readonly TrackWindow[]): void {
  if (!state.hasStopped) {
    return;
  }
  for (let next = Math.max(state.end, state.windowFrom); ; next += 1) {
    const row = rowOf(state.window, next);
    if (row === undefined || row.size === 0 || !goesOn(state, next, row.time)) {
      if (next >= to) {
        return;
      }
      makeUpRow(state, next, others);
    }
    state.end = next + 1;
  }
}

function isBack(state: State): boolean {
  const { segments, open } = state.window;
  return open === undefined
    ? state.silence === undefined && endOf(segments) >= state.end
    : open.sequence >= state.end && goesOn(state, open.sequence, open.time);
}

/** Whether a segment of the timeline is shown as it is. */
function goesOn(state: State, sequence: number, time: Ticks): boolean {
  return sequence === state.stoppedIn || isOnTime(state, sequence, time);
}

/** Whether a segment begins where the one before it ends. Of sound that begins later the whole segment is silent: that is no hole. */
function isOnTime(state: State, sequence: number, time: Ticks): boolean {
  const before = shownEnd(state, sequence - 1);
  return state.silence === undefined || before === undefined || isNear(state.silence, before, time);
}

function isNear({ frameTicks }: Silence, a: Ticks, b: Ticks): boolean {
  return Math.abs(Number(a - b)) <= CUT_FRAMES * frameTicks;
}

function makeUpRow(state: State, sequence: number, others: readonly TrackWindow[]): void {
  const { window, silence, rows } = state;
  const { open } = window;
  const cut = cutOf(others, sequence, window) ?? rowOf(window, sequence);
  const before = shownEnd(state, sequence - 1);
  if (open?.sequence === sequence && open.parts.length > 0 && goesOn(state, sequence, open.time)) {
    const { time, discontinuity } = open;
    const end = cut === undefined ? time : endTick(cut);
    rows.set(sequence, makeUp(silence, { sequence, time, end, discontinuity, real: [...open.parts] }));
    return;
  }
  const next = rowOf(window, sequence + 1);
  // Where nothing says when it was (all others are lost), it has no length.
  const at = cut?.time ?? before ?? next?.time ?? ticks(0);
  const continues = silence !== undefined && before !== undefined && isNear(silence, before, at);
  const time = continues ? before : at;
  const end = cut === undefined ? time : endTick(cut);
  // The next segment begins at its own first frame, which is near the cut; unless there is a break.
  const meets =
    silence !== undefined && next !== undefined && next.size > 0 && !next.discontinuity && next.time > time;
  const discontinuity = cut?.discontinuity ?? false;
  rows.set(sequence, makeUp(silence, { sequence, time, end: meets ? next.time : end, discontinuity, real: [] }));
}

/** A recording has rows for all that any track has, and silence where sound has nothing, also behind what there is of a segment. */
function fillRecording(state: State, { from, to }: Range, others: readonly TrackWindow[]): void {
  const { window, silence, rows } = state;
  const { segments } = window;
  state.end = to;
  state.frontFrom = from;
  state.windowFrom = from;
  const isWhole = segments.firstSequence === from && endOf(segments) === to;
  if (isWhole && silence === undefined) {
    return;
  }
  for (let next = from; next < to; next += 1) {
    const row = rowOf(window, next);
    if (row !== undefined && row.size > 0) {
      continue;
    }
    const before = rowOf(window, next - 1);
    const cut = cutOf(others, next, window);
    if (silence !== undefined && cut !== undefined && before !== undefined && before.size > 0) {
      if (!cut.discontinuity && cut.time - endTick(before) > CUT_FRAMES * silence.frameTicks) {
        rows.set(next - 1, makeUp(silence, { ...before, end: cut.time, real: [], stored: before }));
      }
    }
    makeUpRow(state, next, others);
  }
}

/** Where another track that has media there says that a segment is, in ticks of this one. */
function cutOf(
  others: readonly TrackWindow[],
  sequence: number,
  { track: { timescale } }: TrackWindow,
): SegmentRef | undefined {
  for (const other of others) {
    const row = rowOf(other, sequence);
    if (row !== undefined && row.size > 0) {
      const time = rescale(row.time, other.track.timescale, timescale);
      const end = rescale(endTick(row), other.track.timescale, timescale);
      return { ...row, time, duration: Number(end - time) };
    }
  }
  return undefined;
}

/** Forgets what nobody who has an older manifest asks for any more. */
function prune({ rows, windowFrom }: State): void {
  for (const sequence of rows.keys()) {
    if (sequence >= windowFrom - REMEMBERED_ROWS) {
      break;
    }
    rows.delete(sequence);
  }
}

/** First tick behind a segment as it is shown. */
function shownEnd({ window, rows }: State, sequence: number): Ticks | undefined {
  const row = rows.get(sequence)?.row ?? rowOf(window, sequence);
  return row === undefined ? undefined : endTick(row);
}

function rowOf({ segments }: TrackWindow, sequence: number): SegmentRef | undefined {
  const index = sequence - segments.firstSequence;
  return index >= 0 && index < segments.length ? segments.at(index) : undefined;
}

function endTick({ time, duration }: Pick<SegmentRef, 'time' | 'duration'>): Ticks {
  return ticks(time + BigInt(duration));
}

function endOf({ firstSequence, length }: SegmentList): number {
  return firstSequence + length;
}

/** Where the media of a track end, in seconds; -Infinity before they begin. */
function mediaEnd({ track, segments, open }: TrackWindow): number {
  const last: Pick<PartRef, 'time' | 'duration'> | undefined =
    open?.parts.at(-1) ?? (segments.length === 0 ? undefined : segments.at(segments.length - 1));
  return last === undefined ? Number.NEGATIVE_INFINITY : ticksToSeconds(endTick(last), track.timescale);
}

/** How long the segment is so far that is being written. */
function openSeconds({ track, open }: TrackWindow): number {
  const last = open?.parts.at(-1);
  return open === undefined || last === undefined ? 0 : Number(endTick(last) - open.time) / track.timescale;
}

function createState(window: TrackWindow, silence: Silence | undefined, follow: () => void): State {
  const rows = new Map<number, MadeUp>();
  const shown: ShownTrack = {
    track: window.track,
    segments: shownSegments(),
    get open() {
      follow();
      const { open } = window;
      const isShown = state.hasStopped
        ? open?.sequence === state.end && open.sequence === state.stoppedIn
        : open !== undefined && open.sequence >= state.end;
      return isShown ? open : undefined;
    },
    partsOf: (sequence) => rows.get(sequence)?.parts ?? window.partsOf(sequence),
    get peakBitrate() {
      return window.peakBitrate;
    },
    get averageBitrate() {
      return window.averageBitrate;
    },
    get captions() {
      return window.captions;
    },
    get hasStopped() {
      return state.hasStopped;
    },
    madeUp: (sequence) => rows.get(sequence),
  };
  const state: State = {
    window,
    shown,
    silence,
    hasStopped: false,
    hasBegun: false,
    end: 0,
    stoppedIn: undefined,
    frontFrom: Number.POSITIVE_INFINITY,
    rows,
    windowFrom: 0,
  };

  function shownSegments(): SegmentList {
    const { segments } = window;
    const first = (): number => {
      // All that it has may have left the window.
      const own = segments.length > 0 || state.end === 0 ? segments.firstSequence : state.windowFrom;
      return Math.max(state.windowFrom, Math.min(own, state.frontFrom));
    };
    const end = (): number => {
      const { hasStopped, stoppedIn } = state;
      // A broadcast may end with the segment that it stopped in.
      const limit = !hasStopped ? Number.POSITIVE_INFINITY : state.end + (stoppedIn === state.end ? 1 : 0);
      return Math.max(state.end, Math.min(endOf(segments), limit));
    };
    const at = (index: number): SegmentRef => {
      const sequence = first() + index;
      return rows.get(sequence)?.row ?? segments.at(sequence - segments.firstSequence);
    };
    return {
      get length() {
        follow();
        return Math.max(0, end() - first());
      },
      get firstSequence() {
        follow();
        return first();
      },
      at,
      indexAtTime(time) {
        const index = segments.indexAtTime(time);
        const sequence = segments.firstSequence + index;
        if (index >= 0 && !rows.has(sequence)) {
          return sequence - first();
        }
        const made = [...rows.values()].find(({ row }) => row.time === time);
        return made === undefined ? -1 : made.row.sequence - first();
      },
      indexBefore(time) {
        let low = 0;
        for (let high = end() - first(); low < high; ) {
          const middle = (low + high) >>> 1;
          if (at(middle).time <= time) {
            low = middle + 1;
          } else {
            high = middle;
          }
        }
        return low - 1;
      },
    };
  }

  return state;
}
