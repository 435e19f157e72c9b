import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { checkSmooth } from '../../src-main/manifest/smooth/check/check-smooth.ts';
import type { LiveEvent } from '../../src-main/shared/api/live-events.ts';
import { freePort } from '../support/free-port.ts';
import { rawPublisher, sendFrames } from '../support/raw-feeds.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { type MediaRecipe, mediaFile, realTime, rtmpOutputs, send, transportOutput } from '../support/senders.ts';
import {
  field,
  followEvents,
  ingestUrl,
  previewBase,
  request,
  segmentsAt,
  startEvent,
  textOf,
} from '../support/service-stage.ts';
import { fetchManifest, fragmentPath, fragmentsOf } from '../support/smooth-client.ts';
import { openStage, type Stage, until } from '../support/studio-stage.ts';

const TOKEN = '6ba7b810-9dad-41d1-80b4-00c04fd430c8';
const RECIPE: MediaRecipe = { seconds: 30, layers: [{ size: '320x180', kbps: 300 }], gopSeconds: 1 };

describe('the RTMP entrances of a live event', { skip: missingPrograms('ffmpeg') }, () => {
  let stage: Stage;
  let event: LiveEvent;
  let file: string;

  before(async () => {
    file = await mediaFile(RECIPE);
    stage = await openStage();
    event = await startEvent(stage.lectern, 'doors', {
      input: { streamingProtocol: 'RTMP', accessToken: TOKEN },
    });
  });
  after(() => stage[Symbol.asyncDispose]());

  for (const [scheme, index, what] of [
    ['rtmp', 0, 'primary'],
    ['rtmp', 1, 'secondary'],
    ['rtmps', 0, 'primary with TLS'],
    ['rtmps', 1, 'secondary with TLS'],
  ] as const) {
    test(`12: the same token is good on the ${what} one`, async () => {
      await using events = followEvents(stage.lectern);

      await using sender = send(rtmpOutputs(ingestUrl(event, scheme, index), ['one']), realTime(file));
      const { data } = await events.next('Microsoft.Media.LiveEventEncoderConnected');
      const url = `${previewBase(stage.lectern, event)}/manifest(format=m3u8-cmaf)`;
      await segmentsAt(url, 1);
      await sender.stop();

      assert.equal(field(data, 'streamId'), 'one');
      assert.doesNotMatch(JSON.stringify(data), new RegExp(TOKEN), 'the token is not told');
      await events.next('Microsoft.Media.LiveEventEncoderDisconnected');
    });
  }

  test('12: a wrong token is turned away, and that is told', async () => {
    await using events = followEvents(stage.lectern);
    const wrong = ingestUrl(event, 'rtmp').replace(TOKEN, '00000000-0000-4000-8000-000000000000');

    await using sender = send(rtmpOutputs(wrong, ['one']), realTime(file));

    assert.notEqual(await sender.ended, 0);
    const { data } = await events.next('Microsoft.Media.LiveEventConnectionRejected');
    assert.equal(field(data, 'resultCode'), 'MPE_RTMP_APPID_AUTH_FAILURE');
  });

  test('13: host, token and path stay over stop and start, and over a restart of the program', async () => {
    const before = event.input.endpoints.map(({ url }) => new URL(url).pathname);
    const preview = event.preview.previewLocator;

    await request(stage.lectern, 'POST', '/liveEvents/doors/stop', {});
    await request(stage.lectern, 'POST', '/liveEvents/doors/start', {});
    const again = await stage.lectern.call('getLiveEvent', { params: { name: 'doors' } });
    assert.deepEqual(again.input.endpoints, event.input.endpoints);

    await stage.lectern.stop();
    await stage.restart();
    const restarted = await stage.lectern.call('getLiveEvent', { params: { name: 'doors' } });

    assert.equal(restarted.input.accessToken, TOKEN);
    assert.equal(restarted.preview.previewLocator, preview);
    assert.deepEqual(
      restarted.input.endpoints.map(({ url }) => new URL(url).pathname),
      before,
    );
    await request(stage.lectern, 'POST', '/liveEvents/doors/start', {});
    await using _sender = send(rtmpOutputs(ingestUrl(restarted, 'rtmp'), ['one']), realTime(file));
    await segmentsAt(`${previewBase(stage.lectern, restarted)}/manifest(format=m3u8-cmaf)`, 1);
  });

  test('13: so do the addresses of a transport stream, which has a port of its own', async () => {
    await using fixed = await openStage({ args: ['--srt-port', String(await freePort())] });
    const CREATE = { input: { streamingProtocol: 'TransportStream' } } as const;
    const others = await startEvent(fixed.lectern, 'others', CREATE);
    const before = await startEvent(fixed.lectern, 'own', CREATE);
    assert.equal(before.input.endpoints.length, 4);
    assert.equal(new Set([...before.input.endpoints, ...others.input.endpoints].map(({ url }) => url)).size, 8);

    await fixed.lectern.kill();
    await fixed.restart();
    const stopped = await fixed.lectern.call('getLiveEvent', { params: { name: 'own' } });
    await request(fixed.lectern, 'POST', '/liveEvents/own/start', {});
    const again = await fixed.lectern.call('getLiveEvent', { params: { name: 'own' } });

    assert.deepEqual(stopped.input.endpoints, before.input.endpoints);
    assert.deepEqual(again.input.endpoints, before.input.endpoints);
    await using _sender = send(transportOutput(ingestUrl(again, 'tcp')), realTime(file));
    await segmentsAt(`${previewBase(fixed.lectern, again)}/manifest(format=m3u8-cmaf)`, 1);
  });

  test('17: of the first three GOPs the preview plays, before anything records, in HLS, DASH and Smooth Streaming, as the chosen locator', async () => {
    const previewLocator = '0f8fad5b-d9cb-469f-a165-70867728950e';
    const chosen = await startEvent(stage.lectern, 'seen', {
      input: { streamingProtocol: 'RTMP', keyFrameIntervalDuration: 'PT1S' },
      preview: { previewLocator },
    });
    const base = previewBase(stage.lectern, chosen);
    assert.match(base, new RegExp(previewLocator));

    // And a chunk of 0.2 s behind them, which ends the third. More is never sent: whatever is shown, however late, is shown of these.
    using encoder = await rawPublisher(ingestUrl(chosen, 'rtmp'), 'one');
    await sendFrames(encoder, { frames: 3 * 30 + 8, audio: true, realTime: true });
    await segmentsAt(`${base}/manifest(format=m3u8-cmaf)`, 1);
    assert.match((await textOf(`${base}/manifest(format=mpd-time-cmaf)`)) ?? '', /<S /);
    // A fragment of Smooth Streaming tells of the two that follow it, so the first is there with the third.
    await until('the third fragment', async () => await textOf(`${base}/manifest`));
    const smooth = await fetchManifest(`${base}/manifest`);

    assert.ok(!encoder.isClosed());
    assert.deepEqual(checkSmooth(undefined, smooth), []);
    assert.ok(smooth.live !== undefined);
    assert.deepEqual(smooth.streams.map(({ type }) => type).toSorted(), ['audio', 'video']);
    for (const stream of smooth.streams) {
      const address = fragmentPath(stream, stream.qualities[0]!, fragmentsOf(stream)[0]!.time);
      assert.equal((await fetch(`${base}/${address}`)).status, 200, address);
    }
  });
});
