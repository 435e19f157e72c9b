import type { Clock } from '../../../base/clock.ts';
import type { IngestHeartbeat, StreamEvent, TrackIngestHeartbeat } from '../../../shared/api/telemetry.ts';
import type { EventLog } from '../../ports/services.ts';
import type { IngestTelemetry } from '../../ports/telemetry.ts';
import { type ConnectionFacts, createRunTelemetry, type RunTelemetry } from './run-telemetry.ts';

export type Telemetry = IngestTelemetry & {
  /** A live event begins to run: what is measured begins anew, what has happened stays. Of its encoder's key frames `keyFrameSeconds` are wanted. */
  beginRun(liveEvent: string, keyFrameSeconds?: number): RunTelemetry;
  /** Somebody was turned away; `liveEvent` is undefined when it is not known whom they meant. */
  rejected(liveEvent: string | undefined, connection: ConnectionFacts, code: string): void;
};

export type TelemetryLimits = {
  readonly streamEvents: number;
  readonly heartbeatMs: number;
};

type EventRecord = {
  run: RunTelemetry | undefined;
  /** Oldest first. */
  streamEvents: StreamEvent[];
  heartbeats: { readonly atMs: number; readonly kept: TrackIngestHeartbeat }[];
};

const LIMITS: TelemetryLimits = { streamEvents: 1000, heartbeatMs: 3_600_000 };
/** Who knocks at the door again and again is told of this often. */
const REJECTION_MS = 5000;
const MAX_REMEMBERED = 256;

export function createTelemetry(options: {
  readonly clock: Clock;
  readonly events: EventLog;
  readonly limits?: Partial<TelemetryLimits> | undefined;
}): Telemetry {
  const { clock, events } = options;
  const limits = { ...LIMITS, ...options.limits };
  const records = new Map<string, EventRecord>();
  const rejectedAt = new Map<string, number>();

  function recordOf(liveEvent: string): EventRecord {
    const record = records.get(liveEvent) ?? { run: undefined, streamEvents: [], heartbeats: [] };
    records.set(liveEvent, record);
    return record;
  }

  function keepHeartbeat(record: EventRecord, heartbeat: IngestHeartbeat): void {
    const atMs = clock.monotonicMs();
    const eventTime = new Date(clock.wallMs()).toISOString();
    record.heartbeats.push({ atMs, kept: { eventTime, heartbeat } });
    record.heartbeats = record.heartbeats.filter((one) => atMs - one.atMs < limits.heartbeatMs);
  }

  function beginRun(liveEvent: string, keyFrameSeconds?: number): RunTelemetry {
    const record = recordOf(liveEvent);
    record.run?.end('S_OK');
    record.run = createRunTelemetry({
      clock,
      keyFrameSeconds,
      publish: (eventType, data) => events.publish(eventType, `liveEvent/${liveEvent}`, data),
      keepEvent(event) {
        record.streamEvents.push(event);
        record.streamEvents.splice(0, record.streamEvents.length - limits.streamEvents);
      },
      keepHeartbeat: (heartbeat) => keepHeartbeat(record, heartbeat),
    });
    return record.run;
  }

  /** Whether this is to be told, or is the same again. */
  function isNews(key: string): boolean {
    const atMs = clock.monotonicMs();
    const before = rejectedAt.get(key);
    if (before !== undefined && atMs - before < REJECTION_MS) {
      return false;
    }
    rejectedAt.delete(key);
    rejectedAt.set(key, atMs);
    const [oldest] = rejectedAt.keys();
    if (rejectedAt.size > MAX_REMEMBERED && oldest !== undefined) {
      rejectedAt.delete(oldest);
    }
    return true;
  }

  return {
    beginRun,
    rejected(liveEvent, connection, code) {
      // A stranger may make up names of streams; who has the token of an event sends a few.
      const stream = liveEvent === undefined ? '' : connection.streamName;
      // Another way in is another encoder, or the same set up anew.
      const [way] = connection.ingestUrl.split(':');
      if (!isNews(JSON.stringify([liveEvent, connection.peer.address, code, way, stream]))) {
        return;
      }
      const run = liveEvent === undefined ? undefined : records.get(liveEvent)?.run;
      if (run !== undefined) {
        run.rejected(connection, code);
        return;
      }
      events.publish('Microsoft.Media.LiveEventConnectionRejected', 'liveEvents', {
        streamId: connection.streamName,
        ingestUrl: connection.ingestUrl,
        encoderIp: connection.peer.address,
        encoderPort: String(connection.peer.port),
        resultCode: code,
      });
    },
    status: (liveEvent) =>
      records.get(liveEvent)?.run?.status() ?? {
        state: 'Stopped',
        healthDescriptions: [],
        lastUpdatedTime: new Date(clock.wallMs()).toISOString(),
        trackStatus: [],
      },
    streamEvents: (liveEvent) => records.get(liveEvent)?.streamEvents.toReversed() ?? [],
    heartbeats: (liveEvent) =>
      (records.get(liveEvent)?.heartbeats ?? [])
        .filter(({ atMs }) => clock.monotonicMs() - atMs < limits.heartbeatMs)
        .map(({ kept }) => kept)
        .toReversed(),
    tracks: (liveEvent) => records.get(liveEvent)?.run?.tracks() ?? [],
    observe(liveEvent, input) {
      const run = beginRun(liveEvent);
      return {
        open(tracks) {
          run.begun('studio');
          for (const track of tracks) {
            run.addTrack(track);
          }
          input.open(tracks);
        },
        push(trackId, samples) {
          run.arrived(trackId, samples);
          input.push(trackId, samples);
        },
      };
    },
    gap: (liveEvent, gap) => records.get(liveEvent)?.run?.gap(gap),
    dropped: (liveEvent, drop) => records.get(liveEvent)?.run?.dropped(drop, true),
    shown: (liveEvent, until, timescale) => records.get(liveEvent)?.run?.shown(until, timescale),
    transcribing: (liveEvent, trackId, language) => records.get(liveEvent)?.run?.transcribing(trackId, language),
    notTranscribed: (liveEvent, trackId, seconds) => records.get(liveEvent)?.run?.notTranscribed(trackId, seconds),
    ended: (liveEvent, reason) => records.get(liveEvent)?.run?.end(reason),
    forget(liveEvent) {
      records.get(liveEvent)?.run?.end('S_OK');
      records.delete(liveEvent);
      for (const key of rejectedAt.keys()) {
        if (key.startsWith(`[${JSON.stringify(liveEvent)},`)) {
          rejectedAt.delete(key);
        }
      }
    },
  };
}
