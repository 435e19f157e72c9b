import type { Ticks } from '../../media/time.ts';
import type {
  IngestHeartbeat,
  LiveEventStatus,
  StreamEvent,
  TrackIngestHeartbeat,
} from '../../shared/api/telemetry.ts';
import type { TimelineInput } from './timeline.ts';

/**
 * What is known of the feed of live events (spec 2.16), kept beyond the end of a run until the event is deleted. What happens to an event
 * that never ran, or is not known, goes unnoticed.
 */
export type IngestTelemetry = {
  status(liveEvent: string): LiveEventStatus;
  /** Newest first, the last thousand. */
  streamEvents(liveEvent: string): readonly StreamEvent[];
  /** Newest first, of the last hour. */
  heartbeats(liveEvent: string): readonly TrackIngestHeartbeat[];
  /** As of now, one a track: for metrics and charts. */
  tracks(liveEvent: string): readonly IngestHeartbeat[];
  /** Begins a run by a feed that is not an outside encoder (that of this computer) and lays itself between that and the timeline. */
  observe(liveEvent: string, input: TimelineInput): TimelineInput;
  /** The timeline has a gap: counted, and told as `LiveEventTrackDiscontinuityDetected`. */
  gap(liveEvent: string, gap: IngestGap): void;
  /** The timeline left out samples, the first of a row: counted, and told as `LiveEventIncomingDataChunkDropped`. */
  dropped(liveEvent: string, drop: IngestDrop): void;
  /** Manifests now show media up to this time: what `channelLatencyMs` of the archive heartbeat is measured by. */
  shown(liveEvent: string, until: Ticks, timescale: number): void;
  /** Text is made of the sound of a track from now on; of one that is made from the feed, of that. */
  transcribing(liveEvent: string, trackId: string, language: string): void;
  /** So much sound of a track was not made into text, because the recogniser is too slow. */
  notTranscribed(liveEvent: string, trackId: string, seconds: number): void;
  /** The run is over: no more heartbeats. `reason` as in `LiveEventEncoderDisconnected`. */
  ended(liveEvent: string, reason: string): void;
  forget(liveEvent: string): void;
};

export type IngestGap = {
  readonly trackId: string;
  readonly previousTimestamp: bigint;
  readonly newTimestamp: bigint;
  readonly timescale: number;
};

export type IngestDrop = {
  readonly trackId: string;
  readonly timestamp: bigint;
  readonly timescale: number;
  readonly reason: 'overlap' | 'non-increasing' | 'no-key-frame';
};
