import type { ServerResponse } from 'node:http';
import type { Clock } from '../../base/clock.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Answer, NotYet } from '../ports/packaging.ts';
import type { OriginLimits } from './limits.ts';

type ReadyAnswer = Exclude<Answer, NotYet>;

/** Requests that came before what they ask for: blocking playlist reloads, hinted parts. Bounded in number, per caller, and in time. */
export type HeldRequests = {
  /**
   * The answer when it is there; undefined when the caller went away. Throws `origin/too-many-held`, `tooLate` of the answer when its time
   * is up, and what `releaseAll` was given.
   */
  readonly wait: (first: NotYet, address: string, response: ServerResponse) => Promise<ReadyAnswer | undefined>;
  /** Ends all waits with this error. */
  readonly releaseAll: (error: AppError) => void;
  readonly count: () => number;
  /** How many were turned away. */
  readonly refused: () => number;
};

export function createHeldRequests(clock: Clock, limits: OriginLimits): HeldRequests {
  const byAddress = new Map<string, number>();
  const releases = new Set<(error: AppError) => void>();
  let refused = 0;

  function admit(address: string): Disposable {
    const ofCaller = byAddress.get(address) ?? 0;
    if (releases.size >= limits.heldRequests || ofCaller >= limits.heldPerAddress) {
      refused += 1;
      throw new AppError(
        'origin/too-many-held',
        'Too many requests are waiting for media. Try again in a second.',
      );
    }
    byAddress.set(address, ofCaller + 1);
    return {
      [Symbol.dispose]() {
        const left = (byAddress.get(address) ?? 1) - 1;
        if (left > 0) {
          byAddress.set(address, left);
        } else {
          byAddress.delete(address);
        }
      },
    };
  }

  return {
    async wait(first, address, response) {
      using _place = admit(address);
      using waiting = new DisposableStack();
      const wake = createWake();
      let notYet = first;
      waiting.use(first.changed.on(wake.now));
      waiting.use(clock.after(first.waitSeconds * 1000, () => wake.fail(notYet.tooLate())));
      response.once('close', wake.now);
      waiting.defer(() => response.off('close', wake.now));
      releases.add(wake.fail);
      waiting.defer(() => releases.delete(wake.fail));

      while (!response.destroyed) {
        if (notYet.isReady()) {
          const answer = await notYet.again();
          if (answer.kind !== 'not-yet') {
            return answer;
          }
          notYet = answer;
        }
        await wake.next();
      }
      return undefined;
    },
    releaseAll(error) {
      for (const release of [...releases]) {
        release(error);
      }
    },
    count: () => releases.size,
    refused: () => refused,
  };
}

/** A bell that is heard also when it rang while nobody listened. */
function createWake(): {
  readonly now: () => void;
  /** For good. */
  readonly fail: (error: AppError) => void;
  /** Resolves when it has rung since the last time; rejects once it has failed. */
  readonly next: () => Promise<void>;
} {
  let bell = Promise.withResolvers<undefined>();
  let failure: AppError | undefined;
  return {
    now: () => bell.resolve(undefined),
    fail(error) {
      failure = error;
      bell.resolve(undefined);
    },
    async next() {
      await bell.promise;
      if (failure !== undefined) {
        throw failure;
      }
      bell = Promise.withResolvers();
    },
  };
}
