import type { PlayToken } from '../../src-main/shared/api/publishing.ts';

/** One that ends sooner than this may end on its way. */
const LEAST_MS = 60_000;

/** Tokens for the keys of what this page plays: one for as long as it is good, then the next. Rejects when none can be had. */
export function createKeyToken(issue: () => Promise<PlayToken>, nowMs: () => number): () => Promise<string> {
  let latest: Promise<PlayToken> | undefined;
  return async () => {
    const kept = await latest?.catch(() => undefined);
    if (kept !== undefined && Date.parse(kept.expiresAt) - nowMs() > LEAST_MS) {
      return kept.token;
    }
    latest = issue();
    return (await latest).token;
  };
}
