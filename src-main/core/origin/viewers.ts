import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../base/clock.ts';
import type { ViewerSession } from '../../shared/api/viewers.ts';
import { AIR_USER_AGENT } from '../ports/proof-of-air.ts';
import { type CmcdReport, readCmcd } from './cmcd.ts';

/** How long a viewer counts after having asked for something: longer than players wait between two segments. */
const WINDOW_MS = 30_000;

/** Of one locator; more are counted as this many, so that made-up sessions cost no memory. */
const MAX_VIEWERS = 50_000;

/** Who watches what, told apart by player session (CMCD) or else by program, and by address. */
export type Viewers = {
  readonly seen: (locatorId: string, request: IncomingMessage, address: string) => void;
  /** Of one locator, or of all. */
  readonly count: (locatorId?: string) => number;
  /** All of them, with what their players last said of how they fare. */
  readonly sessions: () => readonly ViewerSession[];
};

type Viewer = {
  readonly id: number;
  /** By the clock that only goes forward, as `seenMs`: set back, a clock of the day would show a viewer last seen before the first time. */
  readonly firstMs: number;
  readonly seenMs: number;
  readonly said: Said;
};

/** What a player has said so far: each value as it was said last. */
type Said = Partial<
  Pick<
    CmcdReport,
    | 'sessionId'
    | 'streamType'
    | 'playbackRate'
    | 'bufferMs'
    | 'measuredBitrate'
    | 'requestedBitrate'
    | 'topBitrate'
  >
> & {
  readonly isStartup: boolean;
  readonly starvations: number;
  /** By the clock that only goes forward. */
  readonly starvedMs?: number | undefined;
  /** Buffer and qualities are of the pictures, as soon as the player has said anything of those. */
  readonly isOfPictures: boolean;
};

const NOTHING: Said = { isStartup: false, starvations: 0, isOfPictures: false };

export function createViewers(clock: Clock): Viewers {
  /** For each locator when each viewer was seen last, the longest ago first. */
  const byLocator = new Map<string, Map<string, Viewer>>();
  let lastId = 0;

  function prune(locatorId: string, viewers: Map<string, Viewer>): number {
    const sinceMs = clock.monotonicMs() - WINDOW_MS;
    for (const [key, { seenMs }] of viewers) {
      if (seenMs >= sinceMs && viewers.size <= MAX_VIEWERS) {
        break;
      }
      viewers.delete(key);
    }
    if (viewers.size === 0) {
      byLocator.delete(locatorId);
    }
    return viewers.size;
  }

  function shown(streamingLocatorId: string, { id, firstMs, seenMs, said }: Viewer): ViewerSession {
    const { sessionId, streamType, playbackRate, bufferMs, measuredBitrate, requestedBitrate, topBitrate } = said;
    const nowMs = clock.monotonicMs();
    const isoOf = (monotonicMs: number): string => new Date(clock.wallMs() - nowMs + monotonicMs).toISOString();
    return {
      id,
      streamingLocatorId,
      ...(sessionId === undefined ? {} : { sessionId }),
      firstSeen: isoOf(firstMs),
      lastSeen: isoOf(seenMs),
      ...(streamType === undefined ? {} : { streamType }),
      ...(playbackRate === undefined ? {} : { playbackRate }),
      ...(bufferMs === undefined ? {} : { bufferSeconds: bufferMs / 1000 }),
      ...(measuredBitrate === undefined ? {} : { measuredBitrate }),
      ...(requestedBitrate === undefined ? {} : { requestedBitrate }),
      ...(topBitrate === undefined ? {} : { topBitrate }),
      startingUp: said.isStartup,
      starvations: said.starvations,
      ...(said.starvedMs === undefined ? {} : { lastStarved: isoOf(said.starvedMs) }),
      waiting: said.starvedMs !== undefined && said.starvedMs >= nowMs - WINDOW_MS,
    };
  }

  return {
    seen(locatorId, request, address) {
      if (request.headers['user-agent'] === AIR_USER_AGENT) {
        return;
      }
      let viewers = byLocator.get(locatorId);
      if (viewers === undefined) {
        viewers = new Map();
        byLocator.set(locatorId, viewers);
      }
      const report = readCmcd(request);
      const key = `${address} ${report?.sessionId ?? request.headers['user-agent'] ?? ''}`;
      const nowMs = clock.monotonicMs();
      const before = viewers.get(key);
      const said = before?.said ?? NOTHING;
      // Deleted first, so that it moves to the end of the order.
      viewers.delete(key);
      viewers.set(key, {
        id: before?.id ?? (lastId += 1),
        firstMs: before?.firstMs ?? nowMs,
        seenMs: nowMs,
        said: report === undefined ? said : heard(said, report, nowMs),
      });
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
    sessions() {
      const all: ViewerSession[] = [];
      for (const [locatorId, viewers] of byLocator) {
        prune(locatorId, viewers);
        for (const viewer of viewers.values()) {
          all.push(shown(locatorId, viewer));
        }
      }
      return all;
    },
  };
}

/** Players fetch sound too, whose buffer and quality say little of how the viewer fares while there are pictures. */
function heard(before: Said, report: CmcdReport, nowMs: number): Said {
  const isOfPictures = report.objectType === 'v' || report.objectType === 'av';
  const { bufferMs, requestedBitrate, topBitrate } = isOfPictures || !before.isOfPictures ? report : before;
  return {
    sessionId: report.sessionId ?? before.sessionId,
    streamType: report.streamType ?? before.streamType,
    playbackRate: report.playbackRate ?? before.playbackRate,
    bufferMs: bufferMs ?? before.bufferMs,
    measuredBitrate: report.measuredBitrate ?? before.measuredBitrate,
    requestedBitrate: requestedBitrate ?? before.requestedBitrate,
    topBitrate: topBitrate ?? before.topBitrate,
    isStartup: report.isStartup,
    starvations: before.starvations + Number(report.hasStarved),
    starvedMs: report.hasStarved ? nowMs : before.starvedMs,
    isOfPictures: isOfPictures || before.isOfPictures,
  };
}
