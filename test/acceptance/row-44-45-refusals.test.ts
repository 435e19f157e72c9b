import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import type { LiveEvent } from '../../src-main/shared/api/live-events.ts';
import { rawPublisher, refusalOf, sendFrames } from '../support/raw-feeds.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { connectRtmp, flv, type RtmpClient } from '../support/rtmp-client.ts';
import { mediaFile, realTime, rtmpOutputs, send } from '../support/senders.ts';
import { field, followEvents, ingestUrl, request, startEvent } from '../support/service-stage.ts';
import { openStage, type Stage, until } from '../support/studio-stage.ts';

const SILENT_MS = 35_000;

/** Every ingest error code of spec 2.17. */
describe('what is turned away, and why', { skip: missingPrograms('ffmpeg') }, () => {
  let stage: Stage;
  let rtmp: LiveEvent;
  let basic: LiveEvent;
  let push: LiveEvent;
  let events: ReturnType<typeof followEvents>;
  let silent: RtmpClient;
  let base: string;

  before(async () => {
    stage = await openStage();
    events = followEvents(stage.lectern);
    rtmp = await startEvent(stage.lectern, 'codes');
    basic = await startEvent(stage.lectern, 'basic', {
      input: { streamingProtocol: 'RTMP' },
      encoding: { encodingType: 'PassthroughBasic' },
    });
    push = await startEvent(stage.lectern, 'push', { input: { streamingProtocol: 'FragmentedMP4' } });
    base = ingestUrl(rtmp, 'rtmp');
    // Looked at in the last test: it has to be silent for half a minute.
    silent = await rawPublisher(base, 'silent');
    await sendFrames(silent, { frames: 30 });
    await connectedAs('silent');
  });
  after(async () => {
    silent[Symbol.dispose]();
    await events[Symbol.asyncDispose]();
    await stage[Symbol.asyncDispose]();
  });

  const connectedAs = (stream: string) =>
    events.next('Microsoft.Media.LiveEventEncoderConnected', ({ streamId }) => streamId === stream);

  async function assertRejected(stream: string, code: string): Promise<void> {
    const { data } = await events.next(
      'Microsoft.Media.LiveEventConnectionRejected',
      ({ streamId, resultCode }) => streamId === stream && resultCode === code,
    );
    assert.equal(field(data, 'encoderIp'), '127.0.0.1');
  }

  async function assertDisconnected(stream: string, code: string, withinMs?: number): Promise<void> {
    const { data } = await events.next(
      'Microsoft.Media.LiveEventEncoderDisconnected',
      ({ streamId }) => streamId === stream,
      withinMs,
    );
    assert.equal(field(data, 'resultCode'), code);
  }

  /** What the service made of the peer, and that the peer was told the same. */
  async function told(encoder: RtmpClient, code: string): Promise<void> {
    assert.ok((await refusalOf(encoder)).endsWith(code), `${await refusalOf(encoder)} ends with ${code}`);
  }

  test('44: MPE_RTMP_APPID_AUTH_FAILURE: a token of no event', async () => {
    using encoder = await rawPublisher(base.replace(rtmp.input.accessToken, 'no-such-token'), 'stranger');

    await told(encoder, 'MPE_RTMP_APPID_AUTH_FAILURE');
    await assertRejected('stranger', 'MPE_RTMP_APPID_AUTH_FAILURE');
  });

  test('44: MPE_INGEST_ENCODER_CONNECTION_DENIED: an address that is not on the list', async () => {
    const closed = await startEvent(stage.lectern, 'closed', {
      input: { streamingProtocol: 'RTMP', accessControl: { ip: { allow: [] } } },
    });
    using encoder = await rawPublisher(ingestUrl(closed, 'rtmp'), 'outside');

    await told(encoder, 'MPE_INGEST_ENCODER_CONNECTION_DENIED');
    await assertRejected('outside', 'MPE_INGEST_ENCODER_CONNECTION_DENIED');
  });

  test('44: MPE_INGEST_RTMP_SETDATAFRAME_NOT_RECEIVED: one of several streams whose bitrate nobody says', async () => {
    using encoder = await rawPublisher(base, 'unsaid');
    await sendFrames(encoder, { frames: 30 });

    await told(encoder, 'MPE_INGEST_RTMP_SETDATAFRAME_NOT_RECEIVED');
    await assertRejected('unsaid', 'MPE_INGEST_RTMP_SETDATAFRAME_NOT_RECEIVED');
  });

  for (const [codec, args] of [
    ['Sorenson H.263', ['-c:v', 'flv1', '-c:a', 'copy']],
    ['MP3', ['-c:v', 'copy', '-c:a', 'libmp3lame', '-ar', '44100']],
  ] as const) {
    test(`44: MPE_INGEST_CODEC_NOT_SUPPORTED: ${codec}`, async () => {
      const file = await mediaFile({ seconds: 5, layers: [{ size: '320x180', kbps: 300 }] });
      const stream = codec.replace(/\W/g, '');

      await using sender = send([...args, '-f', 'flv', `${base}/${stream}?videodatarate=300`], realTime(file));

      assert.notEqual(await sender.ended, 0);
      // What it has beside may have been taken by then.
      await until('it is turned away', () =>
        events
          .seen()
          .find(
            ({ eventType, data }) =>
              /LiveEvent(ConnectionRejected|EncoderDisconnected)$/.test(eventType) &&
              field(data, 'streamId') === stream &&
              field(data, 'resultCode') === 'MPE_INGEST_CODEC_NOT_SUPPORTED',
          ),
      );
    });
  }

  test('44: MPE_INGEST_DESCRIPTION_INFO_NOT_RECEIVED: fragments without a header', async () => {
    const moof = Buffer.from('0000001c6d6f6f66000000106d66686400000000000000010000000c', 'hex');
    const fragment = Buffer.concat([
      moof.subarray(0, 24),
      Buffer.alloc(4),
      Buffer.from('000000086d646174', 'hex'),
    ]);

    const answer = await fetch(ingestUrl(push, 'http'), { method: 'POST', body: fragment });

    assert.equal(answer.status, 400);
    assert.equal(field(await answer.json(), 'code'), 'MPE_INGEST_DESCRIPTION_INFO_NOT_RECEIVED');
    await assertRejected('live', 'MPE_INGEST_DESCRIPTION_INFO_NOT_RECEIVED');
  });

  test('44: MPE_INGEST_DESCRIPTION_INFO_NOT_RECEIVED: RTMP pictures without their sequence header', async () => {
    using encoder = await rawPublisher(base, 'headless?videodatarate=300');
    for (let index = 0; index < 150; index += 1) {
      encoder.message({ type: 9, payload: flv.avcFrame({ key: true }), timestamp: index * 33 });
    }

    await told(encoder, 'MPE_INGEST_DESCRIPTION_INFO_NOT_RECEIVED');
    await assertRejected('headless', 'MPE_INGEST_DESCRIPTION_INFO_NOT_RECEIVED');
  });

  test('44: MPE_INGEST_MEDIA_QUALITIES_EXCEEDED: an eleventh quality', async () => {
    const many = await startEvent(stage.lectern, 'many');
    await using cleaning = new AsyncDisposableStack();
    for (let index = 0; index < 11; index += 1) {
      const encoder = cleaning.use(await rawPublisher(ingestUrl(many, 'rtmp'), `q${index}?videodatarate=300`));
      await sendFrames(encoder, { frames: 3 });
      // Connections are let in in no order; each is waited for, so that it is the last that is too many.
      await (index < 10 ? connectedAs(`q${index}`) : undefined);
    }

    await assertRejected('q10', 'MPE_INGEST_MEDIA_QUALITIES_EXCEEDED');
    const connected = events
      .seen()
      .filter(({ eventType, subject }) => eventType.endsWith('EncoderConnected') && subject === 'liveEvent/many');
    assert.equal(connected.length, 10);
    await request(stage.lectern, 'POST', '/liveEvents/many/stop', {});
    await request(stage.lectern, 'DELETE', '/liveEvents/many');
  });

  test('44: MPE_INGEST_BITRATE_AGGREGATED_EXCEEDED: more than the event takes', async () => {
    using encoder = await rawPublisher(ingestUrl(basic, 'rtmp'), 'heavy?videodatarate=4500');
    await sendFrames(encoder, { frames: 3 });

    await told(encoder, 'MPE_INGEST_BITRATE_AGGREGATED_EXCEEDED');
    await assertRejected('heavy', 'MPE_INGEST_BITRATE_AGGREGATED_EXCEEDED');
  });

  test('44: MPE_INGEST_FRAMERATE_EXCEEDED: 120 pictures a second, said or not', async () => {
    const file = await mediaFile({ seconds: 5, layers: [{ size: '160x90', kbps: 100 }], frameRate: 120 });

    await using sender = send(rtmpOutputs(base, ['fast']), realTime(file));
    assert.notEqual(await sender.ended, 0);
    await assertRejected('fast', 'MPE_INGEST_FRAMERATE_EXCEEDED');
    // Its sequence header says 30.
    using encoder = await rawPublisher(base, 'faster?videodatarate=300');
    await sendFrames(encoder, { frames: 600, framesPerSecond: 120 });
    await told(encoder, 'MPE_INGEST_FRAMERATE_EXCEEDED');
    await assertDisconnected('faster', 'MPE_INGEST_FRAMERATE_EXCEEDED');
  });

  test('44: MPE_INGEST_VIDEO_RESOLUTION_NOT_SUPPORTED: pictures larger than 4096x2160', async () => {
    const file = await mediaFile({ seconds: 1, layers: [{ size: '4112x64', kbps: 500 }], frameRate: 5 });

    await using sender = send(rtmpOutputs(base, ['wide']), realTime(file));

    assert.notEqual(await sender.ended, 0);
    await assertRejected('wide', 'MPE_INGEST_VIDEO_RESOLUTION_NOT_SUPPORTED');
  });

  test('44: MPE_CAPACITY_LIMIT_REACHED: a burst', async () => {
    using encoder = await rawPublisher(ingestUrl(basic, 'rtmp'), 'burst?videodatarate=1000');
    // 24 Mbytes in much less than ten seconds, to an event that takes 5 Mbit/s.
    await sendFrames(encoder, { frames: 240, bytes: 100_000, framesPerSecond: 5 });

    await told(encoder, 'MPE_CAPACITY_LIMIT_REACHED');
    await assertDisconnected('burst', 'MPE_CAPACITY_LIMIT_REACHED');
  });

  for (const [where, app, stream] of [
    ['a stream name with a blank', undefined, 'my stream'],
    ['no stream name', undefined, ''],
    ['another application', 'vod/token', 'one'],
  ] as const) {
    test(`44: MPE_BAD_URL_SYNTAX: ${where}`, async () => {
      const { pathname, port } = new URL(base);
      using encoder = await connectRtmp(Number(port));
      encoder.publish(app ?? pathname.slice(1), stream, Number(port));

      await told(encoder, 'MPE_BAD_URL_SYNTAX');
    });
  }

  test('44: MPE_BAD_URL_SYNTAX: an address of fragmented MP4 with a special character', async () => {
    const answer = await fetch(ingestUrl(push, 'http').replace('(live)', '(a%20b)'), { method: 'POST' });

    assert.equal(answer.status, 400);
    assert.equal(field(await answer.json(), 'code'), 'MPE_BAD_URL_SYNTAX');
  });

  test('44: MPE_CLIENT_TERMINATED_SESSION: an encoder that says goodbye; MPE_CLIENT_DISCONNECTED: one that does not', async () => {
    const file = await mediaFile({ seconds: 5, layers: [{ size: '320x180', kbps: 300 }] });

    await using polite = send(rtmpOutputs(base, ['polite']), realTime(file));
    await connectedAs('polite');
    await polite.stop();
    await using rude = send(rtmpOutputs(base, ['rude']), realTime(file));
    await connectedAs('rude');
    await rude.kill();

    await assertDisconnected('polite', 'MPE_CLIENT_TERMINATED_SESSION');
    await assertDisconnected('rude', 'MPE_CLIENT_DISCONNECTED');
  });

  test('44: MPI_STREAM_HIT_EOF: an encoder that says that nothing follows, and hangs up', async () => {
    using encoder = await rawPublisher(base, 'over?videodatarate=300');
    await sendFrames(encoder, { frames: 30 });
    await connectedAs('over');
    encoder.message({ type: 9, payload: Buffer.of(0x17, 2, 0, 0, 0), timestamp: 1000 });
    encoder.socket.end();

    await assertDisconnected('over', 'MPI_STREAM_HIT_EOF');
  });

  test('44: ERROR_END_OF_MEDIA: fragmented MP4 that ends amid a fragment', async () => {
    const file = await mediaFile({ seconds: 5, layers: [{ size: '320x180', kbps: 300 }] });
    const { stdout } = await promisify(execFile)(
      'ffmpeg',
      ['-v', 'error', '-i', file, '-c', 'copy', '-f', 'ismv', '-movflags', 'isml+frag_keyframe', '-'],
      { encoding: 'buffer', maxBuffer: 64 * 1024 * 1024 },
    );
    const cut = stdout.subarray(0, stdout.lastIndexOf('mdat') + 100);

    const answer = await fetch(ingestUrl(push, 'http').replace('(live)', '(cut)'), {
      method: 'POST',
      body: new Uint8Array(cut),
    });

    assert.equal(answer.status, 400);
    assert.equal(field(await answer.json(), 'code'), 'ERROR_END_OF_MEDIA');
    await assertDisconnected('cut', 'ERROR_END_OF_MEDIA');
  });

  test('44: MPE_INGEST_DISCONTINUITY: other settings in the middle of a stream', async () => {
    using encoder = await rawPublisher(base, 'changing?videodatarate=300');
    await sendFrames(encoder, { frames: 60 });
    await connectedAs('changing');
    const config = Buffer.from(
      '0142c01effe1000967 42c01e da0280 bf e5c0 01000468ce3c80'.replaceAll(' ', ''),
      'hex',
    );
    encoder.message({ type: 9, payload: flv.avcConfig(config), timestamp: 2000 });

    await told(encoder, 'MPE_INGEST_DISCONTINUITY');
    await assertDisconnected('changing', 'MPE_INGEST_DISCONTINUITY');
  });

  test('45: a flood without key frames is cut off, and memory stays bounded', async () => {
    const before = residentBytes(stage.lectern.pid);
    using encoder = await rawPublisher(base, 'flood?videodatarate=300');
    // Half a gigabyte, if somebody took it: at first a key frame, then none.
    await sendFrames(encoder, { frames: 5000, bytes: 100_000, keyEvery: 0, framesPerSecond: 1000 });

    await told(encoder, 'MPE_INGEST_RTMP_TOO_LARGE_UNPROCESSED_FLV');
    await assertDisconnected('flood', 'MPE_INGEST_RTMP_TOO_LARGE_UNPROCESSED_FLV');
    const grown = residentBytes(stage.lectern.pid) - before;
    assert.ok(grown < 300 * 1024 * 1024, `${Math.round(grown / 1024 / 1024)} MB more`);
  });

  test('45: one that never had a key frame is cut off much sooner', async () => {
    using encoder = await rawPublisher(base, 'keyless?videodatarate=300');
    await sendFrames(encoder, {
      frames: 300,
      bytes: 100_000,
      firstIsKey: false,
      keyEvery: 0,
      framesPerSecond: 1000,
    });

    await told(encoder, 'MPE_INGEST_RTMP_TOO_LARGE_UNPROCESSED_FLV');
    await assertRejected('keyless', 'MPE_INGEST_RTMP_TOO_LARGE_UNPROCESSED_FLV');
    assert.ok(encoder.isClosed());
  });

  test('45: so is a box of fragmented MP4 that never ends', async () => {
    const before = residentBytes(stage.lectern.pid);
    const { promise: answered, resolve } = Promise.withResolvers<number | undefined>();
    const posting = httpRequest(ingestUrl(push, 'http').replace('(live)', '(endless)'), { method: 'POST' });
    posting.on('response', (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    posting.on('error', () => resolve(undefined));
    // An mdat of 4 GB.
    posting.write(Buffer.from('ffffffff6d646174', 'hex'));
    const part = Buffer.alloc(1024 * 1024);
    // Half a gigabyte, if somebody took it.
    for (let index = 0; index < 512 && !posting.destroyed; index += 1) {
      if (!posting.write(part)) {
        const { promise: drained, resolve: go } = Promise.withResolvers<undefined>();
        posting.once('drain', () => go(undefined)).once('close', () => go(undefined));
        if ((await Promise.race([drained, answered])) !== undefined) {
          break;
        }
      }
    }

    const status = await answered;
    posting.destroy();
    assert.ok(status !== undefined && status >= 400, String(status));
    const grown = residentBytes(stage.lectern.pid) - before;
    assert.ok(grown < 200 * 1024 * 1024, `${Math.round(grown / 1024 / 1024)} MB more`);
  });

  test('44: MPE_RTMP_SESSION_IDLE_TIMEOUT: an encoder that has gone silent', async () => {
    await assertDisconnected('silent', 'MPE_RTMP_SESSION_IDLE_TIMEOUT', SILENT_MS);
    await told(silent, 'MPE_RTMP_SESSION_IDLE_TIMEOUT');
  });

  test('44: the event still runs after all of it, and takes an encoder', async () => {
    using encoder = await rawPublisher(base, 'last');
    await sendFrames(encoder, { frames: 30 });

    await connectedAs('last');
    const { body } = await request(stage.lectern, 'GET', '/liveEvents/codes');
    assert.equal(field(body, 'resourceState'), 'Running');
    await until('it is told of', async () => {
      const { body: kept } = await request(stage.lectern, 'GET', '/liveEvents/codes/streamEvents');
      return JSON.stringify(kept).includes('StreamEvent/InvalidConnection') ? true : undefined;
    });
  });

  test('44: MPI_SYSTEM_MAINTENANCE: the service closes', async () => {
    using encoder = await rawPublisher(base, 'closed');
    await sendFrames(encoder, { frames: 30 });
    await connectedAs('closed');

    await stage.lectern.stop();
    await encoder.closed;

    const last = encoder.said().at(-1);
    assert.deepEqual([last?.code, last?.description], ['NetStream.Unpublish.Success', 'MPI_SYSTEM_MAINTENANCE']);
  });
});

/** Of a process and those that it has started. */
function residentBytes(pid: number): number {
  const parents = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        try {
          const status = readFileSync(`/proc/${name}/status`, 'utf8');
          const field = (key: string): number =>
            Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
          return [[Number(name), { parent: field('PPid'), bytes: 1024 * field('VmRSS') }]];
        } catch {
          // It has just ended.
          return [];
        }
      }),
  );
  let sum = 0;
  for (const [id, { bytes }] of parents) {
    let at: number | undefined = id;
    while (at !== undefined && at !== pid && at !== 0) {
      at = parents.get(at)?.parent;
    }
    sum += at === pid ? bytes : 0;
  }
  return sum;
}
