import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Clock } from '../../../base/clock.ts';
import { pairRequest, remoteAction } from '../../../shared/api/remote.ts';
import { AppError, toAppError } from '../../../shared/app-error.ts';
import { listenOn } from '../../ports/listen.ts';
import type { Logger } from '../../ports/logger.ts';
import type { RemoteDesk } from '../../ports/remote.ts';
import { sendJson, sendNothing, sendProblem } from '../answer.ts';
import type { CaptureDoor } from '../capture/capture-door.ts';
import { readJson } from '../read-json.ts';
import { validate } from '../validate.ts';
import { createLimit } from './limit.ts';
import { createRemotePages } from './remote-pages.ts';
import { openStateStreams } from './state-streams.ts';

export type RemoteServerOptions = {
  readonly desk: RemoteDesk;
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** PEM; without it plain HTTP is spoken. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  /** By which names, or numbers, somebody may call this computer. Small letters. */
  readonly names: () => readonly string[];
  /** Whether a caller of that address is in a network of this computer. */
  readonly isNear: (address: string) => boolean;
  /** The built page; without it a page says how to build it. */
  readonly pagesFolder: string | undefined;
  /** Where the page for viewers comes from, e.g. `http://192.168.1.5:8480`. */
  readonly watchOrigins: () => readonly string[];
  /** The page that captures, for the computers of the network. */
  readonly capture?: CaptureDoor | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
};

export type RemoteServer = AsyncDisposable & { readonly port: number };

const PORT_WORDS = {
  purpose: 'for the remote',
  cure: 'Choose another with the setting network.remotePort; 0 takes any free one.',
  details: { setting: 'network.remotePort' },
};

/** A phone has six connections. */
const MAX_CONNECTIONS = 64;
const MAX_HEADER_BYTES = 8 * 1024;
const CLOSE_GRACE_MS = 500;

/** Faster than anybody presses, and than anybody scans. */
const ACTIONS_PER_SECOND = 5;
const ACTIONS_AT_ONCE = 15;
const PAIRINGS_PER_SECOND = 0.5;
const PAIRINGS_AT_ONCE = 8;

/**
 * The remote's own listener: pages, pairing, state and actions. It is not the control API and has no way to it: what is not in `RemoteDesk` cannot
 * be asked for here, whoever asks. Throws `service/port-taken` and `service/port-refused`.
 */
export async function openRemoteServer(options: RemoteServerOptions): Promise<RemoteServer> {
  const { desk, clock, logger, tls } = options;
  const scheme = tls === undefined ? 'http' : 'https';
  const pages = createRemotePages({ folder: options.pagesFolder, frames: options.watchOrigins });
  const actions = createLimit({ clock, perSecond: ACTIONS_PER_SECOND, atOnce: ACTIONS_AT_ONCE });
  const pairings = createLimit({ clock, perSecond: PAIRINGS_PER_SECOND, atOnce: PAIRINGS_AT_ONCE });
  const streams = openStateStreams({ desk, clock });

  /** The device that asks. */
  function deviceOf(request: IncomingMessage, from: string): string {
    const token = /^Bearer +(\S{1,100}) *$/i.exec(request.headers.authorization ?? '')?.[1];
    const id = token === undefined ? undefined : desk.authenticate(token, from);
    if (id === undefined) {
      throw new AppError(
        'remote/unknown-device',
        'This device is not let in, or not any more. Pair it in the studio.',
      );
    }
    return id;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const from = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
    checkCaller(request, from);
    const path = (request.url ?? '/').replace(/[?#].*$/s, '');
    if (options.capture?.has(path) === true) {
      await options.capture.answer(request, response, { path, from });
      return;
    }
    const call = `${request.method ?? 'GET'} ${path}`;
    switch (call) {
      case 'POST /api/pair': {
        pairings.take('');
        const asked = validate(pairRequest, await readJson(request), 'body');
        sendJson(response, 201, {}, desk.pair(asked, from));
        break;
      }
      case 'GET /api/state':
        sendJson(response, 200, {}, desk.state(deviceOf(request, from)));
        break;
      case 'GET /api/events':
        streams.open(deviceOf(request, from), response);
        break;
      case 'POST /api/actions': {
        const deviceId = deviceOf(request, from);
        actions.take(deviceId);
        const action = validate(remoteAction, await readJson(request), 'body');
        await desk.perform(action, { deviceId, from });
        sendNothing(response, {});
        break;
      }
      default:
        if (/^\/api(?:\/|$)/.test(path)) {
          throw new AppError('resource/not-found', 'The remote has no such call.');
        }
        await pages.send(request, response, path);
    }
  }

  /** DNS rebinding, pages of others, and callers from elsewhere; see `checkCaller` of the control API. */
  function checkCaller({ headers: { host, origin } }: IncomingMessage, from: string): void {
    if (!options.isNear(from)) {
      throw forbidden('The remote is for devices in the same network.');
    }
    const name = host?.toLowerCase().replace(/:\d{1,5}$/, '') ?? '';
    if (!options.names().includes(name)) {
      throw forbidden('The Host header does not name this computer.');
    }
    if (origin !== undefined && origin.toLowerCase() !== `${scheme}://${host?.toLowerCase()}`) {
      throw forbidden('Only the page of the remote itself may call it.');
    }
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await answer(request, response);
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.status >= 500) {
        logger.error({ err: thrown }, 'a request of the remote failed');
      }
      if (response.headersSent || response.destroyed) {
        response.destroy();
      } else {
        await sendProblem(request, response, error);
      }
    }
  }

  const limits = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: 10_000,
    requestTimeout: 15_000,
    keepAliveTimeout: 5000,
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => void handle(request, response);
  const server: Server =
    tls === undefined
      ? createServer(limits, onRequest)
      : createTlsServer({ ...limits, cert: tls.cert, key: tls.key, minVersion: 'TLSv1.2' }, onRequest);
  server.maxConnections = MAX_CONNECTIONS;
  let closing: Promise<void> | undefined;

  async function close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    server.close(() => resolve(undefined));
    streams[Symbol.dispose]();
    const grace = clock.after(CLOSE_GRACE_MS, () => server.closeAllConnections());
    await promise;
    grace[Symbol.dispose]();
  }

  try {
    const port = await listenOn(server, { port: options.port, host: options.host, ...PORT_WORDS });
    server.on('error', (error) => logger.error({ err: error }, 'the remote cannot accept connections'));
    return {
      port,
      [Symbol.asyncDispose]() {
        closing ??= close();
        return closing;
      },
    };
  } catch (error) {
    streams[Symbol.dispose]();
    throw error;
  }
}

function forbidden(message: string): AppError {
  return new AppError('request/forbidden-origin', message);
}
