import type { Metric, Services } from './ports/services.ts';

/** What `GET /metrics` tells beside the process itself (names after Prometheus' conventions: base units, `_total` for counters). */
export function collectMetrics(
  services: Pick<Services, 'studio' | 'destinations' | 'endpoints' | 'liveEvents'>,
): readonly Metric[] {
  const studio = services.studio.state();
  const destinations = services.destinations.list();
  const [endpoint] = services.endpoints.list();
  const gauge = (name: string, help: string, values: Metric['values']): Metric => ({
    name,
    help,
    type: 'gauge',
    values,
  });
  const one = (value: number): Metric['values'] => [{ labels: {}, value }];
  const perDestination = (value: (destination: (typeof destinations)[number]) => number): Metric['values'] =>
    destinations.map((destination) => ({ labels: { destination: destination.name }, value: value(destination) }));
  return [
    gauge(
      'lectern_on_air',
      '1 while a broadcast goes out.',
      one(Number(studio.session !== undefined && studio.phase !== 'rehearsing')),
    ),
    gauge('lectern_viewers', 'Viewers that asked for media just now.', one(endpoint?.viewers ?? 0)),
    gauge('lectern_origin_egress_bits_per_second', 'What the origin sends.', one(endpoint?.egressBitrate ?? 0)),
    gauge('lectern_disk_free_bytes', 'Free on the volume of the data folder.', one(studio.disk.freeBytes)),
    gauge(
      'lectern_encoder_speed_ratio',
      'Media time over real time of the encoder; 1 keeps up.',
      studio.encoder === undefined ? [] : one(studio.encoder.speed),
    ),
    gauge(
      'lectern_live_events',
      'Live events by state.',
      [...Map.groupBy(services.liveEvents.list(), ({ resourceState }) => resourceState)].map(
        ([state, events]) => ({
          labels: { state },
          value: events.length,
        }),
      ),
    ),
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
