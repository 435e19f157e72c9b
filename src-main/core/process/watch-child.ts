import type { Clock } from '../../base/clock.ts';
import type { RestartPolicy } from '../ports/process.ts';

/** Judges one life of a child by its progress, never by its mere existence. */
export type ChildWatch = Disposable & { readonly progress: () => void };

export type ChildWatchOptions = {
  readonly clock: Clock;
  readonly policy: Pick<RestartPolicy, 'startWithinMs' | 'stallAfterMs' | 'healthyAfterMs'>;
  /** Told once, with how long there was no progress and whether there had been any before. */
  readonly onStalled: (silentMs: number, hadStarted: boolean) => void;
  /** Told once. */
  readonly onHealthy: () => void;
};

/** The watch looks at least so often, to know the time in which the child had no chance. */
const LOOK_MS = 1000;

/**
 * Time in which this program did not run itself (the laptop slept, the process was stopped, the event loop was held up) is not held
 * against the child: it could not be heard, and mostly did not run either.
 */
export function createChildWatch({ clock, policy, onStalled, onHealthy }: ChildWatchOptions): ChildWatch {
  const { startWithinMs, stallAfterMs, healthyAfterMs } = policy;
  const spawnedMs = clock.monotonicMs();
  let firstMs: number | undefined;
  let lastMs = spawnedMs;
  let isHealthy = false;
  let timer: Disposable | undefined;
  let healthTimer: Disposable | undefined;

  function look(): void {
    const limitMs = firstMs === undefined ? startWithinMs : stallAfterMs;
    if (limitMs === Infinity) {
      return;
    }
    const leftMs = lastMs + limitMs - clock.monotonicMs();
    if (leftMs <= 0) {
      onStalled(clock.monotonicMs() - lastMs, firstMs !== undefined);
      return;
    }
    const waitMs = Math.min(leftMs, LOOK_MS);
    const dueMs = clock.monotonicMs() + waitMs;
    timer = clock.after(waitMs, () => {
      const lateMs = clock.monotonicMs() - dueMs;
      if (lateMs > LOOK_MS) {
        lastMs += lateMs;
      }
      look();
    });
  }

  function becomeHealthy(): void {
    if (!isHealthy) {
      isHealthy = true;
      onHealthy();
    }
  }

  // Without a limit to its silence a child proves itself by staying; with one, by what it did between its first and its latest progress.
  function awaitHealth(): void {
    if (stallAfterMs === Infinity) {
      healthTimer = clock.after(healthyAfterMs, becomeHealthy);
    }
  }

  if (startWithinMs === Infinity) {
    awaitHealth();
  }
  look();

  return {
    progress() {
      const nowMs = clock.monotonicMs();
      lastMs = nowMs;
      if (firstMs === undefined) {
        firstMs = nowMs;
        timer?.[Symbol.dispose]();
        look();
        if (startWithinMs !== Infinity) {
          awaitHealth();
        }
      }
      if (stallAfterMs !== Infinity && nowMs - firstMs >= healthyAfterMs) {
        becomeHealthy();
      }
    },
    [Symbol.dispose]() {
      timer?.[Symbol.dispose]();
      healthTimer?.[Symbol.dispose]();
    },
  };
}
