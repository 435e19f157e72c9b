/** Where one run's output goes. */
export type Outlet = {
  push(track: number, bytes: Uint8Array): void;
  /** Nothing more comes; its successor may speak. */
  end(): void;
};

export type RunOrder = {
  /** A further run. `announce` is called before its first byte, when all runs before it have ended. */
  add(announce: () => void): Outlet;
};

/**
 * Runs overlap when one takes over from another, but whoever listens hears one after the other: what a new process writes while its predecessor
 * drains waits here. That is bounded by the time a predecessor is given: a few seconds of encoded media.
 */
export function createRunOrder(deliver: (track: number, bytes: Uint8Array) => void): RunOrder {
  type Entry = {
    readonly announce: () => void;
    readonly waiting: { readonly track: number; readonly bytes: Uint8Array }[];
    hasEnded: boolean;
  };
  // In order; the first one speaks.
  const entries: Entry[] = [];

  function open(entry: Entry): void {
    entry.announce();
    for (const { track, bytes } of entry.waiting.splice(0)) {
      deliver(track, bytes);
    }
  }

  return {
    add(announce) {
      const entry: Entry = { announce, waiting: [], hasEnded: false };
      entries.push(entry);
      if (entries.length === 1) {
        open(entry);
      }
      return {
        push(track, bytes) {
          if (entries[0] === entry) {
            deliver(track, bytes);
          } else {
            entry.waiting.push({ track, bytes });
          }
        },
        end() {
          entry.hasEnded = true;
          while (entries.at(0)?.hasEnded === true) {
            entries.shift();
            const next = entries.at(0);
            if (next !== undefined) {
              open(next);
            }
          }
        },
      };
    },
  };
}
