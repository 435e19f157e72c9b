import type { FilterContent, TrackCondition } from '../../shared/api/filters.ts';
import { AppError } from '../../shared/app-error.ts';

/** A time or a length on the timeline of the media, exactly. */
export type Moment = { readonly ticks: bigint; readonly timescale: bigint };

/** What several filters leave of a presentation: what all of them do. */
export type Composition = {
  readonly start: Moment | undefined;
  readonly end: Moment | undefined;
  readonly forceEnd: boolean;
  readonly window: Moment | undefined;
  readonly backoff: Moment | undefined;
  /** A track has to meet every one of these; each is met by all conditions of any of its rows. */
  readonly tracks: readonly (readonly (readonly TrackCondition[])[])[];
  /** Bits per second. */
  readonly firstQuality: number | undefined;
};

/**
 * The intersection of filters: the latest start, the earliest end, the shortest window, the longest back-off, the tracks that are in all.
 *
 * Throws `MPE_FILTER_COMPOSITION_MULTIPLE_FIRST_QUALITY_OPERATOR_NOT_ALLOWED` and `MPE_FILTER_LIVE_BACKOFF_OVER_PRESENTATION_WINDOW`.
 */
export function composeFilters(filters: readonly FilterContent[]): Composition {
  const ranges = filters.flatMap(({ presentationTimeRange: range }) => (range === undefined ? [] : [range]));
  const moments = (
    field: 'startTimestamp' | 'endTimestamp' | 'presentationWindowDuration' | 'liveBackoffDuration',
  ): readonly Moment[] =>
    ranges.flatMap((range) => {
      const ticks = range[field];
      return ticks === undefined ? [] : [{ ticks: BigInt(ticks), timescale: BigInt(range.timescale) }];
    });
  const [firstQuality, ...others] = filters.flatMap((filter) => filter.firstQuality?.bitrate ?? []);
  if (others.some((bitrate) => bitrate !== firstQuality)) {
    throw new AppError(
      'MPE_FILTER_COMPOSITION_MULTIPLE_FIRST_QUALITY_OPERATOR_NOT_ALLOWED',
      'Only one of the filters that are asked for together may have a firstQuality.',
    );
  }
  const window = least(moments('presentationWindowDuration'));
  const backoff = most(moments('liveBackoffDuration'));
  if (window !== undefined && backoff !== undefined && compare(backoff, window) >= 0) {
    throw new AppError(
      'MPE_FILTER_LIVE_BACKOFF_OVER_PRESENTATION_WINDOW',
      'The filters together stay further behind the live edge than their window reaches back.',
    );
  }
  return {
    start: most(moments('startTimestamp')),
    end: least(moments('endTimestamp')),
    forceEnd: ranges.some((range) => range.forceEndTimestamp),
    window,
    backoff,
    tracks: filters
      .map(({ tracks }) => tracks.map(({ trackSelections }) => trackSelections))
      .filter((rows) => rows.length > 0),
    firstQuality,
  };
}

function compare(a: Moment, b: Moment): number {
  const left = a.ticks * b.timescale;
  const right = b.ticks * a.timescale;
  return left === right ? 0 : left < right ? -1 : 1;
}

function least(moments: readonly Moment[]): Moment | undefined {
  return moments.toSorted(compare)[0];
}

function most(moments: readonly Moment[]): Moment | undefined {
  return moments.toSorted(compare).at(-1);
}
