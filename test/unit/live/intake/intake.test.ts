import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Sample } from '../../../../src-main/media/cmaf/types.ts';
import { ticks } from '../../../../src-main/media/time.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';
import { frames, sounds } from '../../../support/broadcast-media.ts';
import { AUDIO, VIDEO } from '../../media/sample-media.ts';
import { intakeRig, liveEventOf, TOKEN } from './intake-rig.ts';

const code = (wanted: string) => (error: unknown) => error instanceof AppError && error.code === wanted;
const seconds = (samples: readonly Sample[], timescale = 90_000): number[] =>
  samples.map(({ decodeTime }) => Math.round((Number(decodeTime) / timescale - 1_893_456_000) * 1000) / 1000);
const VIDEO_ID = 'video_800000';

describe('the door', () => {
  test('lets in the token of a running event, with or without hyphens and in either case', () => {
    const { intake, request } = intakeRig();

    for (const accessToken of [TOKEN, TOKEN.toLowerCase(), TOKEN.toUpperCase(), TOKEN.replaceAll('-', '')]) {
      assert.doesNotThrow(() => intake.door.check(request({ accessToken })));
    }
  });

  test('turns away wrong tokens, other protocols and events that have stopped, and tells of it', async () => {
    const { intake, request, feed, data, told } = intakeRig();
    const wrong = [
      request({ accessToken: 'acf4e5a0-9d1b-4b7c-8e2f-000000000000' }),
      request({ accessToken: '' }),
      request({ protocol: 'FragmentedMP4' }),
    ];

    for (const one of wrong) {
      assert.throws(() => intake.door.connect(one), code('MPE_RTMP_APPID_AUTH_FAILURE'));
    }
    await feed.stop();
    assert.throws(() => intake.door.connect(request()), code('MPE_RTMP_APPID_AUTH_FAILURE'));

    assert.deepEqual(data('ConnectionRejected')[0], {
      streamId: 'high',
      ingestUrl: 'rtmp://127.0.0.1:1935/live',
      encoderIp: '127.0.0.1',
      encoderPort: '50123',
      resultCode: 'MPE_RTMP_APPID_AUTH_FAILURE',
    });
    assert.equal(
      told.find(({ subject }) => subject === 'liveEvent/talk')?.eventType,
      'Microsoft.Media.LiveEventConnectionRejected',
    );
  });

  test('tells nobody when it is only asked', () => {
    const { intake, request, told } = intakeRig();

    assert.throws(() => intake.door.check(request({ accessToken: 'x' })), code('MPE_RTMP_APPID_AUTH_FAILURE'));

    assert.deepEqual(told, []);
  });

  test('tells of one who knocks again and again once in five seconds', () => {
    const { intake, request, data, clock } = intakeRig();
    const knock = (): void =>
      assert.throws(() => intake.door.connect(request({ accessToken: 'x' })), code('MPE_RTMP_APPID_AUTH_FAILURE'));

    for (let time = 0; time < 100; time += 1) {
      knock();
      clock.advance(100);
    }

    assert.equal(data('ConnectionRejected').length, 2);
  });

  test('holds the list of addresses, and cuts off who is taken from it', () => {
    const accessControl = { ip: { allow: [{ address: '10.0.0.0/8' }] } };
    const { intake, request, connect, feed, data } = intakeRig({ accessControl });
    assert.throws(
      () => intake.door.connect(request({ peer: { address: '192.0.2.1', port: 1 } })),
      code('MPE_INGEST_ENCODER_CONNECTION_DENIED'),
    );
    const stays = connect({ peer: { address: '10.0.0.1', port: 1 } });
    const goes = connect({ peer: { address: '10.9.0.1', port: 1 } });

    assert.throws(
      () => feed.updateAccess({ ip: { allow: [{ address: 'nowhere' }] } }),
      code('ingest/address-list-invalid'),
    );
    feed.updateAccess({ ip: { allow: [{ address: '10.0.0.1' }] } });

    assert.deepEqual(stays.ended, []);
    assert.ok(code('MPE_INGEST_ENCODER_CONNECTION_DENIED')(goes.ended[0]));
    assert.equal(data('EncoderDisconnected')[0]?.['resultCode'], 'MPE_INGEST_ENCODER_CONNECTION_DENIED');
  });

  test('refuses two running events with one token', () => {
    const { intake } = intakeRig();

    assert.throws(
      () =>
        intake.open({
          event: liveEventOf({ name: 'other', token: TOKEN.replaceAll('-', '').toLowerCase() }),
          input: { open: () => undefined, push: () => undefined },
          cues: undefined,
          onFailed: () => undefined,
        }),
      code('resource/in-use'),
    );
  });

  test('takes no more connections than it can look after', () => {
    const { intake, request } = intakeRig();
    for (let count = 0; count < 64; count += 1) {
      intake.door.connect(request());
    }

    assert.throws(() => intake.door.connect(request()), code('MPE_CAPACITY_LIMIT_REACHED'));
  });

  for (const reason of ['MPI_REST_API_CHANNEL_STOP', 'MPI_REST_API_CHANNEL_RESET'] as const) {
    test(`ends every connection with ${reason} when the event does`, async () => {
      const { connect, feed, data, clock } = intakeRig();
      const peers = [connect(), connect({ streamName: 'low' }, { video: { declared: 400_000 } })];

      await feed.stop(reason);
      await feed.stop();

      assert.deepEqual(
        peers.map(({ ended }) => ended),
        [[reason], [reason]],
      );
      assert.deepEqual(
        data('EncoderDisconnected').map(({ resultCode }) => resultCode),
        [reason, reason],
      );
      assert.equal(clock.pending(), 0);
    });
  }
});

describe('the tracks of an encoder', () => {
  test('of three pushes are three qualities and one sound, best first, in one opening', () => {
    const { connect, send, opened, of, clock } = intakeRig();
    const rates = [800_000, 2_000_000, 400_000];
    const peers = rates.map((declared, index) => {
      clock.advance(60);
      return connect({ streamName: `q${index}` }, { video: { declared } });
    });

    send(peers, { from: 0, to: 60 });

    assert.deepEqual(
      opened.map((tracks) => tracks.map(({ id, name }) => [id, name])),
      [
        [
          ['video_2000000', 'video'],
          ['video_800000', 'video'],
          ['video_400000', 'video'],
          ['audio_128000', 'audio'],
        ],
      ],
    );
    assert.equal(of('video_400000').length, 60);
    assert.deepEqual(
      of('audio_128000').map(({ data }) => data),
      sounds({ from: 0, to: 60, bytes: 340 }).map(({ data }) => data),
    );
  });

  test('begin within 300 ms of the first key frame, with all that came', () => {
    const { connect, send, opened, of } = intakeRig();
    const peer = connect();

    send([peer], { from: 0, to: 9 });
    assert.equal(opened.length, 0);
    send([peer], { from: 9, to: 12 });

    assert.equal(opened.length, 1);
    assert.equal(of(VIDEO_ID).length, 12);
  });

  test('of one bitrate are told apart by a bit', () => {
    const { connect, send, opened } = intakeRig();
    const peers = [connect(), connect({ streamName: 'other' })];

    send(peers, { from: 0, to: 30 });

    assert.deepEqual(
      opened[0]?.map(({ id }) => id),
      ['video_800000', 'video_800001', 'audio_128000'],
    );
  });

  test('that come later join at a cut', () => {
    const { connect, send, opened, timeline } = intakeRig();
    const first = connect();
    send([first], { from: 0, to: 75 });
    const second = connect({ streamName: 'low' }, { video: { declared: 400_000 } });

    send([first, second], { from: 75, to: 300 });

    assert.deepEqual(opened.map((tracks) => tracks.map(({ id }) => id)).at(-1), ['video_400000']);
    const late = timeline.tracks().find(({ track }) => track.id === 'video_400000');
    assert.equal(late?.table.firstSequence, 3);
  });

  test('without a declared bitrate are measured for a second', () => {
    const { connect, send, opened } = intakeRig();
    const peer = connect({}, { video: { declared: 0 }, audio: { declared: 0 } });

    send([peer], { from: 0, to: 50 });

    // 3333 bytes thirty times a second, 340 bytes 46.875 times.
    assert.deepEqual(
      opened.flat().map(({ id }) => id),
      ['video_800000', 'audio_128000'],
    );
  });

  test('of sound alone are waited for pictures for two seconds and then begin', () => {
    const { intake, request, clock, opened } = intakeRig();
    const connection = intake.door.connect(request());
    const audio = connection.addTrack({ description: AUDIO, declaredBitrate: 96_000 });

    for (let frame = 0; frame < 90; frame += 1) {
      clock.advance(1000 / 30);
      audio.push(sounds({ from: frame, to: frame + 1 }));
      assert.equal(opened.length, frame < 61 ? 0 : 1, `frame ${frame}`);
    }
  });

  test('of several sounds keep their names and languages', () => {
    const { intake, request, opened, clock } = intakeRig({ protocol: 'FragmentedMP4' });
    const connection = intake.door.connect(request({ protocol: 'FragmentedMP4' }));
    const inputs = [
      { language: 'eng', name: 'audio_eng' },
      { language: 'deu', name: 'Kommentar (laut)' },
    ].map(({ language, name }) =>
      connection.addTrack({ description: { ...AUDIO, language }, name, declaredBitrate: 128_000 }),
    );
    const video = connection.addTrack({ description: VIDEO, name: 'video', declaredBitrate: 800_000 });

    video.push(frames({ from: 0, to: 60 }));
    for (const input of inputs) {
      input.push(sounds({ from: 0, to: 60 }));
    }
    clock.advance(300);

    assert.deepEqual(
      opened[0]?.map(({ id, name, language }) => [id, name, language]),
      [
        ['video_800000', 'video', 'und'],
        ['audio_128000', 'audio_eng', 'eng'],
        ['audio_128001', 'Kommentar_laut', 'deu'],
      ],
    );
  });

  test('of several sounds stand in the encoder’s order, whatever their bitrates; pictures with the best first', () => {
    const { intake, request, opened, clock } = intakeRig({ protocol: 'FragmentedMP4' });
    const connection = intake.door.connect(request({ protocol: 'FragmentedMP4' }));
    const sound = ['eng', 'deu'].map((language, index) =>
      connection.addTrack({
        description: { ...AUDIO, language },
        name: language,
        declaredBitrate: 96_000 + 32_000 * index,
      }),
    );
    const pictures = [400_000, 800_000].map((declaredBitrate) =>
      connection.addTrack({ description: VIDEO, name: `video${declaredBitrate}`, declaredBitrate }),
    );

    for (const input of pictures) {
      input.push(frames({ from: 0, to: 60 }));
    }
    for (const input of sound) {
      input.push(sounds({ from: 0, to: 60 }));
    }
    clock.advance(300);

    assert.deepEqual(
      opened[0]?.map(({ id }) => id),
      ['video_800000', 'video_400000', 'audio_96000', 'audio_128000'],
    );
  });

  test('of several RTMP streams have to say their bitrates; of a single one they are measured', () => {
    const { connect, data } = intakeRig();
    const unsaid = { video: { declared: 0 } };
    const only = connect({}, unsaid);

    assert.throws(() => connect({ streamName: 'low' }, unsaid), code('MPE_INGEST_RTMP_SETDATAFRAME_NOT_RECEIVED'));
    assert.doesNotThrow(() => connect({ streamName: 'high', entrance: 'secondary' }, unsaid), 'the same stream');
    assert.doesNotThrow(() => connect({ streamName: 'mid' }), 'one that says it');
    only.connection.end('S_OK');

    assert.deepEqual(
      data('ConnectionRejected').map(({ streamId, resultCode }) => [streamId, resultCode]),
      [['low', 'MPE_INGEST_RTMP_SETDATAFRAME_NOT_RECEIVED']],
    );
  });

  test('that are other after a reconnect need a reset', () => {
    const { intake, request, connect, send, data } = intakeRig();
    const first = connect();
    send([first], { from: 0, to: 60 });
    first.connection.end('MPE_CLIENT_DISCONNECTED');
    const again = intake.door.connect(request());

    assert.throws(
      () => again.addTrack({ description: { ...VIDEO, width: 320, height: 180 }, declaredBitrate: 800_000 }),
      (error) =>
        code('MPE_INGEST_CODEC_NOT_SUPPORTED')(error) && error instanceof Error && error.message.includes('reset'),
    );
    assert.throws(
      () =>
        again.addTrack({
          description: {
            ...AUDIO,
            sampleRate: 44_100,
            timescale: 44_100,
            decoderConfig: new Uint8Array([0x12, 0x08]),
          },
          declaredBitrate: 128_000,
        }),
      code('MPE_INGEST_CODEC_NOT_SUPPORTED'),
    );
    assert.equal(data('ConnectionRejected').length, 1);
  });
});

describe('a stream of fMP4 that comes again', () => {
  const HEVC = { ...VIDEO, fourCc: 'hvc1', codec: 'hvc1.1.6.L93.B0' } as const;

  test('in another codec needs a reset, whatever bitrate it says', () => {
    const { intake, request } = intakeRig({ protocol: 'FragmentedMP4' });
    const first = intake.door.connect(request({ protocol: 'FragmentedMP4' }));
    first.addTrack({ description: VIDEO, declaredBitrate: 500_000 });
    first.end('S_OK');

    const again = intake.door.connect(request({ protocol: 'FragmentedMP4' }));

    assert.throws(() => again.addTrack({ description: HEVC, declaredBitrate: 400_000 }), {
      code: 'MPE_INGEST_CODEC_NOT_SUPPORTED',
    });
  });

  test('or describes itself anew in another codec, needs a reset too', () => {
    const { intake, request } = intakeRig({ protocol: 'FragmentedMP4' });
    const connection = intake.door.connect(request({ protocol: 'FragmentedMP4' }));
    const before = connection.addTrack({ description: VIDEO, declaredBitrate: 500_000 });
    before.push(frames({ from: 0, to: 30, start: 0, run: 0, bytes: 1000 }));

    assert.throws(() => connection.addTrack({ description: HEVC, declaredBitrate: 400_000 }), {
      code: 'MPE_INGEST_CODEC_NOT_SUPPORTED',
    });
  });

  test('may bring a further quality of its codec, and two codecs when it has both from the start', () => {
    const { intake, request } = intakeRig({ protocol: 'FragmentedMP4' });
    const first = intake.door.connect(request({ protocol: 'FragmentedMP4' }));
    first.addTrack({ description: VIDEO, declaredBitrate: 500_000 });
    const again = intake.door.connect(request({ protocol: 'FragmentedMP4' }));
    const other = intake.door.connect(request({ protocol: 'FragmentedMP4', streamName: 'both' }));

    again.addTrack({ description: { ...VIDEO, fourCc: 'avc3' }, declaredBitrate: 900_000 });
    other.addTrack({ description: VIDEO, declaredBitrate: 300_000 });
    other.addTrack({ description: HEVC, declaredBitrate: 200_000 });
  });
});

describe('media time', () => {
  test('is UTC: what an encoder counts from zero begins now', () => {
    const { connect, send, of } = intakeRig();

    send([connect()], { from: 0, to: 30 });

    assert.deepEqual(seconds(of(VIDEO_ID)).slice(0, 3), [0, 0.033, 0.067]);
    const [first] = of('audio_128000');
    assert.ok(first);
    assert.ok(Math.abs(seconds([first], 48_000)[0] ?? 1) < 0.001);
  });

  test('goes on over a restart that counts from zero with a gap as long as the outage, for all qualities alike', () => {
    const { connect, send, of, clock, data } = intakeRig();
    const open = (): ReturnType<typeof connect>[] => [
      connect(),
      connect({ streamName: 'low' }, { video: { declared: 400_000 } }),
    ];
    const first = open();
    send(first, { from: 0, to: 90 });
    first.forEach(({ connection }) => connection.end('MPE_CLIENT_DISCONNECTED'));
    clock.advance(20_000);

    const second = open();
    send(second, { from: 0, to: 90, run: 1 });

    for (const id of [VIDEO_ID, 'video_400000']) {
      const times = seconds(of(id));
      assert.equal(times.length, 180);
      assert.equal(times[89], 2.967);
      assert.ok(Math.abs((times[90] ?? 0) - 23) < 0.05, `${times[90]}`);
    }
    assert.deepEqual(
      of(VIDEO_ID).map(({ decodeTime }) => decodeTime),
      of('video_400000').map(({ decodeTime }) => decodeTime),
    );
    const gaps = data('TrackDiscontinuityDetected');
    assert.equal(gaps.length, 3);
    const { discontinuityGap, timescale } = gaps[0] ?? {};
    assert.ok(Math.abs(Number(discontinuityGap) / Number(timescale) - 20) < 0.05);
  });

  test('goes on where it was when an encoder connects again and counts on', () => {
    const { connect, send, of, clock } = intakeRig();
    const first = connect();
    send([first], { from: 0, to: 90 });
    first.connection.end('MPE_CLIENT_DISCONNECTED');
    clock.advance(20_000);

    send([connect()], { from: 690, to: 720, start: 690 });

    assert.deepEqual([seconds(of(VIDEO_ID))[90], of(VIDEO_ID).length], [23, 120]);
  });

  test('is the same for fragments that an encoder sends again after its connection was lost', () => {
    const { intake, request, of, clock, data } = intakeRig({ protocol: 'FragmentedMP4' });
    const open = () => {
      const connection = intake.door.connect(request({ protocol: 'FragmentedMP4' }));
      return { connection, video: connection.addTrack({ description: VIDEO, declaredBitrate: 800_000 }) };
    };
    // Fragments of six seconds, of which the last two are sent again.
    const fragment = (index: number): Sample[] => frames({ from: index * 180, to: index * 180 + 180 });
    const first = open();
    for (const index of [0, 1, 2, 3]) {
      clock.advance(6000);
      first.video.push(fragment(index));
    }
    first.connection.end('MPE_CLIENT_DISCONNECTED');
    clock.advance(5000);
    const second = open();
    for (const index of [2, 3, 4]) {
      second.video.push(fragment(index));
    }

    assert.equal(of(VIDEO_ID).length, 5 * 180);
    assert.deepEqual([data('TrackDiscontinuityDetected'), data('IncomingDataChunkDropped')], [[], []]);
  });

  test('follows an encoder whose clock is set while it sends', () => {
    const { connect, send, of } = intakeRig();
    const peer = connect();
    send([peer], { from: 0, to: 90 });

    send([peer], { from: 90, to: 180, shift: 86_400 });
    send([peer], { from: 0, to: 60 });

    const times = seconds(of(VIDEO_ID));
    assert.equal(times.length, 240);
    assert.ok(
      times.every((time, index) => index === 0 || Math.abs(time - (times[index - 1] ?? 0) - 1 / 30) < 0.05),
    );
  });
});

describe('redundant encoders', () => {
  test('pushing to both entrances: either dies for a minute, and there is no gap, no duplicate and no event of one', () => {
    const { connect, send, of, data, timeline } = intakeRig();
    const primary = connect();
    const secondary = connect({ entrance: 'secondary' });
    send([primary, secondary], { from: 0, to: 130 });

    primary.connection.end('MPE_CLIENT_DISCONNECTED');
    send([secondary], { from: 130, to: 1930 });
    const primaryAgain = connect();
    send([secondary, primaryAgain], { from: 1930, to: 2100 });
    secondary.connection.end('MPE_CLIENT_DISCONNECTED');
    send([primaryAgain], { from: 2100, to: 3900 });

    assert.deepEqual(
      of(VIDEO_ID).map(({ data: bytes }) => bytes),
      frames({ from: 0, to: 3900, bytes: 3333 }).map(({ data: bytes }) => bytes),
    );
    assert.equal(of('audio_128000').length, sounds({ from: 0, to: 3900 }).length);
    for (const type of ['TrackDiscontinuityDetected', 'IncomingDataChunkDropped']) {
      assert.deepEqual(data(type), [], type);
    }
    assert.deepEqual(timeline.discontinuities(), []);
    assert.ok(data('IngestHeartbeat').every(({ healthy }) => healthy === true));
  });
});

test('the same sound in two streams of fragmented MP4 is one track, whole while either of them lives', () => {
  const { connect, send, of, opened, data, timeline } = intakeRig({ protocol: 'FragmentedMP4' });
  const stream = (streamName: string, declared: number) =>
    connect({ protocol: 'FragmentedMP4', streamName }, { video: { declared } });
  const high = stream('high', 800_000);
  const low = stream('low', 400_000);
  send([high, low], { from: 0, to: 150 });

  high.connection.end('MPE_CLIENT_DISCONNECTED');
  send([low], { from: 150, to: 450 });
  const highAgain = stream('high', 800_000);
  send([low, highAgain], { from: 450, to: 600 });
  low.connection.end('MPE_CLIENT_DISCONNECTED');
  send([highAgain], { from: 600, to: 900 });

  assert.deepEqual(
    opened.flat().map(({ id }) => id),
    ['video_800000', 'video_400000', 'audio_128000'],
  );
  assert.deepEqual(
    of('audio_128000').map(({ decodeTime }) => decodeTime - (of('audio_128000')[0]?.decodeTime ?? 0n)),
    sounds({ from: 0, to: 900 }).map(({ decodeTime }) => decodeTime),
  );
  assert.equal(of('video_400000').length, 600);
  assert.deepEqual(timeline.discontinuities(), []);
  assert.deepEqual(data('IncomingDataChunkDropped'), []);
  assert.deepEqual(
    data('TrackDiscontinuityDetected').map(({ trackName }) => trackName),
    ['video_800000'],
  );
});

describe('limits', () => {
  const declared = (rate: number) => ({ video: { declared: rate } });

  test('of PassthroughBasic: 4 Mbit/s a layer, 5 in all', () => {
    const { connect, data } = intakeRig({ encodingType: 'PassthroughBasic' });

    assert.throws(() => connect({}, declared(4_100_000)), code('MPE_INGEST_BITRATE_AGGREGATED_EXCEEDED'));
    connect({}, declared(3_900_000));
    assert.throws(
      () => connect({ streamName: 'low' }, declared(1_000_000)),
      code('MPE_INGEST_BITRATE_AGGREGATED_EXCEEDED'),
    );
    assert.equal(data('ConnectionRejected')[0]?.['resultCode'], 'MPE_INGEST_BITRATE_AGGREGATED_EXCEEDED');
  });

  test('of a layer are those of what comes, whatever is said of it, and how fast it comes does not count', () => {
    const { connect, send, clock } = intakeRig({ encodingType: 'PassthroughBasic' });
    const fitting = connect({}, declared(1_000_000));
    const much = connect({ streamName: 'low' }, declared(2_000_000));

    // 4.2 Mbit/s for 20 s, twice as fast as they are shown.
    for (let from = 0; from < 600; from += 30) {
      clock.advance(500);
      fitting.video.push(frames({ from, to: from + 30, bytes: 17_500 }));
    }
    send([much], { from: 0, to: 330, bytes: 19_000 });

    assert.deepEqual(fitting.ended, []);
    assert.ok(code('MPE_INGEST_BITRATE_AGGREGATED_EXCEEDED')(much.ended[0]));
  });

  test('do not count what has gone', () => {
    const { connect } = intakeRig({ encodingType: 'PassthroughBasic' });
    connect({}, declared(3_900_000)).connection.end('S_OK');

    assert.doesNotThrow(() => connect({ streamName: 'low' }, declared(3_000_000)));
  });

  test('of size, rate and codec', () => {
    const { intake, request } = intakeRig();
    const add = (patch: object) => () =>
      intake.door.connect(request()).addTrack({ description: { ...VIDEO, ...patch }, declaredBitrate: undefined });

    assert.throws(add({ width: 7680, height: 4320 }), code('MPE_INGEST_VIDEO_RESOLUTION_NOT_SUPPORTED'));
    assert.throws(add({ frameRate: { numerator: 120, denominator: 1 } }), code('MPE_INGEST_FRAMERATE_EXCEEDED'));
    assert.throws(add({ fourCc: 'hvc1', codec: 'hvc1.1.6.L93.B0' }), code('MPE_INGEST_CODEC_NOT_SUPPORTED'));
    assert.throws(
      () =>
        intake.door
          .connect(request())
          .addTrack({ description: { ...AUDIO, fourCc: 'ac-3', codec: 'ac-3' }, declaredBitrate: undefined }),
      code('MPE_INGEST_CODEC_NOT_SUPPORTED'),
    );
  });

  test('of the number of qualities', () => {
    const { connect } = intakeRig();
    for (let index = 0; index < 10; index += 1) {
      connect({ streamName: `q${index}` });
    }

    assert.throws(() => connect({ streamName: 'q10' }), code('MPE_INGEST_MEDIA_QUALITIES_EXCEEDED'));
  });

  test('of encoding events: one of a kind, others are left out without a word; when it ends another goes on', () => {
    const { connect, send, opened, of, data } = intakeRig({ encodingType: 'Standard' });
    const first = connect();
    const second = connect({ streamName: 'other' }, declared(400_000));
    send([first, second], { from: 0, to: 60 });

    first.connection.end('MPE_CLIENT_DISCONNECTED');
    const third = connect({ streamName: 'other' });
    send([third], { from: 60, to: 120 });

    assert.deepEqual(
      opened.flat().map(({ id }) => id),
      [VIDEO_ID, 'audio_128000'],
    );
    assert.equal(of(VIDEO_ID).length, 120);
    assert.deepEqual(data('ConnectionRejected'), []);
  });

  test('an encoder that sends more pictures a second than it says is cut off', () => {
    const { connect, clock } = intakeRig();
    const peer = connect();

    for (let frame = 0; frame < 400; frame += 1) {
      clock.advance(10);
      peer.video.push(
        frames({ from: frame, to: frame + 1, start: 0 }).map((sample) => ({
          ...sample,
          decodeTime: ticks(frame * 900),
          duration: 900,
        })),
      );
    }

    assert.ok(code('MPE_INGEST_FRAMERATE_EXCEEDED')(peer.ended[0]));
    assert.equal(peer.ended.length, 1);
  });

  test('an encoder without key frames is cut off, and nothing of it has been kept', () => {
    const { connect, pushed, clock, data } = intakeRig();
    const peer = connect();
    const [sample] = frames({ from: 1, to: 2, start: 0, bytes: 1024 * 1024 });
    assert.ok(sample);

    for (let count = 1; peer.ended.length === 0 && count < 100; count += 1) {
      clock.advance(33);
      peer.video.push([{ ...sample, decodeTime: ticks(count * 3000) }]);
    }

    assert.ok(code('MPE_INGEST_RTMP_TOO_LARGE_UNPROCESSED_FLV')(peer.ended[0]));
    assert.equal(pushed.size, 0);
    assert.equal(data('EncoderDisconnected')[0]?.['resultCode'], 'MPE_INGEST_RTMP_TOO_LARGE_UNPROCESSED_FLV');
  });

  test('a burst beyond all measure is cut off at once, too much for ten seconds then', () => {
    const burst = intakeRig({ encodingType: 'PassthroughBasic' });
    const flood = burst.connect();
    flood.video.push(frames({ from: 0, to: 60, bytes: 300_000 }));
    assert.ok(code('MPE_CAPACITY_LIMIT_REACHED')(flood.ended[0]));

    const { connect, send } = intakeRig({ encodingType: 'PassthroughBasic' });
    const peer = connect();
    send([peer], { from: 0, to: 301, bytes: 18_000 });
    assert.deepEqual(peer.ended, []);
    send([peer], { from: 301, to: 900, bytes: 60_000 });
    assert.ok(code('MPE_INGEST_BITRATE_AGGREGATED_EXCEEDED')(peer.ended[0]));
  });
});

describe('cues', () => {
  const CUE = {
    scheme: 'urn:scte:scte35:2013:bin',
    value: 'onAdCue',
    id: '42',
    duration: 30,
    message: new Uint8Array([0xfc, 1, 2]),
  } as const;
  const at = (time: number) => ({ ticks: ticks(time * 1000), timescale: 1000 });

  test('are moved onto the media time as the media of their connection is', () => {
    const { connect, send, cues, data, clock } = intakeRig();
    clock.advance(5000);
    const peer = connect();
    send([peer], { from: 0, to: 60, shift: 1000 });

    peer.connection.cue({ ...CUE, time: at(1010) });

    const [cue] = cues;
    assert.equal(Number(cue?.time) / 90_000 - 1_893_456_000, 15);
    assert.deepEqual({ ...cue, time: 0 }, { ...CUE, time: 0, duration: 2_700_000 });
    assert.equal(data('Lectern.LiveEventCue')[0]?.['id'], '42');
  });

  test('that come before the first sample wait for it', () => {
    const { connect, send, cues } = intakeRig();
    const peer = connect();
    peer.connection.cue({ ...CUE, time: at(8) });
    assert.equal(cues.length, 0);

    send([peer], { from: 0, to: 3 });

    assert.equal(Number(cues[0]?.time) / 90_000 - 1_893_456_000, 8);
  });

  test('of a connection of their own stand on the times of the others', () => {
    const { intake, request, connect, send, cues } = intakeRig();
    send([connect()], { from: 0, to: 60, shift: 500 });

    const sparse = intake.door.connect(request({ streamName: 'cues' }));
    sparse.cue({ ...CUE, time: at(506) });
    sparse.end('S_OK');

    assert.equal(Number(cues[0]?.time) / 90_000 - 1_893_456_000, 6);
  });

  test('of the simple mode get a section that says the same', () => {
    const { connect, send, cues } = intakeRig();
    const peer = connect();
    send([peer], { from: 0, to: 60 });

    peer.connection.cue({ ...CUE, time: at(10), message: undefined });

    assert.equal(cues[0]?.message[0], 0xfc);
  });

  test('that cannot be understood are dropped and told of', () => {
    const { connect, send, cues, data } = intakeRig();
    const peer = connect();
    send([peer], { from: 0, to: 60 });

    peer.connection.cue({ ...CUE, time: at(10), duration: NaN });
    peer.connection.cue({ ...CUE, scheme: 'https://aomedia.org/emsg/ID3', time: undefined, message: undefined });

    assert.deepEqual(cues, []);
    assert.deepEqual(
      data('Lectern.Problem').map((problem) => problem['code']),
      ['ingest/cue-invalid', 'ingest/cue-invalid'],
    );
  });

  test('of an encoder gone wild are dropped beyond 64 at once and ten a second, which is told once', () => {
    const { connect, send, cues, data, clock } = intakeRig();
    const [peer, other] = [connect(), connect()];
    send([peer, other], { from: 0, to: 60 });
    const flood = (count: number): void => {
      for (let index = 0; index < count; index += 1) {
        [peer, other][index % 2]!.connection.cue({ ...CUE, id: String(cues.length), time: at(10) });
      }
    };
    const told = (): readonly unknown[] => data('Lectern.Problem').map((problem) => problem['code']);

    flood(200);
    assert.equal(cues.length, 64);
    clock.advance(1000);
    flood(200);
    assert.equal(cues.length, 74);
    assert.deepEqual(told(), ['ingest/cue-invalid']);

    clock.advance(20_000);
    flood(64);
    assert.equal(cues.length, 138);
    assert.equal(told().length, 1);
    flood(1);
    assert.equal(told().length, 2);
  });

  test('can come by no connection at all, at once', () => {
    const { intake, request, connect, send, cues } = intakeRig();
    send([connect()], { from: 0, to: 60 });

    intake.cue(request(), {
      ...CUE,
      scheme: 'https://aomedia.org/emsg/ID3',
      time: undefined,
      duration: undefined,
    });

    assert.ok(Math.abs(Number(cues[0]?.time) / 90_000 - 1_893_456_000 - 2) < 0.05);
    assert.throws(
      () => intake.cue(request({ accessToken: 'x' }), { ...CUE, time: undefined }),
      code('MPE_RTMP_APPID_AUTH_FAILURE'),
    );
  });
});

test('a timeline that cannot take what comes stops the feed and nothing else', () => {
  let isBroken = false;
  const { connect, send, failures, intake, request } = intakeRig({ failing: () => isBroken });
  const peer = connect();
  send([peer], { from: 0, to: 60 });

  isBroken = true;
  send([peer], { from: 60, to: 90 });

  assert.equal(failures.length, 1);
  assert.deepEqual(peer.ended, ['MPI_REST_API_CHANNEL_STOP']);
  assert.throws(() => intake.door.connect(request()), code('MPE_RTMP_APPID_AUTH_FAILURE'));
});

test('the feed knows when something last came, and the newest key frame of the best quality', () => {
  const { connect, send, feed, clock } = intakeRig();
  assert.equal(feed.latestVideo(), undefined);
  const peers = [
    connect(),
    connect({ streamName: 'high' }, { video: { declared: 2_000_000 } }),
    connect({ streamName: 'best' }, { video: { declared: 3_000_000 } }),
  ];
  send(peers, { from: 0, to: 70 });
  const lastMs = clock.monotonicMs();
  clock.advance(60_000);

  assert.equal(feed.lastInputMs(), lastMs);
  const latest = feed.latestVideo();
  assert.equal(latest?.track.id, 'video_3000000');
  assert.deepEqual(seconds([latest.sample]), [2]);
});
