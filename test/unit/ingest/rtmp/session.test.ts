import assert from 'node:assert/strict';
import { duplexPair } from 'node:stream';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { DEFAULT_RTMP_LIMITS, type RtmpLimits } from '../../../../src-main/core/ingest/rtmp/limits.ts';
import type { ReceiverEvent } from '../../../../src-main/core/ingest/rtmp/messages.ts';
import { openSession } from '../../../../src-main/core/ingest/rtmp/session.ts';
import type { Logger } from '../../../../src-main/core/ports/logger.ts';
import type { Sample } from '../../../../src-main/media/cmaf/types.ts';
import { type AmfValue, encodeAmf0 } from '../../../../src-main/media/flv/amf0.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';
import { manualClock } from '../../../support/manual-clock.ts';
import { connectObject, flv, rtmpClient } from '../../../support/rtmp-client.ts';
import { TOKEN } from '../../../support/rtmp-door.ts';

const APP = `live/${TOKEN}`;
const AUDIO = 8;
const VIDEO = 9;

function rig(limits: Partial<RtmpLimits> = {}) {
  const clock = manualClock();
  const [near, far] = duplexPair();
  const client = rtmpClient(far);
  const events: ReceiverEvent[] = [];
  const samples: { readonly track: string; readonly sample: Sample; readonly flush: () => void }[] = [];
  const lines: string[] = [];
  const write = (fields: unknown, message: string): void =>
    void lines.push(
      `${JSON.stringify(fields, (_key, value: unknown) => (value instanceof Error ? value.stack : value))} ${message}`,
    );
  const logger: Logger = { debug: write, info: write, warn: write, error: write, child: () => logger };
  let isGone = false;
  let flushes = true;
  const session = openSession({
    id: 5,
    socket: near,
    entrance: 'tlsSecondary',
    peer: { address: '10.0.0.7', port: 4711 },
    clock,
    logger,
    limits: { ...DEFAULT_RTMP_LIMITS, ...limits },
    link: {
      sample(_connection, track, sample, flush) {
        samples.push({ track, sample, flush });
        if (flushes) {
          flush();
        }
      },
    },
    onEvent: (event) => events.push(event),
    onGone: () => (isGone = true),
  });
  return {
    client,
    session,
    events,
    samples,
    lines,
    near,
    isGone: () => isGone,
    /** The service takes nothing any more. */
    stall: () => (flushes = false),
    /** What was sent has arrived, on both sides. */
    settle: async () => {
      for (let turn = 0; turn < 10; turn += 1) {
        await nextTurn();
      }
    },
    /** Time passes, and the session is looked at once a second. */
    pass: async (seconds: number) => {
      for (let second = 0; second < seconds; second += 1) {
        await clock.advanceAsync(1000);
        session.look();
      }
      await nextTurn();
    },
    clock,
  };
}

/** One that publishes. */
async function publishing(limits: Partial<RtmpLimits> = {}) {
  const all = rig(limits);
  all.client.publish(APP, '720p');
  await all.settle();
  all.session.accept();
  await all.settle();
  all.events.length = 0;
  return all;
}

type World = ReturnType<typeof rig>;

const ended = (events: readonly ReceiverEvent[]): readonly string[] =>
  events.flatMap((event) => (event.type === 'ended' ? [event.reason.code] : []));

/** The peer was told why, nothing more is taken from it, and it is gone in time whether it likes it or not. */
async function assertTurnedAway(world: World, code: string, word: string): Promise<void> {
  await world.settle();
  const last = world.client.said().at(-1);
  assert.equal(last?.code, code);
  assert(last.description.startsWith(`${word}: `), last.description);
  const before = [world.events.length, world.samples.length];
  world.client.message({ type: VIDEO, payload: flv.avcFrame({ key: true }) });
  world.client.command('publish', 9, null, 'other', 'live');
  await world.settle();
  assert.deepEqual([world.events.length, world.samples.length], before);
  await world.pass(3);
  assert.equal(world.isGone(), true);
}

test('a publisher is asked about before it is told that it publishes', async () => {
  const { client, session, events, settle } = rig();

  client.publish(APP, '720p?videodatarate=2000', 1936);
  await settle();

  assert.deepEqual(events, [
    {
      type: 'publish',
      id: 5,
      entrance: 'secondary',
      address: '10.0.0.7',
      port: 4711,
      accessToken: TOKEN,
      streamName: '720p',
      ingestUrl: 'rtmp://127.0.0.1:1936/live/720p',
    },
  ]);
  assert(!client.said().some(({ code }) => code === 'NetStream.Publish.Start'));
  session.accept();
  await settle();
  assert.deepEqual(
    client.said().map(({ name, code }) => [name, code]),
    [
      ['_result', 'NetConnection.Connect.Success'],
      ['_result', undefined],
      ['_result', undefined],
      ['onFCPublish', 'NetStream.Publish.Start'],
      ['onStatus', 'NetStream.Publish.Start'],
    ],
  );
});

test('an encoder that offers Enhanced RTMP is told which codecs are taken', async () => {
  const { client, settle } = rig();
  const offer = new Map<string, AmfValue>([
    ...connectObject(APP, 'rtmp://a/live'),
    ['fourCcList', ['av01', 'avc1', 'hvc1']],
  ]);

  client.handshake();
  client.command('connect', 1, offer);
  await settle();

  const [answer] = client.received.filter(({ type }) => type === 20);
  assert(
    answer?.payload.includes('fourCcList') && answer.payload.includes('avc1') && !answer.payload.includes('hvc1'),
  );
});

test('media becomes tracks and samples, what came with the publish command too', async () => {
  const { client, session, events, samples, settle } = rig();

  client.publish(APP, 'a');
  client.data('@setDataFrame', 'onMetaData', new Map([['videodatarate', 500]]));
  client.message({ type: VIDEO, payload: flv.avcConfig() });
  client.message({ type: VIDEO, payload: flv.avcFrame({ key: true }), timestamp: 40 });
  await settle();
  session.accept();
  client.message({ type: AUDIO, payload: flv.aacConfig(), chunkStream: 4 });
  client.message({ type: AUDIO, payload: flv.aacFrame(), timestamp: 40, chunkStream: 4 });
  client.message({ type: VIDEO, payload: flv.avcFrame({ key: false }), timestamp: 80 });
  await settle();

  assert.deepEqual(
    events.flatMap((event) => (event.type === 'track' ? [[event.description.kind, event.declaredBitrate]] : [])),
    [
      ['video', 500_000],
      ['audio', undefined],
    ],
  );
  assert.deepEqual(
    samples.map(({ track, sample }) => [track, Number(sample.decodeTime)]),
    [
      ['audio', 1920],
      ['video', 3600],
    ],
  );
});

test('the last frame waits for two frames at most', async () => {
  const { client, samples, settle, clock } = await publishing();
  client.message({ type: VIDEO, payload: flv.avcConfig() });
  client.message({ type: VIDEO, payload: flv.avcFrame({ key: true }) });
  await settle();

  await clock.advanceAsync(60);
  const before = samples.length;
  await clock.advanceAsync(10);

  assert.deepEqual([before, samples.length], [0, 1]);
});

test('an aggregate message is what it holds', async () => {
  const { client, samples, settle } = await publishing();
  const part = (type: number, body: Buffer): Buffer => {
    const header = Buffer.alloc(11);
    header.writeUInt8(type, 0);
    header.writeUIntBE(body.length, 1, 3);
    return Buffer.concat([header, body, Buffer.alloc(4)]);
  };

  const payload = Buffer.concat([
    part(AUDIO, flv.aacConfig()),
    part(AUDIO, flv.aacFrame()),
    part(18, Buffer.from(encodeAmf0(['onTextData', null]))),
    part(VIDEO, flv.avcConfig()),
  ]);
  client.message({ type: 22, payload, timestamp: 1000 });
  await settle();

  assert.deepEqual(
    samples.map(({ track, sample }) => [track, Number(sample.decodeTime)]),
    [['audio', 48_000]],
  );
});

test('cues go on, broken ones are left out, and no more than an encoder can mean', async () => {
  const { client, events, settle, pass } = await publishing();
  const cue = (id: string): AmfValue =>
    new Map<string, AmfValue>(Object.entries({ cue: 'SpliceOut', id, time: 1, duration: 5 }));

  client.data('onAdCue', cue(''));
  client.data('@setDataFrame', 'onAdCue', cue('b'));
  client.message({ type: 15, payload: Buffer.concat([Buffer.of(0), encodeAmf0(['onAdCue', cue('c')])]) });
  for (let count = 0; count < 500; count += 1) {
    client.data('onAdCue', cue('flood'));
  }
  await settle();
  const atFirst = events.length;
  await pass(1);
  client.data('onAdCue', cue('later'));
  await settle();

  assert.deepEqual(events[0], { type: 'cue', id: 5, cueId: 'b', time: 90_000, duration: 5, section: undefined });
  assert(atFirst < 100);
  assert(events.some((event) => event.type === 'cue' && event.cueId === 'later'));
});

test('an encoder that says goodbye has ended its session; one that just goes has been disconnected', async () => {
  const polite = await publishing();
  const abrupt = await publishing();
  for (const { client } of [polite, abrupt]) {
    client.message({ type: VIDEO, payload: flv.avcConfig() });
    client.message({ type: VIDEO, payload: flv.avcFrame({ key: true }) });
  }
  await polite.settle();

  polite.client.command('FCUnpublish', 5, null, '720p');
  polite.client.command('deleteStream', 6, null, 1);
  abrupt.client.socket.destroy();
  abrupt.near.destroy();
  await polite.settle();

  assert.deepEqual(ended(polite.events), ['MPE_CLIENT_TERMINATED_SESSION']);
  assert.deepEqual(ended(abrupt.events), ['MPE_CLIENT_DISCONNECTED']);
  // The frame that waited for its successor is not lost.
  assert.deepEqual([polite.samples.length, abrupt.samples.length], [1, 1]);
  assert.equal(polite.client.said().at(-1)?.code, 'NetStream.Unpublish.Success');
});

test('one that says that nothing follows, and goes, has come to its end', async () => {
  const [over, goingOn] = [await publishing(), await publishing()];
  for (const { client } of [over, goingOn]) {
    client.message({ type: VIDEO, payload: flv.avcConfig() });
    client.message({ type: VIDEO, payload: flv.avcFrame({ key: true }) });
    client.message({ type: VIDEO, payload: Buffer.of(0x17, 2, 0, 0, 0) });
  }
  goingOn.client.message({ type: VIDEO, payload: flv.avcFrame({ key: true }), timestamp: 40 });
  await over.settle();

  for (const { client, near } of [over, goingOn]) {
    client.socket.destroy();
    near.destroy();
  }
  await over.settle();

  assert.deepEqual(ended(over.events), ['MPI_STREAM_HIT_EOF']);
  assert.deepEqual(ended(goingOn.events), ['MPE_CLIENT_DISCONNECTED']);
});

test('a refused publisher is told why, is not listened to, and has to go', async () => {
  const world = rig();
  world.client.publish(APP, '720p');
  await world.settle();

  world.session.end(new AppError('MPE_RTMP_APPID_AUTH_FAILURE', 'There is no such event.'));

  await assertTurnedAway(world, 'NetStream.Publish.Unauthorized', 'MPE_RTMP_APPID_AUTH_FAILURE');
  assert.equal(world.events.length, 1);
});

test('a stream that is not wanted any longer is ended with the reason', async () => {
  const limited = await publishing();
  const stopped = await publishing();

  limited.session.end(new AppError('MPE_INGEST_BITRATE_AGGREGATED_EXCEEDED', 'Too much.'));
  stopped.session.end('MPI_REST_API_CHANNEL_STOP');

  await assertTurnedAway(limited, 'NetStream.Failed', 'MPE_INGEST_BITRATE_AGGREGATED_EXCEEDED');
  await stopped.settle();
  assert.deepEqual(stopped.client.said().at(-1), {
    name: 'onStatus',
    code: 'NetStream.Unpublish.Success',
    description: 'MPI_REST_API_CHANNEL_STOP',
  });
  assert.deepEqual([...ended(limited.events), ...ended(stopped.events)], []);
});

test('an address that is none is refused at once', async () => {
  for (const tcUrl of ['::::', 5, null, undefined, 'http://a/live']) {
    const world = rig();
    world.client.handshake();
    world.client.command('connect', 1, connectObject(APP, tcUrl));

    await assertTurnedAway(world, 'NetConnection.Connect.Rejected', 'MPE_BAD_URL_SYNTAX');
  }
});

test('a stream name that is missing, no text, or has blanks is refused', async () => {
  for (const name of [undefined, 7, '', 'my stream', new Map()]) {
    const world = rig();
    world.client.handshake();
    world.client.command('connect', 1, connectObject(APP, 'rtmp://a/live'));
    world.client.command('publish', 4, null, name, 'live');

    await assertTurnedAway(world, 'NetStream.Publish.BadName', 'MPE_BAD_URL_SYNTAX');
    assert.deepEqual(
      world.events.map((event) => [event.type, 'ingestUrl' in event ? event.ingestUrl : undefined]),
      [['misaddressed', 'rtmp://a']],
    );
  }
});

test('commands that are nested too deep, or announce arrays without end, are refused', async () => {
  const open = Buffer.concat([Buffer.of(3, 0, 1), Buffer.from('a')]);
  const deep = Buffer.concat(Array.from({ length: 10_000 }, () => open));
  const endless = Buffer.of(10, 0xff, 0xff, 0xff, 0xff, 5);
  for (const tail of [deep, endless]) {
    const world = rig();
    world.client.handshake();
    world.client.message({ type: 20, payload: Buffer.concat([encodeAmf0(['connect', 1]), tail]) });

    await assertTurnedAway(world, 'NetConnection.Connect.Rejected', 'media/malformed');
  }
});

test('nothing is played, and who plays cannot bring media in', async () => {
  const world = rig();
  world.client.handshake();
  world.client.command('connect', 1, connectObject(APP, 'rtmp://a/live'));
  world.client.command('play', 4, null, '720p');

  await assertTurnedAway(world, 'NetStream.Play.Failed', 'request/method-not-allowed');
  assert.deepEqual(world.events, []);
});

test('media before publishing, a second stream, and publishing before connecting are refused', async () => {
  const early = rig();
  early.client.handshake();
  early.client.message({ type: VIDEO, payload: flv.avcConfig() });
  await assertTurnedAway(early, 'NetConnection.Connect.Rejected', 'media/malformed');

  const second = await publishing();
  second.client.command('publish', 5, null, 'other', 'live');
  await assertTurnedAway(second, 'NetStream.Failed', 'media/malformed');

  const unconnected = rig();
  unconnected.client.handshake();
  unconnected.client.command('publish', 5, null, 'other', 'live');
  await assertTurnedAway(unconnected, 'NetConnection.Connect.Rejected', 'media/malformed');
});

test('a codec that is not taken ends the stream by name, for the service as for the encoder', async () => {
  const world = await publishing();

  world.client.message({
    type: VIDEO,
    payload: Buffer.concat([Buffer.of(0x90), Buffer.from('hvc1'), Buffer.of(1)]),
  });

  await world.settle();
  assert.deepEqual(ended(world.events), ['MPE_INGEST_CODEC_NOT_SUPPORTED']);
  await assertTurnedAway(world, 'NetStream.Failed', 'MPE_INGEST_CODEC_NOT_SUPPORTED');
});

test('video without key frames is ended before it costs memory', async () => {
  const world = await publishing();
  world.client.message({ type: VIDEO, payload: flv.avcConfig() });

  for (let frame = 0; frame < 9; frame += 1) {
    world.client.message({ type: VIDEO, payload: flv.avcFrame({ key: false, bytes: 1024 * 1024 }) });
  }
  await world.settle();

  assert.deepEqual(ended(world.events), ['MPE_INGEST_RTMP_TOO_LARGE_UNPROCESSED_FLV']);
  assert.deepEqual(world.samples, []);
});

test('a slow handshake, and a connection that never publishes, are shown out', async () => {
  const slow = rig({ publishWithinMs: 5000 });
  const silent = rig({ publishWithinMs: 5000 });
  slow.client.raw(Buffer.of(3, 1, 2));
  silent.client.handshake();
  silent.client.command('connect', 1, connectObject(APP, 'rtmp://a/live'));
  await slow.settle();

  await slow.pass(5);
  await silent.pass(5);
  assert.deepEqual([slow.isGone(), silent.isGone()], [false, false]);
  await slow.pass(4);
  await silent.pass(4);

  assert.deepEqual([slow.isGone(), silent.isGone()], [true, true]);
  assert.equal(silent.client.said().at(-1)?.code, 'NetConnection.Connect.Rejected');
});

test('an encoder that sends nothing, or nothing but small talk, is idle', async () => {
  const world = await publishing({ idleMs: 3000 });

  world.client.message({ type: AUDIO, payload: flv.aacConfig() });
  await world.pass(3);
  world.client.message({ type: AUDIO, payload: flv.aacFrame() });
  await world.pass(3);
  assert.deepEqual(ended(world.events), []);
  world.client.command('_checkbw', 9, null);
  await world.pass(2);

  assert.deepEqual(ended(world.events), ['MPE_RTMP_SESSION_IDLE_TIMEOUT']);
  await assertTurnedAway(world, 'NetStream.Failed', 'MPE_RTMP_SESSION_IDLE_TIMEOUT');
});

test('an encoder is not read from while the service is behind, and is read from again after', async () => {
  const world = await publishing({ queuedBytes: 10_000, heldUpMs: 5000 });
  world.stall();
  world.client.message({ type: VIDEO, payload: flv.avcConfig() });
  for (let frame = 0; frame < 50; frame += 1) {
    world.client.message({
      type: VIDEO,
      payload: flv.avcFrame({ key: true, bytes: 4000 }),
      timestamp: frame * 40,
    });
  }
  await world.settle();

  const before = world.samples.length;
  await world.pass(3);
  assert(before < 10);
  // Each lets the next ones in; the last frame waits for a successor.
  for (let index = 0; index < 49; index += 1) {
    world.samples[index]?.flush();
    await world.settle();
  }

  assert.equal(world.samples.length, 49);
  assert.deepEqual(ended(world.events), []);
});

test('an encoder that the service is behind of for too long is disconnected', async () => {
  const world = await publishing({ queuedBytes: 10_000, heldUpMs: 5000, idleMs: 3000 });
  world.stall();
  world.client.message({ type: VIDEO, payload: flv.avcConfig() });
  for (let frame = 0; frame < 50; frame += 1) {
    world.client.message({
      type: VIDEO,
      payload: flv.avcFrame({ key: true, bytes: 4000 }),
      timestamp: frame * 40,
    });
  }

  await world.pass(7);

  assert.deepEqual(ended(world.events), ['MPE_CAPACITY_LIMIT_REACHED']);
  assert(world.samples.length < 10);
  await world.pass(3);
  assert.equal(world.isGone(), true);
});

test('a peer that makes us talk and does not listen is cut off', async () => {
  const world = rig();
  world.client.handshake();
  world.client.command('connect', 1, connectObject(APP, 'rtmp://a/live'));
  await world.settle();

  world.client.socket.pause();
  for (let count = 0; count < 20_000 && !world.isGone(); count += 1) {
    world.client.command('createStream', count, null);
    if (count % 500 === 0) {
      await world.settle();
    }
  }
  await world.settle();

  assert.equal(world.isGone(), true);
});

test('no line of the log has the access token in it', async () => {
  const world = await publishing();
  world.client.data('onAdCue', TOKEN);
  world.client.message({ type: VIDEO, payload: Buffer.of(0x1c, 0, 0, 0, 0) });
  await world.settle();
  const refused = rig();
  refused.client.publish(`other/${TOKEN}`, 'a b');
  await refused.settle();

  const lines = [...world.lines, ...refused.lines];
  assert(lines.length >= 3);
  assert.deepEqual(
    lines.filter((line) => line.includes(TOKEN)),
    [],
  );
  assert(!JSON.stringify([...world.client.said(), ...refused.client.said()]).includes(TOKEN));
});
