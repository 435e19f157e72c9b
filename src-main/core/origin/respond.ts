import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import type { Clock } from '../../base/clock.ts';
import type { AppError } from '../../shared/app-error.ts';
import { problemOf } from '../../shared/problem.ts';
import { type Lifetime, SETTLED_SECONDS } from '../ports/packaging.ts';
import { readRange, sliceChunks } from './byte-range.ts';
import { checkConditions, mayResume } from './conditions.ts';
import type { Egress } from './egress.ts';
import { createDateStamp, httpDate } from './http-date.ts';
import type { InFlight } from './in-flight.ts';

/** Names and values in turn: the form node:http writes fastest. */
export type HeaderList = readonly string[];

/** One request with what every part of its answer needs. */
export type Exchange = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Where a body is piped to when the head is out. */
  readonly body: Writable;
  /** Of the client, or of the proxy in front. */
  readonly address: string;
  /** Bytes of the answer that are on their way. */
  readonly written: () => number;
};

/** `hashed`: its content is in its name, so that it may be kept for as long as anybody likes. */
export type Keeping = Lifetime | 'hashed';

/** Something complete that is in memory. */
export type Representation = {
  readonly contentType: string;
  /** Strong, in its quotes. */
  readonly entityTag: string;
  /** UTC in ms; undefined when it does not matter. */
  readonly madeAtMs: number | undefined;
  readonly lifetime: Keeping;
  /** In a row; shared by everybody who asked. */
  readonly chunks: readonly Uint8Array[];
  readonly size: number;
  readonly extra?: HeaderList;
};

export type Responder = {
  /** The headers that any answer has, before those of its own. */
  readonly head: (response: ServerResponse, status: number, headers: HeaderList) => void;
  /** With conditions and ranges. */
  readonly represent: (exchange: Exchange, representation: Representation) => void;
  readonly text: (exchange: Exchange, status: number, headers: HeaderList, body: string | Uint8Array) => void;
  readonly problem: (exchange: Exchange, error: AppError) => void;
  /** What says for how long an answer may be kept; `Expires` besides, as AMS did (spec 5.2). */
  readonly caching: (lifetime: Keeping) => HeaderList;
};

/** RFC 9111 knows no “for ever”; a year is the custom. */
const HASHED_SECONDS = 31_536_000;

const EXPOSED =
  'Date, ETag, Last-Modified, Expires, Age, Content-Length, Content-Range, Content-Encoding, Accept-Ranges, Retry-After, Server-Timing, X-Ms-Error-Code';

/** Media is for players on anybody's page; it never depends on who asks. */
const OPEN_TO_ALL: HeaderList = [
  'Access-Control-Allow-Origin',
  '*',
  'Access-Control-Expose-Headers',
  EXPOSED,
  'Timing-Allow-Origin',
  '*',
  'Cross-Origin-Resource-Policy',
  'cross-origin',
  'X-Content-Type-Options',
  'nosniff',
];

export const ALLOWED_METHODS = 'GET, HEAD, OPTIONS';

/** Of refusals that depend on the address alone. */
const FOR_ALL: ReadonlySet<number> = new Set([404, 410, 412, 415]);

const NOTHING = new Uint8Array();

export function createResponder(options: {
  readonly clock: Clock;
  readonly version: string;
  readonly inFlight: InFlight;
  readonly egress: Egress;
  readonly onHead: (response: ServerResponse) => void;
  /** Seconds for what does not change any more; undefined: as Azure Media Services had it. */
  readonly maxCacheAge: () => number | undefined;
}): Responder {
  const { clock, inFlight, egress } = options;
  const dateOf = createDateStamp();
  const common: HeaderList = ['Server', `Lectern/${options.version}`, ...OPEN_TO_ALL];

  function head(response: ServerResponse, status: number, headers: HeaderList): void {
    response.sendDate = false;
    options.onHead(response);
    const date = headers.includes('Date') ? [] : ['Date', dateOf(clock.wallMs())];
    response.writeHead(status, [...date, ...common, ...headers]);
  }

  function secondsOf(lifetime: Keeping): number {
    if (lifetime === 'hashed') {
      return HASHED_SECONDS;
    }
    // Live manifests are what they are, whatever anybody wishes (spec 5.2).
    return lifetime === 'immutable' || lifetime === SETTLED_SECONDS
      ? (options.maxCacheAge() ?? SETTLED_SECONDS)
      : Math.max(0, Math.floor(lifetime));
  }

  function caching(lifetime: Keeping): HeaderList {
    const seconds = secondsOf(lifetime);
    // Not to be kept by who asks, but by a cache in front: it would have a crowd ask one by one for what it must not keep at all.
    const suffix = isForGood(lifetime) ? ', immutable' : seconds === 0 ? ', s-maxage=1' : '';
    // Of one instant: a second may begin before the head is written, and then the two headers would say different lifetimes.
    const nowMs = clock.wallMs();
    return [
      'Date',
      dateOf(nowMs),
      'Cache-Control',
      `public, max-age=${seconds}${suffix}`,
      'Expires',
      httpDate(nowMs + seconds * 1000),
    ];
  }

  function text(exchange: Exchange, status: number, headers: HeaderList, body: string | Uint8Array): void {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    head(exchange.response, status, ['Content-Length', String(bytes.byteLength), ...headers]);
    if (exchange.request.method === 'HEAD') {
      exchange.response.end();
      return;
    }
    exchange.response.end(bytes);
    egress.count(bytes.byteLength);
  }

  return {
    head,
    caching,
    text,
    represent({ request, response }, representation) {
      const { entityTag, size, chunks } = representation;
      const lastModifiedMs = stampOf(representation, clock.wallMs());
      const validators = { entityTag, lastModifiedMs };
      const outcome = checkConditions(request.headers, validators);
      const headers = [
        'ETag',
        entityTag,
        ...(lastModifiedMs === undefined ? [] : ['Last-Modified', httpDate(lastModifiedMs)]),
        ...caching(representation.lifetime),
        ...(representation.extra ?? []),
      ];
      if (outcome === 'not-modified') {
        head(response, 304, headers);
        response.end();
        return;
      }
      if (outcome === 'failed') {
        head(response, 412, ['Cache-Control', 'no-store', 'Content-Length', '0']);
        response.end();
        return;
      }
      const range = mayResume(request.headers, validators) ? readRange(request.headers.range, size) : 'whole';
      headers.push('Accept-Ranges', 'bytes');
      if (range === 'unsatisfiable') {
        // Not to be kept: the same address has an answer for others.
        head(response, 416, [
          ...['Content-Range', `bytes */${size}`, 'Cache-Control', 'no-store', 'Content-Length', '0'],
          ...['X-Ms-Error-Code', 'MPE_STORAGE_INVALID_RANGE'],
        ]);
        response.end();
        return;
      }
      const body = range === 'whole' ? chunks : sliceChunks(chunks, range);
      if (range !== 'whole') {
        headers.push('Content-Range', `bytes ${range.first}-${range.last}/${size}`);
      }
      const length = range === 'whole' ? size : range.last - range.first + 1;
      headers.push('Content-Type', representation.contentType, 'Content-Length', String(length));
      if (request.method === 'HEAD') {
        head(response, range === 'whole' ? 200 : 206, headers);
        response.end();
        return;
      }
      inFlight.makeRoom(body);
      head(response, range === 'whole' ? 200 : 206, headers);
      writeAll(response, body);
      egress.count(length);
      inFlight.track(response, body);
    },
    problem(exchange, error) {
      const retry = error.severity === 'retry' ? ['Retry-After', '1'] : [];
      const allow = error.code === 'request/method-not-allowed' ? ['Allow', ALLOWED_METHODS] : [];
      text(
        exchange,
        error.status,
        [
          ...['Content-Type', 'application/problem+json', 'X-Ms-Error-Code', error.code],
          // A cache in front may absorb a crowd that asks too early, but not for long.
          ...['Cache-Control', isForAll(error) ? 'public, max-age=1' : 'no-store'],
          ...retry,
          ...allow,
          ...challenge(error),
        ],
        JSON.stringify(problemOf(error)),
      );
    },
  };
}

/** What is true for everybody who asks, unlike what is said of a token or an address. */
function isForAll({ status, code }: AppError): boolean {
  return (
    (FOR_ALL.has(status) && !code.startsWith('keys/')) ||
    code === 'origin/not-updated' ||
    code === 'origin/stopped'
  );
}

/** RFC 6750 §3. */
function challenge({ code }: AppError): HeaderList {
  if (code === 'keys/token-missing') {
    return ['WWW-Authenticate', 'Bearer realm="keydelivery"'];
  }
  return code.startsWith('keys/token-')
    ? ['WWW-Authenticate', 'Bearer realm="keydelivery", error="invalid_token"']
    : [];
}

/** One system call for all of it where the socket takes it: the buffers themselves, never copies. */
function writeAll(response: ServerResponse, chunks: readonly Uint8Array[]): void {
  if (chunks.length <= 1) {
    response.end(chunks[0] ?? NOTHING);
    return;
  }
  response.cork();
  for (const chunk of chunks) {
    response.write(chunk);
  }
  response.end();
}

/**
 * `Last-Modified`, once it identifies a version: manifests change several times in a second, and a date that two versions share would answer
 * 304 to a caller who has the older one (RFC 9110 §8.8.2.2).
 */
function stampOf({ lifetime, madeAtMs }: Representation, nowMs: number): number | undefined {
  if (madeAtMs === undefined) {
    return undefined;
  }
  const madeSecond = Math.floor(Math.min(madeAtMs, nowMs) / 1000);
  return isForGood(lifetime) || madeSecond < Math.floor(nowMs / 1000) ? madeSecond * 1000 : undefined;
}

function isForGood(lifetime: Keeping): boolean {
  return lifetime === 'immutable' || lifetime === 'hashed';
}
