import type { ViolationLog } from '../../violation.ts';
import type { Mpd } from '../mpd.ts';
import type { ResolvedPeriod, ResolvedTrack } from './resolved-mpd.ts';

export const LOW_LATENCY_PROFILE = 'http://www.dashif.org/guidelines/low-latency-live-v5';

/** DASH-IF IOP v5 part 4, clauses 9.X.4: for MPDs that name the profile. */
export function isLowLatency(mpd: Mpd): boolean {
  return mpd.type === 'dynamic' && mpd.profiles.includes(LOW_LATENCY_PROFILE);
}

const SERVICE = 'DASH-IF IOP 9.X.4.2';
const REFERENCE = 'DASH-IF IOP 9.X.4.3';
const SEGMENTS = 'DASH-IF IOP 9.X.4.4';
const CHUNKS = 'DASH-IF IOP 9.X.4.5';

/** MPD validity events in segments (23009-1 §5.10.4). */
const MPD_EVENTS = 'urn:mpeg:dash:event:2012';

export function checkLowLatency(log: ViolationLog, mpd: Mpd, periods: readonly ResolvedPeriod[]): void {
  const [service, ...others] = mpd.serviceDescriptions ?? [];
  log.must(service !== undefined && others.length === 0, SERVICE, 'there is not exactly one ServiceDescription');
  const { targetMs, minMs = 0, maxMs = Number.POSITIVE_INFINITY } = service?.latency ?? {};
  log.must(targetMs !== undefined, SERVICE, 'the ServiceDescription has no Latency@target');
  log.must(
    targetMs === undefined || (minMs <= targetMs && targetMs <= maxMs),
    SERVICE,
    'Latency@target is not between min and max',
  );
  log.must(service?.playbackRate !== undefined, SERVICE, 'the ServiceDescription has no PlaybackRate');
  log.must((mpd.utcTimings?.length ?? 0) > 0, SERVICE, 'there is no UTCTiming');
  log.must(mpd.leapSecondInformation !== undefined, SERVICE, 'there is no LeapSecondInformation');
  for (const { tracks } of periods) {
    const ids = [...new Set(tracks.map(({ set }) => set))].flatMap((set) =>
      (set.producerReferenceTimes ?? []).map(({ id }) => id),
    );
    log.must(new Set(ids).size === ids.length, REFERENCE, 'two ProducerReferenceTimes have the same id');
    // Text is made of sound, seconds later, and nobody waits for it: the rules are of pictures and sound.
    for (const track of tracks.filter(({ set }) => set.contentType !== 'text')) {
      checkTrack(log, track, (targetMs ?? Number.POSITIVE_INFINITY) / 1000);
    }
  }
}

function checkTrack(log: ViolationLog, track: ResolvedTrack, targetSeconds: number): void {
  const { at, set, representation, template, runs } = track;
  const references = [...(set.producerReferenceTimes ?? []), ...(representation.producerReferenceTimes ?? [])];
  log.must(references.length > 0, REFERENCE, `${at} has no ProducerReferenceTime`);
  const inband = [...(set.inbandEventStreams ?? []), ...(representation.inbandEventStreams ?? [])];
  log.must(
    inband.every(({ schemeIdUri, value }) => schemeIdUri !== MPD_EVENTS || value === '1'),
    SERVICE,
    `${at} has MPD events in its segments with a value other than 1`,
  );
  const timescale = template?.timescale ?? 1;
  const durations = runs.length > 0 ? runs.map(({ duration }) => duration) : [template?.duration ?? 0];
  if (template?.availabilityTimeComplete === false) {
    checkChunked(log, track, Math.min(...durations.slice(-64)) / timescale, targetSeconds);
  } else {
    const longest = durations.reduce((ticks, duration) => Math.max(ticks, duration), 0) / timescale;
    log.must(
      longest <= targetSeconds * 0.5,
      SEGMENTS,
      `${at} has whole segments longer than half the target latency`,
    );
    log.should(
      longest <= targetSeconds * 0.3,
      SEGMENTS,
      `${at} has whole segments longer than 30 % of the target latency`,
    );
  }
}

function checkChunked(
  log: ViolationLog,
  track: ResolvedTrack,
  shortestSeconds: number,
  targetSeconds: number,
): void {
  const { at, set, representation, template, availabilityTimeOffset } = track;
  log.must(availabilityTimeOffset > 0, CHUNKS, `${at} is chunked, but has no availabilityTimeOffset`);
  log.should(
    availabilityTimeOffset < shortestSeconds,
    CHUNKS,
    `${at} has an availabilityTimeOffset that is not shorter than its segments`,
  );
  log.must(set.segmentAlignment !== undefined && set.segmentAlignment !== false, CHUNKS, `${at} is not aligned`);
  const mimeType = representation.mimeType ?? set.mimeType ?? '';
  const brands = [...(representation.segmentProfiles ?? []), ...(set.segmentProfiles ?? [])];
  log.should(
    mimeType.includes('cmfc') || brands.some((brand) => brand.startsWith('cmf')),
    CHUNKS,
    `${at} does not say that its segments are CMAF`,
  );
  const resync = [...(representation.resyncs ?? []), ...(set.resyncs ?? [])].at(0);
  log.must(resync !== undefined, CHUNKS, `${at} is chunked, but has no Resync`);
  if (resync !== undefined) {
    const dT = (resync.dT ?? Number.POSITIVE_INFINITY) / (template?.timescale ?? 1);
    log.must((resync.type ?? 0) <= 3, CHUNKS, `${at} has a Resync of a type above 3`);
    log.must(resync.marker === true, CHUNKS, `${at} has a Resync without marker`);
    log.must(dT <= targetSeconds, CHUNKS, `${at} has a Resync@dT longer than the target latency`);
    log.should(dT <= targetSeconds / 2, CHUNKS, `${at} has a Resync@dT longer than half the target latency`);
  }
}
