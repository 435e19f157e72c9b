import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { AppError } from '../../../shared/app-error.ts';
import { listenOn } from '../../ports/listen.ts';
import { plainAddress } from './exchange.ts';
import type { PushLimits } from './limits.ts';

/** PEM. */
export type TlsFiles = { readonly cert: string | Buffer; readonly key: string | Buffer };

export type Scheme = 'http' | 'https';

/** One socket that encoders are accepted on. */
export type Listener = {
  readonly port: number;
  /** Accepts no more and frees the port at once. */
  readonly retire: () => void;
};

export type Listeners = {
  /** Throws `service/port-taken`, `service/port-refused` and `ingest/certificate`. */
  readonly listen: (scheme: Scheme, port: number, host: string) => Promise<Listener>;
  /** Ends the connections from such addresses now. */
  readonly cut: (isMeant: (address: string) => boolean) => void;
  /** Resolves when no connection is open any more; every listener has to be retired. */
  readonly ended: () => Promise<void>;
};

/** Request line and headers together; node answers 431 to more. */
const MAX_HEADER_BYTES = 16 * 1024;

const SETTINGS: Readonly<Record<Scheme, string>> = {
  http: 'network.ingestPort',
  https: 'network.ingestTlsPort',
};

const PARSER_ANSWERS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

export function createListeners(options: {
  readonly limits: PushLimits;
  readonly tls: TlsFiles | undefined;
  /** Ends in an answer whatever happens. */
  readonly handle: (request: IncomingMessage, response: ServerResponse, scheme: Scheme) => void;
  readonly onFault: (error: Error) => void;
}): Listeners {
  const { limits, tls, handle, onFault } = options;
  /** Those that are retired too, as long as a connection of theirs is open. */
  const servers = new Map<Server, Promise<unknown>>();
  const sockets = new Map<Socket, string>();
  const busy = new WeakSet<Socket>();

  function accept(socket: Socket): void {
    const address = plainAddress(socket.remoteAddress ?? '');
    const ofCaller = [...sockets.values()].filter((other) => other === address).length;
    if (sockets.size >= limits.connections || ofCaller >= limits.connectionsPerAddress) {
      socket.destroy();
      return;
    }
    sockets.set(socket, address);
    socket.once('close', () => sockets.delete(socket));
  }

  function onParserError(error: Error & { readonly code?: string }, socket: Socket): void {
    // In the middle of a body its reader says what there is to say; and nobody hears it when the connection is gone.
    if (!socket.writable || busy.has(socket)) {
      socket.destroy();
      return;
    }
    const status = PARSER_ANSWERS[error.code ?? ''] ?? '400 Bad Request';
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
  }

  function create(scheme: Scheme): Server {
    const common: ServerOptions = {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: limits.headersTimeoutMs,
      // A stream is one request and lasts for days; what is silent or too slow the body's reader ends.
      requestTimeout: 0,
      connectionsCheckingInterval: limits.checkIntervalMs,
      keepAliveTimeout: limits.keepAliveMs,
      keepAlive: true,
      keepAliveInitialDelay: limits.keepAliveMs,
    };
    const server = scheme === 'http' ? createServer(common) : secure(common);
    const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
      const { socket } = request;
      busy.add(socket);
      response.once('close', () => busy.delete(socket));
      handle(request, response, scheme);
    };
    server.on('request', onRequest);
    // An encoder that asks first is told no before it sends anything; the body's reader says yes.
    server.on('checkContinue', onRequest);
    server.prependListener('connection', accept);
    server.on('clientError', onParserError);
    return server;
  }

  function secure(common: ServerOptions): Server {
    if (tls === undefined) {
      throw certificateError('there is none');
    }
    try {
      const { cert, key } = tls;
      const handshakeTimeout = limits.headersTimeoutMs;
      // Not 1.3: its session tickets come after the handshake, and an encoder that only writes never reads them. Its system then answers the
      // end of the connection with a reset, and what of the stream was still under way is lost: ffmpeg lost seconds of it.
      const versions = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const;
      return createTlsServer({ ...common, ...versions, cert, key, handshakeTimeout });
    } catch (error) {
      throw certificateError(error instanceof Error ? error.message : String(error), error);
    }
  }

  return {
    async listen(scheme, port, host) {
      const server = create(scheme);
      const bound = await listenOn(server, { port, host, ...portOptions(scheme) });
      // For example no file descriptors left for one more connection; those there are go on.
      server.on('error', onFault);
      const { promise, resolve } = Promise.withResolvers<undefined>();
      servers.set(server, promise);
      server.once('close', () => {
        servers.delete(server);
        resolve(undefined);
      });
      return { port: bound, retire: () => server.close() };
    },
    cut(isMeant) {
      for (const [socket, address] of sockets) {
        if (isMeant(address)) {
          socket.destroy();
        }
      }
    },
    async ended() {
      await Promise.all(servers.values());
    },
  };
}

function portOptions(scheme: Scheme) {
  const setting = SETTINGS[scheme];
  return {
    purpose: 'for encoders that push fragmented MP4',
    cure: `Choose another with the setting ${setting}; 0 takes any free one.`,
    details: { setting },
  };
}

function certificateError(why: string, cause?: unknown): AppError {
  return new AppError('ingest/certificate', `The certificate for encoders cannot be used: ${why}.`, {
    details: { setting: 'network.certificateFile' },
    cause,
  });
}
