/** Time and waiting as stores see it, so that their tests move it by hand. */
export type Timers = {
  /** Milliseconds since 1970 on this device. */
  readonly nowMs: () => number;
  /** Calls `action` once after `delayMs`; the result cancels it. */
  readonly after: (delayMs: number, action: () => void) => () => void;
};

export function browserTimers(): Timers {
  return {
    nowMs: () => Date.now(),
    after(delayMs, action) {
      const handle = setTimeout(action, delayMs);
      return () => clearTimeout(handle);
    },
  };
}
