import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Browser } from 'playwright';
import { launchChromium, noChromium } from '../support/browser.ts';
import { ffprobe } from '../support/ffprobe.ts';
import { openPlayerPages, PLAYERS, type PlayerName, type PlayerPages } from '../support/player-pages.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { end, goLive, openStage, type Session, type Stage, until } from '../support/studio-stage.ts';
import { vlcShows } from '../support/vlc.ts';

// One broadcast with the test picture, whose every frame says when it was made, in the players that viewers use.

const skip = noChromium || missingPrograms('ffmpeg', 'ffprobe');
const NAMES: readonly PlayerName[] = ['hls.js', 'video.js', 'shaka', 'dash.js'];
/** Of the picture that a player shows, when it plays at the live edge: what a viewer would call live. */
const LIVE_DELAY_MS = 12_000;

let stage: Stage;
let browser: Browser;
let pages: PlayerPages;
let session: Session;
const run = promisify(execFile);
const opened = new AsyncDisposableStack();

before(async () => {
  if (skip !== false) {
    return;
  }
  stage = opened.use(await openStage());
  browser = opened.adopt(await launchChromium(), (launched) => launched.close());
  pages = opened.use(await openPlayerPages());
  session = await goLive(stage.lectern, 'Players');
  // As much as there has to be to go back to.
  await wait(4000);
});

after(async () => await opened.disposeAsync());

const addressFor = (name: PlayerName): string =>
  PLAYERS[name].format === 'm3u8-cmaf' ? session.urls.hls : session.urls.dash;

for (const name of NAMES) {
  test(`${name} plays the live stream with little delay, and what was then when the viewer goes back`, {
    skip,
  }, async () => {
    // One at a time: four pages that decode are more than two cores have beside the encoder.
    await using player = await pages.play(browser, name, addressFor(name));
    const live = await player.playsOn(2);
    assert.ok(live.seekable && live.burnt !== undefined, 'the picture has no mark');
    assert.ok(live.now - live.burnt < LIVE_DELAY_MS, `${live.now - live.burnt} ms behind`);
    assert.ok(live.now - live.burnt > 0);

    // Of pictures as they come and not of the clock beside them: sound may go on while video.js waits for the key frame of another quality.
    const newest = await player.nextFrame();
    await player.seek(Math.max(live.seekable[0] + 0.5, live.time - 8));
    await wait(300);
    await player.playsOn(0.5);
    const then = await player.nextFrame();

    assert.ok(newest.burnt !== undefined && then.burnt !== undefined, 'the picture has no mark');
    const mediaStep = newest.mediaTime - then.mediaTime;
    const pictureStep = (newest.burnt - then.burnt) / 1000;
    assert.ok(mediaStep > 1, `it did not go back: ${mediaStep} s`);
    assert.ok(Math.abs(mediaStep - pictureStep) < 0.02, `${mediaStep} s of time, ${pictureStep} s of picture`);
  });
}

test('ffprobe and ffmpeg read both manifests', { skip }, async () => {
  for (const address of [session.urls.hls, session.urls.dash]) {
    const { codecs } = await ffprobe(address);
    assert.ok(codecs.includes('video h264') && codecs.includes('audio aac'), `${address}: ${codecs.join()}`);
    // ffplay without its window: everything it does but show.
    const { stderr } = await run('ffmpeg', ['-v', 'error', '-i', address, '-t', '3', '-f', 'null', '-'], {
      timeout: 30_000,
    });
    assert.equal(stderr, '');
  }
});

test('VLC plays it', { skip: skip || missingPrograms('vlc') }, async () => {
  await vlcShows(session.urls.hls, 40_000);
});

test('after the end every player reaches it without an error, and the same address plays on demand from the beginning', {
  skip,
}, async () => {
  const name: PlayerName = 'hls.js';
  await using viewer = await pages.play(browser, name, addressFor(name));

  await end(stage.lectern);
  await viewer.page.waitForFunction(() => document.querySelector('video')?.ended === true, undefined, {
    timeout: 30_000,
  });
  assert.deepEqual((await viewer.look()).errors, []);

  // Those who were watching are shown the end first; then it is a recording.
  await until('it is on demand', async () => {
    const response = await fetch(session.urls.dash);
    return (await response.text()).includes('type="static"') ? true : undefined;
  });
  for (const again of NAMES) {
    await using player = await pages.play(browser, again, addressFor(again));
    const { time, seekable } = await player.playsOn(0.5);
    assert.ok(time < 10, `${again} begins at ${time} s`);
    assert.ok(seekable !== undefined && seekable[1] - seekable[0] > 10);
  }
});
