import type { StreamingEndpoint } from '../shared/api/streaming-endpoints.ts';
import type { IngestHeartbeat } from '../shared/api/telemetry.ts';
import type { Metric, RequestCount, Services } from './ports/services.ts';

/** What `GET /metrics` tells beside the process itself (names after Prometheus' conventions: base units, `_total` for counters). */
export function collectMetrics(
  services: Pick<Services, 'studio' | 'destinations' | 'endpoints' | 'liveEvents'>,
): readonly Metric[] {
  const studio = services.studio.state();
  const destinations = services.destinations.list();
  const endpoints = services.endpoints.list();
  const gauge = (name: string, help: string, values: Metric['values']): Metric => ({
    name,
    help,
    type: 'gauge',
    values,
  });
  const events = services.liveEvents.list();
  const tracks = events.flatMap(({ name }) =>
    services.liveEvents
      .tracks(name)
      .map((track) => ({ labels: { live_event: name, track: track.trackName }, track })),
  );
  const perTrack = (value: (track: IngestHeartbeat) => number): Metric['values'] =>
    tracks
      .map(({ labels, track }) => ({ labels, value: value(track) }))
      .filter(({ value: known }) => !Number.isNaN(known));
  const requests = endpoints.flatMap(({ name }) =>
    services.endpoints.requests(name).map((count) => ({ labels: labelsOf(name, count), count })),
  );
  const perEndpoint = (value: (endpoint: StreamingEndpoint) => number): Metric['values'] =>
    endpoints.map((endpoint) => ({ labels: { streaming_endpoint: endpoint.name }, value: value(endpoint) }));
  const viewers = endpoints.flatMap(({ name }) => services.endpoints.viewers(name));
  const throughput = median(viewers.flatMap(({ measuredBitrate }) => measuredBitrate ?? []));
  const one = (value: number): Metric['values'] => [{ labels: {}, value }];
  const perDestination = (value: (destination: (typeof destinations)[number]) => number): Metric['values'] =>
    destinations.map((destination) => ({ labels: { destination: destination.name }, value: value(destination) }));
  return [
    gauge(
      'lectern_on_air',
      '1 while a broadcast goes out.',
      one(Number(studio.session !== undefined && studio.phase !== 'rehearsing')),
    ),
    gauge(
      'lectern_streaming_endpoint_running',
      '1 while a streaming endpoint answers viewers.',
      perEndpoint(({ resourceState }) => Number(resourceState === 'Running')),
    ),
    gauge(
      'lectern_viewers',
      'Viewers that asked for media just now.',
      perEndpoint(({ viewers: count }) => count),
    ),
    gauge(
      'lectern_viewers_waiting',
      'Viewers whose player says that it ran dry in the last 30 s (CMCD).',
      one(viewers.filter(({ waiting }) => waiting).length),
    ),
    gauge(
      'lectern_viewer_throughput_bits_per_second',
      'Median of what the players of viewers measured (CMCD).',
      throughput === undefined ? [] : one(throughput),
    ),
    gauge(
      'lectern_origin_egress_bits_per_second',
      'What the origin sends.',
      perEndpoint(({ egressBitrate }) => egressBitrate),
    ),
    gauge('lectern_disk_free_bytes', 'Free on the volume of the data folder.', one(studio.disk.freeBytes)),
    gauge(
      'lectern_encoder_speed_ratio',
      'Media time over real time of the encoder; 1 keeps up.',
      studio.encoder === undefined ? [] : one(studio.encoder.speed),
    ),
    gauge(
      'lectern_live_events',
      'Live events by state.',
      [...Map.groupBy(events, ({ resourceState }) => resourceState)].map(([state, those]) => ({
        labels: { state },
        value: those.length,
      })),
    ),
    // AMS's metrics of live events and streaming endpoints (spec 2.16), in base units.
    gauge(
      'lectern_ingest_bits_per_second',
      'IngestBitrate: what came in of a track, a mean of the last 20 s.',
      perTrack(({ incomingBitrate }) => incomingBitrate),
    ),
    gauge(
      'lectern_ingest_drift_seconds_per_minute',
      'IngestDriftValue: seconds that a track falls behind in a minute.',
      perTrack(({ ingestDriftValue }) => Number.parseFloat(ingestDriftValue)),
    ),
    gauge(
      'lectern_ingest_last_timestamp_seconds',
      'IngestLastTimestamp: newest media time of a track, in seconds of its own clock.',
      perTrack(({ lastTimestamp, timescale }) => Number(lastTimestamp) / Number(timescale)),
    ),
    gauge(
      'lectern_live_output_last_timestamp_seconds',
      'LiveOutputLastTimestamp: up to where a track is recorded, in seconds since 1970.',
      events.flatMap(({ name }) =>
        services.liveEvents
          .outputTracks(name)
          .flatMap(({ liveOutput, track, seconds }) =>
            seconds === undefined
              ? []
              : [{ labels: { live_event: name, live_output: liveOutput, track }, value: seconds }],
          ),
      ),
    ),
    {
      name: 'lectern_origin_requests_total',
      help: 'Requests of viewers, by what they asked for and what they got.',
      type: 'counter',
      values: requests.map(({ labels, count }) => ({ labels, value: count.requests })),
    },
    {
      name: 'lectern_origin_egress_bytes_total',
      help: 'Egress: bytes of answers to viewers, heads not counted.',
      type: 'counter',
      values: requests.map(({ labels, count }) => ({ labels, value: count.bytes })),
    },
    {
      name: 'lectern_origin_response_seconds_total',
      help: 'SuccessE2ELatency: how long answers to viewers took to begin; divided by the requests their mean.',
      type: 'counter',
      values: requests.map(({ labels, count }) => ({ labels, value: count.serverMs / 1000 })),
    },
    gauge(
      'lectern_destination_live',
      '1 while the destination receives the broadcast.',
      perDestination(({ state }) => Number(state === 'live')),
    ),
    gauge(
      'lectern_destination_sent_bits_per_second',
      'What is sent to the destination.',
      perDestination(({ sentBitrate }) => sentBitrate),
    ),
    gauge(
      'lectern_destination_queue_seconds',
      'Media that waits to be sent.',
      perDestination(({ queueSeconds }) => queueSeconds),
    ),
    {
      name: 'lectern_destination_dropped_seconds_total',
      help: 'Media that was never sent since the broadcast began.',
      type: 'counter',
      values: perDestination(({ droppedSeconds }) => droppedSeconds),
    },
  ];
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [below, above] = [sorted[middle - 1], sorted[middle]];
  return above === undefined || below === undefined || sorted.length % 2 === 1 ? above : (below + above) / 2;
}

/** AMS's dimensions OutputFormat, HttpStatusCode and ErrorCode. */
function labelsOf(
  endpoint: string,
  { outputFormat, status, code }: RequestCount,
): Readonly<Record<string, string>> {
  return {
    streaming_endpoint: endpoint,
    output_format: outputFormat,
    http_status_code: String(status),
    error_code: code ?? 'S_OK',
  };
}
