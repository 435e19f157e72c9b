import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { APP, anyRtmpPeer, RTMP_SEEDS } from '../../support/properties/rtmp-attacks.ts';
import { connectRtmp } from '../../support/rtmp-client.ts';
import { openRtmpWorld, residentMb, until } from '../../support/rtmp-ingest.ts';

const skip = process.platform === 'linux' ? false : 'looks into /proc';
const CEILING_MB = 220;

test('whatever a peer sends, the receiver lives, and stays small', { skip }, async () => {
  await using world = await openRtmpWorld();
  const [child] = world.children;

  await fc.assert(
    anyRtmpPeer(() => world.port()),
    { numRuns: 400, examples: RTMP_SEEDS.map((seed) => [seed]) },
  );

  assert.equal(world.ingest.restarts(), 0);
  const residentNow = residentMb(child?.pid ?? 0);
  assert(residentNow < CEILING_MB, `${residentNow} MiB`);
  using good = await connectRtmp(world.port());
  const streams = world.door.streams.length;
  good.publish(APP, 'good');
  await until(() => world.door.streams.length === streams + 1, 'a good stream');
  await until(() => world.ingest.connections() === 1, 'the others are over');
});
