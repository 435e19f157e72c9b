import type { Clock } from '../../src-main/base/clock.ts';

/** Waits are over so many times sooner; the date is the real one, which signatures are made with. */
export function fastClock(factor: number): Clock {
  return {
    monotonicMs: () => performance.now() * factor,
    wallMs: () => performance.timeOrigin + performance.now(),
    after(delayMs, action) {
      const timer = setTimeout(action, Math.max(0, delayMs / factor));
      return { [Symbol.dispose]: () => clearTimeout(timer) };
    },
  };
}
