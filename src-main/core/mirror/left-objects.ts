import type { Listing } from './listing/listing.ts';
import type { SentObjects } from './sent-objects.ts';

/** Media that no manifest names any more. */
export type LeftObjects = {
  /** Those that have not been named for the time of grace, which is for players that are late and for caches. */
  due(listing: Listing): readonly string[];
};

export function createLeftObjects(options: {
  readonly sent: SentObjects;
  readonly graceMs: number;
  readonly nowMs: () => number;
}): LeftObjects {
  const sinceMs = new Map<string, number>();
  return {
    due({ media }) {
      const nowMs = options.nowMs();
      const left = [...options.sent.names()].filter((name) => isMedia(name) && !media.has(name));
      const known = new Set(left);
      for (const name of sinceMs.keys()) {
        if (!known.has(name)) {
          sinceMs.delete(name);
        }
      }
      return left.filter((name) => {
        const since = sinceMs.get(name) ?? nowMs;
        sinceMs.set(name, since);
        return nowMs >= since + options.graceMs;
      });
    },
  };
}

function isMedia(name: string): boolean {
  return /\.(?:m4s|vtt)$/.test(name);
}
