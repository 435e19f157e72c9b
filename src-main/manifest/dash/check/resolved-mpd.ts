import { ticks, ticksToSeconds } from '../../../media/time.ts';
import type { AdaptationSet, Representation } from '../adaptation-set.ts';
import type { BaseUrl } from '../base-url.ts';
import type { Mpd } from '../mpd.ts';
import type { Period } from '../period.ts';
import type { SegmentTemplate } from '../segment-template.ts';
import { endOfRun, type TimelineRun, timelineRuns } from '../segment-timeline.ts';

/** An MPD with its inheritance and defaults worked out, for the rule checkers. Seconds are on the MPD timeline. */

export type ResolvedPeriod = {
  readonly period: Period;
  readonly startSeconds: number;
  /** Undefined without end. */
  readonly endSeconds: number | undefined;
  /** Without images, which have no timeline of their own; see `thumbnail-rules.ts`. */
  readonly tracks: readonly ResolvedTrack[];
};

/** One representation. */
export type ResolvedTrack = {
  /** For messages: `Period p0, representation video_1`. */
  readonly at: string;
  readonly set: AdaptationSet;
  readonly representation: Representation;
  readonly template: SegmentTemplate | undefined;
  /** Empty without explicit addressing. */
  readonly runs: readonly TimelineRun[];
  /** Sum of all that apply. */
  readonly availabilityTimeOffset: number;
  readonly secondsOf: (mediaTime: bigint) => number;
};

export function resolvePeriods(mpd: Mpd): readonly ResolvedPeriod[] {
  const starts: number[] = [];
  for (const [index, { startSeconds }] of mpd.periods.entries()) {
    const previous = mpd.periods[index - 1];
    starts.push(startSeconds ?? (starts[index - 1] ?? 0) + (previous?.durationSeconds ?? 0));
  }
  return mpd.periods.map((period, index) => {
    const startSeconds = starts[index] ?? 0;
    const ownEnd = period.durationSeconds === undefined ? undefined : startSeconds + period.durationSeconds;
    const isLast = index === mpd.periods.length - 1;
    const endSeconds = ownEnd ?? (isLast ? mpd.mediaPresentationDurationSeconds : starts[index + 1]);
    return { period, startSeconds, endSeconds, tracks: resolveTracks(mpd, period, startSeconds) };
  });
}

function resolveTracks(mpd: Mpd, period: Period, startSeconds: number): readonly ResolvedTrack[] {
  const played = period.adaptationSets.filter(({ contentType }) => contentType !== 'image');
  return played.flatMap((set) => {
    // Sets with one template have one timeline for all representations; read it once.
    const sharedRuns = runsOf(set.segmentTemplate);
    return set.representations.map((representation) => {
      const own = representation.segmentTemplate;
      const template = own === undefined ? set.segmentTemplate : { ...set.segmentTemplate, ...own };
      const baseUrls = [mpd.baseUrls, period.baseUrls, set.baseUrls, representation.baseUrls];
      const offset: bigint = template?.presentationTimeOffset ?? 0n;
      return {
        at: `Period ${period.id ?? '?'}, representation ${representation.id}`,
        set,
        representation,
        template,
        runs: own?.timeline === undefined ? sharedRuns : runsOf(own),
        availabilityTimeOffset: (template?.availabilityTimeOffset ?? 0) + sumOfOffsets(baseUrls),
        secondsOf: (mediaTime) =>
          startSeconds + ticksToSeconds(ticks(mediaTime - offset), template?.timescale ?? 1),
      };
    });
  });
}

function runsOf(template: SegmentTemplate | undefined): readonly TimelineRun[] {
  return template?.timeline === undefined ? [] : timelineRuns(template.timeline);
}

/** The first BaseURL of a level is the one that players take. */
function sumOfOffsets(levels: readonly (readonly BaseUrl[] | undefined)[]): number {
  return levels.reduce((sum, level) => sum + (level?.[0]?.availabilityTimeOffset ?? 0), 0);
}

/** Where the listed segments begin; undefined when there are none. */
export function firstSeconds({ runs, secondsOf }: ResolvedTrack): number | undefined {
  const [first] = runs;
  return first && secondsOf(first.time);
}

/** Where the listed segments end; Infinity when the last run goes up to the end of the Period, whenever that is. */
export function lastSeconds({ runs, secondsOf }: ResolvedTrack): number | undefined {
  const last = runs.at(-1);
  const end = last && endOfRun(last);
  if (last === undefined) {
    return undefined;
  }
  return end === undefined ? Number.POSITIVE_INFINITY : secondsOf(end);
}

/** The UTC time in seconds on the MPD timeline. */
export function toMpdSeconds(mpd: Mpd, utcMs: number): number {
  return (utcMs - (mpd.availabilityStartTimeMs ?? 0)) / 1000;
}
