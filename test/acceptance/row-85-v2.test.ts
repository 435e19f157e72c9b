import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Fields, fieldsOf, valuesOf } from '../support/fields.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { playlistSpan } from '../support/recorded-files.ts';
import { type MediaRecipe, mediaFile, realTime, rtmpOutputs, send } from '../support/senders.ts';
import {
  type Answer,
  followEvents,
  ingestUrl,
  playlistsOf,
  request,
  segmentsAt,
  textOf,
} from '../support/service-stage.ts';
import { openStage, type Stage, until } from '../support/studio-stage.ts';

const RECIPE: MediaRecipe = { seconds: 60, layers: [{ size: '320x180', kbps: 300 }], gopSeconds: 1 };

describe('the facade in the shape of v2', { skip: missingPrograms('ffmpeg') }, () => {
  const opened = new AsyncDisposableStack();
  let stage: Stage;
  let events: ReturnType<typeof followEvents>;
  let file: string;
  let hls: string;

  before(async () => {
    file = await mediaFile(RECIPE);
    stage = opened.use(await openStage());
    events = opened.use(followEvents(stage.lectern));
  });
  after(() => opened.disposeAsync());

  /** Waited for, where it is a long operation. */
  const v2 = async (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<Answer> =>
    await request(stage.lectern, method, `/v2/${path}${method === 'GET' ? '' : '?wait=PT1M'}`, body);
  const stateOf = async (path: string): Promise<unknown> => fieldsOf((await v2('GET', path)).body)['State'];
  const codeOf = ({ status, code }: Answer): readonly [number, string | undefined] => [status, code];
  const v3 = async () => await stage.lectern.call('getLiveEvent', { params: { name: 'news' } });
  const outputs = async () => (await stage.lectern.call('listLiveOutputs', { params: { name: 'news' } })).value;

  function endpointsIn(channel: Fields | undefined): readonly unknown[] {
    const { Endpoints } = fieldsOf(channel?.['Input']);
    return Array.isArray(Endpoints) ? Endpoints.map((endpoint) => fieldsOf(endpoint)['Url']) : [];
  }

  test('85: a channel is a live event, and Start makes it run', async () => {
    const created = await v2('POST', 'Channels', {
      Name: 'news',
      Description: 'by an old program',
      Input: { StreamingProtocol: 'RTMP', KeyFrameInterval: 'PT1S' },
      EncodingType: 'None',
    });
    assert.equal(created.status, 201, JSON.stringify(created.body));
    assert.equal(fieldsOf(created.body)['State'], 'Stopped');
    assert.equal((await v3()).encoding.encodingType, 'PassthroughStandard');
    assert.equal((await v3()).input.keyFrameIntervalDuration, 'PT1S');
    assert.equal((await v2('GET', "Channels('nobody')")).status, 404);

    const started = await v2('POST', "Channels('news')/Start");

    assert.equal(started.status, 200, JSON.stringify(started.body));
    assert.equal(await stateOf("Channels('news')"), 'Running');
    assert.equal((await v3()).resourceState, 'Running');
    assert.deepEqual(codeOf(await v2('POST', "Channels('news')/Start")), [409, 'resource/wrong-state']);
    const listed = valuesOf((await v2('GET', 'Channels')).body);
    assert.deepEqual(listed, [fieldsOf((await v2('GET', "Channels('news')")).body)]);
    assert.deepEqual(
      endpointsIn(listed[0]),
      (await v3()).input.endpoints.map(({ url }) => url),
    );
  });

  test('85: a program is there before it runs, records from Start to Stop, and stays', async () => {
    await stage.lectern.call('putAsset', { params: { name: 'tape' }, body: {} });
    const created = await v2('POST', 'Programs', {
      Name: 'evening',
      ChannelId: 'news',
      AssetId: 'tape',
      ArchiveWindowLength: 'PT1H',
      ManifestName: 'evening',
    });
    assert.equal(created.status, 201, JSON.stringify(created.body));
    assert.equal(await stateOf("Programs('news.evening')"), 'Stopped');
    assert.deepEqual(await outputs(), []);
    await using sender = send(rtmpOutputs(ingestUrl(await v3(), 'rtmp'), ['one']), realTime(file));

    const started = await v2('POST', "Programs('news.evening')/Start");

    assert.equal(started.status, 200, JSON.stringify(started.body));
    assert.equal(await stateOf("Programs('news.evening')"), 'Running');
    const [output] = await outputs();
    assert.deepEqual(
      [output?.name, output?.assetName, output?.archiveWindowLength, output?.manifestName, output?.resourceState],
      ['evening', 'tape', 'PT1H', 'evening', 'Running'],
    );
    const locator = await stage.lectern.call('putLocator', {
      params: { name: 'tape' },
      body: { assetName: 'tape', streamingPolicyName: 'Predefined_ClearStreamingOnly' },
    });
    hls = `${stage.lectern.originUrl}/${locator.streamingLocatorId}/evening.ism/manifest(format=m3u8-cmaf)`;
    await segmentsAt(hls, 3);

    assert.deepEqual(codeOf(await v2('POST', "Channels('news')/Stop")), [409, 'resource/in-use']);
    assert.deepEqual(codeOf(await v2('POST', "Channels('news')/Reset")), [409, 'resource/in-use']);
    assert.deepEqual(codeOf(await v2('DELETE', "Programs('news.evening')")), [409, 'resource/wrong-state']);
    assert.deepEqual(codeOf(await v2('PATCH', "Programs('news.evening')", { Description: 'x' })), [
      409,
      'resource/wrong-state',
    ]);

    const stopped = await v2('POST', "Programs('news.evening')/Stop");
    assert.equal(stopped.status, 200, JSON.stringify(stopped.body));
    assert.equal(await stateOf("Programs('news.evening')"), 'Stopped');
    assert.deepEqual(await outputs(), []);
    const [video = ''] = await playlistsOf(hls);
    assert.match((await textOf(video)) ?? '', /#EXT-X-ENDLIST/);
    assert.ok((await playlistSpan(video)).seconds >= 3);
    // v2: one asset is one recording; another Start needs another.
    assert.deepEqual(codeOf(await v2('POST', "Programs('news.evening')/Start")), [409, 'resource/in-use']);
    assert.equal(await stateOf("Programs('news.evening')"), 'Stopped');
    await sender.stop();
  });

  test('85: Reset sends the encoder away and keeps programs, assets and addresses', async () => {
    await using sender = send(rtmpOutputs(ingestUrl(await v3(), 'rtmp'), ['two']), realTime(file));
    await events.next('Microsoft.Media.LiveEventEncoderConnected', ({ streamId }) => streamId === 'two');
    const before = (await v3()).input.endpoints;

    const answer = await v2('POST', "Channels('news')/Reset");

    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    assert.equal(fieldsOf(answer.body)['State'], 'Running');
    const gone = await events.next(
      'Microsoft.Media.LiveEventEncoderDisconnected',
      ({ streamId }) => streamId === 'two',
    );
    assert.equal(fieldsOf(gone.data)['resultCode'], 'MPI_REST_API_CHANNEL_RESET');
    await sender.ended;
    assert.deepEqual((await v3()).input.endpoints, before);
    assert.equal(await stateOf("Programs('news.evening')"), 'Stopped');
    assert.equal((await playlistsOf(hls)).length, 2);

    // With a new asset the same program runs again, now with another encoder.
    await stage.lectern.call('putAsset', { params: { name: 'tape-2' }, body: {} });
    assert.equal((await v2('PATCH', "Programs('news.evening')", { AssetId: 'tape-2' })).status, 200);
    assert.equal((await v2('POST', "Programs('news.evening')/Start")).status, 200);
    await using _again = send(rtmpOutputs(ingestUrl(await v3(), 'rtmp'), ['three']), realTime(file));
    await until('the second tape has media', async () => {
      const { tracks } = await stage.lectern.call('getAsset', { params: { name: 'tape-2' } });
      return tracks.length === 2 ? true : undefined;
    });
    assert.equal((await v2('POST', "Programs('news.evening')/Stop")).status, 200);
  });

  test('85: viewers are rows of the telemetry of the endpoint, every half minute', async () => {
    const rows = await until(
      'a row of the endpoint',
      async () => {
        const { status, body } = await v2('GET', "StreamingEndpoints('default')/Telemetry");
        assert.equal(status, 200, JSON.stringify(body));
        const found = valuesOf(body);
        return found.some(({ StatusCode }) => StatusCode === 200) ? found : undefined;
      },
      40_000,
    );

    const row = rows.find(({ StatusCode }) => StatusCode === 200) ?? assert.fail();
    assert.deepEqual([row['Type'], row['Name']], ['StreamingEndpoint', 'StreamingEndpointRequestLog']);
    assert.deepEqual([row['ServiceID'], row['ResultCode']], ['default', 'S_OK']);
    for (const figure of ['RequestCount', 'BytesSent', 'ServerLatency', 'E2ELatency']) {
      assert.ok(Number(row[figure]) > 0, `${figure}: ${String(row[figure])}`);
    }
  });

  test('85: what a program archives is a row of each of its tracks, every minute', async () => {
    await stage.lectern.call('putAsset', { params: { name: 'tape-3' }, body: {} });
    assert.equal((await v2('PATCH', "Programs('news.evening')", { AssetId: 'tape-3' })).status, 200);
    assert.equal((await v2('POST', "Programs('news.evening')/Start")).status, 200);
    await using _sender = send(rtmpOutputs(ingestUrl(await v3(), 'rtmp'), ['three']), realTime(file));

    const rows = await until(
      'rows of the third tape',
      async () => {
        const { status, body } = await v2('GET', "Programs('news.evening')/Telemetry");
        assert.equal(status, 200, JSON.stringify(body));
        const found = valuesOf(body).filter(({ ManifestName }) => ManifestName === 'tape-3/evening.ism');
        return found.length >= 2 ? found : undefined;
      },
      70_000,
    );

    assert.deepEqual(rows.map(({ TrackType }) => TrackType).toSorted(), ['audio', 'video']);
    for (const row of rows) {
      assert.deepEqual([row['Type'], row['Name'], row['ServiceID']], ['Archive', 'ArchiveHeartbeat', 'news']);
      assert.ok(Number(row['Bitrate']) > 0, String(row['TrackName']));
      assert.deepEqual(
        [row['Healthy'], row['FragmentDiscardedCount'], row['ArchiveAcquisitionError']],
        [true, 0, false],
      );
    }
    assert.equal((await v2('POST', "Programs('news.evening')/Stop")).status, 200);
  });

  test('85: a channel is deleted when it is stopped and its programs are gone; the assets stay', async () => {
    assert.equal((await v2('POST', "Channels('news')/Stop")).status, 200);
    assert.equal((await v3()).resourceState, 'Stopped');
    assert.deepEqual(codeOf(await v2('DELETE', "Channels('news')")), [409, 'resource/in-use']);
    assert.equal((await v2('DELETE', "Programs('news.evening')")).status, 204);
    assert.equal((await v2('DELETE', "Channels('news')")).status, 204);

    assert.deepEqual(valuesOf((await v2('GET', 'Channels')).body), []);
    assert.deepEqual(valuesOf((await v2('GET', 'Programs')).body), []);
    assert.equal((await stage.lectern.call('listAssets', { query: {} })).value.length, 3);
    assert.equal((await playlistsOf(hls)).length, 2);
  });
});
