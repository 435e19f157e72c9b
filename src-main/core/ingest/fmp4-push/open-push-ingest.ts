import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../../base/clock.ts';
import { createSerial } from '../../../base/serial.ts';
import { AppError, toAppError } from '../../../shared/app-error.ts';
import type { IngestDoor } from '../../ports/ingest.ts';
import type { Logger } from '../../ports/logger.ts';
import { type PushAddress, parsePushAddress } from './address.ts';
import { createAnswers } from './answer.ts';
import { type Body, openBody } from './body.ts';
import { createEventData, type PostTimedMetadata } from './event-data.ts';
import { type Exchange, exchangeOf, hasBody } from './exchange.ts';
import { DEFAULT_LIMITS, type PushLimits } from './limits.ts';
import { type PushContext, StreamEnded } from './link.ts';
import { createListeners, type Listener, type Scheme, type TlsFiles } from './listeners.ts';
import { createMemory } from './memory.ts';
import { createSegmentPushes, HEADER_MISSING_STATUS } from './push-segments.ts';
import { pushStream } from './push-stream.ts';

/** The way in for encoders that push fragmented MP4 over HTTP: Smooth Streaming, and DASH-IF Live Media Ingest, interface 1. */
export type PushIngest = AsyncDisposable & {
  readonly port: number;
  /** Undefined without a certificate. */
  readonly tlsPort: number | undefined;
  /**
   * Listens on another address, same ports. When that fails it listens where it did before, and throws `service/port-taken` or
   * `service/port-refused`. Streams go on, but for those from other computers when it moves to a loopback address.
   */
  readonly setHost: (host: string) => Promise<void>;
};

export type PushIngestOptions = {
  readonly door: IngestDoor;
  readonly postTimedMetadata: PostTimedMetadata;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly tlsPort: number;
  /** Without it nothing listens on `tlsPort`. */
  readonly tls: TlsFiles | undefined;
  readonly limits?: Partial<PushLimits>;
};

/**
 * Throws `service/port-taken`, `service/port-refused` and `ingest/certificate`; nothing is open then. Closing ends every stream with
 * `service/closing`, frees the ports at once, and has no connection left after a second; twice is safe.
 */
export async function openPushIngest(options: PushIngestOptions): Promise<PushIngest> {
  const { door, clock, logger } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const answers = createAnswers({ clock, drainMs: limits.drainMs });
  const bodies = new Set<Body>();
  const context: PushContext = {
    door,
    clock,
    logger,
    limits,
    memory: createMemory(limits.heldBytes),
    openBody(exchange, pace) {
      const body = openBody(exchange, clock, pace);
      bodies.add(body);
      if (closing !== undefined) {
        body.stop(closed());
      }
      return { ...body, [Symbol.dispose]: () => void bodies.delete(body) };
    },
  };
  const segments = createSegmentPushes(context);
  const takeEventData = createEventData(context, options.postTimedMetadata);
  const listeners = createListeners({
    limits,
    tls: options.tls,
    handle: (request, response, scheme) => void handle(request, response, scheme),
    onFault: (error) => logger.error({ err: error }, 'the fMP4 ingest cannot accept connections'),
  });
  const moves = createSerial();
  let closing: Promise<void> | undefined;

  async function handle(request: IncomingMessage, response: ServerResponse, scheme: Scheme): Promise<void> {
    const exchange = exchangeOf(request, response, scheme);
    let address: PushAddress | undefined;
    try {
      if (closing !== undefined) {
        throw closed();
      }
      address = parsePushAddress(request.url ?? '');
      await answer(exchange, address);
      if (!response.destroyed) {
        answers.done(exchange);
      }
    } catch (error) {
      await refuse(exchange, address, error);
    }
  }

  async function answer(exchange: Exchange, address: PushAddress): Promise<void> {
    checkMethod(exchange.request.method, address);
    if (address.kind === 'event-data') {
      await takeEventData(exchange, address.accessToken);
      return;
    }
    checkToken(exchange, address);
    if (address.kind === 'stream') {
      await pushStream(context, exchange, address);
    } else if (exchange.request.method === 'DELETE') {
      // The window of an archive is for its owner to say; encoders delete what leaves their own.
      exchange.request.resume();
    } else if (address.content === 'media') {
      await segments.push(exchange, address);
    } else {
      await forget(exchange);
    }
  }

  function checkToken(exchange: Exchange, address: Exclude<PushAddress, { readonly kind: 'event-data' }>): void {
    const { peer, base, request } = exchange;
    const { accessToken } = address;
    try {
      door.check({ protocol: 'FragmentedMP4', accessToken, peer });
    } catch (error) {
      if (wantsToSend(request)) {
        // So the event's owner hears of it: asking alone tells nobody.
        const path = address.kind === 'stream' ? `/ingest.isml/streams(${address.streamName})` : address.path;
        const { streamName } = address;
        const asked = { protocol: 'FragmentedMP4', accessToken, streamName, entrance: 'primary', peer } as const;
        door
          .connect({ ...asked, ingestUrl: `${base}${path}`, disconnect: () => undefined })
          .end(toAppError(error));
      }
      throw error;
    }
  }

  async function forget(exchange: Exchange): Promise<void> {
    if (!hasBody(exchange.request)) {
      return;
    }
    using body = context.openBody(exchange, { idleMs: limits.bodyIdleMs, progressMs: limits.progressMs });
    let size = 0;
    await body.read((bytes) => {
      size += bytes.length;
      if (size > limits.ignoredBytes) {
        const { ignoredBytes } = limits;
        throw new AppError('request/too-large', `A manifest of more than ${ignoredBytes} bytes is not taken.`, {
          details: { maxBytes: ignoredBytes },
        });
      }
      return false;
    });
  }

  async function refuse(exchange: Exchange, address: PushAddress | undefined, thrown: unknown): Promise<void> {
    if (thrown instanceof StreamEnded) {
      await answers.ended(exchange, thrown.code);
      return;
    }
    const error = toAppError(thrown);
    const { request, peer, base } = exchange;
    if (address === undefined && error.code === 'MPE_BAD_URL_SYNTAX' && wantsToSend(request)) {
      door.misaddressed({ ingestUrl: `${base}/ingest.isml`, peer });
    }
    // Never the path: it has the token in it.
    const fields = { stream: streamOf(address), peer: peer.address, code: error.code };
    if (error.code === 'service/internal') {
      logger.error({ ...fields, err: thrown }, 'a push failed');
    } else if (address === undefined || error.status === 403 || error.status === 405) {
      // Strangers may ask as often as they like without filling the log.
      logger.debug(fields, 'a stranger’s push was refused');
    } else {
      logger.warn({ ...fields, reason: error.message }, 'a push was refused');
    }
    const isHeaderMissing =
      error.code === 'MPE_INGEST_DESCRIPTION_INFO_NOT_RECEIVED' && address?.kind === 'object';
    await answers.problem(exchange, error, isHeaderMissing ? HEADER_MISSING_STATUS : error.status);
  }

  async function listenAll(host: string, ports: { readonly http: number; readonly https: number }) {
    const http = await listeners.listen('http', ports.http, host);
    try {
      return { host, http, https: options.tls && (await listeners.listen('https', ports.https, host)) };
    } catch (error) {
      http.retire();
      throw error;
    }
  }

  let listening: { readonly host: string; readonly http: Listener; readonly https: Listener | undefined } =
    await listenAll(options.host, { http: options.port, https: options.tlsPort });
  const ports = { http: listening.http.port, https: listening.https?.port ?? 0 };

  function retire(): void {
    listening.http.retire();
    listening.https?.retire();
  }

  async function moveTo(host: string): Promise<void> {
    const before = listening.host;
    if (host === before || closing !== undefined) {
      return;
    }
    // One port cannot be open for one address and for all of them at once.
    retire();
    try {
      listening = await listenAll(host, ports);
    } catch (error) {
      listening = await listenAll(before, ports);
      throw error;
    }
    if (isLoopback(host)) {
      listeners.cut((address) => !isLoopback(address));
    }
    logger.info({ host, port: ports.http }, 'the fMP4 ingest listens on another address');
  }

  async function close(): Promise<void> {
    await moves.idle();
    retire();
    for (const body of bodies) {
      body.stop(closed());
    }
    segments.close(closed());
    using _grace = clock.after(limits.closeGraceMs, () => listeners.cut(() => true));
    await listeners.ended();
  }

  return {
    port: ports.http,
    tlsPort: listening.https?.port,
    setHost: (host) => moves.run(() => moveTo(host)),
    [Symbol.asyncDispose]() {
      closing ??= close();
      return closing;
    },
  };
}

function checkMethod(method: string | undefined, { kind }: PushAddress): void {
  const isRight =
    method === 'POST' || (kind !== 'event-data' && method === 'PUT') || (kind === 'object' && method === 'DELETE');
  if (!isRight) {
    throw new AppError('request/method-not-allowed', 'Media is sent here with POST or PUT; nothing can be read.');
  }
}

/** A POST of nothing only asks whether the address is right (spec 2.8), and a GET is no encoder's. */
function wantsToSend(request: IncomingMessage): boolean {
  return (request.method === 'POST' || request.method === 'PUT') && hasBody(request);
}

function streamOf(address: PushAddress | undefined): string | undefined {
  return address === undefined || address.kind === 'event-data' ? address?.kind : address.streamName;
}

function isLoopback(address: string): boolean {
  return address === '::1' || address === 'localhost' || address.startsWith('127.');
}

function closed(): AppError {
  return new AppError('service/closing', 'Lectern is closing.');
}
