import { connect, type Socket } from 'node:net';
import type { Logger } from '../ports/logger.ts';
import type { MixerCommand, MixerEvent } from '../ports/mixer.ts';
import { createLinkReader, createLinkWriter, type LinkFrame, type LinkWriter } from './link.ts';
import { isMixerCommand } from './messages.ts';

export type ServeLinkOptions = {
  readonly path: string;
  readonly token: string;
  readonly logger: Logger;
  readonly onCommand: (command: MixerCommand) => void;
};

/** The mixer's end of the link. */
export type ServedLink = {
  readonly writer: Pick<LinkWriter, 'encoded' | 'picture'>;
  event(event: MixerEvent): void;
  /** Resolves when the service is gone, or has sent what makes no sense; never rejects. */
  readonly closed: Promise<void>;
  /** Sends what is still waiting, then closes. */
  end(): Promise<void>;
};

/** Rejects when nobody listens at that path. */
export async function serveLink(options: ServeLinkOptions): Promise<ServedLink> {
  const { logger } = options;
  const socket = await connected(options.path);
  const reader = createLinkReader();
  const writer = createLinkWriter(socket);
  const closed = Promise.withResolvers<undefined>();
  // It is the service that we have connected to: nobody else can listen in that folder.
  reader.trust();
  writer.hello(options.token);

  function onFrame(frame: LinkFrame): void {
    if (frame.kind === 'message' && isMixerCommand(frame.value)) {
      options.onCommand(frame.value);
    } else {
      // A command that is not right changes nothing; the service hears of it in the log.
      logger.error({ kind: frame.kind }, 'the service sent a command that is not right');
    }
  }

  socket.on('data', (bytes: Buffer) => {
    try {
      reader.push(bytes, onFrame);
    } catch (error) {
      logger.error({ error }, 'the socket of the service carried garbage and is cut off');
      socket.destroy();
    }
  });
  socket.on('error', (error) => logger.warn({ error }, 'the socket of the service failed'));
  socket.on('close', () => closed.resolve(undefined));

  return {
    writer,
    event: (event) => writer.message(event),
    closed: closed.promise,
    async end() {
      socket.end();
      await closed.promise;
    },
  };
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
