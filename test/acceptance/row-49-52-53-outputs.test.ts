import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { LiveEvent } from '../../src-main/shared/api/live-events.ts';
import { fieldsOf } from '../support/fields.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { firstRecordedSeconds, playlistSpan } from '../support/recorded-files.ts';
import { type MediaRecipe, mediaFile, realTime, rtmpOutputs, type Sender, send } from '../support/senders.ts';
import {
  ingestUrl,
  playlistsOf,
  record,
  request,
  segmentsAt,
  startEvent,
  textOf,
} from '../support/service-stage.ts';
import { openStage, type Stage, until } from '../support/studio-stage.ts';

const RECIPE: MediaRecipe = { seconds: 60, layers: [{ size: '320x180', kbps: 300 }], gopSeconds: 1 };
/** Of `outputSnapTime`. */
const TICKS = 10_000_000n;

describe('live outputs and their assets', { skip: missingPrograms('ffmpeg') }, () => {
  const opened = new AsyncDisposableStack();
  let stage: Stage;
  let event: LiveEvent;
  let sender: Sender;

  before(async () => {
    const file = await mediaFile(RECIPE);
    stage = opened.use(await openStage());
    event = await startEvent(stage.lectern, 'show', {
      input: { streamingProtocol: 'RTMP', keyFrameIntervalDuration: 'PT1S' },
    });
    sender = opened.use(send(rtmpOutputs(ingestUrl(event, 'rtmp'), ['one']), realTime(file, { loop: true })));
    await segmentsAt(
      `${stage.lectern.originUrl}/${event.preview.previewLocator}/preview.ism/manifest(format=m3u8-cmaf)`,
      2,
    );
  });
  after(() => opened.disposeAsync());

  test('49: the address has the manifest name, and nothing before the snap time is archived', async () => {
    const snap = BigInt(Math.ceil(Date.now() / 1000) + 4) * TICKS;
    const published = await record(stage.lectern, 'show', {
      name: 'later',
      manifestName: 'tonight',
      outputSnapTime: String(snap),
    });
    const wrongName = published.hls.replace('tonight', 'show');

    const [video = ''] = await segmentsAt(published.hls, 3);
    assert.match(published.hls, /\/tonight\.ism\/manifest\(format=m3u8-cmaf\)$/);
    assert.equal(await textOf(wrongName), undefined, 'no other name leads there');
    await request(stage.lectern, 'DELETE', '/liveEvents/show/liveOutputs/later');

    const paths = await stage.lectern.call('listPaths', { params: { name: published.asset } });
    const told = paths.streamingPaths.flatMap((one) => one.paths);
    assert.ok(told.length > 0 && told.every((path) => path.includes('/tonight.ism/')), told.join());
    const snapSeconds = Number(snap / TICKS);
    const [first = ''] = (await playlistSpan(video)).segments;
    const firstSeconds = Number(/=(\d+),/.exec(decodeURIComponent(first))?.[1]) / 90_000;
    assert.ok(firstSeconds >= snapSeconds, `${firstSeconds} is before ${snapSeconds}`);
    assert.ok(firstSeconds < snapSeconds + 2, `${firstSeconds} is long after ${snapSeconds}`);
    for (const { track, seconds } of await firstRecordedSeconds(stage.lectern, published.asset)) {
      assert.ok(seconds >= snapSeconds, `${track} has ${snapSeconds - seconds} s from before it on the disk`);
    }
  });

  test('49: without a manifest name there is one that nobody can guess', async () => {
    await stage.lectern.call('putAsset', { params: { name: 'unnamed' }, body: {} });
    const { body } = await request(stage.lectern, 'PUT', '/liveEvents/show/liveOutputs/unnamed', {
      assetName: 'unnamed',
      archiveWindowLength: 'PT1H',
    });

    assert.match(String(fieldsOf(body)['manifestName']), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    await request(stage.lectern, 'DELETE', '/liveEvents/show/liveOutputs/unnamed');
  });

  test('53: an asset that is being recorded cannot be deleted, nor ever be recorded into again', async () => {
    const published = await record(stage.lectern, 'show', { name: 'first' });
    await segmentsAt(published.hls, 2);
    const inUse = await request(stage.lectern, 'DELETE', `/assets/${published.asset}`);
    assert.deepEqual([inUse.status, inUse.code], [409, 'resource/in-use']);

    const secondOutput = {
      assetName: published.asset,
      archiveWindowLength: 'PT1H',
    };
    const path = '/liveEvents/show/liveOutputs/second';
    const meanwhile = await request(stage.lectern, 'PUT', path, secondOutput);
    assert.deepEqual([meanwhile.status, meanwhile.code], [409, 'resource/in-use']);

    await request(stage.lectern, 'DELETE', '/liveEvents/show/liveOutputs/first');
    const afterwards = await request(stage.lectern, 'PUT', path, secondOutput);
    assert.deepEqual([afterwards.status, afterwards.code], [409, 'resource/in-use']);
    assert.equal((await request(stage.lectern, 'GET', path)).status, 404, 'nothing of it is left behind');
    const nowhere = await request(stage.lectern, 'PUT', path, { ...secondOutput, assetName: 'nowhere' });
    assert.deepEqual([nowhere.status, nowhere.code], [404, 'resource/not-found']);

    const [video = ''] = await playlistsOf(published.hls);
    assert.match((await textOf(video)) ?? '', /#EXT-X-ENDLIST/);
    assert.equal((await request(stage.lectern, 'DELETE', `/assets/${published.asset}`)).status, 204);
    assert.equal(await textOf(published.hls), undefined);
    assert.equal((await request(stage.lectern, 'GET', `/assets/${published.asset}`)).status, 404);
  });

  test('52: an event with outputs is stopped only with removeOutputsOnStop; then they end, and the assets stay', async () => {
    const outputs = [
      await record(stage.lectern, 'show', { name: 'one' }),
      await record(stage.lectern, 'show', { name: 'two' }),
    ];
    await Promise.all(outputs.map(({ hls }) => segmentsAt(hls, 2)));

    for (const body of [{}, { removeOutputsOnStop: false }]) {
      const refused = await request(stage.lectern, 'POST', '/liveEvents/show/stop', body);
      assert.deepEqual([refused.status, refused.code], [409, 'resource/in-use']);
      assert.match(JSON.stringify(refused.body), /one.*two/);
    }
    assert.equal(
      (await stage.lectern.call('getLiveEvent', { params: { name: 'show' } })).resourceState,
      'Running',
    );
    assert.equal((await stage.lectern.call('listLiveOutputs', { params: { name: 'show' } })).value.length, 2);
    await segmentsAt(outputs[0]?.hls ?? '', 4);

    const stopped = await request(stage.lectern, 'POST', '/liveEvents/show/stop', { removeOutputsOnStop: true });
    assert.equal(stopped.status, 200, JSON.stringify(stopped.body));
    assert.equal(fieldsOf(stopped.body)['resourceState'], 'Stopped');
    assert.deepEqual((await stage.lectern.call('listLiveOutputs', { params: { name: 'show' } })).value, []);
    assert.notEqual(await sender.ended, undefined, 'the encoder is sent away');
    for (const { asset, hls } of outputs) {
      assert.equal((await stage.lectern.call('getAsset', { params: { name: asset } })).state, 'ready');
      const playlists = await until('it is on demand', async () => {
        const urls = await playlistsOf(hls);
        return urls.length === 2 ? urls : undefined;
      });
      for (const url of playlists) {
        const { segments } = await playlistSpan(url);
        assert.ok(segments.length >= 2);
        assert.match((await textOf(url)) ?? '', /#EXT-X-ENDLIST/);
        assert.equal((await fetch(segments.at(-1) ?? '')).status, 200);
      }
    }
  });
});
