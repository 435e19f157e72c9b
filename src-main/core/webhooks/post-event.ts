import { createHmac } from 'node:crypto';
import { type ClientRequest, Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { Clock } from '../../base/clock.ts';
import { AppError } from '../../shared/app-error.ts';
import { beginningOf, networkReason } from '../ports/http-answer.ts';

/** What one request to a receiver came to. */
export type PostAnswer = {
  readonly status: number;
  /** Seconds that the receiver asks for before the next try. */
  readonly retryAfterSeconds: number | undefined;
  /** The beginning of its body. */
  readonly text: string;
};

export type PostRequest = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
};

export type Post = (request: PostRequest) => Promise<PostAnswer>;

/** How long a receiver may take to answer. */
const ANSWER_MS = 10_000;
const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * One POST over HTTP. Redirections are not followed. Throws `webhook/unreachable` when there is no answer. (Not `fetch`, which refuses dozens
 * of ports that programs on one's own network do use.)
 */
export function createPost(clock: Clock): Post {
  const agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };

  function open(request: PostRequest, signal: AbortSignal): ClientRequest {
    const options = {
      method: 'POST',
      headers: { ...request.headers, 'Content-Length': Buffer.byteLength(request.body) },
      signal,
    };
    return request.url.toLowerCase().startsWith('https:')
      ? requestHttps(request.url, { ...options, agent: agents.https })
      : requestHttp(request.url, { ...options, agent: agents.http });
  }

  async function send(request: PostRequest, signal: AbortSignal): Promise<PostAnswer> {
    const outgoing = open(request, signal);
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    outgoing.once('response', resolve).on('error', reject).end(request.body);
    let answer: IncomingMessage;
    try {
      answer = await promise;
    } catch (error) {
      // The receiver closed a connection that was kept open in the moment in which it was used again; nothing has been read of it.
      if (outgoing.reusedSocket && !signal.aborted) {
        return await send(request, signal);
      }
      throw error;
    }
    return {
      status: answer.statusCode ?? 0,
      retryAfterSeconds: secondsIn(answer.headers['retry-after']),
      text: await beginningOf(answer, MAX_ANSWER_BYTES),
    };
  }

  return async (request) => {
    const given = new AbortController();
    const late = new Error(`not within ${ANSWER_MS / 1000} s`);
    const timer = clock.after(ANSWER_MS, () => given.abort(late));
    const onAbort = (): void => given.abort();
    request.signal.addEventListener('abort', onAbort, { once: true });
    try {
      request.signal.throwIfAborted();
      return await send(request, given.signal);
    } catch (error) {
      const reason = networkReason(given.signal.reason === late ? late : error);
      throw new AppError('webhook/unreachable', `The receiver does not answer: ${reason}.`, { cause: error });
    } finally {
      request.signal.removeEventListener('abort', onAbort);
      timer[Symbol.dispose]();
    }
  };
}

function secondsIn(retryAfter: string | undefined): number | undefined {
  return retryAfter !== undefined && /^\d{1,9}$/.test(retryAfter) ? Number(retryAfter) : undefined;
}

/**
 * `t={seconds since 1970},v1={hex}`: the HMAC-SHA256 of `{t}.{body}` under the secret. With the time inside, a receiver can refuse what was
 * recorded and is sent again.
 */
export function signatureOf(secret: string, body: string, wallMs: number): string {
  const seconds = Math.floor(wallMs / 1000);
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}
