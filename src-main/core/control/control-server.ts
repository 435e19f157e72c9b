import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Clock } from '../../base/clock.ts';
import { AppError, toAppError } from '../../shared/app-error.ts';
import { listenOn } from '../ports/listen.ts';
import type { Logger } from '../ports/logger.ts';
import type { Services } from '../ports/services.ts';
import { checkCaller, createTokenCheck } from './access.ts';
import { sendProblem } from './answer.ts';
import { openApi } from './api.ts';
import type { CaptureDoor } from './capture/capture-door.ts';
import { createPages } from './pages.ts';
import { API_PREFIX } from './routing.ts';

type ControlServer = AsyncDisposable & {
  /** `http://127.0.0.1:8400`, with the port it got. */
  readonly url: string;
};

export type ControlServerOptions = {
  readonly services: Services;
  /** 0 takes any free port. */
  readonly port: number;
  readonly host: '127.0.0.1';
  /** What every call of the API must bear. */
  readonly token: string;
  /** The built page; without it, or while it is not there, a page says how to build it. */
  readonly pagesFolder?: string | undefined;
  readonly helpFolder?: string | undefined;
  /** The page that captures on this computer. */
  readonly capture?: CaptureDoor | undefined;
  /** Where the page gets pictures and media from besides here: the origin, e.g. `http://127.0.0.1:8480`. */
  readonly mediaOrigins: () => readonly string[];
  /** Of the program, for the OpenAPI document. */
  readonly version: string;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly limits?: Partial<ControlLimits>;
};

type ControlLimits = {
  /** How long a caller may take to send the head, and all, of a request. */
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** How often those are looked at. */
  readonly checkIntervalMs: number;
};

const DEFAULT_LIMITS: ControlLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  checkIntervalMs: 1000,
};

/** Request line and headers together; node answers 431 to more. */
const MAX_HEADER_BYTES = 16 * 1024;

/** A page has six connections, a script one. */
const MAX_CONNECTIONS = 512;

/** How long answers may go on after the end was asked for. */
const CLOSE_GRACE_MS = 1000;

const PORT_WORDS = {
  purpose: 'for the control API',
  cure: 'Choose another with the setting network.controlPort or with --control-port; 0 takes any free one.',
  details: { setting: 'network.controlPort', flag: '--control-port' },
};

/**
 * The control API and the page on one port. Throws `service/port-taken` and `service/port-refused`. Closing lets answers in progress end,
 * ends the endless ones, and has no connection left after a second.
 */
export async function openControlServer(options: ControlServerOptions): Promise<ControlServer> {
  const { logger, clock } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const checkToken = createTokenCheck(options.token);
  const pages = createPages({
    pagesFolder: options.pagesFolder,
    helpFolder: options.helpFolder,
    mediaOrigins: options.mediaOrigins,
  });
  const api = openApi({ services: options.services, version: options.version, clock });
  let closing: Promise<void> | undefined;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const host = checkCaller(request);
    if (closing !== undefined) {
      throw new AppError('service/closing', 'Lectern is closing.');
    }
    const target = request.url ?? '/';
    if (!target.startsWith('/')) {
      throw new AppError('resource/not-found', 'Lectern is no proxy.');
    }
    const path = pathOf(request);
    if (options.capture?.has(path) === true) {
      // Its page has a secret of its own, and cannot do anything else with it.
      await options.capture.answer(request, response, { path, from: 'localhost' });
      return;
    }
    if (!/^\/api(?:[/?#]|$)/.test(target)) {
      await pages.send(request, response);
      return;
    }
    checkToken(request);
    if (!target.startsWith(`${API_PREFIX}/`)) {
      throw new AppError('resource/not-found', `The control API is at ${API_PREFIX}/.`);
    }
    await api.answer(request, response, new URL(`http://${host}${target}`));
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startMs = clock.monotonicMs();
    try {
      await answer(request, response);
    } catch (error) {
      await refuse(request, response, error);
    }
    const fields = { method: request.method, path: pathOf(request), status: response.statusCode };
    logger.debug({ ...fields, ms: Math.round(clock.monotonicMs() - startMs) }, 'answered');
  }

  async function refuse(request: IncomingMessage, response: ServerResponse, thrown: unknown): Promise<void> {
    if (response.destroyed) {
      // The caller went away in the middle of it; that is no error of anybody's.
      return;
    }
    const error = toAppError(thrown);
    if (error.status >= 500) {
      logger.error({ method: request.method, path: pathOf(request), err: thrown }, 'a request failed');
    }
    if (response.headersSent) {
      response.destroy();
    } else {
      await sendProblem(request, response, error);
    }
  }

  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: limits.checkIntervalMs,
      keepAliveTimeout: 5000,
    },
    // Ends in an answer whatever happens, so that nobody has to wait for it.
    (request, response) => void handle(request, response),
  );
  server.maxConnections = MAX_CONNECTIONS;

  async function close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    server.close(() => resolve(undefined));
    api[Symbol.dispose]();
    const grace = clock.after(CLOSE_GRACE_MS, () => server.closeAllConnections());
    await promise;
    grace[Symbol.dispose]();
  }

  try {
    const port = await listenOn(server, { port: options.port, host: options.host, ...PORT_WORDS });
    // For example no file descriptors left for one more connection; those there are go on.
    server.on('error', (error) => logger.error({ err: error }, 'the control server cannot accept connections'));
    return {
      url: `http://${options.host}:${port}`,
      [Symbol.asyncDispose]() {
        closing ??= close();
        return closing;
      },
    };
  } catch (error) {
    api[Symbol.dispose]();
    throw error;
  }
}

/** Without the query: a search may be private, and logs are sent to strangers. */
function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').replace(/[?#].*$/s, '');
}
