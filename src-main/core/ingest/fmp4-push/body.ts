import type { Clock } from '../../../base/clock.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { Exchange } from './exchange.ts';

/** How a body ended: as HTTP says, or with the connection. */
export type BodyEnd = 'complete' | 'gone';

/** Both in milliseconds. */
export type BodyPace = {
  /** From byte to byte. */
  readonly idleMs: number;
  /** From one piece that somebody can use to the next. */
  readonly progressMs: number;
};

/** The body of one request as it comes, and everything that may end it early. */
export type Body = {
  /**
   * Hands over the bytes, which are only good during the call; `take` says whether a piece was completed by them. Rejects with what `take`
   * throws, with what `stop` was given, and with `MPE_RTMP_SESSION_IDLE_TIMEOUT`.
   */
  readonly read: (take: (bytes: Uint8Array) => boolean) => Promise<BodyEnd>;
  /** Ends the reading with an error. Before it began, too; afterwards it does nothing. */
  readonly stop: (reason: Error) => void;
  readonly setPace: (pace: BodyPace) => void;
};

export function openBody({ request, response }: Exchange, clock: Clock, pace: BodyPace): Body {
  const ended = Promise.withResolvers<BodyEnd>();
  // Stopped before anybody read: `read` tells, and until then it is nobody's mistake.
  ended.promise.catch(() => undefined);
  let present = pace;
  let lastByteMs = clock.monotonicMs();
  let lastPieceMs = lastByteMs;
  let timer: Disposable | undefined;
  let hasFailed = false;

  function fail(reason: unknown): void {
    hasFailed = true;
    ended.reject(reason);
  }

  function watch(): void {
    timer?.[Symbol.dispose]();
    const byteDueMs = lastByteMs + present.idleMs;
    const pieceDueMs = lastPieceMs + present.progressMs;
    const leftMs = Math.min(byteDueMs, pieceDueMs) - clock.monotonicMs();
    if (leftMs > 0) {
      timer = clock.after(leftMs, watch);
    } else {
      fail(byteDueMs <= pieceDueMs ? silent(present.idleMs) : dripping(present.progressMs));
    }
  }

  return {
    async read(take) {
      const onData = (bytes: Buffer): void => {
        // Several parts may come in one turn, before whoever awaits the end gets to hear of the failure.
        if (hasFailed) {
          return;
        }
        lastByteMs = clock.monotonicMs();
        try {
          lastPieceMs = take(bytes) ? lastByteMs : lastPieceMs;
        } catch (error) {
          fail(error);
        }
      };
      const onEnd = (): void => ended.resolve('complete');
      const onGone = (): void => ended.resolve('gone');
      lastByteMs = clock.monotonicMs();
      lastPieceMs = lastByteMs;
      watch();
      if (request.destroyed) {
        onGone();
      }
      request.once('end', onEnd).once('close', onGone).once('error', onGone).on('data', onData);
      if (request.headers.expect !== undefined) {
        response.writeContinue();
      }
      try {
        return await ended.promise;
      } finally {
        timer?.[Symbol.dispose]();
        request.off('end', onEnd).off('close', onGone).off('data', onData).pause();
        // The listener for errors stays: one without any ends the process.
      }
    },
    stop: fail,
    setPace(next) {
      present = next;
      if (timer !== undefined) {
        watch();
      }
    },
  };
}

function silent(idleMs: number): AppError {
  const seconds = idleMs / 1000;
  return new AppError('MPE_RTMP_SESSION_IDLE_TIMEOUT', `The encoder sent nothing for ${seconds} seconds.`, {
    details: { seconds },
  });
}

function dripping(progressMs: number): AppError {
  const seconds = progressMs / 1000;
  const message = `In ${seconds} seconds the encoder did not get a single fragment across.`;
  return new AppError('MPE_RTMP_SESSION_IDLE_TIMEOUT', message, { details: { seconds } });
}
