import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { LiveEvent } from '../../src-main/shared/api/live-events.ts';
import { valuesOf } from '../support/fields.ts';
import { freePort } from '../support/free-port.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { playlistSpan } from '../support/recorded-files.ts';
import {
  type MediaRecipe,
  mediaFile,
  packetHashes,
  realTime,
  rtmpOutputs,
  send,
  smoothOutput,
  transportOutput,
} from '../support/senders.ts';
import {
  ingestUrl,
  type Published,
  playlistsOf,
  record,
  request,
  segmentsAt,
  startEvent,
  textOf,
} from '../support/service-stage.ts';
import { openStage, type Stage } from '../support/studio-stage.ts';

const FRAME_RATE = 30;
const FRAGMENT_SECONDS = 1;
const RECIPE: MediaRecipe = {
  seconds: 60,
  layers: [{ size: '320x180', kbps: 300 }],
  frameRate: FRAME_RATE,
  gopSeconds: FRAGMENT_SECONDS,
};

const FEEDS = [
  { name: 'rtmp-tape', protocol: 'RTMP', scheme: 'rtmp', outputs: (url: string) => rtmpOutputs(url, ['one']) },
  { name: 'smooth-tape', protocol: 'FragmentedMP4', scheme: 'http', outputs: smoothOutput },
  { name: 'srt-tape', protocol: 'TransportStream', scheme: 'srt', outputs: transportOutput },
  { name: 'tcp-tape', protocol: 'TransportStream', scheme: 'tcp', outputs: transportOutput },
  { name: 'udp-tape', protocol: 'TransportStream', scheme: 'udp', outputs: transportOutput },
] as const;

describe('a service that is killed while it records', { skip: missingPrograms('ffmpeg') }, () => {
  let stage: Stage;
  let source: readonly string[];
  const kept = new Map<
    string,
    {
      readonly published: Published;
      readonly pictures: number;
      readonly at: string;
      readonly endpoints: LiveEvent['input']['endpoints'];
    }
  >();

  before(async () => {
    const file = await mediaFile(RECIPE);
    source = await packetHashes(file);
    // What encoders of transport streams are told is known after a restart only if that port is the same.
    stage = await openStage({ args: ['--srt-port', String(await freePort())] });
    await using opened = new AsyncDisposableStack();
    const feeds = await Promise.all(
      FEEDS.map(async ({ name, protocol, scheme, outputs }) => {
        const event: LiveEvent = await startEvent(stage.lectern, name, {
          input: { streamingProtocol: protocol, keyFrameIntervalDuration: 'PT1S' },
        });
        const published = await record(stage.lectern, name);
        opened.use(send(outputs(ingestUrl(event, scheme)), realTime(file)));
        return { name, published, endpoints: event.input.endpoints };
      }),
    );
    await Promise.all(feeds.map(({ published }) => segmentsAt(published.hls, 6)));
    for (const { name, published, endpoints } of feeds) {
      const [video = ''] = await playlistsOf(published.hls);
      const text = (await textOf(video)) ?? '';
      const { seconds } = await playlistSpan(video);
      const at = new URL(published.hls).pathname;
      kept.set(name, { published, pictures: Math.round(seconds * FRAME_RATE), at, endpoints });
      assert.doesNotMatch(text, /#EXT-X-ENDLIST/);
    }

    await stage.lectern.kill();
    await stage.restart();
  });
  after(() => stage[Symbol.asyncDispose]());

  for (const { name, protocol, scheme, outputs } of FEEDS) {
    test(`54: what was recorded of ${scheme} is whole up to the last fragment, at the same address`, async () => {
      const { published, pictures, at } = kept.get(name) ?? assert.fail();
      const { lectern } = stage;
      const asset = await lectern.call('getAsset', { params: { name: published.asset } });
      assert.equal(asset.state, 'ready', JSON.stringify(asset));
      const hls = `${lectern.originUrl}${at}`;
      const [video = '', audio = ''] = await playlistsOf(hls);
      assert.match((await textOf(video)) ?? '', /#EXT-X-ENDLIST/);
      assert.doesNotMatch((await textOf(video)) ?? '', /#EXT-X-(DISCONTINUITY\n|GAP)/);

      const recorded = await packetHashes(video);
      const from = source.indexOf(recorded[0] ?? '');
      assert.ok(from >= 0, 'it begins with what was sent');
      assert.deepEqual(
        recorded,
        source.slice(from, from + recorded.length),
        'nothing is missing and nothing twice',
      );
      // What viewers had been shown before the kill may lack a fragment at most.
      assert.ok(recorded.length >= pictures - FRAGMENT_SECONDS * FRAME_RATE, `${recorded.length} of ${pictures}`);
      const [picture, sound] = await Promise.all([playlistSpan(video), playlistSpan(audio)]);
      assert.ok(
        Math.abs(picture.seconds - sound.seconds) <= FRAGMENT_SECONDS,
        `${picture.seconds} ${sound.seconds}`,
      );
    });

    test(`54: and the event of ${scheme} is there, can be started again, takes its encoder at the same address, and records into another asset`, async () => {
      const { lectern } = stage;
      const event = await lectern.call('getLiveEvent', { params: { name } });
      assert.equal(event.resourceState, 'Stopped');
      const { body } = await request(lectern, 'GET', `/liveEvents/${name}/liveOutputs`);
      assert.deepEqual(valuesOf(body), []);

      const again = await request(lectern, 'POST', `/liveEvents/${name}/start`, {});
      assert.equal(again.status, 200, JSON.stringify(again.body));
      const used = await request(lectern, 'PUT', `/liveEvents/${name}/liveOutputs/again`, {
        assetName: kept.get(name)?.published.asset,
        archiveWindowLength: 'PT1H',
      });
      assert.equal(used.code, 'resource/in-use', JSON.stringify(used.body));
      const second = await record(lectern, name, { name: 'again' });
      const { input } = await lectern.call('getLiveEvent', { params: { name } });
      const paths = (of: LiveEvent['input']['endpoints']) => of.map(({ url }) => new URL(url).pathname);
      const before = kept.get(name)?.endpoints ?? [];
      assert.deepEqual(paths(input.endpoints), paths(before));
      if (protocol === 'TransportStream') {
        assert.deepEqual(input.endpoints, before);
      }
      await using _sender = send(
        outputs(ingestUrl({ ...event, input }, scheme)),
        realTime(await mediaFile(RECIPE)),
      );
      const [video = ''] = await segmentsAt(second.hls, 2);
      await request(lectern, 'DELETE', `/liveEvents/${name}/liveOutputs/again`);
      const recorded = await packetHashes(video);
      const from = source.indexOf(recorded[0] ?? '');
      assert.ok(from >= 0, 'it begins with what was sent');
      assert.deepEqual(recorded, source.slice(from, from + recorded.length));
    });
  }
});
