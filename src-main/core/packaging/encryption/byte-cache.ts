/**
 * What was encrypted, as long as there is room: everybody who asks for a segment is sent the same bytes, so however many watch it is
 * encrypted once. What was asked for longest ago goes first.
 */
export type ByteCache = {
  /** A view of it for one owner, whose keys are its own. */
  scope(): CacheScope;
};

export type CacheScope = {
  get(key: string): Uint8Array | undefined;
  set(key: string, bytes: Uint8Array): void;
};

export function createByteCache(maxBytes: number): ByteCache {
  const entries = new Map<string, Uint8Array>();
  let size = 0;
  let scopes = 0;

  function remove(key: string): Uint8Array | undefined {
    const bytes = entries.get(key);
    if (bytes !== undefined) {
      entries.delete(key);
      size -= bytes.length;
    }
    return bytes;
  }

  return {
    scope() {
      scopes += 1;
      const prefix = `${scopes} `;
      return {
        get(key) {
          const bytes = remove(prefix + key);
          if (bytes !== undefined) {
            entries.set(prefix + key, bytes);
            size += bytes.length;
          }
          return bytes;
        },
        set(key, bytes) {
          remove(prefix + key);
          if (bytes.length > maxBytes) {
            return;
          }
          entries.set(prefix + key, bytes);
          size += bytes.length;
          for (const oldest of entries.keys()) {
            if (size <= maxBytes) {
              break;
            }
            remove(oldest);
          }
        },
      };
    },
  };
}
