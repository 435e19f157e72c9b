import type { TextCache } from '../../src-main/core/encode/text-cache.ts';

/** A cache that lasts as long as the test. */
export function memoryCache(
  entries = new Map<string, string>(),
): TextCache & { readonly entries: Map<string, string> } {
  return {
    entries,
    get: (key) => Promise.resolve(entries.get(key)),
    set(key, value) {
      entries.set(key, value);
      return Promise.resolve();
    },
  };
}
