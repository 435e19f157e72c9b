import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namedBy } from '../../support/memory-store.ts';
import { openS3Server, S3_KEY } from '../../support/s3-server.ts';
import { openS3rver } from '../../support/s3rver.ts';
import { hashesOf, openMirrorStage } from './rig.ts';

test('a broadcast is mirrored live through an outage, and afterwards plays from the storage as from the origin', async () => {
  await using server = await openS3Server();
  await using stage = await openMirrorStage();
  const target = { kind: 'S3', endpoint: server.url, bucket: 'shows', prefix: 'talks/one', ...S3_KEY };
  stage.broadcast.pushUntil(5);
  const { urls } = await stage.mirror(target);
  await stage.settled(({ state }) => state === 'live');
  const live = server.objects.get('talks/one/video-300000/index.m3u8')?.bytes.toString() ?? '';

  await server.stop();
  stage.broadcast.pushUntil(12);
  const away = await stage.settled(({ state, behindSeconds }) => state === 'retrying' && behindSeconds > 5);
  await server.start();
  stage.broadcast.pushUntil(16);
  await stage.settled(({ state, behindSeconds }) => state === 'live' && behindSeconds < 3);
  await stage.broadcast.end();
  const done = await stage.settled(({ state }) => state === 'complete');

  assert.match(live, /\.m4s/);
  assert.doesNotMatch(live, /ENDLIST/);
  assert.deepEqual([away.error?.code, done.error], ['upload/unreachable', undefined]);
  assert.equal(urls.hls, `${server.url}/shows/talks/one/index.m3u8`);
  const [fromOrigin, hls, dash] = [
    await stage.originHashes(),
    await hashesOf(['-i', urls.hls ?? '']),
    await hashesOf(['-i', urls.dash ?? '']),
  ];
  assert(fromOrigin[0]!.length >= 16 * 30 - 1 && fromOrigin[1]!.length > 700);
  assert.deepEqual(hls, fromOrigin);
  assert.deepEqual(dash, fromOrigin);
  assert.deepEqual(unreached(server.objects, 'talks/one/'), []);
});

/** Objects that no manifest leads to. */
function unreached(objects: ReadonlyMap<string, { readonly bytes: Buffer }>, prefix: string): readonly string[] {
  const named = new Set(
    [...objects].flatMap(([key, { bytes }]) =>
      namedBy({ name: key.slice(prefix.length), chunks: [bytes] }).map((name) => prefix + name),
    ),
  );
  const roots = [`${prefix}index.m3u8`, `${prefix}manifest.mpd`];
  return [...objects.keys()].filter((key) => !named.has(key) && !roots.includes(key));
}

test('s3rver takes a mirror and plays it', async () => {
  await using s3rver = await openS3rver();
  await using stage = await openMirrorStage();
  stage.broadcast.pushUntil(6);
  await stage.broadcast.end();

  const { urls } = await stage.mirror({
    kind: 'S3',
    endpoint: s3rver.url,
    bucket: 'shows',
    accessKeyId: 'S3RVER',
    secretAccessKey: 'S3RVER',
  });
  await stage.settled(({ state }) => state === 'complete');

  const fromOrigin = await stage.originHashes();
  assert.deepEqual(await hashesOf(['-i', urls.hls ?? '']), fromOrigin);
  assert.deepEqual(await hashesOf(['-i', urls.dash ?? '']), fromOrigin);
});
