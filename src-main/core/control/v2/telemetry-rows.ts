import type { Clock } from '../../../base/clock.ts';
import type { LiveOutput } from '../../../shared/api/live-events.ts';
import type { ArchiveHeartbeat, ChannelHeartbeat, EndpointRequestLog } from '../../../shared/api/v2.ts';
import type { OutputTrack, RequestCount, Services } from '../../ports/services.ts';
import type { StoredCount } from '../../ports/store.ts';
import { createAnsweredSince } from '../answered-since.ts';
import { programId } from './programs.ts';

/** The rows of v2's telemetry tables (spec 2.16), of the last hour. */
export type TelemetryRows = Disposable & {
  /** Newest first. */
  channel(name: string): readonly ChannelHeartbeat[];
  /** By the id of the program, newest first. */
  program(id: string): readonly ArchiveHeartbeat[];
  /** Newest first. */
  endpoint(name: string): readonly EndpointRequestLog[];
};

/** Of channels and programs. */
const LIVE_EVERY_MS = 60_000;
const ENDPOINT_EVERY_MS = 30_000;
const KEPT_MS = 3_600_000;

type Kept<T> = { readonly key: string; readonly atMs: number; readonly row: T };

export function openTelemetryRows(
  { liveEvents, endpoints }: Pick<Services, 'liveEvents' | 'endpoints'>,
  clock: Clock,
): TelemetryRows {
  const channelRows: Kept<ChannelHeartbeat>[] = [];
  const archiveRows: Kept<ArchiveHeartbeat>[] = [];
  const endpointRows: Kept<EndpointRequestLog>[] = [];
  /** Of each track of each program. */
  let storedBefore = new Map<string, StoredCount>();
  const answered = createAnsweredSince(endpoints);
  let liveTimer = clock.after(LIVE_EVERY_MS, lookAtLiveEvents);
  let endpointTimer = clock.after(ENDPOINT_EVERY_MS, lookAtEndpoints);

  function lookAtLiveEvents(): void {
    liveTimer = clock.after(LIVE_EVERY_MS, lookAtLiveEvents);
    const running = liveEvents.list().filter(({ resourceState }) => resourceState === 'Running');
    const names = running.map(({ name }) => name);
    lookAtChannels(names, clock.wallMs());
    lookAtPrograms(names, clock.wallMs());
  }

  function lookAtChannels(names: readonly string[], nowMs: number): void {
    forgetOld(channelRows, nowMs);
    for (const name of names) {
      const sinceMs = nowMs - LIVE_EVERY_MS;
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

  function lookAtPrograms(names: readonly string[], nowMs: number): void {
    forgetOld(archiveRows, nowMs);
    const before = storedBefore;
    storedBefore = new Map();
    for (const name of names) {
      const outputs = new Map(liveEvents.listOutputs(name).map((output) => [output.name, output]));
      for (const track of liveEvents.outputTracks(name)) {
        const output = outputs.get(track.liveOutput);
        // What had stopped coming before the program began is none of its tracks.
        if (output !== undefined && track.written + track.discarded > 0) {
          // An asset is recorded once: a program that was stopped and started again counts anew.
          const key = `${output.assetName} ${track.track}`;
          storedBefore.set(key, track);
          archiveRows.push({
            key: programId(name, output.name),
            atMs: nowMs,
            row: archiveRow(name, output, since(before.get(key), track), nowMs),
          });
        }
      }
    }
  }

  function lookAtEndpoints(): void {
    endpointTimer = clock.after(ENDPOINT_EVERY_MS, lookAtEndpoints);
    const nowMs = clock.wallMs();
    forgetOld(endpointRows, nowMs);
    const answers = answered();
    for (const { name, hostName } of endpoints.list()) {
      for (const { status, code, requests, bytes, serverMs } of byAnswer(answers.get(name) ?? [])) {
        endpointRows.push({
          key: name,
          atMs: nowMs,
          row: {
            Type: 'StreamingEndpoint',
            Name: 'StreamingEndpointRequestLog',
            ObservedTime: new Date(nowMs).toISOString(),
            ServiceID: name,
            HostName: hostName,
            StatusCode: status,
            ResultCode: code ?? 'S_OK',
            RequestCount: requests,
            BytesSent: bytes,
            ServerLatency: serverMs / requests,
            E2ELatency: serverMs / requests,
          },
        });
      }
    }
  }

  return {
    channel: (name) => newestFirst(channelRows, name),
    program: (id) => newestFirst(archiveRows, id),
    endpoint: (name) => newestFirst(endpointRows, name),
    [Symbol.dispose]() {
      liveTimer[Symbol.dispose]();
      endpointTimer[Symbol.dispose]();
    },
  };
}

/** What came of a track since it was looked at last. */
function since(before: StoredCount | undefined, now: OutputTrack): OutputTrack {
  return {
    ...now,
    written: now.written - (before?.written ?? 0),
    discarded: now.discarded - (before?.discarded ?? 0),
  };
}

function archiveRow(
  channel: string,
  { assetName, manifestName }: LiveOutput,
  { track, kind, bitrate, written, discarded }: OutputTrack,
  nowMs: number,
): ArchiveHeartbeat {
  return {
    Type: 'Archive',
    Name: 'ArchiveHeartbeat',
    ObservedTime: new Date(nowMs).toISOString(),
    ServiceID: channel,
    ManifestName: `${assetName}/${manifestName}.ism`,
    TrackName: track,
    TrackType: kind,
    Bitrate: bitrate,
    Healthy: discarded === 0 && written > 0,
    FragmentDiscardedCount: discarded,
    ArchiveAcquisitionError: written === 0,
  };
}

/** v2 did not tell formats apart. */
function byAnswer(counts: readonly RequestCount[]): Iterable<RequestCount> {
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
  return sums.values();
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
