/** Runs asynchronous steps one after the other, in the order they were asked for: a mutex without a lock to forget. */
export type Serial = {
  /** Queues `step`; the result is the step's own. A step that fails does not stop the ones behind it. */
  readonly run: <T>(step: () => Promise<T>) => Promise<T>;
  /** Resolves when everything queued so far has ended. */
  readonly idle: () => Promise<void>;
};

export function createSerial(): Serial {
  let tail: Promise<unknown> = Promise.resolve();

  async function after<T>(previous: Promise<unknown>, step: () => Promise<T>): Promise<T> {
    try {
      await previous;
    } catch {
      // Whoever queued the failed step has its error; the ones behind it go on.
    }
    return await step();
  }

  return {
    run(step) {
      const result = after(tail, step);
      tail = result;
      return result;
    },
    async idle() {
      try {
        await tail;
      } catch {
        // Idle means ended, not succeeded.
      }
    },
  };
}
