import type { Presentation } from '../ports/presentation.ts';
import { targetDurationSeconds } from './hls/low-latency.ts';
import type { Snapshot } from './snapshot.ts';

/** For how many seconds manifests may be kept. */

/** Of live manifests, by AMS (spec 5.2). */
const LIVE_SECONDS = 2;
/** Of what does not change any more, by AMS: 3 days. */
const ENDED_SECONDS = 259_200;

export function manifestLifetime({ phase }: Snapshot): number {
  return phase === 'ended' ? ENDED_SECONDS : LIVE_SECONDS;
}

/** 8216bis Appendix B.1: half a target duration, and six of them for what was asked for by its number. */
export function playlistLifetime(presentation: Presentation, snapshot: Snapshot, isBlocking: boolean): number {
  if (snapshot.phase !== 'live') {
    return manifestLifetime(snapshot);
  }
  const target = targetDurationSeconds(presentation);
  return isBlocking ? 6 * target : Math.min(LIVE_SECONDS, Math.max(1, Math.floor(target / 2)));
}
