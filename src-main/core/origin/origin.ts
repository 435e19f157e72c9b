import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../base/clock.ts';
import { createSerial } from '../../base/serial.ts';
import type { ViewerSession } from '../../shared/api/viewers.ts';
import { AppError, toAppError } from '../../shared/app-error.ts';
import type { EndpointRules, TlsMaterial } from '../ports/endpoint-rules.ts';
import type { KeyDelivery } from '../ports/keys.ts';
import type { PortWords } from '../ports/listen.ts';
import type { Logger } from '../ports/logger.ts';
import type { Packager } from '../ports/packaging.ts';
import type { FindPublication } from '../ports/presentation.ts';
import type { RequestCount } from '../ports/services.ts';
import type { Storyboards } from '../ports/storyboard.ts';
import { createDownloads } from './download.ts';
import { createEgress } from './egress.ts';
import { createGate } from './gate.ts';
import { createGrowingAnswers } from './growing.ts';
import { createHeldRequests } from './held-requests.ts';
import { createInFlight } from './in-flight.ts';
import { createKeyDoor, isKeyPath } from './key-door.ts';
import { DEFAULT_LIMITS, type OriginLimits } from './limits.ts';
import { createConnections, type Listener } from './listener.ts';
import { isPolicyPath, policyAt, sendPolicy } from './policy-files.ts';
import { createRequestCounts } from './request-counts.ts';
import { ALLOWED_METHODS, createResponder, type Exchange } from './respond.ts';
import { checkAdmitted, createStreams } from './streams.ts';
import { createViewers } from './viewers.ts';
import { createWatchPage, stopped } from './watch-page.ts';

export type OriginOptions = {
  /** 0 takes any free port. */
  readonly port: number;
  /** `127.0.0.1`, or `0.0.0.0` when the user shares on the network. */
  readonly host: string;
  readonly packager: Packager;
  /** Without it there are no pictures for seeking. */
  readonly storyboards?: Storyboards | undefined;
  readonly findPublication: FindPublication;
  /** Who has the content keys; without it nothing is encrypted. */
  readonly keyDelivery?: KeyDelivery | undefined;
  /** The built watch page; without it, or while it is not there, a page says how to build it. */
  readonly watchFolder: string | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of the program. */
  readonly version: string;
  readonly limits?: Partial<OriginLimits>;
  /** Asked for each request; without it everybody is answered. */
  readonly rules?: (() => EndpointRules) | undefined;
  /** How its port is spoken of when it cannot be had. */
  readonly portWords?: PortWords | undefined;
  /** It begins as. */
  readonly state?: OriginState | undefined;
};

/** The port that viewers with TLS come to, and what it shows them. */
export type OriginTls = TlsMaterial & { readonly port: number; readonly portWords: PortWords };

type OriginState = 'Running' | 'Stopped';

type OriginMetrics = {
  readonly requests: number;
  /** Bytes of answers, heads not counted. */
  readonly bytes: number;
  readonly connections: number;
  readonly connectionsRefused: number;
  /** Requests that wait for media now. */
  readonly held: number;
  readonly heldRefused: number;
  /** Media that answers in progress keep in memory. */
  readonly inFlightBytes: number;
  /** Viewers cut because they took nothing off, or so slowly that they were in the way of others. */
  readonly slowCut: number;
  /** Answers with status 500 and up. */
  readonly failures: number;
};

/** The streaming endpoint: everything viewers ask for, on one port. */
export type Origin = AsyncDisposable & {
  /** The port it got; the same for as long as it is open. */
  readonly port: number;
  readonly host: () => string;
  /** As this computer reaches it: `http://127.0.0.1:8480`. */
  readonly url: () => string;
  /** Undefined without TLS. */
  readonly tlsPort: () => number | undefined;
  /**
   * Takes viewers in with TLS besides: HTTP/2, and HTTP/1.1 for who does not speak that. On the same port another certificate is for
   * connections from now on. Throws `service/port-taken` or `service/port-refused`, and has then changed nothing.
   */
  readonly setTls: (tls: OriginTls | undefined) => Promise<void>;
  /**
   * Listens on another address, same port. When that fails it listens where it did before, and throws `service/port-taken` or
   * `service/port-refused`. Answers in progress go on.
   */
  readonly setHost: (host: string) => Promise<void>;
  /** The port stays open while it is stopped: streams and downloads are answered with 503 `origin/stopped`. */
  readonly state: () => OriginState;
  readonly start: () => void;
  readonly stop: () => void;
  /** Viewers that asked for media in the last 30 s, of one locator or of all. */
  readonly viewers: (locatorId?: string) => number;
  /** The same one by one. */
  readonly viewerSessions: () => readonly ViewerSession[];
  /** Bits per second, a mean of the last 10 s. */
  readonly egressBitrate: () => number;
  readonly metrics: () => OriginMetrics;
  readonly requests: () => readonly RequestCount[];
};

/** How long answers may go on after the end was asked for. */
const CLOSE_GRACE_MS = 1000;

const PORT_WORDS: PortWords = {
  details: { setting: 'network.originPort', flag: '--origin-port' },
  cure: 'Choose another with the setting network.originPort or with --origin-port; 0 takes any free one.',
};

const OPEN_TO_ALL: EndpointRules = {
  admits: () => true,
  signatureKeys: [],
  isOfAnother: () => false,
  crossSiteAccessPolicies: {},
  maxCacheAge: undefined,
};

/** `/{locatorId}/{file}`; what stands under `.ism/` is a streaming address instead. */
const DOWNLOAD = /^\/([0-9a-z-]{1,64})\/([^/]{1,512})$/i;
const STREAM = /\.ism\//i;

/** Opens the viewers' side. Throws `service/port-taken` and `service/port-refused`. Closing twice is safe. */
export async function openOrigin(options: OriginOptions): Promise<Origin> {
  const { clock, logger, findPublication } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const egress = createEgress(clock);
  const inFlight = createInFlight(clock, limits);
  const held = createHeldRequests(clock, limits);
  const viewers = createViewers(clock);
  const counts = createRequestCounts(clock);
  const rules = options.rules ?? (() => OPEN_TO_ALL);
  const gate = createGate(rules, clock);
  const responder = createResponder({
    clock,
    version: options.version,
    inFlight,
    egress,
    onHead: (response) => counts.headed(response),
    maxCacheAge: () => rules().maxCacheAge,
  });
  const growing = createGrowingAnswers({ responder, egress, clock, limits });
  const downloads = createDownloads({ responder, egress, limits });
  const streams = createStreams({ ...options, responder, held, growing, viewers });
  const keyDoor = createKeyDoor({ delivery: options.keyDelivery, responder });
  const watchPage = createWatchPage({
    folder: options.watchFolder,
    findPublication,
    hasStoryboards: options.storyboards !== undefined,
    responder,
  });
  const connections = createConnections({
    limits,
    handle: (exchange) => void handle(exchange),
    onFault: (error) => logger.error({ err: error }, 'the origin cannot accept connections'),
  });
  const moves = createSerial();
  let state: OriginState = options.state ?? 'Running';
  let closing: Promise<void> | undefined;
  let requests = 0;
  let failures = 0;

  async function handle(exchange: Exchange): Promise<void> {
    requests += 1;
    counts.begin(exchange, splitTarget(exchange.request.url ?? '/').path);
    try {
      await answer(exchange);
    } catch (error) {
      refuse(exchange, error);
    }
  }

  async function answer(exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    const { target, path, query } = splitTarget(request.url ?? '/');
    gate.checkName(exchange);
    if (isKeyPath(path)) {
      await sendKeys(exchange, path, query);
      return;
    }
    gate.checkAddress(exchange);
    if (request.method === 'OPTIONS') {
      responder.head(response, 204, preflight(request));
      response.end();
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      throw new AppError('request/method-not-allowed', 'Streams can only be read.');
    }
    gate.checkSigned(exchange, target);
    if (closing !== undefined) {
      response.shouldKeepAlive = false;
      throw new AppError('service/closing', 'Lectern is closing.');
    }
    if (path === '/time') {
      const now = new Date(clock.wallMs()).toISOString();
      responder.text(exchange, 200, ['Content-Type', 'text/plain', 'Cache-Control', 'no-store'], now);
    } else if (path.startsWith('/watch/')) {
      await watchPage.send(exchange, path, state === 'Stopped');
    } else {
      await sendPublished(exchange, path, query);
    }
  }

  async function sendKeys(exchange: Exchange, path: string, query: string): Promise<void> {
    if (closing !== undefined) {
      exchange.response.shouldKeepAlive = false;
      throw new AppError('service/closing', 'Lectern is closing.');
    }
    if (state === 'Stopped' && exchange.request.method !== 'OPTIONS') {
      throw stopped();
    }
    await keyDoor.answer(exchange, path, query);
  }

  async function sendPublished(exchange: Exchange, path: string, query: string): Promise<void> {
    if (state === 'Stopped') {
      throw stopped();
    }
    if (isPolicyPath(path)) {
      sendPolicy(responder, exchange, policyAt(path, rules().crossSiteAccessPolicies));
      return;
    }
    const [, locatorId, file] = STREAM.test(path) ? [] : (DOWNLOAD.exec(path) ?? []);
    if (locatorId === undefined || file === undefined) {
      await streams.send(exchange, path, query);
      return;
    }
    const publication = await findPublication(locatorId);
    if (publication === undefined) {
      throw new AppError('MPE_RESOURCE_NOT_FOUND', 'There is no stream at this address.');
    }
    checkAdmitted(publication, exchange);
    const policy = publication.policyFiles?.get(file);
    if (policy === undefined) {
      await downloads.send(exchange, publication, decodeName(file));
    } else {
      sendPolicy(responder, exchange, policy);
    }
  }

  function refuse(exchange: Exchange, thrown: unknown): void {
    const { request, response } = exchange;
    if (response.destroyed) {
      // The viewer went away in the middle of it; that is no error of anybody's.
      return;
    }
    const error = toAppError(thrown);
    counts.refused(response, error.code);
    if (error.status >= 500) {
      failures += 1;
    }
    if (error.status === 500) {
      logger.error({ path: splitTarget(request.url ?? '/').path, err: thrown }, 'a viewer’s request failed');
    }
    if (response.headersSent) {
      response.destroy();
    } else {
      responder.problem(exchange, error);
    }
  }

  const words = options.portWords ?? PORT_WORDS;
  let listener: Listener = await connections.listen({ port: options.port, host: options.host, words });
  let secure: { readonly listener: Listener; readonly tls: OriginTls } | undefined;
  const { port } = listener;

  async function listenAt(host: string): Promise<void> {
    // One port cannot be open for one address and for all of them at once.
    listener.retire();
    listener = await connections.listen({ port, host, words });
    if (secure !== undefined) {
      secure.listener.retire();
      secure = await listenSecurely({ ...secure.tls, port: secure.listener.port }, host);
    }
  }

  async function listenSecurely(tls: OriginTls, host: string) {
    return { tls, listener: await connections.listen({ port: tls.port, host, words: tls.portWords, tls }) };
  }

  async function moveTo(host: string): Promise<void> {
    const before = listener.host;
    const isThere =
      host === before && listener.isOpen() && (secure === undefined || secure.listener.host === host);
    if (isThere || closing !== undefined) {
      return;
    }
    try {
      await listenAt(host);
    } catch (error) {
      await listenAt(before);
      throw error;
    }
    logger.info({ host, port }, 'the origin listens on another address');
  }

  async function changeTls(tls: OriginTls | undefined): Promise<void> {
    if (closing !== undefined) {
      return;
    }
    if (tls !== undefined && secure !== undefined && (tls.port === 0 || tls.port === secure.listener.port)) {
      secure.listener.present(tls);
      secure = { ...secure, tls };
      return;
    }
    const before = secure?.listener;
    secure = tls === undefined ? undefined : await listenSecurely(tls, listener.host);
    before?.retire();
  }

  async function close(): Promise<void> {
    await moves.idle();
    held.releaseAll(new AppError('service/closing', 'Lectern is closing.'));
    growing.cutAll();
    listener.retire();
    secure?.listener.retire();
    using _grace = clock.after(CLOSE_GRACE_MS, connections.cutAll);
    await connections.ended();
  }

  return {
    port,
    host: () => listener.host,
    url: () =>
      `http://${listener.host === '0.0.0.0' || listener.host === '::' ? '127.0.0.1' : listener.host}:${port}`,
    setHost: (host) => moves.run(() => moveTo(host)),
    tlsPort: () => secure?.listener.port,
    setTls: (tls) => moves.run(() => changeTls(tls)),
    state: () => state,
    start() {
      state = 'Running';
    },
    stop() {
      state = 'Stopped';
      held.releaseAll(stopped());
      growing.cutAll();
    },
    viewers: viewers.count,
    viewerSessions: viewers.sessions,
    egressBitrate: egress.bitrate,
    requests: counts.list,
    metrics() {
      const { open, refused, stalled } = connections.counts();
      return {
        requests,
        bytes: egress.bytes(),
        connections: open,
        connectionsRefused: refused,
        held: held.count(),
        heldRefused: held.refused(),
        inFlightBytes: inFlight.bytes(),
        slowCut: stalled + inFlight.cut(),
        failures,
      };
    },
    [Symbol.asyncDispose]() {
      closing ??= close();
      return closing;
    },
  };
}

/**
 * The Fetch standard's preflight. AMS answered none; players that send CMCD as headers need it. A page of a public site may ask for media on
 * the viewer's own network: what is published is open to all who can reach it.
 */
function preflight({ headers }: IncomingMessage): readonly string[] {
  const isPrivateNetwork = headers['access-control-request-private-network'] === 'true';
  return [
    ...[
      'Access-Control-Allow-Methods',
      ALLOWED_METHODS,
      'Access-Control-Max-Age',
      '86400',
      'Allow',
      ALLOWED_METHODS,
    ],
    // The asterisk does not mean Authorization (Fetch standard), which players send with everything once they send it with keys.
    ...['Access-Control-Allow-Headers', '*, Range, If-Range, Authorization'],
    ...(isPrivateNetwork ? ['Access-Control-Allow-Private-Network', 'true'] : []),
  ];
}

/** The path and what stands behind the question mark. Proxies may ask with a whole URL (RFC 9112 §3.2.2). */
function splitTarget(asked: string): { readonly target: string; readonly path: string; readonly query: string } {
  const target = asked.startsWith('/') ? asked : asked.replace(/^https?:\/\/[^/?#]*/i, '');
  const mark = target.indexOf('?');
  return mark < 0
    ? { target, path: target, query: '' }
    : { target, path: target.slice(0, mark), query: target.slice(mark + 1) };
}

function decodeName(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch (error) {
    throw new AppError('MPE_BAD_URL_SYNTAX', 'The percent-encoding of the address is not right.', {
      cause: error,
    });
  }
}
