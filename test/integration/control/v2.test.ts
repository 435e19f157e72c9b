import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveEvent } from '../../../src-main/shared/api/live-events.ts';
import type {
  ArchiveHeartbeat,
  Channel,
  ChannelHeartbeat,
  EndpointRequestLog,
  Program,
} from '../../../src-main/shared/api/v2.ts';
import { createFakeServices } from '../../support/fake-services.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { openFixture } from './control-fixture.ts';

const CHANNEL = {
  Name: 'news',
  Description: 'The news',
  Input: {
    StreamingProtocol: 'RTMP',
    AccessControl: { IP: { Allow: [{ Name: 'all', Address: '0.0.0.0', SubnetPrefixLength: 0 }] } },
  },
  EncodingType: 'Standard',
  Encoding: { SystemPreset: 'Default720p' },
};
const PROGRAM = {
  Name: 'show',
  ChannelId: 'news',
  AssetId: 'tape',
  ArchiveWindowLength: 'PT1H',
  ManifestName: 'show',
};

const WAIT = '?wait=PT5S';

test('a channel is the live event of its name, written as v2 wrote it', async () => {
  await using server = await openFixture();

  const made = await server.json<Channel>('POST', `/v2/Channels${WAIT}`, CHANNEL);
  const event = await server.json<LiveEvent>('GET', '/liveEvents/news');

  assert.equal(made.status, 201);
  const { Id, Name, State, EncodingType, Encoding, Input } = made.body;
  assert.deepEqual(
    [Id, Name, State, EncodingType, Encoding, Input.StreamingProtocol, Input.AccessControl],
    [
      'news',
      'news',
      'Stopped',
      'Standard',
      { SystemPreset: 'Default720p', AdMarkerSource: 'Api' },
      'RTMP',
      CHANNEL.Input.AccessControl,
    ],
  );
  assert.deepEqual(event.body.encoding, { encodingType: 'Standard', presetName: 'Default720p' });
  assert.deepEqual(event.body.input.accessControl, {
    ip: { allow: [{ name: 'all', address: '0.0.0.0', subnetPrefixLength: 0 }] },
  });
  assert.equal((await server.json('POST', `/v2/Channels${WAIT}`, CHANNEL)).body.code, 'resource/exists');
});

test('a channel is started, reset and stopped, and StandBy is Stopped to v2', async () => {
  await using server = await openFixture();
  await server.json('POST', `/v2/Channels${WAIT}`, CHANNEL);
  const stateAfter = async (verb: string): Promise<string> =>
    (await server.json<Channel>('POST', `/v2/Channels('news')/${verb}${WAIT}`)).body.State;

  assert.deepEqual(
    [await stateAfter('Start'), await stateAfter('Reset'), await stateAfter('Stop')],
    ['Running', 'Running', 'Stopped'],
  );
  await server.json('POST', `/liveEvents/news/allocate${WAIT}`);
  assert.equal((await server.json<Channel>('GET', "/v2/Channels('news')")).body.State, 'Stopped');
  const refused = await server.json('POST', `/v2/Channels('news')/Reset${WAIT}`);
  assert.deepEqual([refused.status, refused.body.code], [409, 'resource/wrong-state']);
});

test('a program is there before it starts and after it stops, and archives in between', async () => {
  await using server = await openFixture();
  server.services.addAsset('tape');
  await server.json('POST', `/v2/Channels${WAIT}`, CHANNEL);
  await server.json('POST', `/v2/Channels('news')/Start${WAIT}`);

  const made = await server.json<Program>('POST', '/v2/Programs', PROGRAM);
  assert.deepEqual([made.status, made.body.Id, made.body.State], [201, 'news.show', 'Stopped']);
  const started = await server.json<Program>('POST', `/v2/Programs('news.show')/Start${WAIT}`);
  const { body: output } = await server.json<{ assetName: string; manifestName: string }>(
    'GET',
    '/liveEvents/news/liveOutputs/show',
  );
  assert.deepEqual([started.body.State, output.assetName, output.manifestName], ['Running', 'tape', 'show']);
  const again = await server.json('POST', `/v2/Programs('news.show')/Start${WAIT}`);
  assert.deepEqual([again.status, again.body.code], [409, 'resource/wrong-state']);
  assert.match(again.body.detail, /news\.show is Running/);

  const stopped = await server.json<Program>('POST', `/v2/Programs('news.show')/Stop${WAIT}`);
  assert.equal(stopped.body.State, 'Stopped');
  assert.equal((await server.json('GET', '/liveEvents/news/liveOutputs/show')).status, 404);
  assert.equal((await server.json('DELETE', "/v2/Programs('news.show')")).status, 204);
  assert.equal((await server.json('GET', "/v2/Programs('news.show')")).status, 404);
});

test('an output that v3 made is a running program, and stays as a stopped one when v2 stops it', async () => {
  await using server = await openFixture();
  server.services.addAsset('tape');
  await server.json('PUT', `/liveEvents/news?autoStart=true&wait=PT5S`, { input: { streamingProtocol: 'RTMP' } });
  await server.json('PUT', `/liveEvents/news/liveOutputs/show${WAIT}`, {
    assetName: 'tape',
    archiveWindowLength: 'PT1H',
  });

  const list = await server.json<{ value: Program[] }>('GET', '/v2/Programs');
  assert.deepEqual(
    list.body.value.map(({ Id, State, AssetId }) => [Id, State, AssetId]),
    [['news.show', 'Running', 'tape']],
  );
  await server.json('POST', `/v2/Programs('news.show')/Stop${WAIT}`);

  assert.equal((await server.json<Program>('GET', "/v2/Programs('news.show')")).body.State, 'Stopped');
});

test('what runs is neither changed nor deleted, and a channel with programs is not stopped, reset or deleted', async () => {
  await using server = await openFixture();
  server.services.addAsset('tape');
  await server.json('POST', `/v2/Channels${WAIT}`, CHANNEL);
  await server.json('POST', `/v2/Channels('news')/Start${WAIT}`);
  await server.json('POST', '/v2/Programs', PROGRAM);
  await server.json('POST', `/v2/Programs('news.show')/Start${WAIT}`);

  for (const [method, path, body, code] of [
    ['PATCH', "/v2/Programs('news.show')", { Description: 'x' }, 'resource/wrong-state'],
    ['DELETE', "/v2/Programs('news.show')", undefined, 'resource/wrong-state'],
    ['POST', `/v2/Channels('news')/Stop${WAIT}`, undefined, 'resource/in-use'],
    ['POST', `/v2/Channels('news')/Reset${WAIT}`, undefined, 'resource/in-use'],
  ] as const) {
    assert.equal((await server.json(method, path, body)).body.code, code, path);
  }
  await server.json('POST', `/v2/Programs('news.show')/Stop${WAIT}`);
  await server.json('POST', `/v2/Channels('news')/Stop${WAIT}`);
  assert.equal((await server.json('DELETE', `/v2/Channels('news')${WAIT}`)).body.code, 'resource/in-use');
  await server.json('DELETE', "/v2/Programs('news.show')");
  assert.equal((await server.json('DELETE', `/v2/Channels('news')${WAIT}`)).status, 204);
});

test('a program needs a channel and an asset that are there, and a name of its own', async () => {
  await using server = await openFixture();
  server.services.addAsset('tape');
  await server.json('POST', `/v2/Channels${WAIT}`, CHANNEL);

  assert.equal((await server.json('POST', '/v2/Programs', { ...PROGRAM, ChannelId: 'none' })).status, 404);
  assert.equal((await server.json('POST', '/v2/Programs', { ...PROGRAM, AssetId: 'none' })).status, 404);
  assert.equal((await server.json('POST', '/v2/Programs', PROGRAM)).status, 201);
  assert.equal((await server.json('POST', '/v2/Programs', PROGRAM)).body.code, 'resource/exists');
});

test('slates and advertisements are taken with durations and numbers as text, as v2 sent them', async () => {
  await using server = await openFixture();
  await server.json('POST', `/v2/Channels${WAIT}`, CHANNEL);
  await server.json('POST', `/v2/Channels('news')/Start${WAIT}`);
  const at = (verb: string): string => `/v2/Channels('news')/${verb}`;

  await server.json('POST', at('ShowSlate'), { duration: 'PT45S', assetId: 'slate' });
  await server.json('POST', at('HideSlate'));
  await server.json('POST', at('StartAdvertisement'), { duration: 'PT1M', cueId: '67520935', showSlate: 'true' });
  await server.json('POST', at('StartAdvertisement'), { duration: 30, cueId: 2 });
  await server.json('POST', at('EndAdvertisement'), { cueId: '67520935' });

  assert.deepEqual(server.services.eventCalls, [
    { name: 'news', call: 'showSlate', duration: 45, assetName: 'slate' },
    { name: 'news', call: 'hideSlate' },
    { name: 'news', call: 'startAdvertisement', duration: 60, cueId: 67_520_935, showSlate: true },
    { name: 'news', call: 'startAdvertisement', duration: 30, cueId: 2, showSlate: undefined },
    { name: 'news', call: 'endAdvertisement', cueId: 67_520_935 },
  ]);
});

test('lists are filtered and sorted by v2’s own names', async () => {
  await using server = await openFixture();
  for (const Name of ['b', 'a', 'c']) {
    await server.json('POST', `/v2/Channels${WAIT}`, { Name, Input: { StreamingProtocol: 'RTMP' } });
  }
  await server.json('POST', `/v2/Channels('b')/Start${WAIT}`);
  const namesOf = async (query: string): Promise<readonly string[]> =>
    (await server.json<{ value: Channel[] }>('GET', `/v2/Channels?${query}`)).body.value.map(({ Name }) => Name);

  assert.deepEqual(await namesOf('$orderby=Name desc'), ['c', 'b', 'a']);
  assert.deepEqual(await namesOf(`$filter=${encodeURIComponent("State eq 'Running'")}`), ['b']);
  assert.deepEqual(await namesOf('$top=2'), ['a', 'b']);
});

test('telemetry has a row of each track every minute, and of each kind of answer every half minute', async () => {
  const clock = manualClock();
  await using server = await openFixture({ clock });
  await server.json('POST', `/v2/Channels`, CHANNEL);
  void server.json('POST', "/v2/Channels('news')/Start");
  await until(() => server.services.liveEvents.get('news').resourceState === 'Running');
  server.services.setTracks([
    {
      trackType: 'video',
      trackName: 'video_2500000',
      bitrate: 2_500_000,
      incomingBitrate: 2_400_000,
      lastTimestamp: '900000',
      timescale: '90000',
      overlapCount: 1,
      discontinuityCount: 2,
      nonincreasingCount: 3,
      unexpectedBitrate: false,
      state: 'Running',
      healthy: false,
      ingestDriftValue: '0',
      transcriptionState: '',
      transcriptionLanguage: '',
    },
  ]);
  const count = { outputFormat: 'm3u8-cmaf', status: 200, requests: 10, bytes: 1000, serverMs: 50 };
  server.services.setRequests([
    count,
    { ...count, outputFormat: 'mpd-time-cmaf', requests: 5, bytes: 500, serverMs: 25 },
  ]);
  await clock.advanceAsync(30_000);
  server.services.setRequests([
    { ...count, requests: 12, bytes: 1200, serverMs: 70 },
    { ...count, outputFormat: 'mpd-time-cmaf', requests: 5, bytes: 500, serverMs: 25 },
    { outputFormat: 'm3u8-cmaf', status: 404, code: 'MPE_RESOURCE_NOT_FOUND', requests: 1, bytes: 0, serverMs: 1 },
  ]);
  await clock.advanceAsync(30_000);
  await clock.advanceAsync(60_000);

  const channel = await server.json<{ value: ChannelHeartbeat[] }>('GET', "/v2/Channels('news')/Telemetry");
  const endpoint = await server.json<{ value: EndpointRequestLog[] }>(
    'GET',
    "/v2/StreamingEndpoints('default')/Telemetry",
  );

  assert.deepEqual(
    channel.body.value.map(
      ({ ObservedTime, TrackName, IncomingBitrate, OverlapCount, NonincreasingCount, Healthy }) => [
        ObservedTime,
        TrackName,
        IncomingBitrate,
        OverlapCount,
        NonincreasingCount,
        Healthy,
      ],
    ),
    ['2030-01-01T00:02:00.000Z', '2030-01-01T00:01:00.000Z'].map((time) => [
      time,
      'video_2500000',
      2_400_000,
      1,
      3,
      false,
    ]),
  );
  assert.deepEqual(
    endpoint.body.value.map(({ ObservedTime, StatusCode, ResultCode, RequestCount, BytesSent, ServerLatency }) => [
      ObservedTime.slice(11, 19),
      StatusCode,
      ResultCode,
      RequestCount,
      BytesSent,
      ServerLatency,
    ]),
    [
      ['00:01:00', 404, 'MPE_RESOURCE_NOT_FOUND', 1, 0, 1],
      ['00:01:00', 200, 'S_OK', 2, 200, 10],
      ['00:00:30', 200, 'S_OK', 15, 1500, 5],
    ],
  );

  await clock.advanceAsync(3_700_000);
  const later = await server.json<{ value: unknown[] }>('GET', "/v2/StreamingEndpoints('default')/Telemetry");
  assert.deepEqual(later.body.value, [], 'rows are kept for an hour');
});

test('a program has a row of each track every minute: what was not archived since the last, and whether anything was', async () => {
  const clock = manualClock();
  await using server = await openFixture({ clock });
  server.services.addAsset('tape');
  await server.json('POST', '/v2/Channels', CHANNEL);
  void server.json('POST', "/v2/Channels('news')/Start");
  await until(() => server.services.liveEvents.get('news').resourceState === 'Running');
  await server.json('POST', '/v2/Programs', PROGRAM);
  void server.json('POST', "/v2/Programs('news.show')/Start");
  await until(() => server.services.liveEvents.listOutputs('news').length === 1);
  const start = clock.wallMs();
  for (const stored of [
    { written: 0, discarded: 0 },
    { written: 300, discarded: 0 },
    { written: 590, discarded: 10 },
    { written: 590, discarded: 10 },
    { written: 890, discarded: 10 },
  ]) {
    server.services.setStored(stored);
    await clock.advanceAsync(60_000);
  }

  const { status, body } = await server.json<{ value: ArchiveHeartbeat[] }>(
    'GET',
    "/v2/Programs('news.show')/Telemetry",
  );

  assert.equal(status, 200);
  assert.deepEqual(body.value[0], {
    Type: 'Archive',
    Name: 'ArchiveHeartbeat',
    ObservedTime: new Date(start + 300_000).toISOString(),
    ServiceID: 'news',
    ManifestName: 'tape/show.ism',
    TrackName: 'video_2500000',
    TrackType: 'video',
    Bitrate: 2_500_000,
    Healthy: true,
    FragmentDiscardedCount: 0,
    ArchiveAcquisitionError: false,
  });
  assert.deepEqual(
    body.value.map(({ FragmentDiscardedCount, ArchiveAcquisitionError, Healthy }) => [
      FragmentDiscardedCount,
      ArchiveAcquisitionError,
      Healthy,
    ]),
    [
      [0, false, true],
      [0, true, false],
      [10, false, false],
      [0, false, true],
    ],
  );
  assert.equal((await server.json('GET', "/v2/Programs('news.none')/Telemetry")).status, 404);

  void server.json('POST', "/v2/Programs('news.show')/Stop");
  await until(() => server.services.liveEvents.listOutputs('news').length === 0);
  await clock.advanceAsync(60_000);
  const stopped = await server.json<{ value: unknown[] }>('GET', "/v2/Programs('news.show')/Telemetry");
  assert.deepEqual(stopped.body.value, body.value, 'the rows of a program that is stopped stay');
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise(setImmediate);
  }
}

test('a program goes with its live event, also when v3 deletes that: another event of the name has none', async () => {
  await using server = await openFixture();
  server.services.addAsset('tape');
  await server.json('POST', `/v2/Channels${WAIT}`, CHANNEL);
  await server.json('POST', '/v2/Programs', PROGRAM);

  const deleted = await server.call('DELETE', `/liveEvents/news${WAIT}`);
  await server.json('POST', `/v2/Channels${WAIT}`, CHANNEL);

  assert.equal(deleted.status, 204);
  assert.deepEqual((await server.json<{ value: unknown[] }>('GET', '/v2/Programs')).body.value, []);
  assert.equal((await server.json('GET', "/v2/Programs('news.show')")).status, 404);
});

test('programs of live events that are not there any more are forgotten when the service starts', async () => {
  await using before = await openFixture();
  before.services.addAsset('tape');
  await before.json('POST', `/v2/Channels${WAIT}`, CHANNEL);
  await before.json('POST', '/v2/Programs', PROGRAM);
  const services = createFakeServices();
  const [row] = before.services.programs.list();
  services.programs.put('news.show', row ?? assert.fail());

  await using _after = await openFixture({ services });

  assert.deepEqual(services.programs.list(), []);
});
