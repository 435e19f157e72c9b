import type { Clock } from '../../../base/clock.ts';
import type { Sample } from '../../../media/cmaf/types.ts';
import { rescale, type Ticks } from '../../../media/time.ts';
import type { EventType } from '../../../shared/api/events.ts';
import type { IngestHeartbeat, LiveEventStatus, StreamEvent } from '../../../shared/api/telemetry.ts';
import { formatIsoDuration } from '../../../shared/iso-duration.ts';
import type { IngestPeer } from '../../ports/ingest.ts';
import type { IngestDrop, IngestGap } from '../../ports/telemetry.ts';
import { rareKeyFrames } from '../rare-key-frames.ts';
import { findOutOfSync, findUnaligned } from './alignment.ts';
import { createIncidentLog, judgeHealth } from './health.ts';
import { createTrackMonitor, type MonitoredTrack, PERIOD_SECONDS, type TrackMonitor } from './track-monitor.ts';

/** What is known of one connection of an encoder. */
export type ConnectionFacts = {
  readonly streamName: string;
  readonly ingestUrl: string;
  readonly peer: IngestPeer;
};

/** One run of a live event, from start to stop, as telemetry sees it. */
export type RunTelemetry = {
  /** Something feeds it from now on, whatever that is. */
  begun(streamName: string): void;
  connected(connection: ConnectionFacts): void;
  /** `code`: as in `LiveEventEncoderDisconnected`. */
  disconnected(connection: ConnectionFacts, code: string): void;
  rejected(connection: ConnectionFacts, code: string): void;
  addTrack(track: MonitoredTrack): void;
  /** The first sample of a track on a connection. */
  received(connection: ConnectionFacts, trackId: string, sample: Sample): void;
  /** Samples go to the timeline. */
  arrived(trackId: string, samples: readonly Sample[]): void;
  /** `isFirst`: of a row, the others of which are only counted. */
  dropped(drop: IngestDrop, isFirst: boolean): void;
  gap(gap: IngestGap): void;
  shown(until: Ticks, timescale: number): void;
  transcribing(trackId: string, language: string): void;
  notTranscribed(trackId: string, seconds: number): void;
  tracks(): readonly IngestHeartbeat[];
  status(): LiveEventStatus;
  /** The run is over. Idempotent. */
  end(reason: string): void;
};

export type RunOptions = {
  readonly clock: Clock;
  /** How far apart key frames should be at most; undefined where it does not matter. */
  readonly keyFrameSeconds: number | undefined;
  readonly publish: (eventType: EventType, data: unknown) => void;
  readonly keepEvent: (event: StreamEvent) => void;
  readonly keepHeartbeat: (heartbeat: IngestHeartbeat) => void;
};

/** Ends that are no fault (spec 2.16, 2.17). */
const GRACEFUL = new Set([
  'S_OK',
  'MPE_CLIENT_TERMINATED_SESSION',
  'MPE_CLIENT_DISCONNECTED',
  'MPI_REST_API_CHANNEL_RESET',
  'MPI_REST_API_CHANNEL_STOP',
  'MPI_STREAM_HIT_EOF',
  'MPI_SYSTEM_MAINTENANCE',
]);
const DROP_CODES = {
  overlap: 'FragmentDrop_OverlapTimestamp',
  'non-increasing': 'FragmentDrop_NonIncreasingTimestamp',
  'no-key-frame': 'FragmentDrop_NoKeyFrame',
} as const;
/** A stream that is broken in every second picture is told of this often. */
const DROP_EVENT_MS = 1000;
const SYNC_CHECK_MS = 1000;
const MAX_INTERRUPTIONS = 100;
const LEAST_INTERRUPTION_MS = 1000;
/** Longest group of pictures there may be (spec 2.3). */
const MAX_KEY_FRAME_SECONDS = 20;
/** Nobody minds this much. */
const KEY_FRAME_ROOM_SECONDS = 0.5;

type Interruption = { readonly beginMs: number; endMs: number | undefined; readonly reason: string };

export function createRunTelemetry(options: RunOptions): RunTelemetry {
  const { clock, keyFrameSeconds = Infinity, publish, keepEvent, keepHeartbeat } = options;
  const monitors = new Map<string, TrackMonitor>();
  const incidents = createIncidentLog();
  const connections = new Set<ConnectionFacts>();
  const interruptions: Interruption[] = [];
  const droppedAt = new Map<string, number>();
  let ingestion: { readonly streamName: string; readonly beginMs: number } | undefined;
  let ended: { readonly atMs: number; readonly reason: string } | undefined;
  let timer: Disposable | undefined;
  let syncCheckedMs = -Infinity;
  let isOutOfSync = false;
  let isUnaligned = false;
  let archive: { latencyMs: number | undefined; isBroken: boolean } | undefined;

  const iso = (ms: number): string => new Date(ms).toISOString();
  const now = (): string => iso(clock.wallMs());

  function note(
    eventType: StreamEvent['eventType'],
    level: StreamEvent['eventLevel'],
    data: StreamEvent['data'],
  ): void {
    keepEvent({ eventType, eventTime: now(), eventLevel: level, data });
  }

  function begun(streamName: string): void {
    if (ingestion === undefined) {
      ingestion = { streamName, beginMs: clock.wallMs() };
      timer = clock.after(PERIOD_SECONDS * 1000, beat);
    }
    const last = interruptions.at(-1);
    if (last !== undefined) {
      last.endMs ??= clock.wallMs();
      // Some encoders make a connection for every fragment.
      if (last.endMs - last.beginMs < LEAST_INTERRUPTION_MS) {
        interruptions.pop();
      }
    }
  }

  /** Every 20 s from the first connection on, whether anything still comes or not. */
  function beat(): void {
    timer = clock.after(PERIOD_SECONDS * 1000, beat);
    for (const monitor of monitors.values()) {
      const heartbeat = monitor.heartbeat('Running');
      monitor.beginPeriod();
      keepHeartbeat(heartbeat);
      publish('Microsoft.Media.LiveEventIngestHeartbeat', heartbeat);
    }
    checkSync();
    if (archive !== undefined) {
      publish('Microsoft.Media.LiveEventChannelArchiveHeartbeat', archiveHeartbeat(archive));
      archive = { latencyMs: undefined, isBroken: false };
    }
  }

  function archiveHeartbeat({ latencyMs, isBroken }: NonNullable<typeof archive>): unknown {
    return {
      channelLatencyMs: latencyMs === undefined ? 'n/a' : String(Math.round(latencyMs)),
      latencyResultCode: hasTooLongGroup()
        ? 'MPE_KEY_FRAME_INTERVAL_TOO_LARGE'
        : isBroken || latencyMs === undefined
          ? 'MPE_INGEST_DISCONTINUITY'
          : 'S_OK',
    };
  }

  function hasTooLongGroup(): boolean {
    return [...monitors.values()].some((monitor) => {
      const last = monitor.keyFrames().at(-1);
      const open = last === undefined ? 0 : Number((monitor.edge() ?? last.time) - last.time);
      return Math.max(last?.distance ?? 0, open) > MAX_KEY_FRAME_SECONDS * monitor.track.timescale;
    });
  }

  function checkSync(): void {
    syncCheckedMs = clock.monotonicMs();
    const all = [...monitors.values()];
    const apart = findOutOfSync(all);
    if (apart !== undefined && !isOutOfSync) {
      const { least, most } = apart;
      const data = {
        minLastTimestamp: String(least.edge()),
        typeOfStreamWithMinLastTimestamp: least.track.kind,
        maxLastTimestamp: String(most.edge()),
        typeOfStreamWithMaxLastTimestamp: most.track.kind,
        timescaleOfMinLastTimestamp: String(least.track.timescale),
        timescaleOfMaxLastTimestamp: String(most.track.timescale),
      };
      publish('Microsoft.Media.LiveEventIncomingStreamsOutOfSync', data);
      note('StreamEvent/UnalignedPresentation', 'Warning', data);
    }
    isOutOfSync = apart !== undefined;
    const unaligned = findUnaligned(all);
    if (unaligned !== undefined && !isUnaligned) {
      const data = {
        firstTimestamp: String(unaligned.first.time),
        firstDuration: String(unaligned.first.distance),
        secondTimestamp: String(unaligned.second.time),
        secondDuration: String(unaligned.second.distance),
        timescale: String(unaligned.timescale),
      };
      publish('Microsoft.Media.LiveEventIncomingVideoStreamsOutOfSync', data);
      note('StreamEvent/UnalignedKeyFrames', 'Warning', data);
    }
    isUnaligned = unaligned !== undefined;
    if (isOutOfSync) {
      warn('Pictures and sound are more than 10 s apart.');
    }
    if (isUnaligned) {
      warn('The key frames of the qualities are not at the same times.');
    }
    const seconds = Math.max(0, ...all.map((monitor) => monitor.longestGroup()));
    if (seconds >= keyFrameSeconds + KEY_FRAME_ROOM_SECONDS) {
      warn(rareKeyFrames(Math.round(10 * seconds) / 10, keyFrameSeconds).message);
    }
  }

  function warn(text: string, gapSeconds?: number): void {
    incidents.add(clock.monotonicMs(), { level: 'warning', gapSeconds, text });
  }

  /** The facts of a track; of one that this run does not have (an encoding event's ladder) what its id says. */
  function factsOf(trackId: string): {
    readonly trackType: string;
    readonly trackName: string;
    readonly bitrate: number;
  } {
    const known = monitors.get(trackId)?.track;
    const [trackType = '', bitrate] = trackId.split('_');
    return {
      trackType: known?.kind ?? trackType,
      trackName: trackId,
      bitrate: known?.bitrate ?? Number(bitrate ?? 0),
    };
  }

  function describe({ streamName, ingestUrl, peer }: ConnectionFacts) {
    return { streamId: streamName, ingestUrl, encoderIp: peer.address, encoderPort: String(peer.port) };
  }

  return {
    begun,
    connected(connection) {
      connections.add(connection);
      begun(connection.streamName);
      const data = describe(connection);
      publish('Microsoft.Media.LiveEventEncoderConnected', data);
      note('StreamEvent/BeginIngest', 'Information', data);
    },
    disconnected(connection, code) {
      connections.delete(connection);
      const data = { ...describe(connection), resultCode: code };
      publish('Microsoft.Media.LiveEventEncoderDisconnected', data);
      note('StreamEvent/EndIngest', GRACEFUL.has(code) ? 'Information' : 'Error', data);
      if (!GRACEFUL.has(code)) {
        const text = `The connection of ${connection.streamName} ended with ${code}.`;
        incidents.add(clock.monotonicMs(), { level: 'error', gapSeconds: undefined, text });
      }
      if (connections.size === 0) {
        interruptions.push({ beginMs: clock.wallMs(), endMs: undefined, reason: code });
        interruptions.splice(0, interruptions.length - MAX_INTERRUPTIONS);
      }
    },
    rejected(connection, code) {
      const data = { ...describe(connection), resultCode: code };
      publish('Microsoft.Media.LiveEventConnectionRejected', data);
      note('StreamEvent/InvalidConnection', 'Error', data);
      incidents.add(clock.monotonicMs(), {
        level: 'error',
        gapSeconds: undefined,
        text: `A connection was turned away with ${code}.`,
      });
    },
    addTrack: (track) => void monitors.set(track.id, createTrackMonitor(track, clock)),
    received(connection, trackId, sample) {
      const { ingestUrl, encoderIp, encoderPort } = describe(connection);
      const data = {
        ingestUrl,
        ...factsOf(trackId),
        encoderIp,
        encoderPort,
        timestamp: String(sample.decodeTime),
        duration: String(sample.duration),
        timescale: String(monitors.get(trackId)?.track.timescale ?? 0),
      };
      publish('Microsoft.Media.LiveEventIncomingStreamReceived', data);
      note('StreamEvent/FirstChunkReceived', 'Information', data);
    },
    arrived(trackId, samples) {
      monitors.get(trackId)?.arrived(samples);
      if (clock.monotonicMs() - syncCheckedMs >= SYNC_CHECK_MS) {
        checkSync();
      }
    },
    dropped({ trackId, timestamp, timescale, reason }, isFirst) {
      const monitor = monitors.get(trackId);
      if (reason === 'overlap') {
        monitor?.countOverlap();
      } else if (reason === 'non-increasing') {
        monitor?.countNonIncreasing();
      }
      const resultCode = DROP_CODES[reason];
      warn(`Samples of ${trackId} were dropped (${resultCode}).`);
      const atMs = clock.monotonicMs();
      const key = `${trackId} ${reason}`;
      if (isFirst && atMs - (droppedAt.get(key) ?? -Infinity) >= DROP_EVENT_MS) {
        droppedAt.set(key, atMs);
        const data = {
          ...factsOf(trackId),
          timestamp: String(timestamp),
          timescale: String(timescale),
          resultCode,
        };
        publish('Microsoft.Media.LiveEventIncomingDataChunkDropped', data);
        note('StreamEvent/ChunkDropped', 'Warning', data);
      }
    },
    gap({ trackId, previousTimestamp, newTimestamp, timescale }) {
      monitors.get(trackId)?.countDiscontinuity();
      const seconds = Number(newTimestamp - previousTimestamp) / timescale;
      warn(`${trackId} has a gap of ${seconds.toFixed(1)} s.`, seconds);
      if (archive !== undefined) {
        archive.isBroken = true;
      }
      const data = {
        ...factsOf(trackId),
        previousTimestamp: String(previousTimestamp),
        newTimestamp: String(newTimestamp),
        discontinuityGap: String(newTimestamp - previousTimestamp),
        timescale: String(timescale),
      };
      publish('Microsoft.Media.LiveEventTrackDiscontinuityDetected', data);
      note('StreamEvent/Discontinuity', 'Warning', data);
    },
    shown(until, timescale) {
      const all = [...monitors.values()];
      const monitor = all.find(({ track }) => track.kind === 'video') ?? all[0];
      const latencyMs = monitor?.msSince(rescale(until, timescale, monitor.track.timescale));
      archive = { latencyMs: latencyMs ?? archive?.latencyMs, isBroken: archive?.isBroken ?? false };
    },
    transcribing(trackId, language) {
      // The sound of a ladder that is made here is that of the feed's first track.
      const sounds = [...monitors.values()].filter(({ track }) => track.kind === 'audio');
      (monitors.get(trackId) ?? sounds[0])?.transcribe(language);
    },
    notTranscribed(trackId, seconds) {
      warn(`${seconds.toFixed(1)} s of ${trackId} were not made into text: the recogniser of speech is too slow.`);
    },
    tracks: () =>
      [...monitors.values()].map((monitor) => monitor.heartbeat(ended === undefined ? 'Running' : 'Stopped')),
    status() {
      const all = [...monitors.values()];
      return {
        state: ended === undefined ? 'Running' : 'Stopped',
        ...(ingestion === undefined || ended !== undefined
          ? { healthDescriptions: [] }
          : judgeHealth(all, incidents.recent(clock.monotonicMs()))),
        lastUpdatedTime: now(),
        ...(ingestion === undefined
          ? {}
          : {
              ingestion: {
                streamName: ingestion.streamName,
                begin: iso(ingestion.beginMs),
                ...(ended === undefined ? {} : { end: iso(ended.atMs), endReason: ended.reason }),
                ingestInterruptions: interruptions.map(describeInterruption),
              },
            }),
        trackStatus: all.map((monitor) => ({
          trackId: monitor.track.id,
          expectedBitrate: monitor.track.bitrate,
          incomingBitrate: monitor.incomingBitrate(),
          ingestDrift: monitor.drift(),
        })),
      };
    },
    end(reason) {
      if (ended === undefined) {
        ended = { atMs: clock.wallMs(), reason };
        timer?.[Symbol.dispose]();
        timer = undefined;
      }
    },
  };

  function describeInterruption({ beginMs, endMs, reason }: Interruption) {
    const untilMs = endMs ?? ended?.atMs ?? clock.wallMs();
    return {
      begin: iso(beginMs),
      ...(endMs === undefined ? {} : { end: iso(endMs) }),
      duration: formatIsoDuration((untilMs - beginMs) / 1000),
      reason,
    };
  }
}
