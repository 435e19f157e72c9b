import type { Ticks } from '../../media/time.ts';
import type { Presentation } from '../ports/presentation.ts';
import { createFilteredPresentation } from './filtered-presentation.ts';

/**
 * A presentation from a moment on, and while it is live no more of it than the newest seconds: what a filter with a start and a window does, but
 * the start may move. It is asked for again with every revision.
 */
export function narrowPresentation(
  base: Presentation,
  limits: {
    readonly windowSeconds: number | undefined;
    readonly from: () => { readonly time: Ticks; readonly timescale: number } | undefined;
  },
): Presentation {
  const { windowSeconds, from } = limits;
  return createFilteredPresentation(base, {
    get start() {
      const moment = from();
      return moment && { ticks: moment.time, timescale: BigInt(moment.timescale) };
    },
    end: undefined,
    forceEnd: false,
    window: windowSeconds === undefined ? undefined : { ticks: BigInt(Math.round(windowSeconds)), timescale: 1n },
    backoff: undefined,
    tracks: [],
    firstQuality: undefined,
  });
}
