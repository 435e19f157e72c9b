import { hlsOf, type VideoJsPlayer } from './hls-engine.ts';
import { createTimeMap, type TimeMap } from './time-map.ts';

/** How the player lays out the playlist that it plays; without one, or when the browser plays by itself, nothing is known. */
export function playlistTimes(player: VideoJsPlayer): TimeMap {
  const fragments = hlsOf(player)?.latestLevelDetails?.fragments ?? [];
  return createTimeMap(
    fragments.map(({ start, duration, programDateTime }) => ({
      startSeconds: start,
      durationSeconds: duration,
      wallMs: programDateTime ?? undefined,
    })),
  );
}
