import type { Power } from '../../platform/power.ts';
import type { CheckResult } from './preflight.ts';

/** What lasts for a while only: disk and battery. A long talk and its questions fit into the comfortable time. */
const COMFORTABLE_SECONDS = 2 * 3600;
const TIGHT_SECONDS = 3600;
const DISK_BAD_SECONDS = 600;
const BATTERY_BAD_SECONDS = 900;
const BATTERY_TIGHT_PERCENT = 50;
const BATTERY_BAD_PERCENT = 15;

export const DISK_LIMIT_MS = 3000;
export const POWER_LIMIT_MS = 4000;

/** How long can be recorded. `secondsLeft` is asked after the disk was looked at. */
export async function checkDisk(view: {
  readonly records: () => boolean;
  readonly look: () => Promise<void>;
  readonly isFull: () => boolean;
  readonly secondsLeft: () => number;
}): Promise<CheckResult> {
  await view.look();
  const secondsLeft = view.secondsLeft();
  const margin = secondsLeft / COMFORTABLE_SECONDS;
  if (!view.records()) {
    // What viewers can go back in is written too.
    return view.isFull()
      ? { state: 'tight', finding: { code: 'disk-full' }, margin: 0 }
      : { state: 'good', finding: { code: 'not-recorded' } };
  }
  if (view.isFull() || secondsLeft === 0) {
    return { state: 'bad', finding: { code: 'disk-full' }, margin: 0 };
  }
  return {
    state: secondsLeft < DISK_BAD_SECONDS ? 'bad' : secondsLeft < TIGHT_SECONDS ? 'tight' : 'good',
    finding: { code: 'disk-lasts', secondsLeft },
    margin,
  };
}

/** How long the power lasts. */
export async function checkPower(
  read: (signal: AbortSignal) => Promise<Power>,
  signal: AbortSignal,
): Promise<CheckResult> {
  const power = await read(signal);
  switch (power.kind) {
    case 'mains':
      return { state: 'good', finding: { code: 'mains' } };
    case 'unknown':
      return { state: 'unknown', finding: { code: 'power-unknown' } };
    case 'battery': {
      const { percent, secondsLeft } = power;
      if (secondsLeft === undefined) {
        return {
          state: percent < BATTERY_BAD_PERCENT ? 'bad' : percent < BATTERY_TIGHT_PERCENT ? 'tight' : 'good',
          finding: { code: 'battery', percent },
          margin: percent / 100,
        };
      }
      return {
        state: secondsLeft < BATTERY_BAD_SECONDS ? 'bad' : secondsLeft < TIGHT_SECONDS ? 'tight' : 'good',
        finding: { code: 'battery', percent, secondsLeft },
        margin: secondsLeft / COMFORTABLE_SECONDS,
      };
    }
  }
}
