import type { Clock } from '../../base/clock.ts';
import type { Sample } from '../../media/cmaf/types.ts';
import type { DecoderFeed, FeedDescription } from '../ports/decoder-feed.ts';
import { createFeedQueue } from './feed-queue.ts';
import type { FeedOffer, OfferedFeed } from './feed-server.ts';
import { createPacer, type FeedSample, type Pacer } from './pacer.ts';
import type { PictureTimes } from './picture-times.ts';

/** So long without a picture, and the decoder is to give what it holds back for those to come: else it would be shown when the feed goes on. */
const PAUSE_MS = 700;
/** The same for pictures that come less often. */
const PAUSE_PICTURES = 4;

/** A feed at its pace, as one decoder after the other reads it. */
export type PacedFeed = DecoderFeed & {
  readonly url: URL;
  /** From the decode time of a sample to when the decoder is given it, ms; undefined before the first sample. */
  delayMs(): number | undefined;
  /** Monotonic time at which the decoder was last given a picture, or could have been. */
  givenMs(): number | undefined;
  /** Of the pictures that the present decoder was given, ms of media time. */
  pictures(): PictureTimes | undefined;
  /** The newest key frame; undefined before the first. */
  keyFrame(): FeedSample | undefined;
};

export function openPacedFeed(
  options: FeedDescription & {
    readonly offer: (offer: FeedOffer) => OfferedFeed;
    readonly clock: Clock;
    /** Smooths what comes irregularly, at the cost of delay, when left out. */
    readonly pacer?: Pacer;
    /** A decoder began to read. */
    readonly onDecoder: () => void;
  },
): PacedFeed {
  const { timescales, clock, pacer = createPacer() } = options;
  const queue = createFeedQueue();
  let pictures: PictureTimes | undefined;
  let givenMs: number | undefined;
  let pause: Disposable | undefined;
  let timer: { readonly dueMs: number; readonly handle: Disposable } | undefined;
  let isClosed = false;

  const offered = options.offer({
    header: options.header,
    join() {
      const reader = queue.join();
      pictures = reader.pictures;
      options.onDecoder();
      return reader;
    },
  });

  function release(): void {
    const due = pacer.take(clock.wallMs());
    for (const sample of due) {
      queue.push(sample);
    }
    offered.moved();
    schedule();
    const last = due.findLast(({ kind }) => kind === 'video');
    if (last !== undefined) {
      givenMs = clock.monotonicMs();
      const pauseMs = Math.max(PAUSE_MS, (PAUSE_PICTURES * 1000 * last.sample.duration) / timescales.video);
      pause?.[Symbol.dispose]();
      pause = clock.after(pauseMs, () => offered.breakOff());
    }
  }

  function schedule(): void {
    const dueMs = pacer.nextDueMs();
    if (isClosed || dueMs === undefined || dueMs === timer?.dueMs) {
      return;
    }
    timer?.handle[Symbol.dispose]();
    const waitMs = Math.max(0, Math.ceil(dueMs - clock.wallMs()));
    timer = {
      dueMs,
      handle: clock.after(waitMs, () => {
        timer = undefined;
        release();
      }),
    };
  }

  return {
    url: offered.url,
    push(kind: 'video' | 'audio', samples: readonly Sample[]) {
      const timescale = timescales[kind];
      if (timescale !== undefined && !isClosed) {
        pacer.push(kind, samples, timescale, clock.wallMs());
        schedule();
      }
    },
    delayMs: () => pacer.delayMs(),
    givenMs: () => givenMs,
    pictures: () => pictures,
    keyFrame: () => queue.keyFrame(),
    [Symbol.dispose]() {
      isClosed = true;
      timer?.handle[Symbol.dispose]();
      pause?.[Symbol.dispose]();
      offered[Symbol.dispose]();
    },
  };
}
