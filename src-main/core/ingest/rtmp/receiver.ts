import type { Clock } from '../../../base/clock.ts';
import { createSerial } from '../../../base/serial.ts';
import type { Logger } from '../../ports/logger.ts';
import { DEFAULT_RTMP_LIMITS, type RtmpLimits } from './limits.ts';
import type { LinkWriter } from './link.ts';
import { type Arrival, createListeners, type ListenCommand, ListenFailure } from './listeners.ts';
import { type ReceiverCommand, type ReceiverEvent, reasonFromWire } from './messages.ts';
import { openSession, type Session } from './session.ts';

const LOOK_MS = 1000;

export type Receiver = Disposable & { handle(command: ReceiverCommand): void };

/** What runs in the receiver's process: ports, and a session for every connection. */
export function openReceiver(options: {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly link: Pick<LinkWriter, 'message' | 'sample'>;
}): Receiver {
  const { clock, logger, link } = options;
  const sessions = new Map<number, Session>();
  const sockets = new Set<{ destroy(): void }>();
  const listening = createSerial();
  let limits: RtmpLimits = DEFAULT_RTMP_LIMITS;
  let lastId = 0;
  const tell = (event: ReceiverEvent): void => link.message(event);

  const listeners = createListeners({
    logger,
    onRaw(socket) {
      const publishing = [...sessions.values()].filter((session) => session.isPublishing()).length;
      if (sockets.size >= limits.connections || sockets.size - publishing >= limits.strangers) {
        logger.warn({ connections: sockets.size, publishing }, 'a connection was turned away: there are too many');
        return false;
      }
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      return true;
    },
    onArrival,
  });

  function onArrival({ entrance, socket, peer }: Arrival): void {
    lastId += 1;
    const id = lastId;
    const session = openSession({
      id,
      socket,
      entrance,
      peer,
      clock,
      logger,
      limits,
      link,
      onEvent: tell,
      onGone: () => sessions.delete(id),
    });
    sessions.set(id, session);
  }

  async function listen(command: ListenCommand): Promise<void> {
    const { round } = command;
    limits = command.limits;
    try {
      tell({ type: 'listening', round, ports: await listeners.listen(command) });
    } catch (error) {
      const { entrance, code, message } =
        error instanceof ListenFailure ? error : new ListenFailure(undefined, error);
      tell({ type: 'listen-failed', round, entrance, code, words: message });
    }
  }

  let timer = clock.after(LOOK_MS, look);
  function look(): void {
    for (const session of sessions.values()) {
      session.look();
    }
    tell({ type: 'alive' });
    timer = clock.after(LOOK_MS, look);
  }

  return {
    handle(command) {
      switch (command.type) {
        case 'listen':
          void listening.run(() => listen(command));
          break;
        case 'accept':
          sessions.get(command.id)?.accept();
          break;
        case 'end':
          sessions.get(command.id)?.end(reasonFromWire(command.reason));
          break;
      }
    },
    [Symbol.dispose]() {
      timer[Symbol.dispose]();
      listeners.close();
      for (const socket of sockets) {
        socket.destroy();
      }
    },
  };
}
