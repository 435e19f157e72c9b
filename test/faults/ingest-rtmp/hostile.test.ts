import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { encodeAmf0 } from '../../../src-main/media/flv/amf0.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { connectObject, connectRtmp, flv, type RtmpClient } from '../../support/rtmp-client.ts';
import { TOKEN } from '../../support/rtmp-door.ts';
import { openRtmpWorld, type RtmpWorld, residentMb, until } from '../../support/rtmp-ingest.ts';
import { mkdtempDisposable } from '../../support/temporary-folder.ts';

const linux = process.platform === 'linux' ? false : 'looks into /proc';
const APP = `live/${TOKEN}`;
/** A Node process of its own has 60 to 90 MiB. */
const CEILING_MB = 220;

function pidOf(world: RtmpWorld): number {
  return world.children.at(-1)?.pid ?? assert.fail();
}

/** The receiver is the one it was, and takes a stream in. */
async function assertUnharmed(world: RtmpWorld): Promise<void> {
  using client = await connectRtmp(world.port());
  const streams = world.door.streams.length;
  client.publish(APP, 'good');
  client.message({ type: 8, payload: flv.aacConfig() });
  client.message({ type: 8, payload: flv.aacFrame() });
  await until(() => world.door.streams[streams]?.tracks[0]?.samples.length === 1, 'a good stream');
  assert.equal(world.ingest.restarts(), 0);
}

async function connected(world: RtmpWorld): Promise<RtmpClient> {
  const client = await connectRtmp(world.port());
  client.handshake();
  client.command('connect', 1, connectObject(APP, `rtmp://127.0.0.1/${APP}`));
  return client;
}

test('malformed messages cost whoever sends them the connection, and nobody else anything', async () => {
  await using world = await openRtmpWorld();
  const nested = Buffer.concat(Array.from({ length: 15_000 }, () => Buffer.of(3, 0, 1, 0x61)));
  const attacks: readonly ((client: RtmpClient) => void)[] = [
    (client) => client.command('connect', 2, connectObject(APP, 'not an address')),
    (client) => client.command('publish', 2, null),
    (client) => client.message({ type: 20, payload: Buffer.concat([encodeAmf0(['connect', 1]), nested]) }),
    (client) =>
      client.message({
        type: 20,
        payload: Buffer.concat([encodeAmf0(['connect', 1]), Buffer.of(10, 255, 255, 255, 255)]),
      }),
    (client) => client.message({ type: 9, payload: Buffer.alloc(1_000_000) }),
    (client) => client.raw(Buffer.of(0x04, 0, 0, 0, 0xff, 0xff, 0xff, 9, 1, 0, 0, 0, 0)),
    (client) => {
      for (let stream = 0; stream < 200; stream += 1) {
        client.raw(Buffer.of(0x00, stream, 0, 0, 0, 0, 0, 1, 9, 1, 0, 0, 0, 0));
      }
    },
    (client) => client.message({ type: 1, payload: Buffer.of(0, 0, 0, 0) }),
    (client) => client.message({ type: 1, payload: Buffer.of(0) }),
    (client) => client.command('play', 2, null, 'good'),
  ];

  for (const attack of attacks) {
    using client = await connected(world);
    attack(client);
    await client.closed;
  }

  assert.deepEqual(world.door.streams, []);
  await assertUnharmed(world);
});

test('who plays, or was refused, brings nothing into a stream that is live', async () => {
  await using world = await openRtmpWorld();
  using live = await connectRtmp(world.port());
  live.publish(APP, 'live');
  await until(() => world.ingest.connections() === 1, 'it is live');

  using player = await connected(world);
  player.command('play', 3, null, 'live');
  using stranger = await connectRtmp(world.port());
  stranger.publish('live/wrong', 'live');
  for (const client of [player, stranger]) {
    await client.closed;
    client.message({ type: 8, payload: flv.aacConfig() });
    client.message({ type: 8, payload: flv.aacFrame() });
    client.command('publish', 4, null, 'live', 'live');
  }
  await assertUnharmed(world);

  assert.deepEqual(
    world.door.streams.map(({ tracks }) => tracks.length),
    [0, 1],
  );
  assert.equal(stranger.said().at(-1)?.code, 'NetStream.Publish.Unauthorized');
});

test('messages that are begun and never ended cost bounded memory', { skip: linux }, async () => {
  await using world = await openRtmpWorld();
  await assertUnharmed(world);
  const clients: RtmpClient[] = [];
  try {
    for (let count = 0; count < 20; count += 1) {
      const client = await connectRtmp(world.port());
      clients.push(client);
      client.publish(APP, `n${count}`);
      // Announced: 8 MiB, sent: a little, and 60 times over on other chunk streams; the second one is refused already.
      for (let stream = 4; stream < 64; stream += 1) {
        client.raw(
          Buffer.concat([Buffer.of(stream, 0, 0, 0, 0x7f, 0xff, 0xff, 9, 1, 0, 0, 0), Buffer.alloc(65_536)]),
        );
      }
    }
    await Promise.all(clients.map(({ closed }) => closed));

    assert(residentMb(pidOf(world)) < CEILING_MB, `${residentMb(pidOf(world))} MiB`);
  } finally {
    clients.forEach((client) => client[Symbol.dispose]());
  }
  await assertUnharmed(world);
});

test('a flood without key frames is ended, and costs bounded memory', { skip: linux }, async () => {
  await using world = await openRtmpWorld();
  using client = await connectRtmp(world.port());
  client.publish(APP, 'flood');
  client.message({ type: 9, payload: flv.avcConfig() });
  for (let frame = 0; frame < 40 && !client.isClosed(); frame += 1) {
    client.message({ type: 9, payload: flv.avcFrame({ key: false, bytes: 1024 * 1024 }) });
    await new Promise((resolve) => setImmediate(resolve));
  }
  await client.closed;

  await until(() => world.door.streams[0]?.end !== undefined, 'it is ended');
  const end = world.door.streams[0]?.end;
  assert(end instanceof AppError && end.code === 'MPE_INGEST_RTMP_TOO_LARGE_UNPROCESSED_FLV');
  assert.match(client.said().at(-1)?.description ?? '', /^MPE_INGEST_RTMP_TOO_LARGE_UNPROCESSED_FLV: /);
  assert(residentMb(pidOf(world)) < CEILING_MB);
  await assertUnharmed(world);
});

test('an encoder that falls silent, and one that never gets to publishing, are shown out', async () => {
  await using world = await openRtmpWorld({ idleMs: 1000, limits: { publishWithinMs: 1000, farewellMs: 200 } });
  using silent = await connectRtmp(world.port());
  silent.publish(APP, 'silent');
  using slow = await connectRtmp(world.port());
  slow.raw(Buffer.of(3));

  await Promise.all([silent.closed, slow.closed]);

  const end = world.door.streams[0]?.end;
  assert(end instanceof AppError && end.code === 'MPE_RTMP_SESSION_IDLE_TIMEOUT');
});

test('strangers in numbers keep nobody out who publishes, and are turned away beyond their limit', async () => {
  await using world = await openRtmpWorld({ limits: { connections: 8, strangers: 3, publishWithinMs: 1500 } });
  using live = await connectRtmp(world.port());
  live.publish(APP, 'live');
  await until(() => world.ingest.connections() === 1, 'it is live');

  const strangers = await Promise.all(Array.from({ length: 12 }, () => connectRtmp(world.port())));
  await until(() => strangers.filter((client) => client.isClosed()).length === 9, 'three are left');
  await until(() => strangers.every((client) => client.isClosed()), 'they are late');

  assert.equal(live.isClosed(), false);
  await assertUnharmed(world);
  strangers.forEach((client) => client[Symbol.dispose]());
});

test('encoders beyond the limit are turned away', async () => {
  await using world = await openRtmpWorld({ limits: { connections: 2 } });
  using first = await connectRtmp(world.port());
  using second = await connectRtmp(world.port());
  first.publish(APP, 'first');
  second.publish(APP, 'second');
  await until(() => world.ingest.connections() === 2, 'both publish');

  using third = await connectRtmp(world.port());
  await third.closed;

  assert.deepEqual([first.isClosed(), second.isClosed()], [false, false]);
});

test('while the service is stuck encoders are held up, and in the end disconnected, in bounded memory', {
  skip: linux || missingPrograms('ffmpeg'),
}, async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'lectern-rtmp-'));
  const source = join(folder.path, 'source.flv');
  const make = spawn('ffmpeg', [
    ...['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=1280x720:rate=30', '-t', '3'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '30', '-b:v', '20M', source],
  ]);
  await once(make, 'exit');
  await using world = await openRtmpWorld({ limits: { heldUpMs: 2000 } });
  // As fast as it can, without end.
  const encoder = spawn(
    'ffmpeg',
    [
      ...['-v', 'quiet', '-stream_loop', '-1', '-i', source, '-c', 'copy', '-f', 'flv'],
      `rtmp://127.0.0.1:${world.port()}/live/${TOKEN}/fast`,
    ],
    { stdio: 'ignore' },
  );
  try {
    await until(() => (world.door.streams[0]?.tracks[0]?.samples.length ?? 0) > 0, 'it begins');

    // This process does nothing at all, as a service that hangs.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5000);

    await until(() => world.door.streams[0]?.end !== undefined, 'it is disconnected');
    const end = world.door.streams[0]?.end;
    assert(end instanceof AppError && end.code === 'MPE_CAPACITY_LIMIT_REACHED');
    assert(residentMb(pidOf(world)) < CEILING_MB, `${residentMb(pidOf(world))} MiB`);
    await assertUnharmed(world);
  } finally {
    encoder.kill('SIGKILL');
  }
});
