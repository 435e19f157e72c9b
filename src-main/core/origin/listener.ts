import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type Http2Session,
} from 'node:http2';
import { Socket } from 'node:net';
import type { TlsMaterial } from '../ports/endpoint-rules.ts';
import { plainAddress } from '../ports/ip-list.ts';
import { listenOn, type PortWords } from '../ports/listen.ts';
import type { OriginLimits } from './limits.ts';
import { exchangeOf } from './multiplexed.ts';
import type { Exchange } from './respond.ts';

/** One socket that connections are accepted on. */
export type Listener = {
  readonly port: number;
  readonly host: string;
  readonly isOpen: () => boolean;
  /** Another certificate for connections from now on; of a listener with TLS. */
  readonly present: (tls: TlsMaterial) => void;
  /** Accepts no more and frees the port at once; connections end after their answer. */
  readonly retire: () => void;
};

type ListenOptions = {
  readonly port: number;
  readonly host: string;
  readonly words: PortWords;
  /** HTTP/2, and HTTP/1.1 for who does not speak it. */
  readonly tls?: TlsMaterial | undefined;
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
  readonly listen: (options: ListenOptions) => Promise<Listener>;
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

/** Requests at once on one connection of HTTP/2; RFC 9113 §6.5.2 asks for no fewer than 100. */
const MAX_STREAMS = 100;

/** MiB that one connection of HTTP/2 may have queued before it is given no new request. node's default is less than two long segments. */
const MAX_SESSION_MIB = 64;

type Server = HttpServer | Http2SecureServer;
type Arrival = { readonly request: IncomingMessage; readonly response: ServerResponse };
type Connection = { readonly address: string; busy: boolean; readonly waiting: Arrival[] };
/** A connection of HTTP/2. */
type Session = { readonly address: string; readonly open: Set<Http2ServerResponse> };

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
  const sockets = new Set<Socket>();
  const connections = new WeakMap<Socket, Connection>();
  const sessions = new WeakMap<Http2Session, Session>();
  /** Those that are retired too, as long as a connection of theirs is open. */
  const servers = new Map<Server, Promise<unknown>>();
  const byAddress = new Map<string, number>();
  let open = 0;
  let refused = 0;
  let stalled = 0;

  function accept(socket: Socket): void {
    const address = plainAddress(socket.remoteAddress ?? '');
    const ofCaller = byAddress.get(address) ?? 0;
    if (open >= limits.connections || ofCaller >= limits.connectionsPerAddress) {
      refused += 1;
      socket.destroy();
      return;
    }
    open += 1;
    sockets.add(socket);
    byAddress.set(address, ofCaller + 1);
    expect(socket);
    socket.once('close', () => {
      open -= 1;
      sockets.delete(socket);
      const left = (byAddress.get(address) ?? 1) - 1;
      if (left > 0) {
        byAddress.set(address, left);
      } else {
        byAddress.delete(address);
      }
    });
  }

  /** Requests of HTTP/1.1 come on it. */
  function expect(socket: Socket): void {
    connections.set(socket, { address: plainAddress(socket.remoteAddress ?? ''), busy: false, waiting: [] });
  }

  /** One after the other also when they were sent ahead: an answer behind another one would not hear that its caller went away. */
  function arrive(server: Server, arrival: Arrival): void {
    const { request, response } = arrival;
    if (!server.listening || hasBody(request)) {
      // The listener is retired; or what follows is no request but a body that nobody wants to read.
      response.shouldKeepAlive = false;
    }
    const { socket } = request;
    const connection = connections.get(socket);
    if (connection === undefined) {
      return;
    }
    if (hasTwoHosts(request)) {
      turnAway(socket, '400 Bad Request');
    } else if (!connection.busy) {
      begin(connection, arrival);
    } else if (connection.waiting.length < MAX_PIPELINED) {
      connection.waiting.push(arrival);
    } else {
      socket.destroy();
    }
  }

  function begin(connection: Connection, { request, response }: Arrival): void {
    const { socket } = request;
    const before = socket.bytesWritten;
    connection.busy = true;
    response.once('close', () => {
      connection.busy = false;
      const next = connection.waiting.shift();
      if (next !== undefined && !socket.destroyed) {
        begin(connection, next);
      }
    });
    const { address } = connection;
    handle({ request, response, body: response, address, written: () => socket.bytesWritten - before });
  }

  /** All at once: each hears for itself that its caller went away. */
  function arriveMultiplexed(request: Http2ServerRequest, response: Http2ServerResponse): void {
    const session = response.stream.session === undefined ? undefined : sessions.get(response.stream.session);
    if (session !== undefined) {
      session.open.add(response);
      response.once('close', () => session.open.delete(response));
      handle(exchangeOf(request, response, session.address));
    }
  }

  /** Node tells when nothing has moved for `stallMs`, also while there is something to send. */
  function onTimeout(idle: Socket | Http2Session): void {
    const isSocket = idle instanceof Socket;
    const hasMore = isSocket ? idle.writableLength > 0 : hasUnsent(sessions.get(idle));
    const isBusy = isSocket ? connections.get(idle)?.busy === true : (sessions.get(idle)?.open.size ?? 0) > 0;
    // A held request or a segment that does not grow: those have limits of their own.
    if (!isBusy || hasMore) {
      stalled += hasMore ? 1 : 0;
      idle.destroy();
    }
  }

  function onParserError(error: Error & { readonly code?: string }, socket: Socket): void {
    const { code = '' } = error;
    // Before TLS is agreed on nothing can be said.
    if (/^(?:HPE_|ERR_HTTP_)/.test(code)) {
      turnAway(socket, PARSER_ANSWERS[code] ?? '400 Bad Request');
    } else {
      socket.destroy();
    }
  }

  /** Without a word in the middle of an answer, and where nobody would hear it. */
  function turnAway(socket: Socket, status: string): void {
    if (!socket.writable || connections.get(socket)?.busy === true) {
      socket.destroy();
      return;
    }
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
  }

  function create(tls: TlsMaterial | undefined): Server {
    const common = {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: limits.headersTimeoutMs,
      // No request has a body that is read.
      requestTimeout: limits.headersTimeoutMs,
      connectionsCheckingInterval: limits.checkIntervalMs,
      keepAliveTimeout: limits.keepAliveMs,
      keepAlive: true,
      keepAliveInitialDelay: limits.keepAliveMs,
      noDelay: true,
    };
    const server = tls === undefined ? createPlain(common) : createSecure(common, tls);
    server.prependListener('connection', accept);
    server.on('timeout', onTimeout);
    server.on('clientError', onParserError);
    server.setTimeout(limits.stallMs);
    return server;
  }

  function createPlain(common: object): HttpServer {
    const server = createServer(common);
    server.on('request', (request, response) => arrive(server, { request, response }));
    return server;
  }

  function createSecure(common: object, tls: TlsMaterial): Http2SecureServer {
    const server = createSecureServer({
      ...common,
      ...tls,
      allowHTTP1: true,
      minVersion: 'TLSv1.2',
      handshakeTimeout: limits.headersTimeoutMs,
      maxSessionMemory: MAX_SESSION_MIB,
      settings: { maxConcurrentStreams: MAX_STREAMS, maxHeaderListSize: MAX_HEADER_BYTES },
    });
    server.prependListener('secureConnection', expect);
    server.on('session', (session) => {
      sessions.set(session, { address: plainAddress(session.socket.remoteAddress ?? ''), open: new Set() });
    });
    server.on(
      'request',
      (request: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse) => {
        if ('stream' in request && 'stream' in response) {
          arriveMultiplexed(request, response);
        } else if (!('stream' in request) && !('stream' in response)) {
          arrive(server, { request, response });
        }
      },
    );
    return server;
  }

  return {
    counts: () => ({ open, refused, stalled }),
    async listen({ port, host, words, tls }) {
      const server = create(tls);
      const bound = await listenOn(server, { port, host, purpose: 'for viewers', ...words });
      // For example no file descriptors left for one more connection; those there are go on.
      server.on('error', onFault);
      const { promise, resolve } = Promise.withResolvers<undefined>();
      servers.set(server, promise);
      server.once('close', () => {
        servers.delete(server);
        resolve(undefined);
      });
      return {
        port: bound,
        host,
        isOpen: () => server.listening,
        present(material) {
          if ('setSecureContext' in server) {
            server.setSecureContext({ ...material, minVersion: 'TLSv1.2' });
          }
        },
        retire: () => void server.close(),
      };
    },
    cutAll() {
      for (const socket of sockets) {
        socket.destroy();
      }
    },
    async ended() {
      await Promise.all(servers.values());
    },
  };
}

function hasUnsent(session: Session | undefined): boolean {
  return [...(session?.open ?? [])].some(({ stream }) => stream.writableLength > 0);
}

/** RFC 9112 §3.2: to be refused, because whoever passes it on may take the other one. node takes the first. */
function hasTwoHosts({ rawHeaders }: IncomingMessage): boolean {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    hosts += rawHeaders[index]?.toLowerCase() === 'host' ? 1 : 0;
  }
  return hosts > 1;
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}
