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
export type FeedServer = AsyncDisposable & { offer(offer: FeedOffer): OfferedFeed };

/** `reading`: the decoder that has come. */
type Entry = FeedOffer & {
  reading: { readonly response: ServerResponse; readonly pump: () => void } | undefined;
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
    serve(entry, response);
  });
  await listen(server);
  // A TCP server that listens has an address of that kind.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
  const { port } = server.address() as AddressInfo;

  return {
    offer(offer) {
      const path = `/${randomBytes(24).toString('hex')}`;
      const entry: Entry = { ...offer, reading: undefined };
      entries.set(path, entry);
      return {
        url: new URL(path, `http://127.0.0.1:${port}`),
        moved: () => entry.reading?.pump(),
        breakOff() {
          entry.reading?.response.end();
          entry.reading = undefined;
        },
        [Symbol.dispose]() {
          entries.delete(path);
          entry.reading?.response.destroy();
        },
      };
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
function serve(entry: Entry, response: ServerResponse): void {
  const reader = entry.join();
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
  response.write(entry.header);
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
