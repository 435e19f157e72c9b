const TICK_MS = 20;
/** A timer is late by this much on any computer. */
const LATE_MS = 15;

/**
 * Time in ms that goes by only while this process runs. When its computer is busy, asleep or paused, or when it has something long to read,
 * the clock stands still: what passes meanwhile is no fault of the stream that is looked at.
 */
export type RunningClock = Disposable & { readonly now: () => number };

/** `measure`: a clock that never stands still, ms. */
export function createRunningClock(measure: () => number = () => performance.now()): RunningClock {
  let seenMs = measure();
  let stoodMs = 0;

  // Also called with each question: what comes right behind a standstill comes before the timer does.
  function now(): number {
    const present = measure();
    const beyond = present - seenMs - TICK_MS;
    stoodMs += beyond > LATE_MS ? beyond : 0;
    seenMs = present;
    return present - stoodMs;
  }

  const timer = setInterval(now, TICK_MS);
  timer.unref();
  return { now, [Symbol.dispose]: () => clearInterval(timer) };
}
