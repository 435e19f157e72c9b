import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { z } from 'zod';
import { type ExportJob, exportJob, marker } from '../../../src-main/shared/api/assets.ts';
import { type Operation, operation as operationSchema, problem } from '../../../src-main/shared/api/common.ts';
import type { LiveEvent, LiveOutput } from '../../../src-main/shared/api/live-events.ts';
import type { Route } from '../../../src-main/shared/api/route.ts';
import { ROUTES } from '../../../src-main/shared/api/routes.ts';
import type { Thumbnails } from '../../../src-main/shared/api/thumbnails.ts';
import { openFixture, TOKEN } from './control-fixture.ts';

const named = z.object({ value: z.array(z.object({ name: z.string() })), nextLink: z.string().optional() });
type Named = z.infer<typeof named>;

const studioEvent = { input: { streamingProtocol: 'Studio' } };

test('a wrong body changes nothing and is answered with a problem document that names every field', async () => {
  await using server = await openFixture();

  const response = await server.call('PUT', '/liveEvents/a', {
    body: { input: { streamingProtocol: 'X' }, colour: 1 },
  });
  const body = problem.parse(await response.json());

  assert.equal(response.status, 400);
  assert.equal(response.headers.get('content-type'), 'application/problem+json');
  assert.equal(body.code, 'request/unknown-field');
  assert.deepEqual(
    body.errors?.map(({ field }) => field),
    ['input.streamingProtocol', 'colour'],
  );
  assert.deepEqual((await server.json('GET', '/liveEvents')).body, { value: [] });
});

test('a body that is not JSON, not UTF-8, compressed, too deep or a trap is refused', async () => {
  await using server = await openFixture();
  const codeOf = async (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) => {
    const response = await fetch(`${server.url}/api/v1/studio`, {
      method: 'PATCH',
      body,
      headers: { Authorization: 'Bearer a-token-of-the-tests', ...headers },
    });
    return [response.status, problem.parse(await response.json()).code];
  };

  assert.deepEqual(await codeOf('{"title":'), [400, 'request/not-json']);
  assert.deepEqual(await codeOf(Uint8Array.of(0x22, 0xff, 0x22)), [400, 'request/not-json']);
  assert.deepEqual(await codeOf('{}', { 'Content-Encoding': 'gzip' }), [400, 'request/not-json']);
  assert.deepEqual(await codeOf('{"a":'.repeat(60) + '1' + '}'.repeat(60)), [400, 'request/not-json']);
  assert.deepEqual(await codeOf('['.repeat(500_000)), [400, 'request/not-json']);
  assert.deepEqual(await codeOf('['.repeat(400_000) + ']'.repeat(400_000)), [400, 'request/not-json']);
  assert.deepEqual(await codeOf('{"title":"x","__proto__":{"record":true}}'), [400, 'request/not-json']);
  assert.deepEqual(await codeOf(''), [400, 'request/invalid']);
});

test('unknown and repeated query parameters are named', async () => {
  await using server = await openFixture();

  const unknown = await server.json('GET', '/assets?sort=name&$top=1');
  const twice = await server.json('GET', '/assets?$top=1&$top=2');
  const none = await server.json('GET', '/studio?verbose');

  assert.deepEqual(
    [unknown.status, unknown.body.code, unknown.body.errors],
    [400, 'request/unknown-field', [{ field: 'sort', message: 'does not exist' }]],
  );
  assert.deepEqual([twice.status, twice.body.errors[0]?.field], [400, '$top']);
  assert.deepEqual([none.status, none.body.errors[0]?.field], [400, 'verbose']);
});

test('a body where none belongs is refused, an empty object is none', async () => {
  await using server = await openFixture();

  assert.equal((await server.json('POST', '/studio/rehearse', { now: true })).status, 400);
  assert.equal((await server.json('POST', '/studio/rehearse', {})).status, 200);
  assert.equal((await server.json('DELETE', '/assets/none', { force: true })).body.errors[0]?.field, 'force');
});

test('what is not there is a 404, and a wrong method a 405 with those there are', async () => {
  await using server = await openFixture();

  const missing = await server.json('GET', '/assets/none');
  const noRoute = await server.json('GET', '/nothing');
  const wrongMethod = await server.call('POST', '/assets/x');

  assert.deepEqual([missing.status, missing.body.code], [404, 'resource/not-found']);
  assert.deepEqual([noRoute.status, noRoute.body.code], [404, 'resource/not-found']);
  assert.equal(wrongMethod.status, 405);
  assert.equal(wrongMethod.headers.get('allow'), 'PUT, GET, HEAD, PATCH, DELETE');
});

test('HEAD answers as GET does, without the body', async () => {
  await using server = await openFixture();

  const get = await server.call('GET', '/settings');
  const head = await server.call('HEAD', '/settings');

  assert.equal(head.status, 200);
  assert.equal(head.headers.get('content-length'), String((await get.arrayBuffer()).byteLength));
  assert.equal(await head.text(), '');
});

test('a live event is created with 201, read, changed, listed and deleted', async () => {
  await using server = await openFixture();

  const created = await server.json<LiveEvent>('PUT', '/liveEvents/talk-1', studioEvent);
  const again = await server.json('PUT', '/liveEvents/talk-1', studioEvent);
  const patched = await server.json<LiveEvent>('PATCH', '/liveEvents/talk-1', { description: 'Hall 2' });
  const listed = await server.json<Named>('GET', "/liveEvents?$filter=input/streamingProtocol eq 'Studio'");
  const deleted = await server.call('DELETE', '/liveEvents/talk-1?wait=PT10S');

  assert.deepEqual([created.status, created.body.resourceState], [201, 'Stopped']);
  assert.deepEqual([again.status, again.body.code], [409, 'resource/exists']);
  assert.equal(patched.body.description, 'Hall 2');
  assert.deepEqual(
    listed.body.value.map(({ name }) => name),
    ['talk-1'],
  );
  assert.equal(deleted.status, 204);
  assert.equal((await server.json('GET', '/liveEvents/talk-1')).status, 404);
});

test('a long operation is answered with 202 and a place to ask; the place tells the end', async () => {
  await using server = await openFixture();
  await server.json('PUT', '/liveEvents/a', studioEvent);
  server.services.hold();

  const response = await server.call('POST', '/liveEvents/a/start');
  const begun = operationSchema.parse(await response.json());
  const location = response.headers.get('location') ?? '';
  assert.equal(response.status, 202);
  assert.equal(location, `/api/v1/operations/${begun.id}`);
  assert.equal(response.headers.get('azure-asyncoperation'), `${server.url}${location}`);
  assert.equal(begun.status, 'InProgress');
  server.services.release();
  const ended = await server.json<Operation>('GET', `/operations/${begun.id}?wait=PT10S`);

  assert.deepEqual([ended.body.status, ended.body.result], ['Succeeded', '/api/v1/liveEvents/a']);
});

test('with wait the answer is held until the state is reached', async () => {
  await using server = await openFixture();

  const created = await server.json<LiveEvent>('PUT', '/liveEvents/a?autoStart=true&wait=PT10S', studioEvent);
  const output = await server.json<LiveOutput>('PUT', '/liveEvents/a/liveOutputs/o?wait=PT10S', {
    assetName: 'asset',
    archiveWindowLength: 'PT1H',
  });
  const stopped = await server.json<LiveEvent>('POST', '/liveEvents/a/stop?wait=PT10S', {
    removeOutputsOnStop: true,
  });

  assert.deepEqual([created.status, created.body.resourceState], [201, 'Running']);
  assert.deepEqual([output.status, output.body.assetName], [201, 'asset']);
  assert.deepEqual([stopped.status, stopped.body.resourceState], [200, 'Stopped']);
});

test('with a wait that was too short the answer is the operation', async () => {
  await using server = await openFixture();
  await server.json('PUT', '/liveEvents/a', studioEvent);
  server.services.hold();

  const started = await server.json<Operation>('POST', '/liveEvents/a/start?wait=PT0.2S');
  server.services.release();

  assert.deepEqual([started.status, started.body.status], [202, 'InProgress']);
});

test('an operation that is refused at once is answered with the refusal', async () => {
  await using server = await openFixture();
  await server.json('PUT', '/liveEvents/a?autoStart=true&wait=PT10S', studioEvent);
  await server.json('PUT', '/liveEvents/a/liveOutputs/o?wait=PT10S', {
    assetName: 'asset',
    archiveWindowLength: 'PT1H',
  });

  const stop = await server.json('POST', '/liveEvents/a/stop');
  const start = await server.json('POST', '/liveEvents/a/start');
  const missing = await server.json('POST', '/liveEvents/none/start');

  assert.deepEqual([stop.status, stop.body.code], [409, 'resource/in-use']);
  assert.deepEqual([start.status, start.body.code], [409, 'resource/wrong-state']);
  assert.deepEqual([missing.status, missing.body.code], [404, 'resource/not-found']);
});

test('only one long operation runs per live event, its outputs included', async () => {
  await using server = await openFixture();
  await server.json('PUT', '/liveEvents/a', studioEvent);
  await server.json('PUT', '/liveEvents/b', studioEvent);
  server.services.hold();
  await server.json('POST', '/liveEvents/a/start');

  const second = await server.json('POST', '/liveEvents/a/start');
  const output = await server.json('PUT', '/liveEvents/a/liveOutputs/o', {
    assetName: 'asset',
    archiveWindowLength: 'PT1H',
  });
  const other = await server.json('POST', '/liveEvents/b/start');
  server.services.release();

  assert.deepEqual([second.status, second.body.code], [409, 'resource/busy']);
  assert.deepEqual([output.status, output.body.code], [409, 'resource/busy']);
  assert.equal(other.status, 202);
});

test('lists take filter, order and top, and lead to the next page', async () => {
  await using server = await openFixture();
  for (const [index, name] of ['a', 'b', 'c', 'd'].entries()) {
    server.services.addAsset(name, { duration: index * 100, created: `2030-01-0${index + 1}T00:00:00Z` });
  }
  const names = ({ value }: Named): string => value.map(({ name }) => name).join('');

  const newest = await server.json<Named>('GET', '/assets');
  const page = await server.json<Named>('GET', '/assets?$filter=duration ge 100&$orderby=duration&$top=2');
  const next = await fetch(page.body.nextLink ?? '', {
    headers: { Authorization: 'Bearer a-token-of-the-tests' },
  });
  const wrong = await server.json('GET', '/assets?$filter=durration ge 100');

  assert.equal(names(newest.body), 'dcba');
  assert.equal(names(page.body), 'bc');
  assert.equal(names(named.parse(await next.json())), 'd');
  assert.deepEqual(
    [wrong.status, wrong.body.errors],
    [
      400,
      [
        {
          field: '$filter',
          message: 'cannot be read at character 1: there is no property “durration” to compare',
        },
      ],
    ],
  );
});

test('an export is accepted with 202 and the place to look', async () => {
  await using server = await openFixture();
  server.services.addAsset('My talk');

  const response = await server.call('POST', '/assets/My%20talk/exports', { body: { end: '1:30' } });
  const job = exportJob.parse(await response.json());

  assert.equal(response.status, 202);
  assert.equal(response.headers.get('location'), `/api/v1/assets/My%20talk/exports/${job.id}`);
  assert.equal((await server.json<ExportJob>('GET', `/assets/My%20talk/exports/${job.id}`)).body.id, job.id);
});

test('a failure nobody expected is a 500 without its insides, logged once', async () => {
  const logged: unknown[] = [];
  const logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: (fields: unknown) => void logged.push(fields),
    child: () => logger,
  };
  await using server = await openFixture({ logger });
  Object.assign(server.services.studio, {
    state: () => {
      throw new Error('a private path');
    },
  });

  const { status, body } = await server.json('GET', '/studio');

  assert.deepEqual([status, body.code], [500, 'service/internal']);
  assert(!JSON.stringify(body).includes('private'));
  assert.equal(logged.length, 1);
});

test('metrics are text for Prometheus', async () => {
  await using server = await openFixture();

  const response = await server.call('GET', '/metrics');

  assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  assert.match(await response.text(), /^lectern_viewers\{endpoint="default"\} 0$/m);
});

test('a poster may be kept for a while and is not sent twice', async () => {
  await using server = await openFixture();
  server.services.addAsset('a');

  const first = await server.call('GET', '/assets/a/poster');
  const entityTag = first.headers.get('etag') ?? '';
  const second = await server.call('GET', '/assets/a/poster', { headers: { 'If-None-Match': entityTag } });

  assert.equal(first.headers.get('content-type'), 'image/jpeg');
  assert.match(first.headers.get('cache-control') ?? '', /^private, max-age=\d+$/);
  assert.equal(second.status, 304);
});

test('pictures of a recording are had with the token, by the addresses that are given; what will not change may be kept', async () => {
  await using server = await openFixture();
  server.services.addAsset('a talk');

  const { status, body } = await server.json<Thumbnails>('GET', '/assets/a%20talk/thumbnails');
  const [sheet] = body.sheets;
  assert.deepEqual([status, sheet?.url], [200, '/api/v1/assets/a%20talk/thumbnails/0-2-1']);
  const headers = { Authorization: `Bearer ${TOKEN}` };
  const picture = await fetch(new URL(sheet?.url ?? '', server.url), { headers });
  assert.equal((await fetch(new URL(sheet?.url ?? '', server.url))).status, 401);
  const single = await server.call('GET', '/assets/a%20talk/thumbnail?time=83.5');
  const any = await server.call('GET', '/assets/a%20talk/thumbnail');

  assert.equal(await picture.text(), 'a talk 0-2-1');
  assert.deepEqual(
    [picture, single, any].map((answer) => [
      answer.headers.get('content-type'),
      answer.headers.get('cache-control'),
    ]),
    [
      ['image/jpeg', 'private, max-age=3600'],
      ['image/jpeg', 'private, max-age=3600'],
      ['image/jpeg', 'private, max-age=0'],
    ],
  );
  assert.deepEqual([await single.text(), await any.text()], ['a talk 83.5', 'a talk any']);
  const refused = await server.json('GET', '/assets/a%20talk/thumbnail?time=-1');
  assert.deepEqual([refused.status, refused.body.errors[0]?.field], [400, 'time']);
  assert.equal((await server.call('GET', '/assets/none/thumbnails')).status, 404);
});

test('the picture of an asset that is a slate is the slate, which may be replaced at any time', async () => {
  await using server = await openFixture();
  server.services.addAsset('pause');
  const slate = Uint8Array.of(0xff, 0xd8, 1, 2, 3, 0xff, 0xd9);
  await server.services.slates.put('pause', slate);

  const answer = await server.call('GET', '/assets/pause/poster');

  assert.equal(answer.headers.get('cache-control'), 'private, max-age=0');
  assert.deepEqual(await answer.bytes(), slate);
});

/** One good request of every route that answers with JSON, in an order that makes each of them possible. */
const ONE_OF_EACH: readonly (readonly [name: keyof typeof ROUTES, path: string, body?: unknown])[] = [
  ['putLiveEvent', '/liveEvents/a?wait=PT5S', studioEvent],
  ['listLiveEvents', '/liveEvents'],
  ['getLiveEvent', '/liveEvents/a'],
  ['patchLiveEvent', '/liveEvents/a', { tags: { room: '1' } }],
  ['allocateLiveEvent', '/liveEvents/a/allocate?wait=PT5S'],
  ['startLiveEvent', '/liveEvents/a/start?wait=PT5S'],
  ['getLiveEventStatus', '/liveEvents/a/status'],
  ['issuePreviewToken', '/liveEvents/a/issuePreviewToken'],
  ['getStreamEvents', '/liveEvents/a/streamEvents'],
  ['getTrackIngestHeartbeats', '/liveEvents/a/trackIngestHeartbeats'],
  ['postGetStatus', '/liveEvents/a/getStatus'],
  ['postGetStreamEvents', '/liveEvents/a/getStreamEvents'],
  ['postGetTrackIngestHeartbeats', '/liveEvents/a/getTrackIngestHeartbeats'],
  ['showSlate', '/liveEvents/a/showSlate', { duration: 10 }],
  ['hideSlate', '/liveEvents/a/hideSlate'],
  ['startAdvertisement', '/liveEvents/a/startAdvertisement', { duration: 30, cueId: 1 }],
  ['endAdvertisement', '/liveEvents/a/endAdvertisement', { cueId: 1 }],
  ['putLiveOutput', '/liveEvents/a/liveOutputs/o?wait=PT5S', { assetName: 'x', archiveWindowLength: 'PT1H' }],
  ['listLiveOutputs', '/liveEvents/a/liveOutputs'],
  ['getLiveOutput', '/liveEvents/a/liveOutputs/o'],
  ['deleteLiveOutput', '/liveEvents/a/liveOutputs/o?wait=PT5S'],
  ['resetLiveEvent', '/liveEvents/a/reset?wait=PT5S'],
  ['stopLiveEvent', '/liveEvents/a/stop?wait=PT5S', {}],
  ['deleteLiveEvent', '/liveEvents/a?wait=PT5S'],
  ['putAsset', '/assets/x', { title: 'X' }],
  ['listAssets', '/assets'],
  ['getAsset', '/assets/x'],
  ['patchAsset', '/assets/x', { tags: ['a'] }],
  ['listTracks', '/assets/x/tracks'],
  ['getTrack', '/assets/x/tracks/words'],
  ['patchTrack', '/assets/x/tracks/words', { displayName: 'Words' }],
  ['deleteTrack', '/assets/x/tracks/words'],
  ['putAssetFilter', '/assets/x/assetFilters/f', { firstQuality: { bitrate: 1 } }],
  ['listAssetFilters', '/assets/x/assetFilters'],
  ['getAssetFilter', '/assets/x/assetFilters/f'],
  ['deleteAssetFilter', '/assets/x/assetFilters/f'],
  ['putAccountFilter', '/accountFilters/f', { presentationTimeRange: { startTimestamp: 5 } }],
  ['listAccountFilters', '/accountFilters'],
  ['getAccountFilter', '/accountFilters/f'],
  ['deleteAccountFilter', '/accountFilters/f'],
  ['addMarker', '/assets/x/markers', { time: 3, label: 'Question' }],
  ['patchMarker', '/assets/x/markers/ID', { label: 'Answer' }],
  ['listMarkers', '/assets/x/markers'],
  ['getThumbnails', '/assets/x/thumbnails'],
  ['getCertificate', '/assets/x/certificate'],
  ['createCertificate', '/assets/x/certificate'],
  ['deleteMarker', '/assets/x/markers/ID'],
  ['createClip', '/assets/x/clips', { start: 1, end: 5 }],
  ['planExport', '/assets/x/exports/plan', { start: 1, end: 5 }],
  ['listKeyFrames', '/assets/x/keyFrames?time=12.5&count=2&quality=2500'],
  ['createExport', '/assets/x/exports', {}],
  ['listExports', '/assets/x/exports'],
  ['getExport', '/assets/x/exports/ID'],
  ['cancelExport', '/assets/x/exports/ID'],
  ['putLocator', '/streamingLocators/l', { assetName: 'x', streamingPolicyName: 'Predefined_ClearStreamingOnly' }],
  ['listLocators', '/streamingLocators'],
  ['getLocator', '/streamingLocators/l'],
  ['listPaths', '/streamingLocators/l/listPaths'],
  ['listContentKeys', '/streamingLocators/l/listContentKeys'],
  ['issuePlayToken', '/streamingLocators/l/issuePlayToken'],
  ['deleteLocator', '/streamingLocators/l'],
  ['listPolicies', '/streamingPolicies'],
  ['getPolicy', '/streamingPolicies/Predefined_DownloadOnly'],
  ['putPolicy', '/streamingPolicies/Mine', { noEncryption: { enabledProtocols: { hls: true } } }],
  ['deletePolicy', '/streamingPolicies/Mine'],
  [
    'putContentKeyPolicy',
    '/contentKeyPolicies/k',
    { options: [{ configuration: { kind: 'ClearKey' }, restriction: { kind: 'Open' } }] },
  ],
  ['listContentKeyPolicies', '/contentKeyPolicies'],
  ['getContentKeyPolicy', '/contentKeyPolicies/k'],
  ['patchContentKeyPolicy', '/contentKeyPolicies/k', { description: 'members' }],
  ['deleteContentKeyPolicy', '/contentKeyPolicies/k'],
  ['listEndpoints', '/streamingEndpoints'],
  ['getEndpoint', '/streamingEndpoints/default'],
  ['putEndpoint', '/streamingEndpoints/e', { tls: { certificate: 'c', privateKey: 'planted-key' } }],
  [
    'patchEndpoint',
    '/streamingEndpoints/e',
    { maxCacheAge: 600, tls: { certificate: 'c', privateKey: 'planted-key' } },
  ],
  ['deleteEndpoint', '/streamingEndpoints/e'],
  ['getEndpointMetrics', '/streamingEndpoints/default/metrics'],
  ['listViewers', '/streamingEndpoints/default/viewers'],
  ['stopEndpoint', '/streamingEndpoints/default/stop?wait=PT5S'],
  ['startEndpoint', '/streamingEndpoints/default/start?wait=PT5S'],
  ['putDestination', '/destinations/d', { url: 'rtmp://host/live', streamKey: 'planted-key' }],
  ['listDestinations', '/destinations'],
  ['getDestination', '/destinations/d'],
  ['patchDestination', '/destinations/d', { streamKey: 'planted-key', enabled: false }],
  ['startDestination', '/destinations/d/start'],
  ['stopDestination', '/destinations/d/stop'],
  ['deleteDestination', '/destinations/d'],
  [
    'putUpload',
    '/uploads/u',
    {
      streamingLocatorName: 'l',
      target: { kind: 'S3', bucket: 'shows', accessKeyId: 'id', secretAccessKey: 'planted-key' },
    },
  ],
  ['listUploads', '/uploads'],
  ['getUpload', '/uploads/u'],
  ['patchUpload', '/uploads/u', { enabled: false }],
  ['startUpload', '/uploads/u/start'],
  ['stopUpload', '/uploads/u/stop'],
  ['deleteUpload', '/uploads/u'],
  ['getStudio', '/studio'],
  ['patchStudio', '/studio', { title: 'T' }],
  ['getDevices', '/studio/devices'],
  ['testDevice', '/studio/devices/test', { source: { id: 'mic', kind: 'microphone', device: 'default' } }],
  ['putSources', '/studio/sources', { sources: [{ id: 'test', kind: 'test' }] }],
  ['putScene', '/studio/scene', { kind: 'single', source: 'test' }],
  ['getSound', '/studio/sound'],
  ['patchSound', '/studio/sound', { loudnessTarget: -16 }],
  ['listScenes', '/studio/scenes'],
  ['createScene', '/studio/scenes', { kind: 'slate', name: 'Lunch', title: 'Back at two' }],
  [
    'orderScenes',
    '/studio/scenes',
    { scenes: ['lunch', 'picture-in-picture', 'side-by-side', 'starting-soon', 'back-soon', 'ended'] },
  ],
  ['changeScene', '/studio/scenes/lunch', { kind: 'slate', name: 'Lunch', title: 'Back at three' }],
  ['takeScene', '/studio/scenes/ended/take'],
  ['deleteScene', '/studio/scenes/lunch'],
  ['createSceneCollection', '/studio/scene-collections', { name: 'Bees & flowers', from: 'first' }],
  ['useSceneCollection', '/studio/scene-collections/Default/use'],
  ['deleteSceneCollection', '/studio/scene-collections/Bees%20%26%20flowers'],
  ['deleteSceneImage', '/studio/images/logo'],
  ['patchOverlays', '/studio/overlays', { lowerThird: { on: true, title: 'T' } }],
  ['patchAudio', '/studio/audio/test', { muted: true }],
  ['putLadder', '/studio/ladder', { kind: 'preset', preset: 'Default720p' }],
  ['measureLadder', '/studio/ladder/measure'],
  ['rehearse', '/studio/rehearse'],
  ['startPreflight', '/studio/preflight'],
  ['getPreflight', '/studio/preflight'],
  ['cancelPreflight', '/studio/preflight'],
  ['startFireDrill', '/studio/fire-drill', { fault: 'cable' }],
  ['getFireDrill', '/studio/fire-drill'],
  ['stopFireDrill', '/studio/fire-drill'],
  ['listProofsOfAir', '/proofOfAir'],
  ['checkAir', '/proofOfAir/check'],
  ['getBrowserSource', '/studio/sources/guest/browser'],
  ['renewBrowserLinks', '/studio/sources/guest/browser/renew'],
  ['getRemote', '/remote'],
  ['startPairing', '/remote/pairing'],
  ['cancelPairing', '/remote/pairing'],
  ['patchRemoteDevice', '/remote/devices/phone', { name: 'Mine' }],
  ['deleteRemoteDevice', '/remote/devices/phone'],
  ['goLive', '/studio/go-live', { title: 'T' }],
  ['endLive', '/studio/end'],
  ['undoEnd', '/studio/undo-end'],
  ['createMarker', '/studio/markers', { label: 'here' }],
  ['createStudioClip', '/studio/clips', { seconds: 15 }],
  ['panic', '/studio/panic', { seconds: 10 }],
  ['panicBack', '/studio/panic/back'],
  ['putWebhook', '/webhooks/w', { url: 'http://host/hook', secret: 'planted-key' }],
  ['listWebhooks', '/webhooks'],
  ['getWebhook', '/webhooks/w'],
  ['patchWebhook', '/webhooks/w', { secret: 'planted-key', enabled: false }],
  ['deleteWebhook', '/webhooks/w'],
  ['createV2Channel', '/v2/Channels?wait=PT5S', { Name: 'c', Input: { StreamingProtocol: 'RTMP' } }],
  ['listV2Channels', '/v2/Channels'],
  ['getV2Channel', "/v2/Channels('c')"],
  ['patchV2Channel', "/v2/Channels('c')", { Description: 'x' }],
  ['startV2Channel', "/v2/Channels('c')/Start?wait=PT5S"],
  ['createV2Program', '/v2/Programs', { Name: 'p', ChannelId: 'c', AssetId: 'x', ArchiveWindowLength: 'PT1H' }],
  ['listV2Programs', '/v2/Programs'],
  ['getV2Program', "/v2/Programs('c.p')"],
  ['patchV2Program', "/v2/Programs('c.p')", { Description: 'x' }],
  ['startV2Program', "/v2/Programs('c.p')/Start?wait=PT5S"],
  ['getV2ProgramTelemetry', "/v2/Programs('c.p')/Telemetry"],
  ['stopV2Program', "/v2/Programs('c.p')/Stop?wait=PT5S"],
  ['deleteV2Program', "/v2/Programs('c.p')"],
  ['showV2Slate', "/v2/Channels('c')/ShowSlate", { duration: 'PT10S' }],
  ['hideV2Slate', "/v2/Channels('c')/HideSlate"],
  ['startV2Advertisement', "/v2/Channels('c')/StartAdvertisement", { duration: 'PT45S', cueId: '12' }],
  ['endV2Advertisement', "/v2/Channels('c')/EndAdvertisement", { cueId: '12' }],
  ['getV2ChannelTelemetry', "/v2/Channels('c')/Telemetry"],
  ['getV2EndpointTelemetry', "/v2/StreamingEndpoints('default')/Telemetry"],
  ['resetV2Channel', "/v2/Channels('c')/Reset?wait=PT5S"],
  ['stopV2Channel', "/v2/Channels('c')/Stop?wait=PT5S"],
  ['deleteV2Channel', "/v2/Channels('c')?wait=PT5S"],
  ['listAuditLog', '/auditLog'],
  ['deleteAsset', '/assets/x'],
  ['getSettings', '/settings'],
  ['patchSettings', '/settings', { network: { controlPort: 9000 } }],
  ['getOperation', '/operations/ID'],
  ['getOpenApi', '/openapi.json'],
];

test('every call answers with its status and what its schema says, and none gives a stream key back', async () => {
  await using server = await openFixture();
  let id = '';

  for (const [name, path, body] of ONE_OF_EACH) {
    if (name === 'getTrack') {
      await server.services.tracks.add('x', 'words', {}, Readable.from([Buffer.from('WEBVTT')]));
    }
    if (name === 'getOperation') {
      server.services.hold();
      ({ id } = (await server.json<Operation>('POST', '/streamingEndpoints/default/stop')).body);
      server.services.release();
    }
    const route: Route = ROUTES[name];
    const answer = await server.json<unknown>(route.method, path.replace('ID', id), body);
    const created = ['putLiveEvent', 'putLiveOutput', 'putEndpoint'].includes(name) ? 201 : undefined;
    const wanted = created ?? route.status ?? (route.response === undefined ? 204 : 200);
    assert.equal(answer.status, wanted, `${name}: ${JSON.stringify(answer.body)}`);
    if (route.response !== undefined) {
      assert.deepEqual(route.response.parse(answer.body), answer.body, name);
    }
    assert(!JSON.stringify(answer.body ?? null).includes('planted-key'), name);
    id = name === 'createExport' ? exportJob.parse(answer.body).id : id;
    id = name === 'addMarker' ? marker.parse(answer.body).id : id;
  }

  const streams = Object.entries(ROUTES).filter(([, route]: [string, Route]) => route.kind === 'stream');
  assert.equal(ONE_OF_EACH.length + streams.length, Object.keys(ROUTES).length, 'every route is called');
});
