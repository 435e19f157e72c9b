import type { Clock } from '../../base/clock.ts';
import type { AppError } from '../../shared/app-error.ts';

/** How a mirror treats storage that does not take what it is sent. */
export type MirrorPolicy = {
  readonly firstMs: number;
  readonly factor: number;
  readonly mostMs: number;
  /** Of what the storage may ask for. */
  readonly mostAskedMs: number;
  /** Requests at once. */
  readonly parallel: number;
  /** So long may nothing move of a request. */
  readonly stalledMs: number;
  /** So long after they have left the window are segments deleted, for players that are late and caches. */
  readonly graceMs: number;
};

/**
 * A live copy is worth trying often: a request each few seconds costs nobody anything, and how far viewers fall behind is how long the pause
 * was that the outage ended in.
 */
export const MIRROR_POLICY: MirrorPolicy = {
  firstMs: 500,
  factor: 2,
  mostMs: 8000,
  mostAskedMs: 120_000,
  parallel: 4,
  stalledMs: 15_000,
  graceMs: 120_000,
};

/**
 * Whether requests may be sent now, for all of one storage at once: when it is away it is away for all.
 *
 *     open ──failed──▶ closed until `retryAtMs`, for twice as long each time ──▶ open
 *
 * How many at a time: all; one after it asked for less, and then one more with each that it takes.
 */
export type BackOff = Disposable & {
  /** How many requests may be under way. */
  allowed(): number;
  retryAtMs(): number | undefined;
  failures(): number;
  /** What requests are given that begin now, to be given back with how they ended. */
  round(): number;
  succeeded(): void;
  /** Failures of requests that began before the last one was noted are the same failure. */
  failed(error: AppError, round: number): void;
  /** Nobody waits any longer. */
  reset(): void;
};

export function createBackOff(options: {
  readonly clock: Clock;
  /** 0..1, for the jitter. */
  readonly random: () => number;
  readonly policy: MirrorPolicy;
  /** It is over. */
  readonly onOpen: () => void;
}): BackOff {
  const { clock, policy } = options;
  let round = 0;
  let inARow = 0;
  let failures = 0;
  let limit = policy.parallel;
  let waiting: { readonly untilMs: number; readonly timer: Disposable } | undefined;

  function open(): void {
    waiting?.timer[Symbol.dispose]();
    waiting = undefined;
    options.onOpen();
  }

  return {
    allowed: () => (waiting === undefined ? limit : 0),
    retryAtMs: () => waiting?.untilMs,
    failures: () => failures,
    round: () => round,
    succeeded() {
      inARow = 0;
      limit = Math.min(policy.parallel, limit + 1);
    },
    failed(error, ofRound) {
      failures += 1;
      if (ofRound !== round) {
        return;
      }
      round += 1;
      inARow += 1;
      if (error.code === 'upload/slow-down') {
        limit = 1;
      }
      const grownMs = Math.min(policy.mostMs, policy.firstMs * policy.factor ** (inARow - 1));
      const { retryAfterSeconds: asked } = error.details;
      // Half of it by chance, so that those who were sent away together do not all come back in the same instant.
      const delayMs = Math.max(
        grownMs * (0.5 + options.random() / 2),
        typeof asked === 'number' ? Math.min(policy.mostAskedMs, asked * 1000) : 0,
      );
      waiting?.timer[Symbol.dispose]();
      waiting = { untilMs: clock.wallMs() + delayMs, timer: clock.after(delayMs, open) };
    },
    reset() {
      inARow = 0;
      limit = policy.parallel;
      if (waiting !== undefined) {
        open();
      }
    },
    [Symbol.dispose]() {
      waiting?.timer[Symbol.dispose]();
      waiting = undefined;
    },
  };
}
