import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openMirrorStage } from '../../integration/mirror/rig.ts';
import { openS3Server, S3_KEY, type S3Fault, type S3Server } from '../../support/s3-server.ts';

const target = ({ url }: S3Server, over: object = {}) => ({
  kind: 'S3',
  endpoint: url,
  bucket: 'shows',
  ...S3_KEY,
  ...over,
});
/** Nothing may move for a second of real time. */
const POLICY = { stalledMs: 10_000, mostMs: 2000 };

/** The first so many requests end like this, whichever they are. */
function failing(server: S3Server, count: number, fault: S3Fault): void {
  let left = count;
  server.fault = () => {
    left -= 1;
    return left >= 0 ? fault : undefined;
  };
}

for (const [what, fault, code] of [
  ['never answers', 'hang', 'upload/unreachable'],
  ['hangs up', 'hang-up', 'upload/unreachable'],
  ['has an error of its own', { status: 500, word: 'InternalError' }, 'upload/unreachable'],
  ['asks for less', { status: 503, word: 'SlowDown' }, 'upload/slow-down'],
  ['is asked too often', { status: 429, headers: { 'retry-after': '1' } }, 'upload/slow-down'],
] as const) {
  test(`storage that ${what} for a while has everything in the end`, async () => {
    await using server = await openS3Server();
    await using stage = await openMirrorStage({ policy: POLICY });
    failing(server, 8, fault);
    stage.broadcast.pushUntil(4);
    await stage.broadcast.end();

    await stage.mirror(target(server));
    await stage.settled(({ error }) => error?.code === code);
    const done = await stage.settled(({ state }) => state === 'complete');

    assert.equal(done.error, undefined);
    assert(done.failures >= 8, `${done.failures} failures`);
    const playlist = server.objects.get('video-300000/index.m3u8')?.bytes.toString() ?? '';
    const named = playlist.split('\n').filter((line) => line.endsWith('.m4s'));
    assert(named.length >= 2);
    assert(named.every((name) => server.objects.has(`video-300000/${name}`)));
  });
}

for (const [what, over, fault, code] of [
  ['a wrong secret', { secretAccessKey: 'wrong' }, undefined, 'upload/denied'],
  ['a key that is not known', { accessKeyId: 'somebody' }, undefined, 'upload/denied'],
  ['a wrong clock', {}, { status: 403, word: 'RequestTimeTooSkewed' }, 'upload/clock-skew'],
  ['no such bucket', {}, { status: 404, word: 'NoSuchBucket' }, 'upload/no-container'],
  ['another region', {}, { status: 400, word: 'AuthorizationHeaderMalformed' }, 'upload/refused'],
] as const) {
  test(`${what} stops the mirror with the reason, and starting it again goes on`, async () => {
    await using server = await openS3Server();
    await using stage = await openMirrorStage({ policy: POLICY });
    server.fault = () => fault;
    stage.broadcast.pushUntil(2);
    await stage.broadcast.end();

    await stage.mirror(target(server, over));
    const failed = await stage.settled(({ state }) => state === 'failed');
    const asked = server.most();
    server.fault = () => undefined;
    await stage.uploads.update('copy', { target: { ...aTarget(server) } });
    const done = await stage.settled(({ state }) => state === 'complete');

    assert.equal(failed.error?.code, code);
    assert.doesNotMatch(JSON.stringify(failed), /EXAMPLEKEY|"wrong"/);
    assert(asked <= 4);
    assert.equal(done.error, undefined);
  });
}

function aTarget({ url }: S3Server) {
  return { kind: 'S3', endpoint: url, region: 'us-east-1', bucket: 'shows', prefix: '', ...S3_KEY } as const;
}

test('nobody at the address is told, and does not keep the service from closing', async () => {
  await using server = await openS3Server();
  const gone = target(server);
  await server.stop();
  await using stage = await openMirrorStage({ policy: POLICY });
  stage.broadcast.pushUntil(2);
  await stage.broadcast.end();

  await stage.mirror(gone);
  const seen = await stage.settled(({ state }) => state === 'retrying');

  assert.equal(seen.error?.code, 'upload/unreachable');
  assert.match(seen.error.detail, /ECONNREFUSED/);
});

test('slow storage holds up nothing else, and never has more than four requests', async () => {
  await using server = await openS3Server();
  server.slowMs = 150;
  await using stage = await openMirrorStage();
  stage.broadcast.pushUntil(8);
  await stage.broadcast.end();

  await stage.mirror(target(server));
  await stage.settled(({ state }) => state === 'complete');

  assert(server.most() <= 4 + 4, `${server.most()} at once`);
});

test('a stopped mirror sends nothing, and a deleted one leaves what it sent and forgets its key', async () => {
  await using server = await openS3Server();
  await using stage = await openMirrorStage();
  stage.broadcast.pushUntil(3);
  await stage.mirror(target(server));
  await stage.settled(({ state }) => state === 'live');

  const stopped = await stage.uploads.stop('copy');
  const sent = server.log.length;
  stage.broadcast.pushUntil(4);
  await stage.broadcast.end();
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.deepEqual([stopped.state, server.log.length], ['off', sent]);
  await stage.uploads.delete('copy');

  assert(server.objects.size > 0);
  assert.equal(await stage.secrets.get('upload/copy'), undefined);
  assert.deepEqual(stage.uploads.list(), []);
});
