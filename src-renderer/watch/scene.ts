import type { ClearKeyObstacle } from './clear-key.ts';
import type { Status } from './status.ts';

/** What has happened in the player since it was given its address, or why it was given none. */
export type Playback = 'none' | 'starting' | 'playing' | 'finished' | 'broken' | 'unplayable' | ClearKeyObstacle;

/** Everything the page shows follows from these two. */
export type Facts = { readonly status: Status | undefined; readonly playback: Playback };

export type Scene = {
  readonly notice:
    | 'loading'
    | 'waiting'
    | 'ended'
    | 'empty'
    | 'gone'
    | 'stopped'
    | 'unreachable'
    | 'unplayable'
    | 'foreign'
    | 'locked'
    | ClearKeyObstacle
    | undefined;
  readonly chip: 'live' | 'recording' | 'soon' | undefined;
  readonly button: 'watch-again' | 'retry' | undefined;
};

/**
 * A picture that still plays is never covered: what was loaded before the connection broke may be watched to its end.
 */
export function sceneOf({ status, playback }: Facts): Scene {
  const chip = chipOf(status);
  if (playback === 'unplayable' || playback === 'insecure' || playback === 'keyless') {
    return { notice: playback, chip, button: undefined };
  }
  if (playback === 'playing') {
    return { notice: undefined, chip, button: undefined };
  }
  if (status === undefined) {
    return { notice: 'loading', chip, button: undefined };
  }
  if (status.kind !== 'stream') {
    return { notice: status.kind, chip, button: 'retry' };
  }
  if (status.state === 'waiting' || status.state === 'empty') {
    return { notice: status.state, chip, button: undefined };
  }
  if (status.hls === undefined) {
    return { notice: 'foreign', chip, button: undefined };
  }
  switch (playback) {
    case 'finished':
      // A recording that was watched to its end keeps its last picture and the player's own controls.
      return status.state === 'ended'
        ? { notice: 'ended', chip, button: 'watch-again' }
        : { notice: 'loading', chip, button: undefined };
    case 'broken':
      // The origin answers, so it may well be the key that did not come.
      return { notice: status.isProtected === true ? 'locked' : 'unreachable', chip, button: 'retry' };
    case 'none':
      return { notice: 'loading', chip, button: undefined };
    case 'starting':
      // The player has its own sign for that.
      return { notice: undefined, chip, button: undefined };
  }
}

function chipOf(status: Status | undefined): Scene['chip'] {
  if (status?.kind !== 'stream') {
    return undefined;
  }
  return ({ waiting: 'soon', live: 'live', ended: 'recording', empty: undefined } as const)[status.state];
}

/** How long until the origin is asked again. Failures wait longer each time, and not all pages at the same instant. */
export function nextAskMs({ status, playback }: Facts, failures: number, random: number): number | undefined {
  const spread = 0.75 + random / 2;
  if (status?.kind !== 'stream' || playback === 'broken') {
    return Math.min(10_000, 1000 * 1.5 ** failures) * spread;
  }
  switch (status.state) {
    case 'waiting':
      return 2000 * spread;
    case 'live':
      return (playback === 'playing' ? 10_000 : 2000) * spread;
    case 'ended':
    case 'empty':
      return undefined;
  }
}
