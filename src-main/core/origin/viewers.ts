import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../base/clock.ts';

/** How long a viewer counts after having asked for something: longer than players wait between two segments. */
const WINDOW_MS = 30_000;

/** Of one locator; more are counted as this many, so that made-up sessions cost no memory. */
const MAX_VIEWERS = 50_000;

const MAX_SESSION = 64;

/** Who watches what, told apart by player session (CMCD) or else by program, and by address. */
export type Viewers = {
  readonly seen: (locatorId: string, request: IncomingMessage, address: string) => void;
  /** Of one locator, or of all. */
  readonly count: (locatorId?: string) => number;
};

export function createViewers(clock: Clock): Viewers {
  /** For each locator when each viewer was seen last, the longest ago first. */
  const byLocator = new Map<string, Map<string, number>>();

  function prune(locatorId: string, viewers: Map<string, number>): number {
    const sinceMs = clock.monotonicMs() - WINDOW_MS;
    for (const [viewer, seenMs] of viewers) {
      if (seenMs >= sinceMs && viewers.size <= MAX_VIEWERS) {
        break;
      }
      viewers.delete(viewer);
    }
    if (viewers.size === 0) {
      byLocator.delete(locatorId);
    }
    return viewers.size;
  }

  return {
    seen(locatorId, request, address) {
      let viewers = byLocator.get(locatorId);
      if (viewers === undefined) {
        viewers = new Map();
        byLocator.set(locatorId, viewers);
      }
      const viewer = `${address} ${sessionOf(request) ?? request.headers['user-agent'] ?? ''}`;
      // Deleted first, so that it moves to the end of the order.
      viewers.delete(viewer);
      viewers.set(viewer, clock.monotonicMs());
      if (viewers.size > MAX_VIEWERS) {
        prune(locatorId, viewers);
      }
    },
    count(locatorId) {
      if (locatorId !== undefined) {
        const viewers = byLocator.get(locatorId);
        return viewers === undefined ? 0 : prune(locatorId, viewers);
      }
      let count = 0;
      for (const [id, viewers] of byLocator) {
        count += prune(id, viewers);
      }
      return count;
    },
  };
}

/** `sid` of CTA-5004, from the query or the header. */
function sessionOf(request: IncomingMessage): string | undefined {
  const header = request.headers['cmcd-session'];
  if (typeof header === 'string') {
    return readSession(header);
  }
  const query = /[?&]CMCD=([^&#]*)/.exec(request.url ?? '')?.[1];
  if (query === undefined) {
    return undefined;
  }
  try {
    return readSession(decodeURIComponent(query));
  } catch {
    // Not percent-encoded as it should be: the viewer is told apart by other means.
    return undefined;
  }
}

function readSession(cmcd: string): string | undefined {
  return /(?:^|,)\s*sid="([^"]+)"/.exec(cmcd)?.[1]?.slice(0, MAX_SESSION);
}
