import { type Clock, sleep } from '../../base/clock.ts';

/** Over how long the bitrate is told. */
const WINDOW_MS = 10_000;
/** How finely. */
const STEP_MS = 500;

/** Bits per second over the last seconds. */
export type RateMeter = { readonly add: (bytes: number) => void; readonly bitrate: () => number };

export function createRateMeter(clock: Clock): RateMeter {
  const steps: { readonly atMs: number; bytes: number }[] = [];
  const beganMs = clock.monotonicMs();

  function forget(): void {
    const fromMs = clock.monotonicMs() - WINDOW_MS;
    while ((steps[0]?.atMs ?? Infinity) < fromMs) {
      steps.shift();
    }
  }

  return {
    add(bytes) {
      const nowMs = clock.monotonicMs();
      const last = steps.at(-1);
      if (last !== undefined && nowMs < last.atMs + STEP_MS) {
        last.bytes += bytes;
      } else {
        forget();
        steps.push({ atMs: nowMs, bytes });
      }
    },
    bitrate() {
      forget();
      const sinceMs = Math.min(WINDOW_MS, Math.max(1000, clock.monotonicMs() - beganMs));
      return (steps.reduce((sum, { bytes }) => sum + bytes, 0) * 8000) / sinceMs;
    },
  };
}

/**
 * Lets bytes leave no faster than a bitrate, whoever sends them. One after the other is given its place on the line; what was not used for a
 * while is not made good for, so that a pause does not end in a burst.
 */
export function createPacer(
  clock: Clock,
  bitrate: number | undefined,
): (bytes: number, signal: AbortSignal) => Promise<void> {
  let freeMs = 0;
  return async (bytes, signal) => {
    if (bitrate === undefined) {
      return;
    }
    const nowMs = clock.monotonicMs();
    const startMs = Math.max(nowMs, freeMs);
    freeMs = startMs + (bytes * 8000) / bitrate;
    if (startMs > nowMs) {
      await sleep(clock, startMs - nowMs, signal);
    }
  };
}
