import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../src-main/base/clock.ts';

/** A clock that stands still until the test moves it. */
export type ManualClock = Clock & {
  /** Moves time on by `byMs` and runs what falls due on the way, in the order of its instants, each at its own instant. */
  readonly advance: (byMs: number) => void;
  /**
   * The same for code that awaits between its timers: before the first, between any two and after the last instant everything that is
   * ready to run has run.
   */
  readonly advanceAsync: (byMs: number) => Promise<void>;
  /** Delays that have neither run out nor been cancelled, so that a test can show that nothing waits any more. */
  readonly pending: () => number;
};

type Timer = { readonly dueMs: number; readonly action: () => void };

/** `wallStartMs` is UTC at the start; monotonic time starts at 0. */
export function manualClock(wallStartMs = Date.UTC(2030, 0, 1)): ManualClock {
  const timers = new Set<Timer>();
  let nowMs = 0;

  /** The earliest timer until `untilMs`; of equals the one set first, as with real timers. */
  function earliest(untilMs: number): Timer | undefined {
    let found: Timer | undefined;
    for (const timer of timers) {
      if (timer.dueMs <= untilMs && (found === undefined || timer.dueMs < found.dueMs)) {
        found = timer;
      }
    }
    return found;
  }

  function runNext(untilMs: number): boolean {
    const timer = earliest(untilMs);
    if (timer === undefined) {
      return false;
    }
    timers.delete(timer);
    nowMs = Math.max(nowMs, timer.dueMs);
    timer.action();
    return true;
  }

  return {
    monotonicMs: () => nowMs,
    wallMs: () => wallStartMs + nowMs,
    after(delayMs, action) {
      const timer = { dueMs: nowMs + Math.max(0, delayMs), action };
      timers.add(timer);
      return { [Symbol.dispose]: () => void timers.delete(timer) };
    },
    advance(byMs) {
      const untilMs = nowMs + byMs;
      while (runNext(untilMs)) {
        // Each round runs one timer; actions may set further ones.
      }
      nowMs = untilMs;
    },
    async advanceAsync(byMs) {
      const untilMs = nowMs + byMs;
      await nextTurn();
      while (runNext(untilMs)) {
        await nextTurn();
      }
      nowMs = untilMs;
    },
    pending: () => timers.size,
  };
}
