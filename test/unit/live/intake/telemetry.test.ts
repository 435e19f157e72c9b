import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createEventLog } from '../../../../src-main/core/control/event-log.ts';
import { createTelemetry } from '../../../../src-main/core/live/intake/telemetry.ts';
import { ticks } from '../../../../src-main/media/time.ts';
import { ingestHeartbeat, liveEventStatus, streamEvent } from '../../../../src-main/shared/api/telemetry.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';
import { audioTrack, frames, sounds, videoTrack } from '../../../support/broadcast-media.ts';
import { manualClock } from '../../../support/manual-clock.ts';
import { intakeRig } from './intake-rig.ts';

const FIELDS = {
  IngestHeartbeat: [
    'bitrate',
    'discontinuityCount',
    'healthy',
    'incomingBitrate',
    'ingestDriftValue',
    'lastFragmentArrivalTime',
    'lastTimestamp',
    'nonincreasingCount',
    'overlapCount',
    'state',
    'timescale',
    'trackName',
    'trackType',
    'transcriptionLanguage',
    'transcriptionState',
    'unexpectedBitrate',
  ],
  EncoderConnected: ['encoderIp', 'encoderPort', 'ingestUrl', 'streamId'],
  EncoderDisconnected: ['encoderIp', 'encoderPort', 'ingestUrl', 'resultCode', 'streamId'],
  IncomingStreamReceived: [
    'bitrate',
    'duration',
    'encoderIp',
    'encoderPort',
    'ingestUrl',
    'timescale',
    'timestamp',
    'trackName',
    'trackType',
  ],
  IncomingDataChunkDropped: ['bitrate', 'resultCode', 'timescale', 'timestamp', 'trackName', 'trackType'],
  TrackDiscontinuityDetected: [
    'bitrate',
    'discontinuityGap',
    'newTimestamp',
    'previousTimestamp',
    'timescale',
    'trackName',
    'trackType',
  ],
  IncomingStreamsOutOfSync: [
    'maxLastTimestamp',
    'minLastTimestamp',
    'timescaleOfMaxLastTimestamp',
    'timescaleOfMinLastTimestamp',
    'typeOfStreamWithMaxLastTimestamp',
    'typeOfStreamWithMinLastTimestamp',
  ],
  IncomingVideoStreamsOutOfSync: [
    'firstDuration',
    'firstTimestamp',
    'secondDuration',
    'secondTimestamp',
    'timescale',
  ],
  ChannelArchiveHeartbeat: ['channelLatencyMs', 'latencyResultCode'],
} as const;

function hasFields(type: keyof typeof FIELDS, data: readonly Record<string, unknown>[]): void {
  assert.ok(data.length > 0, type);
  for (const one of data) {
    assert.deepEqual(Object.keys(one).toSorted(), FIELDS[type], type);
  }
}

describe('heartbeats', () => {
  test('come for each track every 20 s from the first connection on, also when the encoder has left', () => {
    const { connect, send, data, clock, intake } = intakeRig();
    clock.advance(60_000);
    assert.equal(data('IngestHeartbeat').length, 0);
    const peer = connect();
    send([peer], { from: 0, to: 603 });
    peer.connection.end('MPE_CLIENT_DISCONNECTED');
    clock.advance(40_000);

    hasFields('IngestHeartbeat', data('IngestHeartbeat'));
    const beats = data('IngestHeartbeat').map((beat) => ingestHeartbeat.parse(beat));
    assert.deepEqual(
      beats.map(({ trackName, healthy, unexpectedBitrate }) => [trackName, healthy, unexpectedBitrate]),
      [
        ['video_800000', true, false],
        ['audio_128000', true, false],
        ['video_800000', false, true],
        ['audio_128000', false, true],
        ['video_800000', false, true],
        ['audio_128000', false, true],
      ],
    );
    assert.ok(Math.abs((beats[0]?.incomingBitrate ?? 0) / 800_000 - 1) < 0.02, `${beats[0]?.incomingBitrate}`);
    assert.deepEqual([beats[4]?.incomingBitrate, beats[4]?.ingestDriftValue], [0, 'n/a']);
    assert.deepEqual([beats[0]?.ingestDriftValue, beats[0]?.timescale], ['0', '90000']);
    assert.equal(intake.telemetry.heartbeats('talk').length, 6);
    assert.equal(intake.telemetry.heartbeats('talk')[0]?.heartbeat.incomingBitrate, 0);
  });

  test('say unexpected at twice and at half the declared bitrate', () => {
    for (const [bytes, unexpected] of [
      [3333, false],
      [6700, true],
      [6500, false],
      [1600, true],
      [1750, false],
    ] as const) {
      const { connect, send, data } = intakeRig();
      send([connect()], { from: 0, to: 605, bytes });

      const [beat] = data('IngestHeartbeat');
      assert.deepEqual([bytes, beat?.['unexpectedBitrate'], beat?.['healthy']], [bytes, unexpected, !unexpected]);
    }
  });

  test('count what was dropped in their 20 s, and the first of each row is told', () => {
    const { connect, send, data } = intakeRig();
    const peer = connect();
    send([peer], { from: 0, to: 100 });
    for (let again = 0; again < 5; again += 1) {
      peer.video.push(frames({ from: 99, to: 100, start: 0, bytes: 3333 }));
    }

    send([peer], { from: 100, to: 1210 });

    const beats = data('IngestHeartbeat').filter(({ trackType }) => trackType === 'video');
    assert.deepEqual(
      beats.map(({ nonincreasingCount, healthy }) => [nonincreasingCount, healthy]),
      [
        [5, false],
        [0, true],
      ],
    );
    hasFields('IncomingDataChunkDropped', data('IncomingDataChunkDropped'));
    assert.deepEqual(
      data('IncomingDataChunkDropped').map(({ resultCode, trackName }) => [resultCode, trackName]),
      [['FragmentDrop_NonIncreasingTimestamp', 'video_800000']],
    );
  });

  test('say how many seconds a minute an encoder loses whose clock is slow', () => {
    const { connect, clock, data } = intakeRig();
    const peer = connect();
    for (let frame = 0; frame < 30 * 240; frame += 1) {
      // 1 % slow: 0.6 s a minute.
      clock.advance(1010 / 30);
      peer.video.push(frames({ from: frame, to: frame + 1, start: 0, bytes: 3333 }));
      peer.audio.push(sounds({ from: frame, to: frame + 1, bytes: 340 }));
    }

    const drift = Number(data('IngestHeartbeat').at(-1)?.['ingestDriftValue']);
    assert.ok(Math.abs(drift - 0.6) < 0.03, `${drift}`);
  });
});

describe('what happens', () => {
  test('is told with exactly the fields that it has in AMS', () => {
    const { connect, send, data, clock } = intakeRig();
    const peer = connect();
    send([peer], { from: 0, to: 90 });
    peer.connection.end('MPE_CLIENT_TERMINATED_SESSION');
    clock.advance(20_000);
    send([connect()], { from: 0, to: 90, run: 1 });

    for (const type of [
      'EncoderConnected',
      'EncoderDisconnected',
      'IncomingStreamReceived',
      'TrackDiscontinuityDetected',
    ] as const) {
      hasFields(type, data(type));
    }
    assert.deepEqual(
      data('IncomingStreamReceived')
        .slice(0, 2)
        .map(({ trackName }) => trackName),
      ['video_800000', 'audio_128000'],
    );
  });

  test('is an encoder that its way in turned away before there was a track, and nobody who only left', () => {
    const { intake, request, data } = intakeRig();

    intake.door.connect(request({ streamName: 'left' })).end('MPE_CLIENT_DISCONNECTED');
    intake.door
      .connect(request({ streamName: 'hevc' }))
      .end(new AppError('MPE_INGEST_CODEC_NOT_SUPPORTED', 'The encoder sends H.265.'));

    assert.deepEqual(
      data('ConnectionRejected').map(({ streamId, resultCode }) => [streamId, resultCode]),
      [['hevc', 'MPE_INGEST_CODEC_NOT_SUPPORTED']],
    );
    assert.deepEqual(data('EncoderDisconnected'), []);
  });

  test('is told of each stream that was turned away, but not again and again; of an event made anew, anew', () => {
    const { intake, request, data, clock } = intakeRig();
    const refuse = (streamName: string): void =>
      intake.door
        .connect(request({ streamName }))
        .end(new AppError('MPE_INGEST_CODEC_NOT_SUPPORTED', 'The encoder sends H.265.'));
    const told = (): readonly unknown[] => data('ConnectionRejected').map(({ streamId }) => streamId);

    for (const stream of ['high', 'low', 'high', 'low']) {
      refuse(stream);
    }
    assert.deepEqual(told(), ['high', 'low']);
    clock.advance(5000);
    refuse('high');
    assert.deepEqual(told(), ['high', 'low', 'high']);
    intake.telemetry.forget('talk');
    refuse('high');

    assert.equal(told().length, 4);
  });

  test('is an encoder that was never let further than its description: turned away, not connected', () => {
    const { connect, data } = intakeRig({ encodingType: 'PassthroughBasic' });

    assert.throws(() => connect({}, { video: { declared: 9_000_000 } }), AppError);

    assert.deepEqual([data('EncoderConnected'), data('ConnectionRejected').length], [[], 1]);
  });

  test('is sound that has stopped ten seconds before the pictures: told once until it is back', () => {
    const { connect, send, data } = intakeRig();
    const peer = connect();
    send([peer], { from: 0, to: 60 });

    for (let frame = 60; frame < 900; frame += 30) {
      send([{ ...peer, audio: { push: () => undefined } }], { from: frame, to: frame + 30 });
    }

    hasFields('IncomingStreamsOutOfSync', data('IncomingStreamsOutOfSync'));
    assert.equal(data('IncomingStreamsOutOfSync').length, 1);
    assert.equal(data('IncomingStreamsOutOfSync')[0]?.['typeOfStreamWithMinLastTimestamp'], 'audio');
  });

  test('is a quality whose key frames are not where those of the first are', () => {
    const { connect, clock, data } = intakeRig();
    const [high, low] = [connect(), connect({ streamName: 'low' }, { video: { declared: 400_000 } })];
    for (let frame = 0; frame < 300; frame += 1) {
      clock.advance(1000 / 30);
      high.video.push(frames({ from: frame, to: frame + 1, start: 0 }));
      low.video.push(frames({ from: frame, to: frame + 1, start: frame < 120 ? 0 : 30 }));
    }

    hasFields('IncomingVideoStreamsOutOfSync', data('IncomingVideoStreamsOutOfSync'));
    assert.equal(data('IncomingVideoStreamsOutOfSync').length, 1);
    const { firstTimestamp, secondTimestamp } = data('IncomingVideoStreamsOutOfSync')[0] ?? {};
    assert.equal(Math.abs(Number(firstTimestamp) - Number(secondTimestamp)), 90_000);
  });

  test('is not a quality whose key frames are rounded otherwise', () => {
    const { connect, clock, data } = intakeRig();
    const [high, low] = [connect(), connect({ streamName: 'low' }, { video: { declared: 400_000 } })];
    for (let frame = 0; frame < 300; frame += 1) {
      clock.advance(1000 / 30);
      high.video.push(frames({ from: frame, to: frame + 1, start: 0 }));
      low.video.push(
        frames({ from: frame, to: frame + 1, start: 0 }).map((sample) => ({
          ...sample,
          decodeTime: ticks(sample.decodeTime + 90n),
        })),
      );
    }

    assert.deepEqual(data('IncomingVideoStreamsOutOfSync'), []);
  });

  test('is how long media takes from its arrival to the manifests', () => {
    const { connect, send, data, clock, intake, of } = intakeRig();
    const peer = connect();
    send([peer], { from: 0, to: 590 });
    const last = of('video_800000').at(-1);
    assert.ok(last);
    clock.advance(150);
    intake.telemetry.shown('talk', last.decodeTime, 90_000);
    clock.advance(400);

    hasFields('ChannelArchiveHeartbeat', data('ChannelArchiveHeartbeat'));
    const [beat] = data('ChannelArchiveHeartbeat');
    assert.equal(beat?.['latencyResultCode'], 'S_OK');
    assert.ok(Math.abs(Number(beat['channelLatencyMs']) - 200) < 60, String(beat['channelLatencyMs']));
    clock.advance(20_000);
    assert.deepEqual(data('ChannelArchiveHeartbeat')[1], {
      channelLatencyMs: 'n/a',
      latencyResultCode: 'MPE_INGEST_DISCONTINUITY',
    });
  });
});

describe('the status', () => {
  test('is Excellent while all comes as it should', () => {
    const { connect, send, intake } = intakeRig();
    send([connect()], { from: 0, to: 900 });

    const status = liveEventStatus.parse(intake.telemetry.status('talk'));

    assert.deepEqual([status.state, status.healthStatus, status.healthDescriptions], ['Running', 'Excellent', []]);
    assert.equal(status.ingestion?.streamName, 'high');
    assert.deepEqual(
      status.trackStatus.map(({ trackId, expectedBitrate, ingestDrift }) => [
        trackId,
        expectedBitrate,
        ingestDrift,
      ]),
      [
        ['video_800000', 800_000, '0'],
        ['audio_128000', 128_000, '0'],
      ],
    );
  });

  test('is Good with half of what was declared, and Poor with a tenth', () => {
    for (const [bytes, health] of [
      [1700, 'Good'],
      [340, 'Poor'],
    ] as const) {
      const { connect, send, intake } = intakeRig();
      send([connect()], { from: 0, to: 900, bytes });

      const { healthStatus, healthDescriptions } = intake.telemetry.status('talk');
      assert.equal(healthStatus, health);
      assert.match(healthDescriptions.join(), /video_800000 brings/);
    }
  });

  test('is poor while the key frames are further apart than the event is set to, and says what to set; not over a gap', () => {
    const clock = manualClock(0);
    const events = createEventLog({ clock });
    const run = createTelemetry({ clock, events }).beginRun('talk', 2);
    run.addTrack(videoTrack());
    run.begun('one');
    const words = (from: number, to: number, gop: number): string => {
      clock.advance(1000);
      run.arrived('video_800000', frames({ from, to, gop }));
      return run.status().healthDescriptions.join(' ');
    };

    assert.doesNotMatch(words(0, 300, 60), /key frames/);
    assert.doesNotMatch(words(600, 900, 60), /key frames/, 'ten seconds are missing');
    assert.match(
      words(900, 1401, 250),
      /key frames are up to 8\.3 s apart, where every 2 s is wanted.*Keyframe Interval 2 s/,
    );
    words(1401, 1401 + 17 * 60, 60);
    clock.advance(20_000);
    assert.doesNotMatch(words(2421, 2422, 60), /key frames/, 'it was mended');
  });

  test('is Good behind a short gap, Poor behind a long one, and Excellent again 20 s later', () => {
    for (const [seconds, health] of [
      [5, 'Good'],
      [12, 'Poor'],
    ] as const) {
      const { connect, send, intake } = intakeRig();
      const peer = connect();
      send([peer], { from: 0, to: 900 });
      intake.telemetry.gap('talk', {
        trackId: 'video_800000',
        previousTimestamp: 0n,
        newTimestamp: BigInt(seconds * 90_000),
        timescale: 90_000,
      });

      assert.equal(intake.telemetry.status('talk').healthStatus, health);
      send([peer], { from: 900, to: 1505 });
      assert.equal(intake.telemetry.status('talk').healthStatus, 'Excellent');
    }
  });

  test('lists interruptions, and the end of the run', async () => {
    const { connect, send, intake, clock, feed } = intakeRig();
    const peer = connect();
    send([peer], { from: 0, to: 90 });
    peer.connection.end('MPE_CLIENT_DISCONNECTED');
    clock.advance(20_000);
    assert.equal(intake.telemetry.status('talk').ingestion?.ingestInterruptions[0]?.end, undefined);
    send([connect()], { from: 0, to: 30, run: 1 });
    await feed.stop('MPI_REST_API_CHANNEL_RESET');

    const status = liveEventStatus.parse(intake.telemetry.status('talk'));

    assert.equal(status.state, 'Stopped');
    assert.equal(status.ingestion?.endReason, 'MPI_REST_API_CHANNEL_RESET');
    const [interruption] = status.ingestion.ingestInterruptions;
    assert.deepEqual([interruption?.duration, interruption?.reason], ['PT20S', 'MPE_CLIENT_DISCONNECTED']);
  });

  test('of an event that is not known is that of a stopped one', () => {
    const { intake } = intakeRig();

    const status = liveEventStatus.parse(intake.telemetry.status('nobody'));

    assert.deepEqual([status.state, status.healthStatus, status.trackStatus], ['Stopped', undefined, []]);
  });
});

test('the events of a stream are kept over its runs, newest first, until the event is forgotten', async () => {
  const { connect, send, intake, feed } = intakeRig();
  const peer = connect();
  send([peer], { from: 0, to: 90 });
  peer.connection.end('MPE_CLIENT_DISCONNECTED');
  await feed.stop();

  assert.deepEqual(
    intake.telemetry.streamEvents('talk').map((event) => streamEvent.parse(event).eventType),
    [
      'StreamEvent/EndIngest',
      'StreamEvent/FirstChunkReceived',
      'StreamEvent/FirstChunkReceived',
      'StreamEvent/BeginIngest',
    ],
  );
  intake.telemetry.forget('talk');
  assert.deepEqual(intake.telemetry.streamEvents('talk'), []);
  assert.deepEqual(intake.telemetry.heartbeats('talk'), []);
});

test('a feed that is no outside encoder is observed on its way to the timeline', () => {
  const clock = manualClock();
  const events = createEventLog({ clock });
  const beats: unknown[] = [];
  events.published.on((event) => void beats.push(event.data));
  const telemetry = createTelemetry({ clock, events, limits: { streamEvents: 3 } });
  const passed: string[] = [];
  const input = telemetry.observe('talk', {
    open: (tracks) => void passed.push(...tracks.map(({ id }) => id)),
    push: (trackId, samples) => void passed.push(`${trackId} ${samples.length}`),
  });

  input.open([videoTrack(), audioTrack()]);
  input.push('video_800000', frames({ from: 0, to: 30 }));
  clock.advance(20_000);
  for (let count = 0; count < 5; count += 1) {
    telemetry.gap('talk', { trackId: 'video_800000', previousTimestamp: 0n, newTimestamp: 1n, timescale: 1 });
  }
  telemetry.ended('talk', 'MPI_REST_API_CHANNEL_STOP');
  clock.advance(60_000);

  assert.deepEqual(passed, ['video_800000', 'audio_128000', 'video_800000 30']);
  assert.equal(beats.length, 2 + 5);
  assert.equal(telemetry.streamEvents('talk').length, 3);
  assert.equal(telemetry.status('talk').ingestion?.streamName, 'studio');
  assert.equal(telemetry.tracks('talk')[0]?.discontinuityCount, 5);
  assert.equal(clock.pending(), 0);
});
