import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { AppError } from '../../../shared/app-error.ts';
import type { IngestEndCode } from '../../ports/ingest.ts';
import {
  type Entrance,
  type EntranceOptions,
  hostInUrl,
  MAX_SENDERS,
  ONLY_STREAM,
  plainAddress,
} from './entrance.ts';
import { openSender, type Sender } from './sender.ts';

/** A transport stream over plain TCP. Rejects as `net.Server.listen` does. */
export async function openTcpEntrance(
  options: EntranceOptions & { readonly host: string; readonly port: number; readonly accessToken: string },
): Promise<Entrance> {
  const { host, logger } = options;
  const senders = new Map<Socket, Sender>();
  const server = createServer((socket) => accept(socket));

  function accept(socket: Socket): void {
    // The end of the connection is what counts, and `close` tells it.
    socket.on('error', () => undefined);
    const { remoteAddress, remotePort } = socket;
    if (remoteAddress === undefined || remotePort === undefined || senders.size >= MAX_SENDERS) {
      logger.warn({ peer: remoteAddress }, 'a further encoder is not let in: there are as many as can be');
      socket.destroy();
      return;
    }
    const sender = openSender({
      ...options,
      request: {
        accessToken: options.accessToken,
        streamName: ONLY_STREAM,
        ingestUrl: `tcp://${hostInUrl(host)}:${socket.localPort ?? options.port}`,
        peer: { address: plainAddress(remoteAddress), port: remotePort },
      },
      hangUp() {
        senders.delete(socket);
        socket.destroy();
      },
    });
    if (sender instanceof AppError) {
      socket.destroy();
      return;
    }
    senders.set(socket, sender);
    socket.on('data', (bytes: Uint8Array) => sender.push(bytes));
    socket.on('close', () => sender.end('MPE_CLIENT_DISCONNECTED'));
  }

  server.listen(options.port, host);
  await once(server, 'listening');
  // Too many open files, for one: the encoder tries again.
  server.on('error', (error) => logger.warn({ problem: error.message }, 'an encoder could not be let in'));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    senders: () => senders.size,
    async close(reason: IngestEndCode) {
      const closed = once(server, 'close');
      server.close();
      for (const sender of [...senders.values()]) {
        sender.end(reason);
      }
      await closed;
    },
  };
}
