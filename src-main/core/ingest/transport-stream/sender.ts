import type { Clock } from '../../../base/clock.ts';
import { AppError, toAppError } from '../../../shared/app-error.ts';
import type { IngestConnection, IngestDoor, IngestEndCode, IngestRequest } from '../../ports/ingest.ts';
import type { Logger } from '../../ports/logger.ts';
import { createStreamIntake } from './stream-intake.ts';

/** One encoder that sends, whichever way its bytes come. */
export type Sender = {
  /** The next bytes, cut anywhere; they must not be changed afterwards. Never throws: what cannot go on hangs up. */
  readonly push: (bytes: Uint8Array) => void;
  /** It has left, or is sent away. Idempotent. */
  readonly end: (reason: IngestEndCode | AppError) => void;
};

export type SenderOptions = {
  readonly door: IngestDoor;
  readonly request: Omit<IngestRequest, 'protocol' | 'entrance' | 'disconnect'>;
  /** Ends the connection of the network; called once, also after `end`. */
  readonly hangUp: (reason: IngestEndCode | AppError) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: SenderLimits;
};

export type SenderLimits = {
  /** Without a byte for so long it is sent away. */
  readonly idleMs: number;
  /** Within this picture or sound must be found in what it sends. */
  readonly startMs: number;
};

export const SENDER_LIMITS: SenderLimits = { idleMs: 30_000, startMs: 30_000 };

/** Asks the door. Returns why it is not let in, if so; then nobody has to be told. */
export function openSender(options: SenderOptions): Sender | AppError {
  const { clock, limits, request } = options;
  let connection: IngestConnection;
  try {
    connection = options.door.connect({
      ...request,
      protocol: 'TransportStream',
      entrance: 'primary',
      disconnect: (reason) => finish(reason, false),
    });
  } catch (error) {
    return toAppError(error);
  }
  const { ingestUrl, peer } = request;
  const logger = options.logger.child({ ingestUrl, peer: peer.address });
  const intake = createStreamIntake({ connection, logger });
  const startMs = clock.monotonicMs();
  let heardMs = startMs;
  let hasEnded = false;
  let watch = clock.after(Math.min(limits.idleMs, limits.startMs), check);
  logger.info({}, 'an encoder connected');

  function check(): void {
    const nowMs = clock.monotonicMs();
    const idleLeftMs = heardMs + limits.idleMs - nowMs;
    const startLeftMs = intake.isRunning() ? Infinity : startMs + limits.startMs - nowMs;
    if (startLeftMs <= 0 && idleLeftMs > 0) {
      const message =
        'What the encoder sends is no MPEG-2 transport stream with a picture or sound that can be taken.';
      finish(new AppError('MPE_INGEST_DESCRIPTION_INFO_NOT_RECEIVED', message), true);
    } else if (idleLeftMs <= 0) {
      const message = `The encoder sent nothing for ${limits.idleMs / 1000} s.`;
      finish(new AppError('MPE_RTMP_SESSION_IDLE_TIMEOUT', message), true);
    } else {
      watch = clock.after(Math.min(idleLeftMs, startLeftMs), check);
    }
  }

  function finish(reason: IngestEndCode | AppError, tellsDoor: boolean): void {
    if (hasEnded) {
      return;
    }
    hasEnded = true;
    watch[Symbol.dispose]();
    if (tellsDoor) {
      connection.end(reason);
    }
    const code = reason instanceof AppError ? reason.code : reason;
    const problem = reason instanceof AppError ? reason.message : undefined;
    logger.info({ code, problem, ...intake.faults() }, 'an encoder is gone');
    options.hangUp(reason);
  }

  /** Any fault ends this one connection, mistakes of ours too: there are others, and a broadcast. */
  function attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      finish(toAppError(error), true);
    }
  }

  return {
    push(bytes) {
      if (!hasEnded) {
        heardMs = clock.monotonicMs();
        attempt(() => intake.push(bytes));
      }
    },
    end(reason) {
      if (!hasEnded) {
        attempt(intake.finish);
        finish(reason, true);
      }
    },
  };
}
