import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveEvent } from '../../../src-main/shared/api/live-events.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { openFixture } from './control-fixture.ts';

const RTMP = { input: { streamingProtocol: 'RTMP' } };
const OUTPUT = { assetName: 'x', archiveWindowLength: 'PT1H' };

test('one long operation at a time of an event and all its outputs: every other is a 409 that names the first', async () => {
  await using server = await openFixture();
  await server.json('PUT', '/liveEvents/a?autoStart=true&wait=PT5S', RTMP);
  await server.json('PUT', '/liveEvents/b', RTMP);
  await server.json('PUT', '/liveEvents/a/liveOutputs/old?wait=PT5S', OUTPUT);
  server.services.hold();
  const { status } = await server.json('POST', '/liveEvents/a/stop', { removeOutputsOnStop: true });
  assert.equal(status, 202);

  for (const [method, path, body] of [
    ['POST', '/liveEvents/a/allocate'],
    ['POST', '/liveEvents/a/start'],
    ['POST', '/liveEvents/a/stop'],
    ['POST', '/liveEvents/a/reset'],
    ['DELETE', '/liveEvents/a'],
    ['PUT', '/liveEvents/a', RTMP],
    ['PUT', '/liveEvents/a/liveOutputs/new', OUTPUT],
    ['POST', "/v2/Channels('a')/Start"],
    ['POST', "/v2/Channels('a')/Stop"],
    ['POST', "/v2/Channels('a')/Reset"],
    ['DELETE', "/v2/Channels('a')"],
  ] as const) {
    const answer = await server.json(method, path, body);
    assert.deepEqual([answer.status, answer.body.code], [409, 'resource/busy'], `${method} ${path}`);
    assert.equal(answer.body.details?.['action'], 'liveEvents/stop');
  }
  assert.equal(
    (await server.json('POST', '/liveEvents/b/allocate')).status,
    202,
    'another event is another matter',
  );

  server.services.release();
  assert.equal((await server.json('POST', '/liveEvents/a/allocate?wait=PT5S')).status, 200);
});

test('an output that is being made keeps its event busy', async () => {
  await using server = await openFixture();
  await server.json('PUT', '/liveEvents/a?autoStart=true&wait=PT5S', RTMP);
  server.services.hold();
  assert.equal((await server.json('PUT', '/liveEvents/a/liveOutputs/o', OUTPUT)).status, 202);

  const refused = await server.json('POST', '/liveEvents/a/reset');

  assert.deepEqual([refused.body.code, refused.body.details?.['action']], ['resource/busy', 'liveOutputs/create']);
  server.services.release();
});

test('allocate leads to StandBy and from there to Running', async () => {
  await using server = await openFixture();
  await server.json('PUT', '/liveEvents/a', RTMP);

  const standBy = await server.json<LiveEvent>('POST', '/liveEvents/a/allocate?wait=PT5S');
  const again = await server.json('POST', '/liveEvents/a/allocate?wait=PT5S');
  const running = await server.json<LiveEvent>('POST', '/liveEvents/a/start?wait=PT5S');

  assert.deepEqual([standBy.body.resourceState, running.body.resourceState], ['StandBy', 'Running']);
  assert.deepEqual([again.status, again.body.code], [409, 'resource/wrong-state']);
});

test('slates and advertisements are passed on as they were asked for, and refused with wrong numbers', async () => {
  await using server = await openFixture();
  await server.json('PUT', '/liveEvents/a?autoStart=true&wait=PT5S', RTMP);

  assert.equal(
    (await server.json('POST', '/liveEvents/a/showSlate', { duration: 10, assetName: 's' })).status,
    204,
  );
  assert.equal((await server.json('POST', '/liveEvents/a/hideSlate')).status, 204);
  const advertisement = { duration: 30, cueId: 4_294_967_295, showSlate: true };
  assert.equal((await server.json('POST', '/liveEvents/a/startAdvertisement', advertisement)).status, 204);
  assert.equal(
    (await server.json('POST', '/liveEvents/a/endAdvertisement', { cueId: 4_294_967_295 })).status,
    204,
  );
  assert.deepEqual(server.services.eventCalls, [
    { name: 'a', call: 'showSlate', duration: 10, assetName: 's' },
    { name: 'a', call: 'hideSlate' },
    { name: 'a', call: 'startAdvertisement', ...advertisement },
    { name: 'a', call: 'endAdvertisement', cueId: 4_294_967_295 },
  ]);

  for (const body of [
    { duration: -1, cueId: 1 },
    { duration: 1, cueId: 0 },
    { duration: 1, cueId: 1.5 },
    { duration: 1 },
  ]) {
    assert.equal((await server.json('POST', '/liveEvents/a/startAdvertisement', body)).status, 400);
  }
});

test('the status, events and heartbeats are asked for by GET and, as AMS had it, by POST', async () => {
  await using server = await openFixture();
  await server.json('PUT', '/liveEvents/a', RTMP);

  for (const [get, post] of [
    ['status', 'getStatus'],
    ['streamEvents', 'getStreamEvents'],
    ['trackIngestHeartbeats', 'getTrackIngestHeartbeats'],
  ] as const) {
    const byGet = await server.json<object>('GET', `/liveEvents/a/${get}`);
    const byPost = await server.json<object>('POST', `/liveEvents/a/${post}`);
    assert.deepEqual([byGet.status, byPost.status], [200, 200]);
    assert.deepEqual(Object.keys(byGet.body), Object.keys(byPost.body));
    assert.equal((await server.json('GET', `/liveEvents/none/${get}`)).status, 404);
  }
});

test('a thumbnail is a JPEG', async () => {
  await using server = await openFixture();
  await server.json('PUT', '/liveEvents/a', RTMP);

  const answer = await server.call('GET', '/liveEvents/a/thumbnail');

  assert.equal(answer.headers.get('content-type'), 'image/jpeg');
  assert.deepEqual(new Uint8Array(await answer.arrayBuffer()).slice(0, 2), Uint8Array.of(0xff, 0xd8));
});

test('a slate is sent as it is, and what is too large is refused', async () => {
  await using server = await openFixture();
  server.services.addAsset('s');
  const put = (path: string, bytes: Uint8Array<ArrayBuffer>) =>
    fetch(`${server.url}/api/v1/assets/${path}/slate`, {
      method: 'PUT',
      body: bytes,
      headers: { Authorization: 'Bearer a-token-of-the-tests', 'Content-Type': 'image/jpeg' },
    });
  const picture = Uint8Array.of(0xff, 0xd8, 1, 2, 3);

  assert.equal((await put('s', picture)).status, 204);
  assert.deepEqual(new Uint8Array(server.services.slatePictures.get('s') ?? []), picture);
  assert.equal((await put('s', new Uint8Array(3 * 1024 * 1024 + 1))).status, 413);
  assert.equal((await put('none', picture)).status, 404);
});

test('a field that does not fit with others is named beside the problem, as one that is wrong in itself', async () => {
  await using server = await openFixture();
  Object.assign(server.services.liveEvents, {
    create: () =>
      Promise.reject(
        new AppError('request/invalid', 'encoding.presetName must be x.', {
          details: { field: 'encoding.presetName' },
        }),
      ),
  });

  const { status, body } = await server.json('PUT', '/liveEvents/a', RTMP);

  assert.equal(status, 400);
  assert.deepEqual(body.errors, [{ field: 'encoding.presetName', message: 'encoding.presetName must be x.' }]);
});

test('every list is read page by page', async () => {
  await using server = await openFixture();
  server.services.addAsset('x');
  for (const number of [1, 2, 3]) {
    await server.json('PUT', `/webhooks/w${number}`, { url: 'http://host/' });
    await server.json('POST', '/assets/x/exports', {});
    await server.json('PUT', `/liveEvents/e${number}`, RTMP);
    server.services.assets.addMarker('x', number, '');
  }

  for (const path of [
    '/webhooks',
    '/assets/x/exports',
    '/assets/x/markers',
    '/liveEvents',
    '/v2/Channels',
    '/auditLog',
  ]) {
    const seen: string[] = [];
    let next: string | undefined = `${path}?$top=2`;
    while (next !== undefined) {
      const { body }: { body: { value: object[]; nextLink?: string } } = await server.json('GET', next);
      seen.push(...body.value.map((item) => JSON.stringify(item)));
      next = body.nextLink?.replace(/^.*\/api\/v1/, '');
    }
    assert.ok(seen.length >= 3, path);
    assert.equal(new Set(seen).size, seen.length, path);
  }
});
