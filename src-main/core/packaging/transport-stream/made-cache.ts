/**
 * Segments that are made when somebody asks for them. Many ask for the newest ones at once, so each is made once, for those who come while it is
 * made too, and the latest asked for are kept: no more than `maxBytes` of them.
 */
export type MadeCache = {
  /** What cannot be made is told to all who wait for it, and is tried again for the next. */
  get(key: string, make: () => Promise<Uint8Array>): Promise<Uint8Array>;
  /** What is kept. */
  bytes(): number;
};

export function createMadeCache(maxBytes: number): MadeCache {
  const kept = new Map<string, Uint8Array>();
  const underWay = new Map<string, Promise<Uint8Array>>();
  let bytes = 0;

  function keep(key: string, made: Uint8Array): void {
    if (made.length > maxBytes) {
      return;
    }
    kept.set(key, made);
    bytes += made.length;
    for (const [oldest, { length }] of kept) {
      if (bytes <= maxBytes) {
        return;
      }
      kept.delete(oldest);
      bytes -= length;
    }
  }

  async function makeAndKeep(key: string, make: () => Promise<Uint8Array>): Promise<Uint8Array> {
    try {
      const made = await make();
      keep(key, made);
      return made;
    } finally {
      underWay.delete(key);
    }
  }

  return {
    bytes: () => bytes,
    async get(key, make) {
      const found = kept.get(key);
      if (found !== undefined) {
        // Behind the others: asked for last.
        kept.delete(key);
        kept.set(key, found);
        return found;
      }
      const making = underWay.get(key) ?? makeAndKeep(key, make);
      underWay.set(key, making);
      return await making;
    },
  };
}
