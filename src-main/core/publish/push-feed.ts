import type { Writable } from 'node:stream';
import { ticksToSeconds } from '../../media/time.ts';
import type { PartRef, Presentation, TrackWindow } from '../ports/presentation.ts';

/** What goes to one destination: the best fitting picture and the first sound. */
export type PushTracks = { readonly video: TrackWindow | undefined; readonly audio: TrackWindow | undefined };

/** The quality that was asked for, else the next below, else the lowest there is. `kbps`: of the video. */
export function choosePushTracks(presentation: Presentation, quality: 'top' | number): PushTracks {
  const windows = presentation.tracks();
  const videos = windows
    .filter(({ track }) => track.kind === 'video')
    .toSorted((a, b) => b.track.bitrate - a.track.bitrate);
  return {
    video:
      quality === 'top'
        ? videos[0]
        : (videos.find(({ track }) => track.bitrate <= quality * 1000) ?? videos.at(-1)),
    audio: windows.find(({ track }) => track.kind === 'audio'),
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
  /** Takes up nothing new: resolves when what there is has been handed over and the pipes are closed. */
  finish(): Promise<void>;
};

/** What waits longer than this is left out up to the newest key frame. The presentation keeps the parts of a little more. */
const MAX_QUEUE_SECONDS = 8;

type Cursor = {
  readonly window: TrackWindow;
  readonly pipe: Writable;
  sequence: number;
  part: number;
  /** The pipe is full; `drain` tells. */
  isBlocked: boolean;
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
  let isFinishing = false;
  let isClosed = false;

  function begin(window: TrackWindow | undefined, pipe: Writable | undefined): Cursor[] {
    if (window === undefined || pipe === undefined) {
      return [];
    }
    const cursor: Cursor = {
      window,
      pipe,
      sequence: start.sequence,
      part: 0,
      isBlocked: !pipe.write(window.track.init),
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
    const isAtEnd = cursors.map(pump).every((atEnd) => atEnd);
    if (isAtEnd && isFinishing) {
      close();
    }
  }

  /** Whether everything that there is has been handed over. */
  function pump(cursor: Cursor): boolean {
    while (!cursor.isBlocked) {
      const { window, sequence, part } = cursor;
      const { parts, isComplete } = segmentAt(window, sequence);
      if (part < parts.length) {
        const bytes = presentation.readPart(window, sequence, part);
        if (bytes === undefined) {
          skipToNewest();
          return false;
        }
        cursor.part += 1;
        cursor.isBlocked = !cursor.pipe.write(bytes);
      } else if (isComplete) {
        cursor.sequence += 1;
        cursor.part = 0;
      } else {
        return true;
      }
    }
    return false;
  }

  function queueSeconds(): number {
    if (leader === undefined) {
      return 0;
    }
    const { window, sequence, part } = leader;
    const edge = edgeSeconds(window);
    const { parts } = segmentAt(window, sequence);
    const next = parts[part];
    const at =
      next === undefined
        ? startSeconds(window, sequence + (parts.length === 0 ? 0 : 1))
        : ticksToSeconds(next.time, window.track.timescale);
    return edge === undefined || at === undefined ? 0 : Math.max(0, edge - at);
  }

  /** All tracks go on together at the newest key frame: sound that runs ahead of its picture is worse than a hole in both. */
  function skipToNewest(): void {
    if (leader === undefined) {
      return;
    }
    const { segments, open } = leader.window;
    const newest =
      open !== undefined && open.parts.length > 0 ? open.sequence : segments.firstSequence + segments.length;
    if (newest <= leader.sequence) {
      return;
    }
    const lost = queueSeconds();
    for (const cursor of cursors) {
      cursor.sequence = newest;
      cursor.part = 0;
    }
    dropped += lost;
    options.onDropped(lost);
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
    finish() {
      isFinishing = true;
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

/** The parts of a segment that there are, and whether there will be no more. */
function segmentAt(
  window: TrackWindow,
  sequence: number,
): { readonly parts: readonly PartRef[]; readonly isComplete: boolean } {
  const { segments, open } = window;
  if (open?.sequence === sequence) {
    return { parts: open.parts, isComplete: false };
  }
  return sequence < segments.firstSequence + segments.length
    ? { parts: window.partsOf(sequence), isComplete: true }
    : { parts: [], isComplete: false };
}

function startSeconds({ segments, open, track }: TrackWindow, sequence: number): number | undefined {
  if (open?.sequence === sequence) {
    return ticksToSeconds(open.time, track.timescale);
  }
  const index = sequence - segments.firstSequence;
  return index >= 0 && index < segments.length
    ? ticksToSeconds(segments.at(index).time, track.timescale)
    : undefined;
}

/** End of the newest media. */
function edgeSeconds({ segments, open, track }: TrackWindow): number | undefined {
  const last = open?.parts.at(-1) ?? (segments.length === 0 ? undefined : segments.at(segments.length - 1));
  return last === undefined
    ? undefined
    : ticksToSeconds(last.time, track.timescale) + last.duration / track.timescale;
}
