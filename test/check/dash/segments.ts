import type { ResolvedPeriod, ResolvedTrack } from '../../../src-main/manifest/dash/check/resolved-mpd.ts';
import type { Mpd } from '../../../src-main/manifest/dash/mpd.ts';
import { expandTimeline } from '../../../src-main/manifest/dash/segment-timeline.ts';

/** A segment as an MPD tells of it. Seconds are on the MPD timeline. */
export type Listed = {
  /** Made when it is asked for: a window may have tens of thousands. */
  readonly url: () => string;
  /** Media time in ticks of the representation. */
  readonly time: bigint;
  /** In ticks. */
  readonly duration: number;
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** From a SegmentTimeline: its times are exact. */
  readonly isExplicit: boolean;
};

/** So many of the newest are worked out where the MPD gives a duration only, besides the oldest. */
const MAX_LISTED = 100_000;
/** Segments ahead of the last one that nobody can have. */
const AHEAD = 100;

/** Segments of a representation that the MPD tells of by now, oldest first; with a SegmentTimeline also those it lists ahead. */
export function segmentsOf(
  mpd: Mpd,
  base: string,
  period: ResolvedPeriod,
  track: ResolvedTrack,
  nowSeconds: number,
): readonly Listed[] {
  const { template, secondsOf, representation } = track;
  if (template?.media === undefined) {
    return [];
  }
  const { media, timescale, startNumber = 1, duration, timeline, presentationTimeOffset = 0n } = template;
  const at = (time: bigint, ticks: number, number: number, isExplicit: boolean): Listed => ({
    url: () => addressOf(mpd, base, period, track, fill(media, { ...representation, time, number })),
    time,
    duration: ticks,
    startSeconds: secondsOf(time),
    endSeconds: secondsOf(time + BigInt(ticks)),
    isExplicit,
  });
  if (timeline !== undefined) {
    const listed: Listed[] = [];
    for (const { time, duration: ticks } of expandTimeline(track.runs)) {
      listed.push(at(time, ticks, startNumber + listed.length, true));
      if (listed.length >= MAX_LISTED) {
        break;
      }
    }
    return listed;
  }
  if (duration === undefined) {
    return [];
  }
  const seconds = duration / timescale;
  const edge = mpd.type === 'static' ? (period.endSeconds ?? 0) : nowSeconds + track.availabilityTimeOffset;
  const end = Math.min(edge, period.endSeconds ?? Number.POSITIVE_INFINITY) - period.startSeconds;
  const depth =
    mpd.type === 'static'
      ? Number.POSITIVE_INFINITY
      : (mpd.timeShiftBufferDepthSeconds ?? Number.POSITIVE_INFINITY);
  const count = mpd.type === 'static' ? Math.ceil(end / seconds - 1e-6) : Math.floor(end / seconds + 1e-6);
  const first = Math.max(0, count - MAX_LISTED, Math.ceil((end - track.availabilityTimeOffset - depth) / seconds));
  const listed: Listed[] = [];
  for (let index = first; index < count; index += 1) {
    listed.push(
      at(presentationTimeOffset + BigInt(index) * BigInt(duration), duration, startNumber + index, false),
    );
  }
  return listed;
}

/** A segment that cannot be there yet. */
export function farAhead(
  mpd: Mpd,
  base: string,
  period: ResolvedPeriod,
  track: ResolvedTrack,
  last: Listed,
): string | undefined {
  const { template, representation } = track;
  if (template?.media === undefined) {
    return undefined;
  }
  const time = last.time + BigInt(last.duration) * BigInt(AHEAD);
  // Further than any listed one, whatever the first has for a number.
  const number = (template.startNumber ?? 1) + MAX_LISTED + AHEAD;
  return addressOf(mpd, base, period, track, fill(template.media, { ...representation, time, number }));
}

export function initializationOf(
  mpd: Mpd,
  base: string,
  period: ResolvedPeriod,
  track: ResolvedTrack,
): string | undefined {
  const { template, representation } = track;
  return template?.initialization === undefined
    ? undefined
    : addressOf(
        mpd,
        base,
        period,
        track,
        fill(template.initialization, { ...representation, time: 0n, number: 0 }),
      );
}

/** The first BaseURL of each level, which is the one that players take (23009-1 §5.6). */
function addressOf(
  mpd: Mpd,
  base: string,
  { period }: ResolvedPeriod,
  { set, representation }: ResolvedTrack,
  path: string,
): string {
  const levels = [mpd.baseUrls, period.baseUrls, set.baseUrls, representation.baseUrls];
  const folder = levels.reduce((url, level) => {
    const [first] = level ?? [];
    return first === undefined ? url : new URL(first.url, url).href;
  }, base);
  return new URL(path, folder).href;
}

/** The identifiers of a template, 23009-1 §5.3.9.4.4. */
export function fill(
  template: string,
  values: { readonly id: string; readonly bandwidth: number; readonly time: bigint; readonly number: number },
): string {
  const { id, bandwidth, time, number } = values;
  const known: Readonly<Record<string, string>> = {
    RepresentationID: id,
    Bandwidth: String(bandwidth),
    Time: String(time),
    Number: String(number),
  };
  return template.replace(
    /\$(?:(RepresentationID|Bandwidth|Time|Number)(?:%0(\d{1,3})d)?)?\$/g,
    (_, name: string | undefined, width: string | undefined) =>
      name === undefined ? '$' : (known[name] ?? '').padStart(Number(width ?? 0), '0'),
  );
}
