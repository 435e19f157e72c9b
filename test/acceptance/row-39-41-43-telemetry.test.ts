import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { EventType, ServiceEvent } from '../../src-main/shared/api/events.ts';
import type { LiveEvent } from '../../src-main/shared/api/live-events.ts';
import type { IngestHeartbeat, LiveEventStatus, StreamEvent } from '../../src-main/shared/api/telemetry.ts';
import { type Fields, fieldsOf } from '../support/fields.ts';
import { rawPublisher, sendFrames } from '../support/raw-feeds.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { flv } from '../support/rtmp-client.ts';
import { type MediaRecipe, mediaFile, realTime, rtmpOutputs, send } from '../support/senders.ts';
import { followEvents, ingestUrl, record, request, segmentsAt, startEvent } from '../support/service-stage.ts';
import { openStage, type Stage, until } from '../support/studio-stage.ts';

const KBPS = 300;
const RECIPE: MediaRecipe = { seconds: 60, layers: [{ size: '320x180', kbps: KBPS }], gopSeconds: 1 };
/** Key frames elsewhere. */
const OTHER_GOP: MediaRecipe = { ...RECIPE, layers: [{ size: '320x180', kbps: 200 }], gopSeconds: 1.5 };

/** What each event tells (spec 2.16). */
const FIELDS = {
  LiveEventConnectionRejected: ['streamId', 'ingestUrl', 'encoderIp', 'encoderPort', 'resultCode'],
  LiveEventEncoderConnected: ['streamId', 'ingestUrl', 'encoderIp', 'encoderPort'],
  LiveEventEncoderDisconnected: ['streamId', 'ingestUrl', 'encoderIp', 'encoderPort', 'resultCode'],
  LiveEventIncomingStreamReceived: [
    ...['ingestUrl', 'trackType', 'trackName', 'bitrate', 'encoderIp', 'encoderPort'],
    ...['timestamp', 'duration', 'timescale'],
  ],
  LiveEventIncomingDataChunkDropped: ['trackType', 'trackName', 'bitrate', 'timestamp', 'timescale', 'resultCode'],
  LiveEventIncomingStreamsOutOfSync: [
    ...['minLastTimestamp', 'typeOfStreamWithMinLastTimestamp', 'maxLastTimestamp'],
    ...['typeOfStreamWithMaxLastTimestamp', 'timescaleOfMinLastTimestamp', 'timescaleOfMaxLastTimestamp'],
  ],
  LiveEventIncomingVideoStreamsOutOfSync: [
    ...['firstTimestamp', 'firstDuration', 'secondTimestamp', 'secondDuration', 'timescale'],
  ],
  LiveEventIngestHeartbeat: [
    ...['trackType', 'trackName', 'bitrate', 'incomingBitrate', 'lastTimestamp', 'timescale', 'overlapCount'],
    ...['discontinuityCount', 'nonincreasingCount', 'unexpectedBitrate', 'state', 'healthy'],
    ...['lastFragmentArrivalTime', 'ingestDriftValue', 'transcriptionState', 'transcriptionLanguage'],
  ],
  LiveEventChannelArchiveHeartbeat: ['channelLatencyMs', 'latencyResultCode'],
  LiveEventTrackDiscontinuityDetected: [
    ...['trackType', 'trackName', 'bitrate', 'previousTimestamp', 'newTimestamp', 'discontinuityGap', 'timescale'],
  ],
} as const;

describe('what the service tells of its feeds', { skip: missingPrograms('ffmpeg'), concurrency: true }, () => {
  const opened = new AsyncDisposableStack();
  let stage: Stage;
  let events: ReturnType<typeof followEvents>;
  let file: string;

  before(async () => {
    file = await mediaFile(RECIPE);
    await mediaFile(OTHER_GOP);
    stage = opened.use(await openStage());
    await stage.lectern.call('patchSettings', { body: { service: { quotas: { liveEvents: 10 } } } });
    events = opened.use(followEvents(stage.lectern));
  });
  after(() => opened.disposeAsync());

  /** The events of a type about a live event. */
  const told = (name: string, type: keyof typeof FIELDS): readonly ServiceEvent[] =>
    events
      .seen()
      .filter(({ eventType, subject }) => eventType === typeOf(type) && subject === `liveEvent/${name}`);

  /** The first of them, with the fields it must have and no others. */
  async function next(
    name: string,
    type: keyof typeof FIELDS,
    fits: (data: Fields) => boolean = () => true,
    withinMs = 30_000,
  ): Promise<Fields> {
    const data = await until(
      `${type} of ${name}`,
      () =>
        told(name, type)
          .map((event) => fieldsOf(event.data))
          .find(fits),
      withinMs,
    );
    assert.deepEqual(Object.keys(data).toSorted(), [...FIELDS[type]].toSorted());
    return data;
  }

  async function statusOf(name: string): Promise<LiveEventStatus> {
    return await stage.lectern.call('postGetStatus', { params: { name } });
  }

  async function streamEventsOf(name: string): Promise<readonly StreamEvent[]> {
    return (await stage.lectern.call('postGetStreamEvents', { params: { name } })).value;
  }

  async function untilStreamEvent(name: string, type: StreamEvent['eventType']): Promise<StreamEvent> {
    return await until(`${type} of ${name}`, async () =>
      (await streamEventsOf(name)).find(({ eventType }) => eventType === type),
    );
  }

  const oneLayer = (event: LiveEvent): readonly string[] => rtmpOutputs(ingestUrl(event, 'rtmp'), ['one']);

  test('39, 40, 43: heartbeats of each track every 20 s follow the formulas, and so do the metrics', async () => {
    const event = await startEvent(stage.lectern, 'beats');
    const published = await record(stage.lectern, 'beats');
    await using sender = send(oneLayer(event), realTime(file));
    const connected = await until('it is connected', () => told('beats', 'LiveEventEncoderConnected')[0]);
    await segmentsAt(published.hls, 2);
    await assertMetrics(event, published.hls);

    await until(
      'two heartbeats',
      () => (told('beats', 'LiveEventIngestHeartbeat').length >= 2 ? true : undefined),
      30_000,
    );
    await sender.kill();
    await next('beats', 'LiveEventIngestHeartbeat', ({ trackType }) => trackType === 'video');
    const sound = await next('beats', 'LiveEventIngestHeartbeat', ({ trackType }) => trackType === 'audio');
    assert.equal(sound['healthy'], true, JSON.stringify(sound));
    const archive = await next('beats', 'LiveEventChannelArchiveHeartbeat');
    assert.equal(archive['latencyResultCode'], 'S_OK');
    assert.ok(Number(archive['channelLatencyMs']) > 0 && Number(archive['channelLatencyMs']) < 5000);

    const beats = await until(
      'two heartbeats of each track',
      async () => {
        const { value } = await stage.lectern.call('postGetTrackIngestHeartbeats', { params: { name: 'beats' } });
        return value.length >= 4 ? value.toReversed() : undefined;
      },
      30_000,
    );
    assert.equal(beats.length, 4);
    for (const [index, { eventTime, heartbeat }] of beats.entries()) {
      const round = index < 2 ? 1 : 2;
      const seconds = (Date.parse(eventTime) - Date.parse(connected.eventTime)) / 1000;
      assert.ok(Math.abs(seconds - 20 * round) < 1, `heartbeat ${index} after ${seconds} s`);
      assertFormulas(heartbeat);
      assert.equal(heartbeat.unexpectedBitrate, round === 2);
      assert.equal(heartbeat.healthy, round === 1);
    }
    const video = beats.find(({ heartbeat }) => heartbeat.trackType === 'video')?.heartbeat ?? assert.fail();
    assert.equal(video.trackName, `video_${video.bitrate}`);
    assert.ok(Math.abs(video.bitrate - KBPS * 1000) < 0.1 * KBPS * 1000, `${video.bitrate} bit/s`);
    assert.ok(Math.abs(video.incomingBitrate - KBPS * 1000) < 0.2 * KBPS * 1000, `${video.incomingBitrate} bit/s`);
    assert.deepEqual(
      told('beats', 'LiveEventIngestHeartbeat').map(({ data }) => data),
      beats.map(({ heartbeat }) => heartbeat),
    );
  });

  test('43: what was sent and answered, and how fast, is there minute by minute', async () => {
    const params = { name: 'default' };
    const minute = await until(
      'a minute in which a playlist was had',
      async () => {
        const { value } = await stage.lectern.call('getEndpointMetrics', { params });
        return value.find(({ requests }) =>
          requests.some(
            ({ outputFormat, httpStatusCode }) => outputFormat === 'm3u8-cmaf' && httpStatusCode === 200,
          ),
        );
      },
      130_000,
    );

    assert.ok(minute.egressBytes > 500, `${minute.egressBytes} bytes`);
    assert.ok(minute.latencyMs !== undefined && minute.latencyMs > 0 && minute.latencyMs < 5000);
    assert.ok(minute.requests.every(({ count }) => count > 0));
    await until('a minute with a refusal', async () => {
      const { value } = await stage.lectern.call('getEndpointMetrics', { params });
      return value
        .flatMap(({ requests }) => requests)
        .find(({ httpStatusCode, errorCode }) => httpStatusCode === 404 && errorCode === 'MPE_RESOURCE_NOT_FOUND');
    });
  });

  function assertFormulas(beat: IngestHeartbeat): void {
    const { bitrate, incomingBitrate, overlapCount, discontinuityCount, nonincreasingCount } = beat;
    const unexpected = incomingBitrate >= 2 * bitrate || incomingBitrate <= bitrate / 2 || incomingBitrate === 0;
    assert.equal(beat.unexpectedBitrate, unexpected);
    assert.equal(beat.healthy, !unexpected && overlapCount + discontinuityCount + nonincreasingCount === 0);
    assert.match(beat.ingestDriftValue, /^(n\/a|-?\d+(\.\d+)?)$/);
  }

  async function assertMetrics(event: LiveEvent, hls: string): Promise<void> {
    await fetch(hls.replace('m3u8-cmaf', 'f4m-f4f'));
    await fetch(hls.replace(/[0-9a-f]{8}-/, '00000000-'));
    const metrics = await metricsOf(stage);
    const one = (name: string, wanted: Record<string, string>): number => {
      const found = metrics.find(
        (metric) =>
          metric.name === name && Object.entries(wanted).every(([key, value]) => metric.labels[key] === value),
      );
      assert.ok(found, `${name} ${JSON.stringify(wanted)}`);
      return found.value;
    };
    const ofVideo = metrics.find(
      ({ labels }) => labels['live_event'] === event.name && labels['track']?.startsWith('video') === true,
    );
    const track = { live_event: event.name, track: ofVideo?.labels['track'] ?? '' };
    const bitrate = one('lectern_ingest_bits_per_second', track);
    assert.ok(bitrate > 0.5 * KBPS * 1000 && bitrate < 2 * KBPS * 1000, `${bitrate} bit/s`);
    assert.equal(one('lectern_ingest_drift_seconds_per_minute', track), 0);
    const nowSeconds = Date.now() / 1000;
    for (const name of ['lectern_ingest_last_timestamp_seconds', 'lectern_live_output_last_timestamp_seconds']) {
      const seconds = one(name, track);
      assert.ok(Math.abs(nowSeconds - seconds) < 6, `${name}: ${seconds} at ${nowSeconds}`);
    }
    const good = { output_format: 'm3u8-cmaf', http_status_code: '200', error_code: 'S_OK' };
    assert.ok(one('lectern_origin_requests_total', good) >= 3);
    assert.ok(one('lectern_origin_egress_bytes_total', good) > 500);
    assert.ok(one('lectern_origin_response_seconds_total', good) > 0);
    assert.ok(one('lectern_origin_egress_bits_per_second', {}) >= 0);
    const wrong = { output_format: 'm3u8-cmaf', http_status_code: '404', error_code: 'MPE_RESOURCE_NOT_FOUND' };
    assert.ok(one('lectern_origin_requests_total', wrong) >= 1);
    assert.ok(one('lectern_origin_requests_total', { output_format: 'f4m-f4f' }) >= 1);
  }

  test('40: a connection, its tracks and its end are told', async () => {
    const event = await startEvent(stage.lectern, 'ends');
    await using sender = send(oneLayer(event), realTime(file));

    const connected = await next('ends', 'LiveEventEncoderConnected');
    assert.equal(connected['streamId'], 'one');
    assert.equal(connected['encoderIp'], '127.0.0.1');
    assert.match(String(connected['encoderPort']), /^\d+$/);
    for (const kind of ['video', 'audio']) {
      const received = await next(
        'ends',
        'LiveEventIncomingStreamReceived',
        ({ trackType }) => trackType === kind,
      );
      assert.equal(received['trackName'], `${kind}_${String(received['bitrate'])}`);
      assert.ok(Number(received['duration']) > 0 && Number(received['timescale']) > 0);
      assert.match(String(received['timestamp']), /^\d+$/);
    }
    assert.equal((await untilStreamEvent('ends', 'StreamEvent/BeginIngest')).eventLevel, 'Information');
    await untilStreamEvent('ends', 'StreamEvent/FirstChunkReceived');
    await sender.stop();

    const gone = await next('ends', 'LiveEventEncoderDisconnected');
    assert.match(String(gone['resultCode']), /^(S_OK|MPE_CLIENT_TERMINATED_SESSION|MPI_STREAM_HIT_EOF)$/);
    assert.equal(gone['encoderPort'], connected['encoderPort']);
    assert.equal((await untilStreamEvent('ends', 'StreamEvent/EndIngest')).eventLevel, 'Information');
  });

  test('40: a connection that is turned away is told, of the event whose token it has', async () => {
    const event = await startEvent(stage.lectern, 'picky', {
      input: { streamingProtocol: 'RTMP', accessControl: { ip: { allow: [{ address: '10.1.2.3' }] } } },
    });
    await using sender = send(oneLayer(event), realTime(file));

    assert.notEqual(await sender.ended, 0);
    const rejected = await next('picky', 'LiveEventConnectionRejected');
    assert.equal(rejected['resultCode'], 'MPE_INGEST_ENCODER_CONNECTION_DENIED');
    assert.equal(rejected['streamId'], 'one');
    assert.equal((await untilStreamEvent('picky', 'StreamEvent/InvalidConnection')).eventLevel, 'Error');
  });

  test('40: what is sent a second time and is not the same is dropped, and that is told', async () => {
    const event = await startEvent(stage.lectern, 'twice');
    const base = ingestUrl(event, 'rtmp');
    using first = await rawPublisher(base, 'one');
    await sendFrames(first, { frames: 90, realTime: true });
    first.socket.end();
    await next('twice', 'LiveEventEncoderDisconnected');

    using again = await rawPublisher(base, 'one');
    again.message({ type: 9, payload: flv.avcConfig(), timestamp: 2000 });
    await sendFrames(again, { frames: 40, from: 60, bytes: 600, realTime: true });

    const dropped = await next('twice', 'LiveEventIncomingDataChunkDropped');
    assert.equal(dropped['resultCode'], 'FragmentDrop_OverlapTimestamp');
    assert.equal(dropped['trackType'], 'video');
    assert.equal((await untilStreamEvent('twice', 'StreamEvent/ChunkDropped')).eventLevel, 'Warning');
  });

  test('40: sound that stays behind the pictures is told', async () => {
    const event = await startEvent(stage.lectern, 'apart');
    // Without the last option ffmpeg itself waits 10 s for the sound that has ended.
    await using _sender = send(
      ['-map', '0:v', '-map', '1:a', '-c', 'copy', '-f', 'flv', '-max_interleave_delta', '1000'].concat(
        `${ingestUrl(event, 'rtmp')}/one`,
      ),
      [...realTime(file), '-t', '2', ...realTime(file)],
    );

    const apart = await next('apart', 'LiveEventIncomingStreamsOutOfSync');
    assert.equal(apart['typeOfStreamWithMinLastTimestamp'], 'audio');
    assert.equal(apart['typeOfStreamWithMaxLastTimestamp'], 'video');
    const seconds =
      Number(apart['maxLastTimestamp']) / Number(apart['timescaleOfMaxLastTimestamp']) -
      Number(apart['minLastTimestamp']) / Number(apart['timescaleOfMinLastTimestamp']);
    assert.ok(seconds > 10 && seconds < 13, `${seconds} s`);
    await untilStreamEvent('apart', 'StreamEvent/UnalignedPresentation');
  });

  test('40: qualities with key frames at other times are told', async () => {
    const event = await startEvent(stage.lectern, 'crooked');
    const base = ingestUrl(event, 'rtmp');
    await using _sender = send(
      [
        ...['-map', '0:v', '-map', '0:a', '-c', 'copy', '-f', 'flv', `${base}/a`],
        ...['-map', '1:v', '-map', '1:a', '-c', 'copy', '-f', 'flv', `${base}/b`],
      ],
      [...realTime(file), ...realTime(await mediaFile(OTHER_GOP))],
    );

    const crooked = await next('crooked', 'LiveEventIncomingVideoStreamsOutOfSync');
    assert.notEqual(crooked['firstTimestamp'], crooked['secondTimestamp']);
    const second = Number(crooked['timescale']);
    const lengths = [crooked['firstDuration'], crooked['secondDuration']].map((ticks) => Number(ticks) / second);
    assert.ok(
      lengths.every((length) => length > 0.9 && length < 1.6),
      lengths.join(),
    );
    await untilStreamEvent('crooked', 'StreamEvent/UnalignedKeyFrames');
  });

  test('40, 41: the status is Excellent, then Good behind a short gap, then Poor, with the interruptions', async () => {
    const event = await startEvent(stage.lectern, 'health');
    const healthIs = async (
      wanted: LiveEventStatus['healthStatus'],
      withinMs?: number,
    ): Promise<LiveEventStatus> =>
      await until(
        `the health is ${wanted}`,
        async () => {
          const status = await statusOf('health');
          return status.healthStatus === wanted ? status : undefined;
        },
        withinMs,
      );
    assert.deepEqual((await statusOf('health')).trackStatus, []);

    await using sender = send(oneLayer(event), realTime(file));
    const excellent = await healthIs('Excellent');
    assert.deepEqual(excellent.healthDescriptions, []);
    assert.equal(excellent.state, 'Running');
    assert.equal(excellent.ingestion?.streamName, 'one');
    assert.deepEqual(excellent.ingestion.ingestInterruptions, []);
    assert.equal(excellent.trackStatus.length, 2);
    for (const { expectedBitrate, incomingBitrate, ingestDrift } of excellent.trackStatus) {
      assert.ok(incomingBitrate >= 0.75 * expectedBitrate, `${incomingBitrate} of ${expectedBitrate}`);
      assert.equal(ingestDrift, '0');
    }
    // So much of the last 20 s that a few without it are less than a quarter.
    await wait(9000);
    await sender.kill();
    await next('health', 'LiveEventEncoderDisconnected');
    await wait(2000);

    await using back = send(oneLayer(event), realTime(file));
    const gap = await next(
      'health',
      'LiveEventTrackDiscontinuityDetected',
      ({ trackType }) => trackType === 'video',
    );
    assert.equal(
      BigInt(String(gap['newTimestamp'])) - BigInt(String(gap['previousTimestamp'])),
      BigInt(String(gap['discontinuityGap'])),
    );
    assert.equal((await untilStreamEvent('health', 'StreamEvent/Discontinuity')).eventLevel, 'Warning');
    const good = await healthIs('Good');
    assert.match(good.healthDescriptions.join(), /gap of \d/);
    const [interruption] = good.ingestion?.ingestInterruptions ?? [];
    assert.equal(good.ingestion?.ingestInterruptions.length, 1);
    assert.match(interruption?.reason ?? '', /^MPE_CLIENT_/);
    const seconds = (Date.parse(interruption?.end ?? '') - Date.parse(interruption?.begin ?? '')) / 1000;
    assert.ok(seconds > 1.9 && seconds < 8, `${seconds} s`);
    assert.match(interruption?.duration ?? '', /^PT\d/);

    await back.kill();
    const poor = await healthIs('Poor', 25_000);
    assert.ok(poor.trackStatus.some((track) => track.incomingBitrate < 0.2 * track.expectedBitrate));
    assert.equal(poor.ingestion?.ingestInterruptions.length, 2);
    assert.equal(poor.ingestion.ingestInterruptions[1]?.end, undefined);

    await request(stage.lectern, 'POST', '/liveEvents/health/stop', {});
    const stopped = await statusOf('health');
    assert.equal(stopped.state, 'Stopped');
    assert.equal(stopped.ingestion?.endReason, 'MPI_REST_API_CHANNEL_STOP');
  });
});

function typeOf(name: keyof typeof FIELDS): EventType {
  return `Microsoft.Media.${name}`;
}

type Metric = { readonly name: string; readonly labels: Readonly<Record<string, string>>; readonly value: number };

/** Prometheus' text format, as far as it is used here. */
async function metricsOf({ lectern }: Stage): Promise<readonly Metric[]> {
  const answer = await fetch(`${lectern.controlUrl}/api/v1/metrics`, {
    headers: { Authorization: `Bearer ${lectern.token}` },
  });
  return (await answer.text())
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', labels = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)/.exec(line) ?? [];
      const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(
        ([, key = '', text = '']): [string, string] => [key, text],
      );
      return { name, labels: Object.fromEntries<string>(pairs), value: Number(value) };
    });
}
