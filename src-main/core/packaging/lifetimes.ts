import { SETTLED_SECONDS } from '../ports/packaging.ts';
import type { Presentation } from '../ports/presentation.ts';
import { targetDurationSeconds } from './hls/low-latency.ts';
import type { Snapshot } from './snapshot.ts';

/** For how many seconds manifests may be kept. */

/** Of live manifests, by AMS (spec 5.2). */
const LIVE_SECONDS = 2;

export function manifestLifetime({ phase }: Snapshot): number {
  return phase === 'ended' ? SETTLED_SECONDS : LIVE_SECONDS;
}

/**
 * 8216bis Appendix B.1: half a target duration with low latency, and six of them for what was asked for by its number. Without it as with AMS.
 */
export function playlistLifetime(presentation: Presentation, snapshot: Snapshot, isBlocking: boolean): number {
  if (snapshot.phase !== 'live') {
    return manifestLifetime(snapshot);
  }
  const target = targetDurationSeconds(presentation);
  if (isBlocking) {
    return 6 * target;
  }
  return presentation.partSeconds === undefined
    ? LIVE_SECONDS
    : Math.min(LIVE_SECONDS, Math.max(1, Math.floor(target / 2)));
}
