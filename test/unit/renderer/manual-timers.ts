import type { Timers } from '../../../src-renderer/api/timers.ts';

export type ManualTimers = Timers & { readonly advance: (ms: number) => void };

/** Time that only moves when a test says so. */
export function manualTimers(startMs = 1_000_000): ManualTimers {
  let nowMs = startMs;
  let waiting: { readonly atMs: number; readonly action: () => void }[] = [];
  return {
    nowMs: () => nowMs,
    after(delayMs, action) {
      const entry = { atMs: nowMs + delayMs, action };
      waiting.push(entry);
      return () => {
        waiting = waiting.filter((other) => other !== entry);
      };
    },
    advance(ms) {
      const untilMs = nowMs + ms;
      for (;;) {
        const [next] = waiting.filter(({ atMs }) => atMs <= untilMs).sort((one, other) => one.atMs - other.atMs);
        if (next === undefined) {
          nowMs = untilMs;
          return;
        }
        waiting = waiting.filter((entry) => entry !== next);
        nowMs = next.atMs;
        next.action();
      }
    },
  };
}

/** Lets promises that are ready run. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) {
    await Promise.resolve();
  }
}
