import type { Clock } from '../../../base/clock.ts';
import type { StreamingEndpoint } from '../../../shared/api/streaming-endpoints.ts';
import type { ChannelHeartbeat, EndpointRequestLog } from '../../../shared/api/v2.ts';
import type { RequestCount, Services } from '../../ports/services.ts';

/** The rows of v2's telemetry tables (spec 2.16), of the last hour. */
export type TelemetryRows = Disposable & {
  /** Newest first. */
  channel(name: string): readonly ChannelHeartbeat[];
  /** Newest first. */
  endpoint(name: string): readonly EndpointRequestLog[];
};

const CHANNEL_EVERY_MS = 60_000;
const ENDPOINT_EVERY_MS = 30_000;
const KEPT_MS = 3_600_000;

type Kept<T> = { readonly key: string; readonly atMs: number; readonly row: T };

export function openTelemetryRows(
  { liveEvents, endpoints }: Pick<Services, 'liveEvents' | 'endpoints'>,
  clock: Clock,
): TelemetryRows {
  const channelRows: Kept<ChannelHeartbeat>[] = [];
  const endpointRows: Kept<EndpointRequestLog>[] = [];
  /** Of each endpoint. */
  let counted = new Map<string, Map<string, RequestCount>>();
  let channelTimer = clock.after(CHANNEL_EVERY_MS, lookAtChannels);
  let endpointTimer = clock.after(ENDPOINT_EVERY_MS, lookAtEndpoints);

  function lookAtChannels(): void {
    channelTimer = clock.after(CHANNEL_EVERY_MS, lookAtChannels);
    const nowMs = clock.wallMs();
    forgetOld(channelRows, nowMs);
    for (const { name } of liveEvents.list().filter(({ resourceState }) => resourceState === 'Running')) {
      const sinceMs = nowMs - CHANNEL_EVERY_MS;
      const happened = new Set(
        liveEvents
          .streamEvents(name)
          .filter(({ eventTime }) => Date.parse(eventTime) >= sinceMs)
          .map(({ eventType }) => eventType),
      );
      for (const track of liveEvents.tracks(name)) {
        channelRows.push({
          key: name,
          atMs: nowMs,
          row: {
            Type: 'Channel',
            Name: 'ChannelHeartbeat',
            ObservedTime: new Date(nowMs).toISOString(),
            ServiceID: name,
            TrackType: track.trackType,
            TrackName: track.trackName,
            Bitrate: track.bitrate,
            IncomingBitrate: track.incomingBitrate,
            OverlapCount: track.overlapCount,
            DiscontinuityCount: track.discontinuityCount,
            LastTimestamp: track.lastTimestamp,
            NonincreasingCount: track.nonincreasingCount,
            UnalignedKeyFrames: happened.has('StreamEvent/UnalignedKeyFrames'),
            UnalignedPresentationTime: happened.has('StreamEvent/UnalignedPresentation'),
            UnexpectedBitrate: track.unexpectedBitrate,
            Healthy: track.healthy,
          },
        });
      }
    }
  }

  function lookAtEndpoints(): void {
    endpointTimer = clock.after(ENDPOINT_EVERY_MS, lookAtEndpoints);
    const nowMs = clock.wallMs();
    forgetOld(endpointRows, nowMs);
    const before = counted;
    counted = new Map();
    for (const endpoint of endpoints.list()) {
      const counts = byAnswer(endpoints.requests(endpoint.name));
      counted.set(endpoint.name, counts);
      noteRequests(endpoint, counts, before.get(endpoint.name) ?? new Map(), nowMs);
    }
  }

  function noteRequests(
    { name, hostName }: StreamingEndpoint,
    counts: ReadonlyMap<string, RequestCount>,
    countedBefore: ReadonlyMap<string, RequestCount>,
    nowMs: number,
  ): void {
    for (const [key, count] of counts) {
      const before = countedBefore.get(key);
      const requests = count.requests - (before?.requests ?? 0);
      if (requests > 0) {
        const latency = (count.serverMs - (before?.serverMs ?? 0)) / requests;
        endpointRows.push({
          key: name,
          atMs: nowMs,
          row: {
            Type: 'StreamingEndpoint',
            Name: 'StreamingEndpointRequestLog',
            ObservedTime: new Date(nowMs).toISOString(),
            ServiceID: name,
            HostName: hostName,
            StatusCode: count.status,
            ResultCode: count.code ?? 'S_OK',
            RequestCount: requests,
            BytesSent: count.bytes - (before?.bytes ?? 0),
            ServerLatency: latency,
            E2ELatency: latency,
          },
        });
      }
    }
  }

  return {
    channel: (name) => newestFirst(channelRows, name),
    endpoint: (name) => newestFirst(endpointRows, name),
    [Symbol.dispose]() {
      channelTimer[Symbol.dispose]();
      endpointTimer[Symbol.dispose]();
    },
  };
}

/** v2 did not tell formats apart. */
function byAnswer(counts: readonly RequestCount[]): Map<string, RequestCount> {
  const sums = new Map<string, RequestCount>();
  for (const count of counts) {
    const key = `${count.status} ${count.code ?? ''}`;
    const sum = sums.get(key) ?? { ...count, requests: 0, bytes: 0, serverMs: 0 };
    sums.set(key, {
      ...sum,
      requests: sum.requests + count.requests,
      bytes: sum.bytes + count.bytes,
      serverMs: sum.serverMs + count.serverMs,
    });
  }
  return sums;
}

function forgetOld(rows: Kept<unknown>[], nowMs: number): void {
  const firstKept = rows.findIndex(({ atMs }) => nowMs - atMs <= KEPT_MS);
  rows.splice(0, firstKept < 0 ? rows.length : firstKept);
}

function newestFirst<T>(rows: readonly Kept<T>[], key: string): readonly T[] {
  return rows
    .filter((kept) => kept.key === key)
    .map(({ row }) => row)
    .toReversed();
}
