import type { CutPresentation } from '../ports/static-files.ts';
import type { Moment } from './composition.ts';
import { createFilteredPresentation } from './filtered-presentation.ts';

type Instant = { readonly time: bigint; readonly timescale: number };

/** What a filter with a start and an end does to a recording. */
export const cutPresentation: CutPresentation = (base, { start, end, trackIds }) => {
  const ended = { ...base, state: () => 'ended' as const };
  const cut = createFilteredPresentation(ended, {
    start: momentOf(start),
    end: momentOf(end),
    forceEnd: false,
    window: undefined,
    backoff: undefined,
    tracks: [],
    firstQuality: undefined,
  });
  return { ...cut, tracks: () => cut.tracks().filter(({ track }) => trackIds.has(track.id)) };
};

function momentOf(instant: Instant | undefined): Moment | undefined {
  return instant && { ticks: instant.time, timescale: BigInt(instant.timescale) };
}
