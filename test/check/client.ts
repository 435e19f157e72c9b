import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { connect } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { createRunningClock } from './running-clock.ts';

/** What came back for one address. Times are those of `Client.now`. */
export type Fetched = {
  /** Where it came from in the end: relative addresses in it count from here. */
  readonly url: string;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Unpacked. */
  readonly body: Uint8Array;
  readonly isPacked: boolean;
  readonly sentAtMs: number;
  readonly headAtMs: number;
  /** UTC in ms. */
  readonly headAtUtcMs: number;
  readonly firstByteAtMs: number | undefined;
  readonly endAtMs: number;
};

export type FetchOptions = {
  /** Until the last byte. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Only the head is wanted: the connection is closed behind it. */
  readonly headOnly?: boolean | undefined;
  readonly method?: 'GET' | 'HEAD' | undefined;
};

/** Asks like a player in a page: keeps connections, follows redirects, names an origin, takes gzip. */
export type Client = Disposable & {
  /** Throws an error that says which address could not be had and why; any status is an answer. */
  readonly get: (url: string, options: FetchOptions) => Promise<Fetched>;
  /** The protocol that a server takes when it may choose: `h2` or `http/1.1`. Undefined when it is not asked over TLS. */
  readonly protocolOf: (url: string, timeoutMs: number) => Promise<string | undefined>;
  /** The time in ms of a clock that stands still when this process does, or has no time to look. */
  readonly now: () => number;
  readonly requests: () => number;
  readonly bytes: () => number;
};

const MAX_REDIRECTS = 5;
const MAX_SOCKETS = 64;

export function createClient(options: { readonly insecure: boolean; readonly signal: AbortSignal }): Client {
  const { insecure, signal } = options;
  const http = new HttpAgent({ keepAlive: true, maxSockets: MAX_SOCKETS });
  const https = new HttpsAgent({ keepAlive: true, maxSockets: MAX_SOCKETS, rejectUnauthorized: !insecure });
  const clock = createRunningClock();
  let requests = 0;
  let bytes = 0;

  function once(url: URL, wanted: FetchOptions): Promise<Fetched> {
    const { promise, resolve, reject } = Promise.withResolvers<Fetched>();
    const fail = (why: string): void => reject(new Error(`${url.href} could not be had: ${why}`));
    const sentAtMs = clock.now();
    const ending = AbortSignal.any([signal, AbortSignal.timeout(wanted.timeoutMs)]);
    const settings = {
      method: wanted.method ?? 'GET',
      headers: { Origin: 'https://player.example', 'Accept-Encoding': 'gzip', ...wanted.headers },
      signal: ending,
    };
    requests += 1;
    const sent =
      url.protocol === 'https:'
        ? httpsRequest(url, { ...settings, agent: https })
        : httpRequest(url, { ...settings, agent: http });
    sent.on('error', (error) =>
      fail(ending.aborted && !signal.aborted ? `no answer in ${wanted.timeoutMs / 1000} s` : wordsOf(error)),
    );
    sent.on('response', (response) => {
      void receive(response);
    });
    sent.end();

    async function receive(response: IncomingMessage): Promise<void> {
      const headAtMs = clock.now();
      const headAtUtcMs = Date.now();
      const pieces: Buffer[] = [];
      let size = 0;
      let firstByteAtMs: number | undefined;
      try {
        if (wanted.headOnly === true) {
          response.on('error', () => undefined);
          response.destroy();
        } else {
          for await (const piece of response as AsyncIterable<Buffer>) {
            firstByteAtMs ??= clock.now();
            size += piece.length;
            if (size > wanted.maxBytes) {
              throw new Error(`it has more than ${wanted.maxBytes} bytes`);
            }
            pieces.push(piece);
          }
        }
        bytes += size;
        const isPacked = response.headers['content-encoding'] === 'gzip';
        const raw = Buffer.concat(pieces);
        resolve({
          url: url.href,
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: isPacked && raw.length > 0 ? gunzipSync(raw, { maxOutputLength: wanted.maxBytes }) : raw,
          isPacked,
          sentAtMs,
          headAtMs,
          headAtUtcMs,
          firstByteAtMs,
          endAtMs: clock.now(),
        });
      } catch (error) {
        response.destroy();
        fail(wordsOf(error));
      }
    }
    return promise;
  }

  return {
    async get(url, wanted) {
      let address = readUrl(url);
      for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
        const answer = await once(address, wanted);
        const { location } = answer.headers;
        if (answer.status < 300 || answer.status >= 400 || location === undefined) {
          return answer;
        }
        address = new URL(location, address);
      }
      throw new Error(`${url} could not be had: it leads on and on`);
    },
    async protocolOf(url, timeoutMs) {
      const { protocol, hostname, port } = readUrl(url);
      if (protocol !== 'https:') {
        return undefined;
      }
      const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
      const socket = connect({
        host: hostname,
        servername: hostname,
        port: port === '' ? 443 : Number(port),
        ALPNProtocols: ['h2', 'http/1.1'],
        rejectUnauthorized: !insecure,
        timeout: timeoutMs,
      });
      socket.on('secureConnect', () => {
        resolve(typeof socket.alpnProtocol === 'string' ? socket.alpnProtocol : 'http/1.1');
        socket.destroy();
      });
      socket.on('timeout', () => socket.destroy(new Error('no answer')));
      socket.on('error', reject);
      return await promise;
    },
    now: clock.now,
    requests: () => requests,
    bytes: () => bytes,
    [Symbol.dispose]() {
      http.destroy();
      https.destroy();
      clock[Symbol.dispose]();
    },
  };
}

/** Throws for anything but an http or https address. */
export function readUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new Error(`“${text}” is not an address that begins with http:// or https://`);
  }
  return url;
}

/** The value of a directive of Cache-Control in seconds; undefined when it is not there. */
export function maxAgeOf({ headers }: Pick<Fetched, 'headers'>): number | undefined {
  const cacheControl = headers['cache-control'] ?? '';
  if (/\bno-(?:store|cache)\b/.test(cacheControl)) {
    return 0;
  }
  const found = /\bs-maxage=(\d+)/.exec(cacheControl) ?? /\bmax-age=(\d+)/.exec(cacheControl);
  return found === null ? undefined : Number(found[1]);
}

/** Without parameters, in lower case. */
export function typeOf({ headers }: Pick<Fetched, 'headers'>): string {
  return (headers['content-type'] ?? '').split(';', 1).join('').trim().toLowerCase();
}

export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
