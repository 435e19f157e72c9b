import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Browser } from 'playwright';
import { type Clock, systemClock } from '../../../src-main/base/clock.ts';
import { type Origin, openOrigin } from '../../../src-main/core/origin/origin.ts';
import { createPackager } from '../../../src-main/core/packaging/packager.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import { openFolder } from '../../integration/media/ffmpeg-media.ts';
import {
  type Broadcast,
  encode,
  openBroadcast,
  START_SECONDS,
} from '../../integration/packaging/packaged-media.ts';
import { launchChromium, noChromium } from '../../support/browser.ts';
import { fakePublication } from '../../support/fake-presentation.ts';
import { openPlayerPages, type PlayerPage, type PlayerPages } from '../../support/player-pages.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { fetchManifest } from '../../support/smooth-client.ts';
import { vlcShows } from '../../support/vlc.ts';

/** How long it is live, and from when on people watch, in seconds. */
const LIVE = 75;
const JOIN = 16;

suite('Smooth Streaming in players', { skip: noChromium || missingPrograms('ffmpeg', 'ffprobe') }, () => {
  const opened = new AsyncDisposableStack();
  let browser: Browser;
  let pages: PlayerPages;
  let broadcast: Broadcast;
  let origin: Origin;
  let address: string;
  let seconds: () => number;

  before(async () => {
    const folder = opened.use(openFolder());
    broadcast = opened.use(await openBroadcast(folder, encode(folder, LIVE + 5)));
    browser = opened.adopt(await launchChromium(), (launched) => launched.close());
    pages = opened.use(await openPlayerPages());
    // The clock of the broadcast begins with its media.
    const real = systemClock();
    const began = real.monotonicMs();
    const clock: Clock = { ...real, wallMs: () => Number(START_SECONDS) * 1000 + real.monotonicMs() - began };
    seconds = () => (real.monotonicMs() - began) / 1000;
    const timer = setInterval(() => broadcast.pushUntil(seconds()), 50);
    opened.defer(() => clearInterval(timer));
    origin = opened.use(
      await openOrigin({
        port: 0,
        host: '127.0.0.1',
        packager: createPackager({ clock }),
        findPublication: () => Promise.resolve(fakePublication(broadcast.presentation)),
        watchFolder: undefined,
        clock,
        logger: silentLogger,
        version: '1.0.0',
      }),
    );
    address = `${origin.url()}/0f0e/stream.ism/manifest`;
  });
  after(async () => await opened.disposeAsync());

  /** Runs a program until it has said enough, and gives what it said; ends it after a minute. */
  async function listenTo(
    [program = '', ...args]: readonly string[],
    isEnough: (words: string) => boolean,
  ): Promise<string> {
    const child = spawn(program, args);
    let words = '';
    const listen = (text: string): void => {
      words += text;
      if (isEnough(words)) {
        child.kill('SIGKILL');
      }
    };
    child.stdout.setEncoding('utf8').on('data', listen);
    child.stderr.setEncoding('utf8').on('data', listen);
    const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
    await once(child, 'exit');
    clearTimeout(timer);
    return words;
  }

  async function vlcPlays(source: string): Promise<void> {
    assert.match(await vlcShows(source), /Handling VLC Smooth Stream/);
  }

  async function gstreamerPlays(source: string, pictures: number): Promise<void> {
    const countPictures = (said: string): number => said.split('chain   *').length - 1;
    const words = await listenTo(
      [
        ...['gst-launch-1.0', '-v', 'souphttpsrc', `location=${source}`, '!', 'mssdemux', 'name=demux'],
        ...['demux.video_00', '!', 'queue', '!', 'decodebin', '!', 'fakesink', 'sync=false', 'silent=false'],
      ],
      (said) => countPictures(said) >= pictures,
    );
    assert.ok(countPictures(words) >= pictures, words.slice(-2000));
    assert.doesNotMatch(words, /ERROR/);
  }

  test('what is live plays for 20 s without a stall, also where the viewer goes back to', async () => {
    await pause(Math.max(0, (JOIN - seconds()) * 1000));
    await using player: PlayerPage = await pages.play(browser, 'dash.js-smooth', address);
    const live = await player.playsOn(20, 60_000);
    assert.equal(live.stalls, 0);
    assert.ok(live.seekable !== undefined && live.seekable[1] - live.time < 20);

    await player.seek(live.time - 15);
    const then = await player.playsOn(5, 40_000);

    assert.ok(then.time < live.time, `${then.time} is not before ${live.time}`);
    await player.page.evaluate(`document.querySelector('video').pause()`);
    await pause(3000);
    await player.page.evaluate(`document.querySelector('video').play(); undefined`);
    assert.deepEqual((await player.playsOn(3, 40_000)).errors, []);
  });

  test('VLC shows what is live', { skip: missingPrograms('vlc') }, async () => {
    await vlcPlays(address);
  });

  test('GStreamer plays what is live', { skip: missingPrograms('gst-launch-1.0') }, async () => {
    await gstreamerPlays(address, 120);
  });

  test('after the end all of it plays from the beginning, and at any place', async () => {
    await pause(Math.max(0, (LIVE - seconds()) * 1000));
    await broadcast.end();
    const { live, duration } = await fetchManifest(address);
    assert.equal(live, undefined);
    assert.ok(duration > BigInt(LIVE - 10) * 10_000_000n, String(duration));

    await using player: PlayerPage = await pages.play(browser, 'dash.js-smooth', address);
    const begun = await player.playsOn(20, 60_000);
    assert.equal(begun.stalls, 0);
    assert.ok(begun.time < 25, `it began before ${begun.time}`);
    await player.seek(50);
    const later = await player.playsOn(5, 40_000);
    assert.ok(later.time >= 55, String(later.time));
  });

  test('VLC shows the recording in the form without repetitions, too', {
    skip: missingPrograms('vlc'),
  }, async () => {
    await vlcPlays(`${address}(format=fmp4-v20)`);
  });

  test('GStreamer plays the recording', { skip: missingPrograms('gst-launch-1.0') }, async () => {
    await gstreamerPlays(address, 600);
  });
});
