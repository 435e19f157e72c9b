import type { Clock } from '../../../base/clock.ts';
import type { Sample } from '../../../media/cmaf/types.ts';
import { type Ticks, ticks, ticksToSeconds } from '../../../media/time.ts';
import type { IngestHeartbeat } from '../../../shared/api/telemetry.ts';
import type { Track } from '../../ports/presentation.ts';
import { createDriftMeter } from './drift-meter.ts';
import { createRateMeter } from './rate-meter.ts';

/** The facts of a track that telemetry tells. */
export type MonitoredTrack = Pick<Track, 'id' | 'kind' | 'bitrate' | 'timescale'>;

/** What is measured of one track that comes in. */
export type TrackMonitor = {
  readonly track: MonitoredTrack;
  arrived(samples: readonly Sample[]): void;
  countOverlap(): void;
  countNonIncreasing(): void;
  countDiscontinuity(): void;
  /** Text in that language is made of it. */
  transcribe(language: string): void;
  /** Key frames of late, oldest first. */
  keyFrames(): readonly KeyFrame[];
  /** Seconds between two of those, at most. */
  longestGroup(): number;
  /** First tick behind what has come; undefined before anything has. */
  edge(): Ticks | undefined;
  /** Milliseconds since the media just before `until` came; undefined when that is no longer known. */
  msSince(until: Ticks): number | undefined;
  /** Bits per second of the last 20 s. */
  incomingBitrate(): number;
  drift(): string;
  /** As it stands: its counts are those since `beginPeriod`. */
  heartbeat(state: IngestHeartbeat['state']): IngestHeartbeat;
  beginPeriod(): void;
};

export type KeyFrame = {
  readonly time: Ticks;
  /** Of the picture itself, in ticks. */
  readonly duration: number;
  /** Ticks since the key frame before; 0 for the first, also behind a gap. */
  readonly distance: number;
};

export const PERIOD_SECONDS = 20;
const KEPT_KEY_FRAMES = 16;
/** An encoder that was away for longer set no key frames meanwhile. */
const GAP_SECONDS = 0.5;
/** Arrivals are noted this often at most, and for as long as a segment can take to be shown. */
const ARRIVAL_STEP_MS = 100;
const KEPT_ARRIVALS = 600;

export function createTrackMonitor(track: MonitoredTrack, clock: Clock): TrackMonitor {
  const meter = createRateMeter(clock);
  const drift = createDriftMeter();
  const keyFrames: KeyFrame[] = [];
  let arrivals: { readonly time: Ticks; readonly atMs: number }[] = [];
  let edge: Ticks | undefined;
  /** Since the last key frame something was missing. */
  let isBroken = false;
  let lastTimestamp: Ticks | undefined;
  let lastArrivalMs: number | undefined;
  const languages: string[] = [];
  let counts = { overlap: 0, discontinuity: 0, nonincreasing: 0 };

  function noteArrival(until: Ticks): void {
    const atMs = clock.monotonicMs();
    if (atMs - (arrivals.at(-1)?.atMs ?? -Infinity) >= ARRIVAL_STEP_MS) {
      arrivals.push({ time: until, atMs });
      if (arrivals.length > 2 * KEPT_ARRIVALS) {
        arrivals = arrivals.slice(KEPT_ARRIVALS);
      }
    }
  }

  return {
    track,
    arrived(samples) {
      for (const sample of samples) {
        meter.add(sample.data.length);
        isBroken ||= edge !== undefined && Number(sample.decodeTime - edge) > GAP_SECONDS * track.timescale;
        edge = ticks(sample.decodeTime + BigInt(sample.duration));
        if (track.kind === 'video' && sample.sync) {
          const before = isBroken ? undefined : keyFrames.at(-1);
          const distance = before === undefined ? 0 : Number(sample.decodeTime - before.time);
          keyFrames.push({ time: sample.decodeTime, duration: sample.duration, distance });
          keyFrames.splice(0, keyFrames.length - KEPT_KEY_FRAMES);
          isBroken = false;
        }
      }
      const last = samples.at(-1);
      if (last !== undefined && edge !== undefined) {
        lastTimestamp = last.decodeTime;
        lastArrivalMs = clock.wallMs();
        drift.add(clock.monotonicMs(), lastArrivalMs / 1000 - ticksToSeconds(edge, track.timescale));
        noteArrival(edge);
      }
    },
    countOverlap: () => void (counts.overlap += 1),
    countNonIncreasing: () => void (counts.nonincreasing += 1),
    countDiscontinuity() {
      counts.discontinuity += 1;
      // Behind it the encoder's times may be others.
      drift.reset();
    },
    transcribe: (language) => void languages.push(language),
    keyFrames: () => keyFrames,
    longestGroup: () => Math.max(0, ...keyFrames.map(({ distance }) => distance)) / track.timescale,
    edge: () => edge,
    msSince(until) {
      const found = arrivals.find(({ time }) => time >= until);
      return found === undefined ? undefined : clock.monotonicMs() - found.atMs;
    },
    incomingBitrate: () => Math.round(meter.bitsPerSecond(PERIOD_SECONDS)),
    drift: () => drift.value(clock.monotonicMs()),
    heartbeat(state) {
      const incomingBitrate = Math.round(meter.bitsPerSecond(PERIOD_SECONDS));
      const unexpectedBitrate =
        incomingBitrate === 0 || incomingBitrate >= 2 * track.bitrate || incomingBitrate <= track.bitrate / 2;
      const faults = counts.overlap + counts.discontinuity + counts.nonincreasing;
      return {
        trackType: track.kind,
        trackName: track.id,
        bitrate: track.bitrate,
        incomingBitrate,
        lastTimestamp: String(lastTimestamp ?? 0n),
        timescale: String(track.timescale),
        overlapCount: counts.overlap,
        discontinuityCount: counts.discontinuity,
        nonincreasingCount: counts.nonincreasing,
        unexpectedBitrate,
        state,
        healthy: faults === 0 && !unexpectedBitrate,
        ...(lastArrivalMs === undefined ? {} : { lastFragmentArrivalTime: new Date(lastArrivalMs).toISOString() }),
        ingestDriftValue: drift.value(clock.monotonicMs()),
        transcriptionState: languages.length === 0 ? '' : 'On',
        transcriptionLanguage: languages.join(','),
      };
    },
    beginPeriod() {
      counts = { overlap: 0, discontinuity: 0, nonincreasing: 0 };
    },
  };
}
