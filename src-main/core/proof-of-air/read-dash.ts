import {
  type ResolvedPeriod,
  type ResolvedTrack,
  resolvePeriods,
} from '../../manifest/dash/check/resolved-mpd.ts';
import { type Mpd, parseMpd } from '../../manifest/dash/mpd.ts';
import type { SegmentTemplate } from '../../manifest/dash/segment-template.ts';
import type { TimelineRun } from '../../manifest/dash/segment-timeline.ts';
import type { ListedStream, Newest } from './listed-stream.ts';

/** 23009-1 leaves it to players how far from the edge they begin where the MPD does not say; dash.js takes four segments, Shaka three. */
const DEFAULT_SEGMENTS_BEHIND = 4;

/**
 * What an MPD lists, of the quality that is the `turn`th from the least; they take turns. `nowMs` is UTC. Throws `media/malformed`; addressing without templates is
 * not known and gives nothing.
 */
export function readDash(text: string, base: string, turn: number, nowMs: number): ListedStream {
  const mpd = parseMpd(text);
  const nowSeconds = (nowMs - (mpd.availabilityStartTimeMs ?? 0)) / 1000;
  const isOver = mpd.type === 'static';
  const periods = resolvePeriods(mpd);
  const period = periods.findLast(({ startSeconds }) => isOver || startSeconds <= nowSeconds) ?? periods.at(-1);
  const of = (kind: 'video' | 'audio'): readonly ResolvedTrack[] =>
    (period?.tracks ?? [])
      .filter((track) => kindOf(track) === kind)
      .toSorted((a, b) => a.representation.bandwidth - b.representation.bandwidth);
  const newestOf = (tracks: readonly ResolvedTrack[]): Newest | undefined => {
    const track = tracks[turn % Math.max(1, tracks.length)];
    return period === undefined || track === undefined ? undefined : newest(mpd, base, period, track, nowSeconds);
  };
  return { isOver, pictures: newestOf(of('video')), sound: newestOf(of('audio').slice(0, 1)) };
}

function kindOf({ set, representation }: ResolvedTrack): string | undefined {
  return set.contentType ?? (representation.mimeType ?? set.mimeType)?.split('/')[0];
}

function newest(
  mpd: Mpd,
  base: string,
  period: ResolvedPeriod,
  track: ResolvedTrack,
  nowSeconds: number,
): Newest | undefined {
  const { template, representation } = track;
  const edge = Math.min(nowSeconds + track.availabilityTimeOffset, period.endSeconds ?? Number.POSITIVE_INFINITY);
  const found = template === undefined ? undefined : lastSegment(template, track, edge - period.startSeconds);
  if (template?.media === undefined || found === undefined) {
    return undefined;
  }
  const { id, bandwidth } = representation;
  const addressOf = (path: string): string => {
    const levels = [mpd.baseUrls, period.period.baseUrls, track.set.baseUrls, representation.baseUrls];
    const folder = levels.reduce((url, level) => new URL(level?.[0]?.url ?? '', url).href, base);
    return new URL(
      fill(path, { RepresentationID: id, Bandwidth: bandwidth, Time: found.time, Number: found.number }),
      folder,
    ).href;
  };
  const duration = found.duration / template.timescale;
  const startSeconds = track.secondsOf(found.time);
  const latency = mpd.serviceDescriptions?.find((service) => service.latency?.targetMs !== undefined)?.latency
    ?.targetMs;
  const behind =
    latency === undefined
      ? (mpd.suggestedPresentationDelaySeconds ?? DEFAULT_SEGMENTS_BEHIND * duration)
      : latency / 1000;
  const protections = [...(track.set.contentProtections ?? []), ...(representation.contentProtections ?? [])];
  return {
    init: template.initialization === undefined ? undefined : { url: addressOf(template.initialization) },
    segment: { url: addressOf(template.media) },
    isEncrypted: protections.length > 0,
    duration,
    toPlayhead: nowSeconds - behind - startSeconds,
    startsAtMs:
      mpd.availabilityStartTimeMs === undefined ? undefined : mpd.availabilityStartTimeMs + startSeconds * 1000,
    edge: `${found.time} ${found.number}`,
  };
}

type Found = { readonly time: bigint; readonly number: number; readonly duration: number };

/** The newest that ends no later than `edgeSeconds`, which count from the start of the Period. */
function lastSegment(template: SegmentTemplate, { runs }: ResolvedTrack, edgeSeconds: number): Found | undefined {
  const { timescale, startNumber = 1, duration, presentationTimeOffset = 0n } = template;
  const offset: bigint = presentationTimeOffset;
  if (runs.length > 0) {
    // Ticks of media time; a little more, because the edge is a rounded number.
    const edge = offset + BigInt(Math.floor((edgeSeconds + 0.05) * timescale));
    return lastOfRuns(runs, edge, startNumber);
  }
  if (duration === undefined || duration === 0 || !Number.isFinite(edgeSeconds)) {
    return undefined;
  }
  const index = Math.floor((edgeSeconds * timescale) / duration + 1e-6) - 1;
  return index < 0
    ? undefined
    : { time: offset + BigInt(index) * BigInt(duration), number: startNumber + index, duration };
}

function lastOfRuns(runs: readonly TimelineRun[], edge: bigint, startNumber: number): Found | undefined {
  let found: Found | undefined;
  let number = startNumber;
  for (const { time, duration, repeat } of runs) {
    const length = BigInt(duration);
    // Without an end it goes up to the edge; a static MPD has no such run last.
    const fitting = (edge - time) / length - 1n;
    const last = repeat < 0 ? fitting : BigInt(repeat) < fitting ? BigInt(repeat) : fitting;
    if (last >= 0n) {
      found = { time: time + last * length, number: number + Number(last), duration };
    }
    number += Math.max(0, repeat) + 1;
  }
  return found;
}

/** The identifiers of a template, 23009-1 §5.3.9.4.4. */
function fill(template: string, values: Readonly<Record<string, string | number | bigint>>): string {
  return template.replace(
    /\$(?:(RepresentationID|Bandwidth|Time|Number)(?:%0(\d{1,3})d)?)?\$/g,
    (_, name: string | undefined, width: string | undefined) =>
      name === undefined ? '$' : String(values[name]).padStart(Number(width ?? 0), '0'),
  );
}
