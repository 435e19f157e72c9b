import { connect, type Socket } from 'node:net';
import type { Clock } from '../../../base/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import { createLinkReader, createLinkWriter } from './link.ts';
import { receiverCommand } from './messages.ts';
import { openReceiver } from './receiver.ts';

export type ServeReceiverOptions = {
  readonly path: string;
  readonly token: string;
  readonly clock: Clock;
  readonly logger: Logger;
};

/**
 * Receives RTMP for the service at the other end of the socket until that is gone, or has sent what makes no sense. Rejects when nobody listens
 * at that path.
 */
export async function serveReceiver(options: ServeReceiverOptions): Promise<void> {
  const { clock, logger } = options;
  const socket = await connected(options.path);
  const reader = createLinkReader();
  const writer = createLinkWriter(socket, clock);
  const closed = Promise.withResolvers<undefined>();
  using receiver = openReceiver({ clock, logger, link: writer });
  // It is the service that we have connected to: nobody else can listen in that folder.
  reader.trust();
  socket.on('data', (bytes: Buffer) => {
    try {
      reader.push(bytes, (frame) => {
        receiver.handle(receiverCommand.parse(frame.kind === 'message' ? frame.value : frame.kind));
      });
    } catch (error) {
      logger.error({ error }, 'the socket of the service carried garbage and is cut off');
      socket.destroy();
    }
  });
  socket.on('error', (error) => logger.warn({ error }, 'the socket of the service failed'));
  socket.on('close', () => closed.resolve(undefined));
  writer.hello(options.token);
  await closed.promise;
}

function connected(path: string): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connect(path);
  socket.once('error', reject);
  socket.once('connect', () => {
    socket.removeListener('error', reject);
    resolve(socket);
  });
  return promise;
}
