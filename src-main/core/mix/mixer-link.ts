import { timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Clock } from '../../base/clock.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Logger } from '../ports/logger.ts';
import type { MixerCommand, MixerData, MixerEvent } from '../ports/mixer.ts';
import { createLinkReader, createLinkWriter, type LinkFrame } from './link.ts';
import { isMixerEvent } from './messages.ts';

/** Whoever connects and says nothing is shown out. */
const HELLO_MS = 5000;

export type MixerLink = {
  send(command: MixerCommand): void;
  close(): void;
};

export type AcceptMixerOptions = {
  readonly token: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onTrusted: (link: MixerLink) => void;
  /** Something came from the trusted peer. */
  readonly onBytes: () => void;
  readonly onEvent: (event: MixerEvent) => void;
  readonly onData: (data: MixerData) => void;
  /** Only for a peer that was trusted. */
  readonly onClosed: () => void;
};

/** The service's end of one connection: nothing is taken from it, and nothing told to it, before it has shown the token. */
export function acceptMixer(socket: Socket, options: AcceptMixerOptions): void {
  const { logger } = options;
  const reader = createLinkReader();
  const writer = createLinkWriter(socket);
  let isTrusted = false;
  const timer = options.clock.after(HELLO_MS, () => socket.destroy());

  function onFrame(frame: LinkFrame): void {
    switch (frame.kind) {
      case 'hello':
        if (!isSame(frame.token, options.token)) {
          logger.warn({}, 'somebody without the token connected to the socket of the mixer');
          socket.destroy();
          return;
        }
        timer[Symbol.dispose]();
        reader.trust();
        isTrusted = true;
        options.onTrusted({ send: (command) => writer.message(command), close: () => socket.destroy() });
        break;
      case 'message':
        if (!isMixerEvent(frame.value)) {
          throw new AppError('media/malformed', 'The mixer sent a message of an unknown kind.');
        }
        options.onEvent(frame.value);
        break;
      case 'data':
        options.onData(frame.data);
        break;
    }
  }

  socket.on('data', (bytes: Buffer) => {
    if (isTrusted) {
      options.onBytes();
    }
    try {
      reader.push(bytes, onFrame);
    } catch (error) {
      logger.error({ error }, 'the socket of the mixer carried garbage and is cut off');
      socket.destroy();
    }
  });
  socket.on('error', (error) => logger.warn({ error }, 'the socket of the mixer failed'));
  socket.on('close', () => {
    timer[Symbol.dispose]();
    if (isTrusted) {
      options.onClosed();
    }
  });
}

function isSame(given: string, expected: string): boolean {
  const a = Buffer.from(given, 'latin1');
  const b = Buffer.from(expected, 'latin1');
  return a.length === b.length && timingSafeEqual(a, b);
}
