import { createServer, isIPv6, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';
import type { IngestPeer } from '../../ports/ingest.ts';
import type { Logger } from '../../ports/logger.ts';
import { type EntranceName, entranceName, type ReceiverCommand } from './messages.ts';

export type ListenCommand = Extract<ReceiverCommand, { type: 'listen' }>;
export type BoundPorts = Partial<Record<EntranceName, number>>;

export type Arrival = { readonly entrance: EntranceName; readonly socket: Duplex; readonly peer: IngestPeer };

export type Listeners = {
  /** Listens as told and nowhere else. Rejects with a `ListenFailure`, and listens nowhere then. Connections go on in any case. */
  listen(command: ListenCommand): Promise<BoundPorts>;
  close(): void;
};

export class ListenFailure extends Error {
  /** Undefined: the certificate. */
  readonly entrance: EntranceName | undefined;
  readonly code: string;

  constructor(entrance: EntranceName | undefined, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.entrance = entrance;
    this.code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  }
}

export type ListenersOptions = {
  readonly logger: Logger;
  /** Every connection, with TLS also before anything of it is known. False turns it away. */
  readonly onRaw: (socket: Socket) => boolean;
  readonly onArrival: (arrival: Arrival) => void;
};

const MAPPED = '::ffff:';

export function createListeners(options: ListenersOptions): Listeners {
  const { logger } = options;
  let servers: Server[] = [];

  function close(): void {
    for (const server of servers) {
      server.close();
    }
    servers = [];
  }

  function create(entrance: EntranceName, command: ListenCommand): Server {
    const arrive = (socket: Socket): void => {
      const peer = peerOf(socket);
      if (peer === undefined) {
        socket.destroy();
      } else {
        options.onArrival({ entrance, socket, peer });
      }
    };
    const server = isTls(entrance) ? createTls(command, arrive) : createServer(arrive);
    // Ahead of the listener that begins TLS, or the session.
    server.prependListener('connection', (socket: Socket) => {
      // Before anybody else listens it may already have failed.
      socket.on('error', () => undefined);
      if (!options.onRaw(socket)) {
        socket.destroy();
      }
    });
    return server;
  }

  return {
    async listen(command) {
      close();
      const ports: BoundPorts = {};
      for (const entrance of entranceName.options) {
        const port = command.ports[entrance];
        if (port === undefined || (isTls(entrance) && command.tls === undefined)) {
          continue;
        }
        try {
          const server = create(entrance, command);
          ports[entrance] = await bind(server, port, command.host, entrance);
          server.on('error', (error) => logger.error({ error }, 'a port for encoders failed'));
          servers.push(server);
        } catch (error) {
          close();
          throw error instanceof ListenFailure ? error : new ListenFailure(undefined, error);
        }
      }
      return ports;
    },
    close,
  };
}

function isTls(entrance: EntranceName): boolean {
  return entrance === 'tlsPrimary' || entrance === 'tlsSecondary';
}

/** Throws what OpenSSL says about a certificate or key that is none. */
function createTls({ tls, limits }: ListenCommand, arrive: (socket: Socket) => void): Server {
  const server = createTlsServer(
    { cert: tls?.cert, key: tls?.key, minVersion: 'TLSv1.2', handshakeTimeout: limits.publishWithinMs },
    arrive,
  );
  // Whoever speaks no TLS has been cut off.
  server.on('tlsClientError', () => undefined);
  return server;
}

async function bind(server: Server, port: number, host: string, entrance: EntranceName): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  server.once('error', reject);
  server.listen(port, host, () => resolve(undefined));
  try {
    await promise;
  } catch (error) {
    throw new ListenFailure(entrance, error);
  }
  server.off('error', reject);
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

/** Undefined when it is gone already. */
function peerOf({ remoteAddress, remotePort }: Socket): IngestPeer | undefined {
  if (remoteAddress === undefined || remotePort === undefined) {
    return undefined;
  }
  const plain = remoteAddress.startsWith(MAPPED) ? remoteAddress.slice(MAPPED.length) : remoteAddress;
  // The zone of a link-local address is a name of this computer's.
  return { address: isIPv6(plain) ? plain.replace(/%.*$/, '') : plain, port: remotePort };
}
