import type { AdaptationSet } from '../../../manifest/dash/adaptation-set.ts';
import type { Descriptor } from '../../../manifest/dash/descriptor.ts';
import { type Mpd, writeMpd } from '../../../manifest/dash/mpd.ts';
import type { Period } from '../../../manifest/dash/period.ts';
import { endOfRun, type TimelineRun, timelineRuns } from '../../../manifest/dash/segment-timeline.ts';
import { secondsToTicks, type Ticks, ticks, ticksToSeconds } from '../../../media/time.ts';
import { DASH_NAME } from '../file-names.ts';
import type { ListedMpd, ListedSet, Progress } from './listing.ts';

/** Object storage has no clock to ask for, but every answer has a date; so the MPD itself is asked (23009-1 §5.8.5.7). */
const UTC_TIMING: Descriptor = { schemeIdUri: 'urn:mpeg:dash:utc:http-head:2014', value: DASH_NAME };
/** What sending a segment, and then the MPD, may take on a slow network. Players stay so much further behind. */
const UPLOAD_SECONDS = 4;

/** An MPD as object storage can serve it: without what is about low latency, and with a clock that is there. */
export function staticMpd(mpd: Mpd, setOf: (set: AdaptationSet) => AdaptationSet): Mpd {
  const { serviceDescriptions: _, utcTimings: _timings, suggestedPresentationDelaySeconds: delay, ...rest } = mpd;
  return {
    ...rest,
    ...(delay === undefined ? {} : { suggestedPresentationDelaySeconds: delay + UPLOAD_SECONDS }),
    ...(mpd.type === 'dynamic' ? { utcTimings: [UTC_TIMING] } : {}),
    periods: mpd.periods.map((period) => ({
      ...period,
      adaptationSets: period.adaptationSets.map((set) => {
        const { producerReferenceTimes: _times, resyncs: _resyncs, ...plain } = setOf(set);
        return plain;
      }),
    })),
  };
}

export type CutMpd = {
  /** The text of it, as published at that time: UTC in ms. */
  readonly write: (publishTimeMs: number) => string;
  readonly isWhole: boolean;
  /** Up to where all of it can be played; undefined when it says nothing of segments. */
  readonly endSeconds: number | undefined;
};

/**
 * As much of an MPD as is in the storage. In each set the timeline begins at `fromSeconds` (media time) and goes up to the first segment of
 * which a representation is missing; a Period that would be without one of its sets does not begin yet. Undefined when nothing could be played.
 */
export function cutMpd(
  { mpd, periods }: ListedMpd,
  progress: Progress,
  fromSeconds: number | undefined,
): CutMpd | undefined {
  const shown: Period[] = [];
  let isWhole = true;
  let endSeconds: number | undefined;
  for (const [index, period] of mpd.periods.entries()) {
    const cut = period.adaptationSets.map((set, at) => cutSet(set, periods[index]?.[at], progress, fromSeconds));
    const sets = cut.flatMap((one) => (one === undefined ? [] : [one]));
    if (sets.length < cut.length) {
      isWhole = false;
      // All of it lies before what is shown, or none of it is there yet.
      if (shown.length > 0) {
        break;
      }
      continue;
    }
    isWhole &&= sets.every((set) => set.isWhole);
    const ends = sets.flatMap((set) => set.endSeconds ?? []);
    endSeconds = ends.length === 0 ? endSeconds : Math.min(...ends);
    shown.push({ ...period, adaptationSets: sets.map(({ set }) => set) });
    if (!sets.every((set) => set.isWhole)) {
      break;
    }
  }
  return shown.length === 0
    ? undefined
    : {
        write: (publishTimeMs) =>
          writeMpd({
            ...mpd,
            periods: shown,
            ...(mpd.type === 'dynamic' ? { publishTimeMs } : {}),
            ...(fromSeconds === undefined ? {} : shorterWindow(mpd, shown, publishTimeMs)),
          }),
        isWhole,
        endSeconds,
      };
}

/** A window that something was left out of begins where all sets have something (DASH-IF timing model, "Necessary segment references"). */
function shorterWindow(
  { availabilityStartTimeMs, timeShiftBufferDepthSeconds }: Mpd,
  [first]: readonly Period[],
  nowMs: number,
): Pick<Mpd, 'timeShiftBufferDepthSeconds'> {
  if (availabilityStartTimeMs === undefined || timeShiftBufferDepthSeconds === undefined || first === undefined) {
    return {};
  }
  const starts = first.adaptationSets.flatMap(({ segmentTemplate }) => {
    const [run] = timelineRuns(segmentTemplate?.timeline ?? []);
    const zero = segmentTemplate?.presentationTimeOffset ?? ticks(0n);
    return segmentTemplate === undefined || run === undefined
      ? []
      : [(first.startSeconds ?? 0) + Number(run.time - zero) / segmentTemplate.timescale];
  });
  const nowSeconds = (nowMs - availabilityStartTimeMs) / 1000;
  const seconds = Math.floor((nowSeconds - Math.max(...starts)) * 1000) / 1000;
  return { timeShiftBufferDepthSeconds: Math.max(0, Math.min(timeShiftBufferDepthSeconds, seconds)) };
}

type CutSet = { readonly set: AdaptationSet; readonly isWhole: boolean; readonly endSeconds: number | undefined };

function cutSet(
  set: AdaptationSet,
  listed: ListedSet | undefined,
  { has, isLost }: Progress,
  fromSeconds: number | undefined,
): CutSet | undefined {
  if (listed?.heads.every((name) => has(name) || isLost(name)) !== true) {
    return undefined;
  }
  const { segmentTemplate } = set;
  if (segmentTemplate?.timeline === undefined) {
    return { set, isWhole: true, endSeconds: undefined };
  }
  const runs = timelineRuns(segmentTemplate.timeline);
  if (runs.length === 0) {
    return { set, isWhole: true, endSeconds: undefined };
  }
  const from = fromSeconds === undefined ? ticks(0n) : secondsToTicks(fromSeconds, listed.timescale);
  const { shown, isWhole } = cutRuns(runs, from, (time) => {
    const names = listed.namesAt(time);
    return names.some(isLost) ? 'hole' : names.every(has) ? 'there' : 'missing';
  });
  const last = shown.at(-1);
  const end = last === undefined ? undefined : endOfRun(last);
  return end === undefined
    ? undefined
    : {
        set: { ...set, segmentTemplate: { ...segmentTemplate, timeline: shown } },
        isWhole,
        endSeconds: ticksToSeconds(end, listed.timescale),
      };
}

/**
 * Runs stay what they are as far as they can: an `S` may not be shortened at its beginning (DASH-IF timing model, "Removing content from the
 * MPD"), and with other cuts than those of the origin it would be.
 */
function cutRuns(
  runs: readonly TimelineRun[],
  from: Ticks,
  look: (time: Ticks) => 'there' | 'hole' | 'missing',
): { readonly shown: readonly TimelineRun[]; readonly isWhole: boolean } {
  const shown: TimelineRun[] = [];
  for (const { time, duration, repeat } of runs) {
    let open: { readonly time: Ticks; readonly duration: number; repeat: number } | undefined;
    for (let index = 0; index <= repeat; index += 1) {
      const at = ticks(time + BigInt(duration) * BigInt(index));
      const found = at < from ? 'hole' : look(at);
      if (found === 'missing') {
        return { shown, isWhole: false };
      }
      if (found === 'hole') {
        open = undefined;
      } else if (open === undefined) {
        open = { time: at, duration, repeat: 0 };
        shown.push(open);
      } else {
        open.repeat += 1;
      }
    }
  }
  return { shown, isWhole: true };
}
