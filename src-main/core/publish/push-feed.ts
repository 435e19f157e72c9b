import type { Writable } from 'node:stream';
import { ticksToSeconds } from '../../media/time.ts';
import type { PartRef, Presentation, TrackWindow } from '../ports/presentation.ts';
import { type ParameterSets, parameterSetsOf } from './in-band.ts';
import { mediaEnd, STOPPED_SECONDS } from './media-end.ts';

/** What goes to one destination: the best fitting picture and the first sound. */
export type PushTracks = { readonly video: TrackWindow | undefined; readonly audio: TrackWindow | undefined };

/** The qualities that the presenter allows for a destination, best first; at least the lowest. `kbps`: of the video. */
export function allowedRungs(presentation: Presentation, quality: 'top' | number): readonly TrackWindow[] {
  const videos = presentation
    .tracks()
    .filter(({ track }) => track.kind === 'video')
    .toSorted((a, b) => b.track.bitrate - a.track.bitrate);
  const allowed = quality === 'top' ? videos : videos.filter(({ track }) => track.bitrate <= quality * 1000);
  return allowed.length > 0 ? allowed : videos.slice(-1);
}

/** The best that is allowed, and the first sound. */
export function choosePushTracks(presentation: Presentation, quality: 'top' | number): PushTracks {
  return {
    video: allowedRungs(presentation, quality)[0],
    audio: presentation.tracks().find(({ track }) => track.kind === 'audio'),
  };
}

/** Where a connection begins: a segment, which is a key frame, and its media time in seconds to the microsecond. */
export type PushStart = { readonly sequence: number; readonly baseSeconds: string };

/** The newest segment that has begun; undefined while there is none. */
export function findPushStart({ video, audio }: PushTracks): PushStart | undefined {
  const leader = video ?? audio;
  const open = leader?.open;
  if (leader === undefined || open === undefined || open.parts.length === 0) {
    return undefined;
  }
  return { sequence: open.sequence, baseSeconds: exactSeconds(open.time, leader.track.timescale) };
}

function exactSeconds(time: bigint, timescale: number): string {
  const microseconds = (time * 1_000_000n) / BigInt(timescale);
  return `${microseconds / 1_000_000n}.${String(microseconds % 1_000_000n).padStart(6, '0')}`;
}

export type PushFeed = Disposable & {
  /** Seconds of media that are there and have not been taken. */
  queueSeconds(): number;
  /** Seconds that were left out because nobody took them in time. */
  droppedSeconds(): number;
  /** Media time up to which everything has been handed over, or left out. */
  handedOverSeconds(): number;
  /** The picture that goes there now. */
  video(): TrackWindow | undefined;
  /**
   * Goes on with another quality of the picture, one that `parameterSetsOf` knows: from its next key frame on, when the rest of the segment
   * before has been handed over. Nothing is left out, unless what waits is too long anyway.
   */
  changeTo(video: TrackWindow): void;
  /** Takes up nothing new: resolves when what there is now has been handed over and the pipes are closed. */
  finish(): Promise<void>;
};

/** What waits longer than this is left out up to the newest key frame. The presentation keeps the parts of a little more. */
const MAX_QUEUE_SECONDS = 8;

/** A place between two parts. */
type Position = { readonly sequence: number; readonly part: number };

type Cursor = {
  window: TrackWindow;
  /** What it is to go on with. */
  wanted: TrackWindow | undefined;
  /** Since the first change, the header of the stream is that of another quality. */
  sets: ParameterSets | undefined;
  readonly pipe: Writable;
  /** The next part to hand over. */
  next: Position;
  /** Media time of the end of the part before. */
  untilSeconds: number;
  /** The pipe is full; `drain` tells. */
  isBlocked: boolean;
  /** Where to stop. */
  end: Position | undefined;
};

/**
 * Hands the chunks of a presentation to a process, as fast as it takes them. The queue is the presentation itself: what has not been taken
 * stays where it is, for everybody, so a destination that takes nothing costs no memory, and holds up nobody.
 */
export function startPushFeed(options: {
  readonly presentation: Presentation;
  readonly tracks: PushTracks;
  readonly start: PushStart;
  readonly videoPipe: Writable | undefined;
  readonly audioPipe: Writable | undefined;
  readonly onDropped: (seconds: number) => void;
}): PushFeed {
  const { presentation, tracks, start } = options;
  const cursors = [...begin(tracks.video, options.videoPipe), ...begin(tracks.audio, options.audioPipe)];
  const [leader] = cursors;
  const finished = Promise.withResolvers<undefined>();
  let dropped = 0;
  let isClosed = false;

  function begin(window: TrackWindow | undefined, pipe: Writable | undefined): Cursor[] {
    if (window === undefined || pipe === undefined) {
      return [];
    }
    const cursor: Cursor = {
      window,
      wanted: undefined,
      sets: undefined,
      pipe,
      next: { sequence: start.sequence, part: 0 },
      untilSeconds: Number(start.baseSeconds),
      isBlocked: !pipe.write(window.track.init),
      end: undefined,
    };
    pipe.on('drain', () => {
      cursor.isBlocked = false;
      pumpAll();
    });
    return [cursor];
  }

  function pumpAll(): void {
    if (isClosed) {
      return;
    }
    if (queueSeconds() > MAX_QUEUE_SECONDS) {
      skipToNewest();
    }
    const areAtEnd = cursors.map(pump);
    if (areAtEnd.every(Boolean)) {
      close();
    }
  }

  /** Whether it has come to where it is to stop. */
  function pump(cursor: Cursor): boolean {
    const { pipe } = cursor;
    while (!isAtEnd(cursor)) {
      if (canChangeOver(cursor)) {
        changeOver(cursor);
      }
      const { window, sets } = cursor;
      const { sequence, part } = cursor.next;
      const { parts, isComplete, isGone } = segmentAt(window, sequence);
      const next = parts[part];
      if (cursor.isBlocked || (next === undefined && !isComplete)) {
        return false;
      }
      const bytes = next === undefined ? undefined : presentation.readPart(window, sequence, part);
      if (next !== undefined && bytes !== undefined) {
        cursor.next = { sequence, part: part + 1 };
        cursor.untilSeconds = endSeconds(window, next);
        cursor.isBlocked = !pipe.write(next.independent && sets !== undefined ? sets.putInto(bytes) : bytes);
      } else if (next !== undefined || isGone) {
        skipToNewest();
        if (cursor.next.sequence === sequence) {
          return false;
        }
      } else {
        cursor.next = { sequence: sequence + 1, part: 0 };
      }
    }
    return true;
  }

  /** Of the track that is furthest behind: each has a pipe of its own. */
  function queueSeconds(): number {
    return Math.max(0, ...cursors.map(secondsBehind));
  }

  /** Tracks that are behind go on together at the newest key frame: sound that runs ahead of its picture is worse than a hole in both. */
  function skipToNewest(): void {
    if (leader === undefined) {
      return;
    }
    const newest = newestSequence(leader.wanted ?? leader.window);
    const secondsBefore = queueSeconds();
    for (const cursor of cursors.filter(({ next }) => next.sequence < newest)) {
      cursor.next = { sequence: newest, part: 0 };
      cursor.untilSeconds = startSeconds(cursor.window, newest) ?? cursor.untilSeconds;
    }
    const lost = secondsBefore - queueSeconds();
    if (lost > 0) {
      dropped += lost;
      options.onDropped(lost);
    }
  }

  function close(): void {
    isClosed = true;
    listening[Symbol.dispose]();
    for (const { pipe } of cursors) {
      pipe.end();
    }
    finished.resolve(undefined);
  }

  const listening = presentation.changed.on(pumpAll);
  pumpAll();
  return {
    queueSeconds,
    droppedSeconds: () => dropped,
    video: () => (leader?.window.track.kind === 'video' ? (leader.wanted ?? leader.window) : undefined),
    changeTo(video) {
      if (leader !== undefined) {
        leader.wanted = video.track.id === leader.window.track.id ? undefined : video;
        pumpAll();
      }
    },
    handedOverSeconds: () => leader?.untilSeconds ?? Number(start.baseSeconds),
    finish() {
      for (const cursor of cursors) {
        cursor.end = edgeOf(cursor.window);
      }
      pumpAll();
      return finished.promise;
    },
    [Symbol.dispose]() {
      if (!isClosed) {
        close();
      }
    },
  };
}

/** At a key frame of the other, when of what it has now there is no more before that. */
function canChangeOver(cursor: Cursor): boolean {
  const { window, wanted, next } = cursor;
  if (wanted === undefined) {
    return false;
  }
  if (next.part > 0) {
    const { parts, isComplete } = segmentAt(window, next.sequence);
    const hasStopped = mediaEnd(window) < mediaEnd(wanted) - STOPPED_SECONDS;
    if (next.part < parts.length || !(isComplete || hasStopped)) {
      return false;
    }
  }
  return segmentAt(wanted, sequenceBehind(next)).parts.length > 0;
}

function changeOver(cursor: Cursor): void {
  const { wanted, next } = cursor;
  if (wanted?.track.kind === 'video') {
    cursor.next = { sequence: sequenceBehind(next), part: 0 };
    cursor.window = wanted;
    cursor.sets = parameterSetsOf(wanted.track);
  }
  cursor.wanted = undefined;
}

function sequenceBehind({ sequence, part }: Position): number {
  return part === 0 ? sequence : sequence + 1;
}

function isAtEnd({ next, end }: Cursor): boolean {
  return (
    end !== undefined &&
    (next.sequence > end.sequence || (next.sequence === end.sequence && next.part >= end.part))
  );
}

/** The parts of a segment that there are, whether there will be no more, and whether there were some that nobody has any more. */
function segmentAt(
  window: TrackWindow,
  sequence: number,
): { readonly parts: readonly PartRef[]; readonly isComplete: boolean; readonly isGone: boolean } {
  const { segments, open } = window;
  if (open?.sequence === sequence) {
    return { parts: open.parts, isComplete: false, isGone: false };
  }
  const index = sequence - segments.firstSequence;
  // The first sequence number means nothing while there is no segment.
  if (segments.length === 0 || index >= segments.length) {
    return { parts: [], isComplete: false, isGone: false };
  }
  const parts = window.partsOf(sequence);
  return { parts, isComplete: true, isGone: parts.length === 0 && (index < 0 || segments.at(index).size > 0) };
}

function secondsBehind({ window, next: { sequence, part }, untilSeconds }: Cursor): number {
  const edge = lastOf(window);
  if (edge === undefined) {
    return 0;
  }
  const { parts } = segmentAt(window, sequence);
  const next = parts[part];
  const at =
    next === undefined
      ? startSeconds(window, sequence + (parts.length === 0 ? 0 : 1))
      : ticksToSeconds(next.time, window.track.timescale);
  return at === undefined ? 0 : Math.max(0, endSeconds(window, edge) - Math.max(at, untilSeconds));
}

/** Of a segment that has left the window, the beginning of the window. */
function startSeconds({ segments, open, track }: TrackWindow, sequence: number): number | undefined {
  if (open?.sequence === sequence) {
    return ticksToSeconds(open.time, track.timescale);
  }
  const index = Math.max(0, sequence - segments.firstSequence);
  return index < segments.length ? ticksToSeconds(segments.at(index).time, track.timescale) : undefined;
}

/** The newest media. */
function lastOf({ segments, open }: TrackWindow): Pick<PartRef, 'time' | 'duration'> | undefined {
  return open?.parts.at(-1) ?? (segments.length === 0 ? undefined : segments.at(segments.length - 1));
}

function endSeconds({ track }: TrackWindow, { time, duration }: Pick<PartRef, 'time' | 'duration'>): number {
  return ticksToSeconds(time, track.timescale) + duration / track.timescale;
}

/** The newest segment that has begun, else the one that will begin next. */
function newestSequence({ segments, open }: TrackWindow): number {
  return open !== undefined && open.parts.length > 0 ? open.sequence : segments.firstSequence + segments.length;
}

function edgeOf(window: TrackWindow): Position {
  return { sequence: newestSequence(window), part: window.open?.parts.length ?? 0 };
}
