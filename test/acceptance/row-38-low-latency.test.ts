import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { LiveEvent } from '../../src-main/shared/api/live-events.ts';
import { launchChromium, noChromium } from '../support/browser.ts';
import { openPlayerPages } from '../support/player-pages.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import {
  CLOCK_SECONDS,
  clockSeconds,
  type MediaRecipe,
  mediaFile,
  realTime,
  rtmpOutputs,
  send,
} from '../support/senders.ts';
import {
  followEvents,
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

const RECIPE: MediaRecipe = {
  seconds: 60,
  layers: [{ size: '320x180', kbps: 300 }],
  gopSeconds: 1,
  picture: 'clock',
};
const V2 = { streamOptions: ['LowLatencyV2' as const] };
const ENCODING = {
  encodingType: 'Standard' as const,
  // Small: what is looked at is the time that it takes, not the picture.
  customPreset: { layers: [{ width: 320, height: 180, bitrate: 250_000 }], audioBitrates: [96 as const] },
  keyFrameInterval: 'PT1S',
};
/** Of the event row: what a viewer may be behind. */
const MOST_SECONDS = 7;

describe('a live event of low latency', { skip: missingPrograms('ffmpeg') }, () => {
  const opened = new AsyncDisposableStack();
  let stage: Stage;
  let event: LiveEvent;
  let published: Published;
  /** When the encoder sent its first picture. */
  let beganMs: number;

  before(async () => {
    const file = await mediaFile(RECIPE);
    stage = opened.use(await openStage());
    event = await startEvent(stage.lectern, 'quick', {
      ...V2,
      input: { streamingProtocol: 'RTMP' },
      encoding: ENCODING,
    });
    published = await record(stage.lectern, 'quick');
    await using events = followEvents(stage.lectern);
    opened.use(send(rtmpOutputs(ingestUrl(event, 'rtmp'), ['one']), realTime(file, { loop: true })));
    beganMs = Date.parse((await events.next('Microsoft.Media.LiveEventEncoderConnected')).eventTime);
  });
  after(() => opened.disposeAsync());

  test('38: there is no Smooth Streaming', async () => {
    await segmentsAt(published.hls, 1, 60_000);

    for (const name of ['manifest', 'Manifest(format=fmp4-v20)']) {
      const answer = await fetch(`${published.base}/${name}`);
      assert.equal(answer.status, 403);
      assert.match(
        `${await answer.text()} ${[...answer.headers.values()].join(' ')}`,
        /MPE_OUTPUT_FORMAT_BLOCKED/,
      );
    }
  });

  test('38: the playlist has parts, and asks players to stay near the edge', async () => {
    const playlists = await segmentsAt(published.hls, 3, 60_000);

    assert.equal(playlists.length, 2, 'a quality and a sound, as the preset says');
    for (const url of playlists) {
      const text = (await textOf(url)) ?? '';
      assert.match(text, /#EXT-X-PART-INF:PART-TARGET=0\.2/);
      assert.match(text, /#EXT-X-SERVER-CONTROL:.*CAN-BLOCK-RELOAD=YES/);
      assert.match(text, /#EXT-X-PRELOAD-HINT:TYPE=PART/);
      const parts = [...text.matchAll(/#EXT-X-PART:.*URI="([^"]+)"/g)].map(([, uri = '']) => new URL(uri, url));
      assert.ok(parts.length >= 10, text);
      assert.equal((await fetch(parts.at(-1) ?? '')).status, 200);
      // A reload that names the next part is answered when that is there, and it is there soon.
      const sequence = Number(/MEDIA-SEQUENCE:(\d+)/.exec(text)?.[1]) + (text.match(/#EXTINF/g)?.length ?? 0) + 1;
      const askedMs = Date.now();
      const blocked = await textOf(`${url}?_HLS_msn=${sequence}&_HLS_part=0`);
      assert.ok(Date.now() - askedMs < 4000);
      assert.notEqual(blocked, undefined);
      const holdBack = Number(/PART-HOLD-BACK=([\d.]+)/.exec(text)?.[1]);
      assert.ok(
        holdBack + (await edgeAgeSeconds(url)) <= MOST_SECONDS,
        `${holdBack} s behind an edge that is late`,
      );
    }
  });

  test('38: hls.js is at most 7 s behind what the encoder sends', { skip: noChromium }, async () => {
    await using undo = new AsyncDisposableStack();
    const pages = undo.use(await openPlayerPages());
    const browser = await launchChromium();
    undo.defer(() => browser.close());

    const page = undo.use(await pages.play(browser, 'hls.js', published.hls));
    await page.playsOn(4, 30_000);

    const seen = await page.page.evaluate(() => {
      const context = document.createElement('canvas').getContext('2d');
      const video = document.querySelector('video');
      if (context === null || video === null) {
        throw new Error('there is no picture');
      }
      context.drawImage(video, 0, 0);
      return { brightness: context.getImageData(20, 20, 1, 1).data[0] ?? 0, atMs: Date.now() };
    });
    const sentSeconds = (seen.atMs - beganMs) / 1000 - clockSeconds(seen.brightness);
    const behind = ((sentSeconds % CLOCK_SECONDS) + CLOCK_SECONDS) % CLOCK_SECONDS;
    assert.ok(behind > 0.2 && behind <= MOST_SECONDS, `${behind} s behind`);
  });

  test('38: viewers go back half an hour by default, and at most as far as the archive', async () => {
    const made = await stage.lectern.call('getLiveOutput', { params: { name: 'quick', output: 'tape' } });
    assert.deepEqual([made.archiveWindowLength, made.rewindWindowLength], ['PT1H', 'PT30M']);
    const short = await record(stage.lectern, 'quick', { name: 'short', archiveWindowLength: 'PT10M' });
    const path = { params: { name: 'quick', output: short.output } };
    assert.equal((await stage.lectern.call('getLiveOutput', path)).rewindWindowLength, 'PT10M');
    const own = await record(stage.lectern, 'quick', {
      name: 'own',
      archiveWindowLength: 'PT6H',
      rewindWindowLength: 'PT2H',
    });
    const ownPath = { params: { name: 'quick', output: own.output } };
    assert.equal((await stage.lectern.call('getLiveOutput', ownPath)).rewindWindowLength, 'PT2H');
    await request(stage.lectern, 'DELETE', '/liveEvents/quick/liveOutputs/own');
  });

  test('38: an archive of more than six hours is refused, and so is Smooth Streaming', async () => {
    await stage.lectern.call('putAsset', { params: { name: 'long' }, body: {} });
    for (const archiveWindowLength of ['PT6H1S', 'PT25H']) {
      const { status, code, body } = await request(stage.lectern, 'PUT', '/liveEvents/quick/liveOutputs/long', {
        assetName: 'long',
        archiveWindowLength,
      });
      assert.deepEqual([status, code], [400, 'request/invalid']);
      assert.match(JSON.stringify(body), /PT6H/);
    }

    const smooth = await fetch(`${published.base}/manifest`);
    assert.ok(smooth.status >= 400, `Smooth is answered ${smooth.status}`);
    assert.equal((await playlistsOf(published.hls)).length, 2);
    assert.match((await textOf(published.dash)) ?? '', /<MPD/);
  });

  test('38: it is for encoding events that are fed by RTMP', async () => {
    const refused = async (create: unknown): Promise<unknown> => {
      const { status, code } = await request(stage.lectern, 'PUT', '/liveEvents/refused', create);
      return [status, code];
    };

    assert.deepEqual(await refused({ ...V2, input: { streamingProtocol: 'RTMP' } }), [400, 'request/invalid']);
    for (const streamingProtocol of ['FragmentedMP4', 'TransportStream']) {
      const create = { ...V2, input: { streamingProtocol }, encoding: ENCODING };
      assert.deepEqual(await refused(create), [400, 'request/invalid'], streamingProtocol);
    }
    assert.equal((await request(stage.lectern, 'GET', '/liveEvents/refused')).status, 404);
  });
});

/** How long ago the newest part ended, by the playlist's own times. */
async function edgeAgeSeconds(url: string): Promise<number> {
  const text = (await textOf(url)) ?? '';
  const from = text.lastIndexOf('#EXT-X-PROGRAM-DATE-TIME:');
  const startMs = Date.parse(text.slice(from).split('\n')[0]?.slice('#EXT-X-PROGRAM-DATE-TIME:'.length) ?? '');
  const parts = [...text.slice(from).matchAll(/#EXT-X-PART:.*?DURATION=([\d.]+)/g)];
  const seconds = parts.reduce((sum, [, duration]) => sum + Number(duration), 0);
  return (Date.now() - startMs) / 1000 - seconds;
}
