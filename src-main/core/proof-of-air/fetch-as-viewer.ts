import { lookup as systemLookup } from 'node:dns';
import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Clock } from '../../base/clock.ts';
import { networkReason } from '../ports/http-answer.ts';
import { AIR_USER_AGENT } from '../ports/proof-of-air.ts';
import { isPublicAddress } from './public-address.ts';

/** What one file is asked for with. */
export type ViewerRequest = {
  readonly url: string;
  readonly maxBytes: number;
  /** First and last byte, both included. */
  readonly range?: { readonly first: number; readonly last: number } | undefined;
};

export type ViewerFile = {
  readonly bytes: Uint8Array;
  /** Where it was found in the end: addresses inside of it are relative to this. */
  readonly url: string;
};

/** Asks for one file after the other. Throws `ViewerFault`. */
export type FetchAsViewer = (request: ViewerRequest) => Promise<ViewerFile>;

/** Why a viewer got nothing, as far as that decides what is said to the presenter. */
export type FaultKind = 'offline' | 'refused' | 'unreachable' | 'unreadable';

export class ViewerFault extends Error {
  readonly kind: FaultKind;

  constructor(kind: FaultKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
  }
}

/** For one file, from the first packet to the last byte. */
const TIMEOUT_MS = 8000;
const MOST_REDIRECTS = 5;

/**
 * A viewer with bounded patience and appetite. The address that a person typed may lead anywhere, also into one's own network: that person
 * could go there as well. What a playlist or a redirect names may not: it has to be on the typed host and port, or on the internet. So nobody
 * who writes a playlist can have this computer ask its own network for something. The address is looked at when the connection is made, after
 * the name was resolved, so that no name can mean one thing first and another then.
 */
export function createFetchAsViewer(options: {
  /** The address that was typed. */
  readonly typedUrl: string;
  readonly authorities: () => readonly string[];
  readonly clock: Clock;
  readonly lookup?: LookupFunction | undefined;
}): FetchAsViewer {
  const typedHost = new URL(options.typedUrl).host;
  const lookup = options.lookup ?? systemLookup;

  const guardedLookup: LookupFunction = (hostname, how, done) => {
    lookup(hostname, how, (error, address, family) => {
      const found = Array.isArray(address) ? address.map((entry) => entry.address) : [address];
      if (error === null && !found.every(isPublicAddress)) {
        done(intoOwnNetwork(hostname), address, family);
      } else {
        done(error, address, family);
      }
    });
  };

  function open(url: URL, range: ViewerRequest['range'], signal: AbortSignal): ClientRequest {
    const isTyped = url.host === typedHost;
    const bare = url.hostname.replace(/^\[(.*)\]$/, '$1');
    if (!isTyped && isIP(bare) !== 0 && !isPublicAddress(bare)) {
      throw intoOwnNetwork(url.hostname);
    }
    const request = {
      method: 'GET',
      headers: {
        'User-Agent': AIR_USER_AGENT,
        Accept: '*/*',
        // A viewer's cache would not be asked either.
        'Cache-Control': 'no-cache',
        ...(range === undefined ? {} : { Range: `bytes=${range.first}-${range.last}` }),
      },
      // Some seconds lie between two looks; connections that are kept meanwhile are mostly closed by the other side.
      agent: false as const,
      lookup: isTyped ? lookup : guardedLookup,
      signal,
    };
    return url.protocol === 'https:'
      ? requestHttps(url, { ...request, ca: [...options.authorities()] })
      : requestHttp(url, request);
  }

  async function follow({ url: first, maxBytes, range }: ViewerRequest, signal: AbortSignal): Promise<ViewerFile> {
    let url = new URL(first);
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
      if (url.protocol !== 'http:' && url.protocol !== 'https:') {
        throw new ViewerFault('unreadable', `${url.protocol} is no address of a web server.`);
      }
      const answer = await answerOf(open(url, range, signal));
      const status = answer.statusCode ?? 0;
      const { location } = answer.headers;
      if (status >= 300 && status < 400 && location !== undefined) {
        answer.destroy();
        url = new URL(location, url);
      } else {
        return { url: url.href, bytes: await bodyOf(answer, status, { maxBytes, range }) };
      }
    }
    throw new ViewerFault('unreachable', `More than ${MOST_REDIRECTS} redirections.`);
  }

  return async (request) => {
    const given = new AbortController();
    const late = new ViewerFault('unreachable', `No complete answer within ${TIMEOUT_MS / 1000} s.`);
    const timer = options.clock.after(TIMEOUT_MS, () => given.abort(late));
    try {
      return await follow(request, given.signal);
    } catch (error) {
      throw given.signal.aborted ? late : toFault(error);
    } finally {
      timer[Symbol.dispose]();
    }
  };
}

async function answerOf(request: ClientRequest): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request.once('response', resolve).on('error', reject).end();
  return await promise;
}

async function bodyOf(
  answer: IncomingMessage,
  status: number,
  { maxBytes, range }: Pick<ViewerRequest, 'maxBytes' | 'range'>,
): Promise<Uint8Array> {
  if (status !== 200 && status !== 206) {
    answer.destroy();
    throw new ViewerFault(kindOf(status), `The server answers ${status}.`);
  }
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    parts.push(part);
    size += part.length;
    if (size > maxBytes) {
      answer.destroy();
      throw new ViewerFault('unreadable', `A file has more than ${maxBytes} bytes.`);
    }
  }
  const bytes = Buffer.concat(parts);
  // A server that knows no ranges sends the whole.
  return range !== undefined && status === 200 ? bytes.subarray(range.first, range.last + 1) : bytes;
}

function kindOf(status: number): FaultKind {
  if (status === 404 || status === 410) {
    return 'offline';
  }
  return status === 401 || status === 403 || status === 451 ? 'refused' : 'unreachable';
}

function intoOwnNetwork(host: string): ViewerFault {
  return new ViewerFault(
    'refused',
    `The stream leads to ${host}, which is in a network of one’s own and not where the typed address is. That is not followed.`,
  );
}

function toFault(error: unknown): ViewerFault {
  if (error instanceof ViewerFault) {
    return error;
  }
  const words = networkReason(error);
  return error instanceof TypeError
    ? new ViewerFault('unreadable', `An address in the stream is not one: ${words}.`, error)
    : new ViewerFault('unreachable', `The server does not answer: ${words}.`, error);
}
