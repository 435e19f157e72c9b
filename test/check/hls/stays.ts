import type { Client } from '../client.ts';
import type { Ledger } from '../ledger.ts';
import type { Followed } from './follow.ts';
import { RULES } from './rules.ts';

/** What left a playlist a moment ago: it has to be there for who still has the older playlist (§6.2.2). */
export function checkRemoved(options: { readonly client: Client; readonly ledger: Ledger }): {
  /** Once in a while: looks for what has left since the last time. */
  readonly look: (followed: readonly Followed[]) => Promise<void>;
} {
  const { client, ledger } = options;
  const before = new Map<string, { readonly segment: string | undefined; readonly part: string | undefined }>();

  async function check(
    rule: (typeof RULES)['segmentStays' | 'partStays'],
    what: string,
    url: string,
  ): Promise<void> {
    const { status } = await client.get(url, { timeoutMs: 10_000, maxBytes: 0, headOnly: true });
    ledger.check(rule, status === 200, `${what}: ${status} for ${url}`);
  }

  return {
    async look(followed) {
      for (const { name, url, latest } of followed) {
        const playlist = latest();
        if (playlist === undefined) {
          continue;
        }
        const { segments } = playlist;
        const parted = segments.flatMap(({ parts = [] }) => parts);
        const known = before.get(name);
        // The oldest of each kind: the next to leave.
        const segment = segments.find(({ gap, byteRange }) => gap !== true && byteRange === undefined)?.uri;
        const part = parted.find(({ gap, byteRange }) => gap !== true && byteRange === undefined)?.uri;
        before.set(name, { segment, part });
        if (known?.segment !== undefined && !segments.some(({ uri }) => uri === known.segment)) {
          await check(RULES.segmentStays, name, new URL(known.segment, url).href);
        }
        const isPartListed = parted.some(({ uri }) => uri === known?.part);
        if (known?.part !== undefined && !isPartListed && playlist.endList !== true) {
          await check(RULES.partStays, name, new URL(known.part, url).href);
        }
      }
    },
  };
}
