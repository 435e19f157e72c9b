import { crc32 } from 'node:zlib';
import { secondsToTicks, type Ticks, ticks } from '../../media/time.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Answer, MediaAnswer } from '../ports/packaging.ts';
import type { OpenSegment, PartRef, Presentation, Track, TrackWindow } from '../ports/presentation.ts';
import type { EventMessages } from './cues/event-messages.ts';
import { initOf } from './encryption/encrypted-presentation.ts';
import type { ShownTrack } from './shown-tracks.ts';
import { utcMs } from './snapshot.ts';

/** What the media of a presentation are made of: its segments as they stand in the store, and the event messages before them. */
export type MediaSource = { readonly presentation: Presentation; readonly messages: EventMessages };

export function contentTypeOf({ kind }: Pick<Track, 'kind'>): string {
  return kind === 'video' ? 'video/mp4' : 'audio/mp4';
}

export function initAnswer(
  presentation: Presentation,
  { track }: TrackWindow,
  cryptoPeriod?: number,
): MediaAnswer {
  const init = initOf(track, cryptoPeriod);
  return {
    kind: 'media',
    contentType: contentTypeOf(track),
    version: `i-${crc32(init).toString(36)}-${init.length.toString(36)}`,
    madeAtMs: Math.round(presentation.startedAtMs),
    size: init.length,
    chunks: [init],
    lifetime: 'immutable',
  };
}

/**
 * The segment that begins at a tick: whole, or as far as it is there and then as it comes. Rejects with `MPE_FRAGMENT_TIMESTAMP_NOT_FOUND`,
 * and with `MPE_FRAGMENT_NOT_READY` for what lies just ahead.
 */
export async function segmentAnswer(
  source: MediaSource,
  window: ShownTrack,
  time: Ticks,
  left: (time: Ticks) => number | undefined,
): Promise<Answer> {
  const { presentation } = source;
  const sequence = completeAt(window, time) ?? left(time);
  if (sequence !== undefined) {
    return await completeSegment(source, window, time, sequence);
  }
  // Whole segments are what is offered without low latency.
  if (window.open?.time === time && presentation.partSeconds !== undefined) {
    return growingSegment(source, window, window.open);
  }
  if (isNextSegment(presentation, window, time)) {
    return {
      kind: 'not-yet',
      changed: presentation.changed,
      isReady: () => !isNextSegment(presentation, window, time),
      again: () => segmentAnswer(source, window, time, left),
      waitSeconds: presentation.segmentSeconds,
      tooLate: notReady,
    };
  }
  throw isAhead(presentation, window, time) ? notReady() : notFound();
}

function completeAt({ segments }: TrackWindow, time: Ticks): number | undefined {
  const index = segments.indexAtTime(time);
  return index < 0 || segments.at(index).size === 0 ? undefined : segments.firstSequence + index;
}

async function completeSegment(
  { presentation, messages }: MediaSource,
  window: ShownTrack,
  time: Ticks,
  sequence: number,
): Promise<MediaAnswer> {
  const chunks = await readShownSegment(presentation, window, sequence);
  const { segments, track } = window;
  const index = sequence - segments.firstSequence;
  // It may have left the window while it was read.
  const duration = index < 0 || index >= segments.length ? 0 : segments.at(index).duration;
  const message = messages.before(track, { sequence, time });
  const all = message === undefined ? chunks : [message, ...chunks];
  const size = all.reduce((sum, { length }) => sum + length, 0);
  return {
    kind: 'media',
    contentType: contentTypeOf(track),
    version: `${time.toString(36)}-${size.toString(36)}`,
    madeAtMs: utcMs(presentation, ticks(time + BigInt(duration)), track.timescale),
    sequence,
    size,
    chunks: all,
    lifetime: 'immutable',
  };
}

/**
 * The bytes of a complete segment as viewers are given it, one buffer or several in a row: what the timeline has of it, and silence where sound
 * is missing. Rejects with `MPE_FRAGMENT_TIMESTAMP_NOT_FOUND`.
 */
export async function readShownSegment(
  presentation: Presentation,
  window: ShownTrack,
  sequence: number,
): Promise<readonly Uint8Array[]> {
  const made = window.madeUp?.(sequence);
  if (made === undefined) {
    return [await presentation.readSegment(window, sequence)];
  }
  const parts = made.parts.flatMap(({ index }) => readPart(presentation, window, sequence, index) ?? []);
  if (made.parts.length > 0 && parts.length === made.parts.length) {
    return parts;
  }
  // What it was cut short to is not known apart any more.
  const silent = made.parts.flatMap(({ index }) => made.silentPart(index) ?? []);
  return [await presentation.readSegment(window, sequence), ...silent];
}

function readPart(
  presentation: Presentation,
  window: ShownTrack,
  sequence: number,
  index: number,
): Uint8Array | undefined {
  return window.madeUp?.(sequence)?.silentPart(index) ?? presentation.readPart(window, sequence, index);
}

function growingSegment(source: MediaSource, window: ShownTrack, { sequence, time }: OpenSegment): Answer {
  const { presentation, messages } = source;
  return {
    kind: 'growing',
    contentType: contentTypeOf(window.track),
    lifetime: 'immutable',
    changed: presentation.changed,
    read(fromChunk) {
      const { open } = window;
      const isOpen = open?.sequence === sequence;
      const count = isOpen ? open.parts.length : window.partsOf(sequence).length;
      if (count < fromChunk) {
        // Whoever reads this slowly is told by a connection that breaks, not by a segment that ends early.
        throw notFound();
      }
      const indexes = Array.from({ length: count - fromChunk }, (_, index) => fromChunk + index);
      const [first, ...others] = readChunks(presentation, window, sequence, indexes);
      const message = fromChunk === 0 ? messages.before(window.track, { sequence, time }) : undefined;
      // The message is part of the first chunk: whoever reads counts chunks.
      const whole = first === undefined || message === undefined ? first : Buffer.concat([message, first]);
      return { chunks: whole === undefined ? [] : [whole, ...others], ended: !isOpen };
    },
  };
}

/** Bytes of chunks of the open or of one of the newest segments. Throws `MPE_FRAGMENT_TIMESTAMP_NOT_FOUND`. */
function readChunks(
  presentation: Presentation,
  window: ShownTrack,
  sequence: number,
  indexes: readonly number[],
): readonly Uint8Array[] {
  return indexes.map((index) => {
    const bytes = readPart(presentation, window, sequence, index);
    if (bytes === undefined) {
      throw notFound();
    }
    return bytes;
  });
}

/** Some chunks of a segment in a row, from memory unless they are given. Throws `MPE_FRAGMENT_TIMESTAMP_NOT_FOUND`. */
export function chunksAnswer(
  { presentation, messages }: MediaSource,
  window: ShownTrack,
  sequence: number,
  refs: readonly Pick<PartRef, 'index' | 'time' | 'duration'>[],
  media = readChunks(
    presentation,
    window,
    sequence,
    refs.map(({ index }) => index),
  ),
): MediaAnswer {
  const { time, index } = refs[0] ?? { time: ticks(0), index: -1 };
  const message = index === 0 ? messages.before(window.track, { sequence, time }) : undefined;
  const chunks = message === undefined ? media : [message, ...media];
  const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const duration = refs.reduce((sum, part) => sum + part.duration, 0);
  return {
    kind: 'media',
    contentType: contentTypeOf(window.track),
    version: `${time.toString(36)}-${size.toString(36)}`,
    madeAtMs: utcMs(presentation, ticks(time + BigInt(duration)), window.track.timescale),
    sequence,
    size,
    chunks,
    lifetime: 'immutable',
  };
}

/** First tick behind the newest complete segment. */
function endOf({ segments }: TrackWindow): Ticks | undefined {
  if (segments.length === 0) {
    return undefined;
  }
  const { time, duration } = segments.at(segments.length - 1);
  return ticks(time + BigInt(duration));
}

/** With low latency: the segment that follows without a gap, of which nothing is there yet. */
function isNextSegment(presentation: Presentation, window: TrackWindow, time: Ticks): boolean {
  return (
    presentation.state() === 'live' &&
    presentation.partSeconds !== undefined &&
    window.open === undefined &&
    endOf(window) === time
  );
}

/** Behind the newest complete segment, but by no more than the player of a stream that goes on can be wrong. */
export function isAhead(presentation: Presentation, window: TrackWindow, time: Ticks): boolean {
  const end = endOf(window) ?? window.open?.time;
  const reach = secondsToTicks(3 * presentation.segmentSeconds, window.track.timescale);
  return presentation.state() === 'live' && end !== undefined && time >= end && time <= end + reach;
}

export function notFound(): AppError {
  return new AppError('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', 'There is no fragment at that time, or no longer.');
}

export function notReady(): AppError {
  return new AppError(
    'MPE_FRAGMENT_NOT_READY',
    'The fragment at that time is not there yet. Try again in a moment.',
  );
}
