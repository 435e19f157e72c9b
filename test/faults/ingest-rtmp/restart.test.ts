import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { connectRtmp, flv, type RtmpClient } from '../../support/rtmp-client.ts';
import { TOKEN } from '../../support/rtmp-door.ts';
import { openRtmpWorld, type RtmpWorld, until } from '../../support/rtmp-ingest.ts';

const skip = process.platform === 'win32' ? 'needs POSIX signals' : false;

/** An encoder that publishes, and has had a sample through. */
async function publish(world: RtmpWorld, name: string): Promise<RtmpClient> {
  const client = await connectRtmp(world.port());
  client.publish(`live/${TOKEN}`, name);
  client.message({ type: 8, payload: flv.aacConfig() });
  client.message({ type: 8, payload: flv.aacFrame() });
  await until(() => {
    const stream = world.door.streams.find(({ request }) => request.streamName === name);
    return stream?.tracks[0]?.samples.length === 1;
  }, `${name} comes through`);
  return client;
}

/** As encoders do: again and again until it works. */
async function publishAgain(world: RtmpWorld, name: string): Promise<RtmpClient> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await publish(world, name);
    } catch (error) {
      if (attempt > 100) {
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

test('a receiver that is killed comes back on the same ports, and encoders with it', { skip }, async () => {
  await using world = await openRtmpWorld();
  const ports = world.ingest.ports();
  using before = await publish(world, 'before');

  process.kill(world.children[0]?.pid ?? 0, 'SIGKILL');
  await before.closed;
  await until(() => world.ingest.restarts() === 1, 'it is started again');
  using after = await publishAgain(world, 'after');

  const end = world.door.streams[0]?.end;
  assert(end instanceof AppError && end.code === 'process/exited');
  assert.deepEqual(world.ingest.ports(), ports);
  assert.equal(world.ingest.connections(), 1);
  assert.equal(after.isClosed(), false);
});

test('a receiver that hangs is killed and comes back', { skip }, async () => {
  await using world = await openRtmpWorld();
  using before = await publish(world, 'before');

  process.kill(world.children[0]?.pid ?? 0, 'SIGSTOP');
  await before.closed;
  using _after = await publishAgain(world, 'after');

  assert.equal(world.ingest.restarts(), 1);
});

test('a port that is taken while the receiver is away is listened to again when it is free', {
  skip,
}, async () => {
  await using world = await openRtmpWorld();
  const squatter = createServer();

  process.kill(world.children[0]?.pid ?? 0, 'SIGKILL');
  await world.children[0]?.exited;
  // The next process takes longer to start than this.
  squatter.listen(world.port(), '127.0.0.1');
  await once(squatter, 'listening');
  await until(() => world.children.length === 2, 'it is started again');
  await new Promise((resolve) => setTimeout(resolve, 1500));
  squatter.close();
  await once(squatter, 'close');

  using _after = await publishAgain(world, 'after');
  assert.equal(world.ingest.restarts(), 1);
});
