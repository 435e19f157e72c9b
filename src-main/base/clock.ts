/**
 * Time as the program sees it. Every part that waits or stamps takes a `Clock`, so that tests move time by hand.
 *
 * Both readings come from one monotonic source: `wallMs` is UTC as it was when the program started plus the monotonic time since.
 * A clock set back or forward by the user or by NTP during a broadcast therefore changes nothing: playlists, the `/time` endpoint
 * and the media timeline keep agreeing with each other, which is what players measure.
 */
export type Clock = {
  /** Milliseconds from an arbitrary start, never going back; fractions are meaningful. */
  monotonicMs(): number;
  /** Milliseconds since 1970-01-01T00:00Z, steady over changes of the system clock. */
  wallMs(): number;
  /** Calls `action` once after `delayMs`; disposing the result before that cancels it, afterwards it does nothing. */
  after(delayMs: number, action: () => void): Disposable;
};

/** Waits `delayMs` on the clock. Rejects with the signal's reason when it aborts first. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  if (signal?.aborted === true) {
    reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    return promise;
  }
  const timer = clock.after(delayMs, () => {
    signal?.removeEventListener('abort', onAbort);
    resolve(undefined);
  });
  const onAbort = (): void => {
    timer[Symbol.dispose]();
    reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  return promise;
}

/**
 * The real clock. One per process: two would anchor UTC at different instants. `sleptMs` is how long the computer has slept since, where the
 * system's steady clock leaves that out: time that has passed for viewers has passed here too, and is a gap, not a delay for ever.
 */
export function systemClock(options: { readonly sleptMs?: () => number } = {}): Clock {
  const anchorMs = Date.now() - performance.now();
  const { sleptMs } = options;
  const monotonicMs = sleptMs === undefined ? () => performance.now() : () => performance.now() + sleptMs();
  return {
    monotonicMs,
    wallMs: () => anchorMs + monotonicMs(),
    after(delayMs, action) {
      const handle = setTimeout(action, Math.max(0, delayMs));
      return { [Symbol.dispose]: () => clearTimeout(handle) };
    },
  };
}
