import type { Clock } from '../../../base/clock.ts';
import { createSerial } from '../../../base/serial.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { IngestDoor } from '../../ports/ingest.ts';
import type { Logger } from '../../ports/logger.ts';
import type { LaunchNode } from '../../ports/process.ts';
import { DEFAULT_RTMP_LIMITS, type RtmpLimits } from './limits.ts';
import type { EntranceName, ReceiverEvent } from './messages.ts';
import { createPublishers } from './publishers.ts';
import { openReceiverProcess } from './receiver-process.ts';

/** Where encoders are waited for. */
export type RtmpAddress = {
  /** Address of this computer to listen on: `127.0.0.1`, `0.0.0.0`, `::`. */
  readonly host: string;
  /** 0 takes any free one. Those with TLS are not opened without a certificate. */
  readonly ports: Readonly<Record<EntranceName, number>>;
  /** PEM. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
};

export type RtmpIngestOptions = RtmpAddress & {
  readonly door: IngestDoor;
  readonly launchNode: LaunchNode;
  /** `core/rtmp-main`, `.ts` from a checkout, `.js` when built. */
  readonly entry: URL;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly platform: NodeJS.Platform;
  /** Without picture, sound or data for so long a connection is ended: `MPE_RTMP_SESSION_IDLE_TIMEOUT`. 30 000 when left out. */
  readonly idleMs?: number | undefined;
  readonly limits?: Partial<RtmpLimits> | undefined;
};

export type RtmpIngest = AsyncDisposable & {
  /** As they really are; those with TLS are undefined without a certificate. */
  readonly ports: () => Readonly<Partial<Record<EntranceName, number>>>;
  /**
   * Listens elsewhere, or with another certificate; what is left out stays, ports that were free choices too. Connections go on. When it
   * fails it listens where it did before, and throws `service/port-taken`, `service/port-refused` or `ingest/certificate`.
   */
  readonly listen: (change: Partial<RtmpAddress>) => Promise<void>;
  /** Streams that come in now. */
  readonly connections: () => number;
  /** How often the receiver's process had to be started again. */
  readonly restarts: () => number;
};

type Outcome = Extract<ReceiverEvent, { type: 'listening' | 'listen-failed' }>;

const SETTINGS: Readonly<Record<EntranceName, string>> = {
  primary: 'network.rtmpPort',
  secondary: 'network.rtmpSecondaryPort',
  tlsPrimary: 'network.rtmpsPort',
  tlsSecondary: 'network.rtmpsSecondaryPort',
};

/** From the question to the answer; a fresh process starts within it. */
const ANSWER_MS = 20_000;
/** After a restart a port may still be taken for a moment, by our own dead process for example. */
const RETRY_MS = 1000;

/**
 * RTMP and RTMPS for encoders (spec 2.5, 2.7, 2.9), received in a process of its own that is started again when it ends; connections are lost
 * then, and encoders come back. Throws `service/port-taken` and `service/port-refused`, which name port and setting, `ingest/certificate`, and
 * `process/unusable` when the process does not start.
 */
export async function openRtmpIngest(options: RtmpIngestOptions): Promise<RtmpIngest> {
  await using opened = new AsyncDisposableStack();
  const { clock, logger } = options;
  const { idleMs = DEFAULT_RTMP_LIMITS.idleMs } = options;
  const limits = { ...DEFAULT_RTMP_LIMITS, idleMs, ...options.limits };
  const changes = createSerial();
  let wanted: RtmpAddress = { host: options.host, ports: options.ports, tls: options.tls };
  let bound: Partial<Record<EntranceName, number>> = {};
  let round = 0;
  /** What the receiver was told last. */
  let told = wanted;
  let answered: ((outcome: Outcome) => void) | undefined;
  let retry: Disposable | undefined;

  const publishers = createPublishers({
    door: options.door,
    logger,
    send: (command) => receiver.send(command),
  });

  /** Says where to listen, to the present process and to those after it. */
  function tell(address: RtmpAddress): void {
    round += 1;
    told = address;
    receiver.send({ type: 'listen', round, ...address, limits });
  }

  /** Resolves with the answer, of the present process or of the next. */
  async function ask(address: RtmpAddress): Promise<Outcome> {
    retry?.[Symbol.dispose]();
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    answered = resolve;
    using _late = clock.after(ANSWER_MS, () => {
      reject(new AppError('process/unusable', 'The program part that receives RTMP does not start.'));
    });
    tell(address);
    try {
      return await promise;
    } finally {
      answered = undefined;
    }
  }

  function onOutcome(outcome: Outcome): void {
    if (outcome.round !== round) {
      return;
    }
    if (answered !== undefined) {
      answered(outcome);
    } else if (outcome.type === 'listen-failed') {
      tryLater(outcome);
    }
  }

  /** Where it listened before it cannot listen now. Encoders try again, and so do we. */
  function tryLater(outcome: Outcome): void {
    logger.error({ error: listenError(outcome, wanted) }, 'RTMP cannot be received for now');
    retry = clock.after(RETRY_MS, () => tell(wanted));
  }

  async function move(change: Partial<RtmpAddress>): Promise<void> {
    const next = { ...wanted, ...change };
    const outcome = await ask(next);
    if (outcome.type === 'listening') {
      bound = outcome.ports;
      // Free choices stay what they were, over restarts too.
      wanted = { ...next, ports: { ...next.ports, ...bound } };
      return;
    }
    if (Object.keys(bound).length > 0) {
      const restored = await ask(wanted);
      if (restored.type === 'listen-failed') {
        tryLater(restored);
      }
    }
    throw listenError(outcome, next);
  }

  const receiver = await openReceiverProcess({
    launch: options.launchNode,
    entry: options.entry,
    clock,
    logger,
    platform: options.platform,
    onReady: () => tell(answered === undefined ? wanted : told),
    onEvent(event) {
      switch (event.type) {
        case 'alive':
          break;
        case 'listening':
        case 'listen-failed':
          onOutcome(event);
          break;
        case 'publish':
          publishers.publish(event);
          break;
        case 'misaddressed': {
          const { address, port, ingestUrl } = event;
          options.door.misaddressed({ ingestUrl, peer: { address, port } });
          break;
        }
        case 'track':
          publishers.track(event);
          break;
        case 'cue':
          publishers.cue(event);
          break;
        case 'ended':
          publishers.ended(event);
          break;
      }
    },
    onSample: publishers.sample,
    onGone: () =>
      publishers.endAll(
        new AppError('process/exited', 'The program part that receives RTMP ended and was restarted.'),
      ),
  });
  opened.use(receiver);
  opened.defer(() => {
    retry?.[Symbol.dispose]();
    publishers.endAll('MPI_SYSTEM_MAINTENANCE');
  });
  await move({});
  const owned = opened.move();
  return {
    ports: () => bound,
    listen: (change) => changes.run(() => move(change)),
    connections: publishers.count,
    restarts: receiver.restarts,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function listenError(outcome: Outcome, { host, ports }: RtmpAddress): AppError {
  if (outcome.type === 'listening' || outcome.entrance === undefined) {
    const words = outcome.type === 'listening' ? '' : outcome.words;
    return new AppError('ingest/certificate', `RTMPS cannot use the certificate or its key: ${words}.`, {
      details: { setting: 'network.certificateFile' },
    });
  }
  const port = ports[outcome.entrance];
  const setting = SETTINGS[outcome.entrance];
  const details = { port, setting, host };
  const cure = `Choose another with the setting ${setting}; 0 takes any free one.`;
  return outcome.code === 'EADDRINUSE'
    ? new AppError('service/port-taken', `Port ${port} for RTMP is already in use. ${cure}`, { details })
    : new AppError(
        'service/port-refused',
        `The operating system refuses port ${port} for RTMP on ${host}: ${outcome.words}. ${cure}`,
        { details },
      );
}
