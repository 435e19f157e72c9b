import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FeedReader } from './feed-queue.ts';

/** A feed that a decoder may fetch, for as long as it is not disposed. */
export type OfferedFeed = Disposable & {
  /** Whoever knows it can read the feed: never in a log or on a command line. */
  readonly url: URL;
  /** There is more for the decoder. */
  moved(): void;
  /** The end for the decoder that reads: it gives what it still holds, and the next one comes. */
  breakOff(): void;
};

export type FeedOffer = {
  readonly header: Uint8Array;
  /** A decoder came. */
  readonly join: () => FeedReader;
};

/**
 * Where the decoders of one live event fetch what comes in: HTTP on the loopback interface, because that is the one way in that every ffmpeg
 * has on every system and that a process may come back to when it was started again. Each feed has a path that nobody can guess, and one
 * reader at a time.
 */
export type FeedServer = AsyncDisposable & {
  readonly offer: (offer: FeedOffer) => OfferedFeed;
  /** An address under which one feed after the other is offered. While there is none, a decoder that comes is kept waiting. */
  place(): OfferedPlace;
};

export type OfferedPlace = Disposable & {
  readonly url: URL;
  /** In place of the one before, which must have been disposed of. */
  readonly show: (offer: FeedOffer) => OfferedFeed;
};

type Entry = {
  offer: FeedOffer | undefined;
  /** The decoder that has come. */
  reading: { readonly response: ServerResponse; readonly pump: () => void } | undefined;
  /** One that came while nothing was offered. */
  waiting: ServerResponse | undefined;
};

/** Throws what listening throws. */
export async function openFeedServer(): Promise<FeedServer> {
  const entries = new Map<string, Entry>();

  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const entry = entries.get(request.url ?? '');
    if (request.method !== 'GET' || entry === undefined) {
      response.writeHead(404).end();
      return;
    }
    // Only a decoder knows the way, and a second one comes when the first has been given up: that one may not be quite dead.
    entry.reading?.response.destroy();
    entry.waiting?.destroy();
    entry.waiting = undefined;
    if (entry.offer === undefined) {
      entry.waiting = response;
    } else {
      serve(entry, entry.offer, response);
    }
  });
  await listen(server);
  // A TCP server that listens has an address of that kind.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
  const { port } = server.address() as AddressInfo;

  function place(): OfferedPlace {
    const path = `/${randomBytes(24).toString('hex')}`;
    const url = new URL(path, `http://127.0.0.1:${port}`);
    const entry: Entry = { offer: undefined, reading: undefined, waiting: undefined };
    entries.set(path, entry);
    return {
      url,
      show(offer) {
        entry.offer = offer;
        const { waiting } = entry;
        entry.waiting = undefined;
        if (waiting !== undefined && !waiting.destroyed) {
          serve(entry, offer, waiting);
        }
        const breakOff = (): void => {
          entry.reading?.response.end();
          entry.reading = undefined;
        };
        return {
          url,
          moved: () => entry.reading?.pump(),
          breakOff,
          [Symbol.dispose]() {
            if (entry.offer === offer) {
              entry.offer = undefined;
              breakOff();
            }
          },
        };
      },
      [Symbol.dispose]() {
        entries.delete(path);
        entry.offer = undefined;
        entry.reading?.response.destroy();
        entry.waiting?.destroy();
      },
    };
  }

  return {
    place,
    offer(offer) {
      const own = place();
      return { ...own.show(offer), [Symbol.dispose]: () => own[Symbol.dispose]() };
    },
    async [Symbol.asyncDispose]() {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      server.close(() => resolve(undefined));
      server.closeAllConnections();
      await promise;
    },
  };
}

/** Never waits for the reader: what it does not take stays in its queue, which is bounded. */
function serve(entry: Entry, { header, join }: FeedOffer, response: ServerResponse): void {
  const reader = join();
  function pump(): void {
    while (!response.writableNeedDrain && !response.writableEnded) {
      const bytes = reader.next();
      if (bytes === undefined) {
        return;
      }
      response.write(bytes);
    }
  }
  const reading = { response, pump };
  entry.reading = reading;
  response.on('drain', pump);
  // It went away: `close` follows.
  response.on('error', () => undefined);
  response.on('close', () => {
    if (entry.reading === reading) {
      entry.reading = undefined;
    }
  });
  response.writeHead(200, { 'content-type': 'video/mp4', 'cache-control': 'no-store' });
  response.write(header);
  pump();
}

function listen(server: Server): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  server.once('error', reject);
  server.listen(0, '127.0.0.1', () => {
    server.removeListener('error', reject);
    resolve(undefined);
  });
  return promise;
}
