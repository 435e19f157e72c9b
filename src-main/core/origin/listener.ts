import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { AppError } from '../../shared/app-error.ts';
import type { OriginLimits } from './limits.ts';
import type { Exchange } from './respond.ts';

/** One socket that connections are accepted on. */
export type Listener = {
  readonly port: number;
  readonly host: string;
  readonly isOpen: () => boolean;
  /** Accepts no more and frees the port at once; connections end after their answer. */
  readonly retire: () => void;
};

type ConnectionCounts = {
  readonly open: number;
  /** Not accepted, because there were too many. */
  readonly refused: number;
  /** Ended because nothing was taken off them any more. */
  readonly stalled: number;
};

/** All that viewers have opened, and the requests on each connection one after the other. */
export type Connections = {
  /** Throws `service/port-taken` and `service/port-refused`. */
  readonly listen: (port: number, host: string) => Promise<Listener>;
  readonly counts: () => ConnectionCounts;
  /** Ends every connection now. */
  readonly cutAll: () => void;
  /** Resolves when no connection is open any more; every listener has to be retired. */
  readonly ended: () => Promise<void>;
};

/** Request line and headers together; node answers 431 to more. */
const MAX_HEADER_BYTES = 16 * 1024;

/** Requests sent ahead of the answer on one connection. No player does so; a proxy may, a little. */
const MAX_PIPELINED = 16;

type Connection = { readonly address: string; busy: boolean; readonly waiting: Exchange[] };

const PARSER_ANSWERS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

export function createConnections(options: {
  readonly limits: OriginLimits;
  /** Ends in an answer whatever happens. */
  readonly handle: (exchange: Exchange) => void;
  readonly onFault: (error: Error) => void;
}): Connections {
  const { limits, handle, onFault } = options;
  const connections = new WeakMap<Socket, Connection>();
  /** Those that are retired too, as long as a connection of theirs is open. */
  const servers = new Map<Server, Promise<unknown>>();
  const byAddress = new Map<string, number>();
  let open = 0;
  let refused = 0;
  let stalled = 0;

  function accept(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    const ofCaller = byAddress.get(address) ?? 0;
    if (open >= limits.connections || ofCaller >= limits.connectionsPerAddress) {
      refused += 1;
      socket.destroy();
      return;
    }
    open += 1;
    byAddress.set(address, ofCaller + 1);
    connections.set(socket, { address, busy: false, waiting: [] });
    socket.once('close', () => {
      open -= 1;
      const left = (byAddress.get(address) ?? 1) - 1;
      if (left > 0) {
        byAddress.set(address, left);
      } else {
        byAddress.delete(address);
      }
    });
  }

  /** One after the other also when they were sent ahead: an answer behind another one would not hear that its caller went away. */
  function arrive(this: Server, request: IncomingMessage, response: ServerResponse): void {
    if (!this.listening || hasBody(request)) {
      // The listener is retired; or what follows is no request but a body that nobody wants to read.
      response.shouldKeepAlive = false;
    }
    const { socket } = request;
    const connection = connections.get(socket);
    if (connection === undefined) {
      return;
    }
    const exchange = { request, response, address: connection.address };
    if (!connection.busy) {
      begin(connection, exchange);
    } else if (connection.waiting.length < MAX_PIPELINED) {
      connection.waiting.push(exchange);
    } else {
      socket.destroy();
    }
  }

  function begin(connection: Connection, exchange: Exchange): void {
    connection.busy = true;
    exchange.response.once('close', () => {
      connection.busy = false;
      const next = connection.waiting.shift();
      if (next !== undefined && !exchange.request.socket.destroyed) {
        begin(connection, next);
      }
    });
    handle(exchange);
  }

  /** Node tells when nothing has moved for `stallMs`, also while there is something to send. */
  function onTimeout(socket: Socket): void {
    const isWaiting = connections.get(socket)?.busy === true && socket.writableLength === 0;
    // A held request or a segment that does not grow: those have limits of their own.
    if (!isWaiting) {
      stalled += socket.writableLength > 0 ? 1 : 0;
      socket.destroy();
    }
  }

  function onParserError(error: Error & { readonly code?: string }, socket: Socket): void {
    // In the middle of an answer nothing can be said; and nobody hears it when the connection is gone.
    if (!socket.writable || connections.get(socket)?.busy === true) {
      socket.destroy();
      return;
    }
    const status = PARSER_ANSWERS[error.code ?? ''] ?? '400 Bad Request';
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
  }

  function create(): Server {
    const server = createServer(
      {
        maxHeaderSize: MAX_HEADER_BYTES,
        headersTimeout: limits.headersTimeoutMs,
        // No request has a body that is read.
        requestTimeout: limits.headersTimeoutMs,
        connectionsCheckingInterval: limits.checkIntervalMs,
        keepAliveTimeout: limits.keepAliveMs,
        keepAlive: true,
        keepAliveInitialDelay: limits.keepAliveMs,
        noDelay: true,
      },
      arrive,
    );
    server.prependListener('connection', accept);
    server.on('timeout', onTimeout);
    server.on('clientError', onParserError);
    server.setTimeout(limits.stallMs);
    return server;
  }

  return {
    counts: () => ({ open, refused, stalled }),
    async listen(port, host) {
      const server = create();
      const bound = await bind(server, port, host);
      // For example no file descriptors left for one more connection; those there are go on.
      server.on('error', onFault);
      const { promise, resolve } = Promise.withResolvers<undefined>();
      servers.set(server, promise);
      server.once('close', () => {
        servers.delete(server);
        resolve(undefined);
      });
      return { port: bound, host, isOpen: () => server.listening, retire: () => server.close() };
    },
    cutAll() {
      for (const server of servers.keys()) {
        server.closeAllConnections();
      }
    },
    async ended() {
      await Promise.all(servers.values());
    },
  };
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

async function bind(server: Server, port: number, host: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  server.once('error', reject);
  server.listen(port, host, () => resolve(undefined));
  try {
    await promise;
  } catch (error) {
    throw bindError(error, port);
  }
  server.off('error', reject);
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

function bindError(error: unknown, port: number): AppError {
  const details = { port, setting: 'network.originPort', flag: '--origin-port' };
  const cure = 'Choose another with the setting network.originPort or with --origin-port; 0 takes any free one.';
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    const message = `Port ${port} for viewers is already in use. ${cure}`;
    return new AppError('service/port-taken', message, { details, cause: error });
  }
  const words = error instanceof Error ? error.message : String(error);
  return new AppError(
    'service/port-refused',
    `The operating system refuses port ${port} for viewers: ${words}. ${cure}`,
    {
      details,
      cause: error,
    },
  );
}
