import type { Clock } from '../../base/clock.ts';
import { ticksToSeconds } from '../../media/time.ts';
import type { DecoderFeed, DecoderFeeds } from '../ports/decoder-feed.ts';
import { type FeedServer, openFeedServer } from './feed-server.ts';
import { openPacedFeed } from './paced-feed.ts';
import type { FeedSample, Pacer } from './pacer.ts';

/** Places for feeds that come and go, each under one address. Nothing listens before the first is asked for. */
export function createDecoderFeeds(options: { readonly clock: Clock }): DecoderFeeds {
  const { clock } = options;
  let opening: Promise<FeedServer> | undefined;

  return {
    async place() {
      opening ??= openFeedServer();
      const server = await opening.catch((error: unknown) => {
        opening = undefined;
        throw error;
      });
      const place = server.place();
      let shown: DecoderFeed | undefined;
      return {
        url: place.url,
        open(description) {
          shown?.[Symbol.dispose]();
          shown = openPacedFeed({
            ...description,
            offer: place.show,
            pacer: createUnpaced(),
            clock,
            onDecoder: () => undefined,
          });
          return shown;
        },
        [Symbol.dispose]() {
          shown?.[Symbol.dispose]();
          place[Symbol.dispose]();
        },
      };
    },
    async [Symbol.asyncDispose]() {
      await (await opening)?.[Symbol.asyncDispose]();
    },
  };
}

/**
 * Everything at once: a page sends as it captures, and who talks to somebody on another screen would notice the tenth of a second, and more after
 * a hiccup, that pacing costs. The mixer makes up for what is irregular.
 */
function createUnpaced(): Pacer {
  let waiting: FeedSample[] = [];
  return {
    push(kind, samples, timescale) {
      for (const sample of samples) {
        const decodeMs = 1000 * ticksToSeconds(sample.decodeTime, timescale);
        waiting.push({ kind, sample, decodeMs, showMs: decodeMs });
      }
    },
    take() {
      const due = waiting;
      waiting = [];
      return due;
    },
    nextDueMs: () => (waiting.length === 0 ? undefined : -Infinity),
    delayMs: () => 0,
  };
}
