import { once } from 'node:events';
import { type ClientRequest, Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { Clock } from '../../../base/clock.ts';
import { AppError } from '../../../shared/app-error.ts';
import { beginningOf, networkReason } from '../../ports/http-answer.ts';
import type { SendRequest, SignedRequest, StoreAnswer } from './object-store.ts';

const MAX_ANSWER_BYTES = 64 * 1024;
/** So much is handed to the connection at a time: a fortieth of a second of 20 Mbit/s. */
const SLICE_BYTES = 64 * 1024;

export type SendOptions = {
  readonly clock: Clock;
  /** So long may nothing move: no connection, no bytes taken, no answer. */
  readonly stalledMs: number;
  /** Resolves when so many more bytes may leave. */
  readonly pace: (bytes: number, signal: AbortSignal) => Promise<void>;
  /** So many have been handed to the connection. */
  readonly onSent: (bytes: number) => void;
};

/**
 * Requests over HTTP, on connections that are kept. Redirections are not followed: a signature is for one address. (Not `fetch`, which refuses
 * dozens of ports that storage on one's own network does use, and takes a body only as a whole.)
 */
export function createSendRequest(options: SendOptions): Disposable & { readonly send: SendRequest } {
  const { clock, stalledMs } = options;
  const agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };

  function open({ url, method, headers }: SignedRequest, size: number, signal: AbortSignal): ClientRequest {
    const given = { method, headers: { ...headers, 'Content-Length': size }, signal };
    return url.toLowerCase().startsWith('https:')
      ? requestHttps(url, { ...given, agent: agents.https })
      : requestHttp(url, { ...given, agent: agents.http });
  }

  async function writeBody(outgoing: ClientRequest, request: SignedRequest, watch: Watch): Promise<void> {
    for (const chunk of request.chunks) {
      for (let from = 0; from < chunk.length; from += SLICE_BYTES) {
        const slice = chunk.subarray(from, from + SLICE_BYTES);
        // However long that is, it is no silence of the other side.
        watch.pause();
        await options.pace(slice.length, watch.signal);
        watch.moved();
        if (!outgoing.write(slice)) {
          await once(outgoing, 'drain', { signal: watch.signal });
        }
        watch.moved();
        options.onSent(slice.length);
      }
    }
    outgoing.end();
  }

  async function attempt(request: SignedRequest, watch: Watch): Promise<StoreAnswer> {
    const size = request.chunks.reduce((sum, { length }) => sum + length, 0);
    const outgoing = open(request, size, watch.signal);
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    outgoing.once('response', resolve).on('error', reject);
    try {
      // An answer may come before the body has left: a refusal.
      const writing = writeBody(outgoing, request, watch);
      await Promise.race([writing, promise]);
      const incoming = await promise;
      const text = await beginningOf(incoming, MAX_ANSWER_BYTES);
      ignoreFailure(writing);
      return { status: incoming.statusCode ?? 0, headers: headersOf(incoming), text };
    } catch (error) {
      // The server closed a connection that was kept open in the moment in which it was used again; nothing has been read of it.
      if (outgoing.reusedSocket && !watch.signal.aborted && isHangUp(error)) {
        return await attempt(request, watch);
      }
      throw error;
    } finally {
      ignoreFailure(promise);
      outgoing.destroy();
    }
  }

  return {
    async send(request, signal) {
      signal.throwIfAborted();
      const watch = openWatch(clock, stalledMs, signal);
      try {
        return await attempt(request, watch);
      } catch (error) {
        signal.throwIfAborted();
        throw unreachable(request.url, watch.stalled() ?? error);
      } finally {
        watch[Symbol.dispose]();
      }
    },
    [Symbol.dispose]() {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

/** Ends a request of which nothing has moved for too long. */
type Watch = Disposable & {
  readonly signal: AbortSignal;
  moved(): void;
  /** Until the next move nothing is expected. */
  pause(): void;
  /** That it was too long. */
  stalled(): Error | undefined;
};

function openWatch(clock: Clock, stalledMs: number, signal: AbortSignal): Watch {
  const given = new AbortController();
  const late = new Error(`nothing moved for ${stalledMs / 1000} s`);
  const onAbort = (): void => given.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const start = (): Disposable => clock.after(stalledMs, () => given.abort(late));
  let timer: Disposable | undefined = start();
  const pause = (): void => {
    timer?.[Symbol.dispose]();
    timer = undefined;
  };
  return {
    signal: given.signal,
    moved() {
      pause();
      timer = start();
    },
    pause,
    stalled: () => (given.signal.reason === late ? late : undefined),
    [Symbol.dispose]() {
      pause();
      signal.removeEventListener('abort', onAbort);
    },
  };
}

/** What nobody waits for any more has failed with the connection, which is known already. */
function ignoreFailure(promise: Promise<unknown>): void {
  void Promise.allSettled([promise]);
}

function isHangUp(error: unknown): boolean {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return code === 'ECONNRESET' || code === 'EPIPE';
}

function headersOf({ headers }: IncomingMessage): StoreAnswer['headers'] {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
}

function unreachable(url: string, error: unknown): AppError {
  const { host } = new URL(url);
  const reason = networkReason(error);
  return new AppError('upload/unreachable', `The object storage at ${host} does not answer: ${reason}.`, {
    details: { server: host, reason },
    cause: error,
  });
}
