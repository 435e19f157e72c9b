import { randomBytes } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { Sample } from '../../media/cmaf/types.ts';
import { ticks } from '../../media/time.ts';
import type { BrowserPage, CaptureStart } from '../../shared/api/browser-source.ts';
import { nextPiece, readPiece } from '../../shared/capture-piece.ts';
import type { FeedPlace } from '../ports/decoder-feed.ts';
import { STREAM_TIMESCALE, writeStreamHeader } from './stream-header.ts';

/** What a page sends from its start to its end. */
export type PageStream = Disposable & {
  readonly id: string;
  /** Throws `browser/bad-piece`; nothing of such a piece is used. */
  take(piece: Uint8Array): void;
  /** Nothing can be shown before the next key frame. */
  needsKey(): boolean;
  readonly page: () => BrowserPage;
  /** When something came last, or it began. */
  heardMs(): number;
};

/** Pictures come when they like, at different distances: a sample ends at once, so that none overlaps the next. */
const SAMPLE_TICKS = STREAM_TIMESCALE / 1000;
const RATE_WINDOW_MS = 3000;
/** Behind a longer gap the queue of the decoder begins with a key frame; a page sends its picture again much sooner. */
const HOLE_MS = 900;

/** Throws `browser/bad-stream`; what was sent to the place before goes on then. */
export function openPageStream(options: {
  readonly start: CaptureStart;
  readonly from: string;
  readonly place: FeedPlace;
  readonly clock: Clock;
}): PageStream {
  const { start, from, place, clock } = options;
  const { video, audio } = start;
  const feed = place.open({
    header: writeStreamHeader(video, audio),
    timescales: { video: STREAM_TIMESCALE, audio: STREAM_TIMESCALE },
  });
  const since = new Date(clock.wallMs()).toISOString();
  const endTicks = { video: -1, audio: -1 };
  let expected = 0;
  let needsKey = true;
  let pictureMs = Infinity;
  let dropped = 0;
  let heardMs = clock.monotonicMs();
  const received = { bytes: 0, sinceMs: heardMs, bitrate: 0 };

  function count(bytes: number): void {
    heardMs = clock.monotonicMs();
    received.bytes += bytes;
    const elapsedMs = heardMs - received.sinceMs;
    if (elapsedMs >= RATE_WINDOW_MS) {
      received.bitrate = Math.round((received.bytes * 8000) / elapsedMs);
      received.bytes = 0;
      received.sinceMs = heardMs;
    }
  }

  /** A clock that steps back, in whatever browser, must not lose a picture that others are built on. */
  function timeOf(kind: 'video' | 'audio', atMs: number): number {
    const at = Math.max(Math.round(atMs * SAMPLE_TICKS), endTicks[kind] + 1);
    endTicks[kind] = at + SAMPLE_TICKS;
    return at;
  }

  return {
    id: randomBytes(12).toString('base64url'),
    take(bytes) {
      const piece = readPiece(bytes);
      if (piece.number !== expected) {
        // One got lost: pictures that were built on it would be mud.
        needsKey = true;
      }
      expected = nextPiece(piece.number);
      dropped = piece.dropped;
      count(bytes.byteLength);
      for (const { kind, isKey, atMs, data } of piece.samples) {
        if (kind === 'video') {
          needsKey = !isKey && (needsKey || atMs - pictureMs > HOLE_MS);
          pictureMs = atMs;
          if (needsKey) {
            continue;
          }
        }
        const sample: Sample = {
          decodeTime: ticks(timeOf(kind, atMs)),
          duration: SAMPLE_TICKS,
          compositionOffset: 0,
          sync: kind === 'audio' || isKey,
          data,
        };
        feed.push(kind, [sample]);
      }
    },
    needsKey: () => needsKey,
    page: () => ({
      name: start.name,
      from,
      since,
      what: start.what,
      width: video.width,
      height: video.height,
      videoCodec: video.codec,
      audioCodec: audio.codec,
      bitrate: received.bitrate,
      dropped,
    }),
    heardMs: () => heardMs,
    [Symbol.dispose]: () => feed[Symbol.dispose](),
  };
}
