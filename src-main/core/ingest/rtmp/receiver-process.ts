import type { Clock } from '../../../base/clock.ts';
import { keepNode } from '../../ports/kept-node.ts';
import type { Logger } from '../../ports/logger.ts';
import type { LaunchNode } from '../../ports/process.ts';
import {
  createLinkReader,
  createLinkWriter,
  type LinkFrame,
  type LinkWriter,
  RTMP_SOCKET_VARIABLE,
  RTMP_TOKEN_VARIABLE,
} from './link.ts';
import { type ReceiverCommand, type ReceiverEvent, receiverEvent } from './messages.ts';

export type ReceiverProcessOptions = {
  readonly launch: LaunchNode;
  readonly entry: URL;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly platform: NodeJS.Platform;
  /** A fresh process is there and knows nothing. */
  readonly onReady: () => void;
  readonly onEvent: (event: ReceiverEvent) => void;
  readonly onSample: (sample: Extract<LinkFrame, { kind: 'sample' }>) => void;
  /** The process is gone with all connections; another one is started. */
  readonly onGone: () => void;
};

export type ReceiverProcess = AsyncDisposable & {
  /** Nobody hears it while no process is there. */
  send(command: ReceiverCommand): void;
  readonly restarts: () => number;
};

/**
 * Runs the receiver in a process of its own and keeps one running until it is disposed. Resolves as soon as the socket is there. Throws what
 * listening on a local socket throws.
 */
export async function openReceiverProcess(options: ReceiverProcessOptions): Promise<ReceiverProcess> {
  let writer: LinkWriter | undefined;
  const kept = await keepNode({
    name: 'rtmp',
    calledInLog: 'the RTMP receiver',
    ...{ launch: options.launch, entry: options.entry, platform: options.platform },
    ...{ clock: options.clock, logger: options.logger },
    variables: { socket: RTMP_SOCKET_VARIABLE, token: RTMP_TOKEN_VARIABLE },
    createReader: createLinkReader,
    onConnected(life, socket) {
      writer = createLinkWriter(socket, options.clock);
      life.ready();
      options.onReady();
    },
    onFrame(_, frame) {
      if (frame.kind === 'message') {
        options.onEvent(receiverEvent.parse(frame.value));
      } else {
        options.onSample(frame);
      }
    },
    onGone() {
      writer = undefined;
      options.onGone();
    },
  });
  return {
    send: (command) => writer?.message(command),
    restarts: kept.restarts,
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
}
