import { uptime } from 'node:os';

/** Whoever asks for the time asks this too, and reading the uptime costs a system call and a file. */
const LOOK_EVERY_MS = 1000;
/** Less is rounding, or a container that counts its uptime in whole seconds; viewers would not see it either. */
const LEAST_SLEEP_MS = 1500;

export type SleepMeterOptions = {
  readonly platform: NodeJS.Platform;
  /** Time since the start of the computer, sleep included. */
  readonly uptimeMs?: () => number;
  /** Time of this process. */
  readonly runningMs?: () => number;
};

/**
 * How long the computer has slept since this was made, in ms. On Linux the clock that Node counts with (CLOCK_MONOTONIC) stands still while a
 * laptop sleeps and CLOCK_BOOTTIME does not; on macOS and Windows it goes on, and there is nothing to add. Noticed within a second of waking.
 */
export function createSleepMeter(options: SleepMeterOptions): () => number {
  const { platform, uptimeMs = () => uptime() * 1000, runningMs = () => performance.now() } = options;
  if (platform !== 'linux') {
    return () => 0;
  }
  let lookedMs = runningMs();
  let aheadMs = uptimeMs() - lookedMs;
  let sleptMs = 0;
  return () => {
    const nowMs = runningMs();
    if (nowMs - lookedMs >= LOOK_EVERY_MS) {
      lookedMs = nowMs;
      const nowAheadMs = uptimeMs() - nowMs;
      const sleepMs = nowAheadMs - aheadMs;
      if (sleepMs >= LEAST_SLEEP_MS) {
        sleptMs += sleepMs;
        aheadMs = nowAheadMs;
      }
    }
    return sleptMs;
  };
}
