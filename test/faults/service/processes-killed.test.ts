import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { Browser } from 'playwright';
import { launchChromium, noChromium } from '../../support/browser.ts';
import { descendants, isAlive } from '../../support/descendants.ts';
import { frameMd5s } from '../../support/ffprobe.ts';
import { openPlayerPages, type PlayerPages } from '../../support/player-pages.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { end, goLive, openStage, type Stage, until } from '../../support/studio-stage.ts';
import { type Watched, watchPicture } from '../../support/watched-picture.ts';

const skip = process.platform === 'linux' ? noChromium || missingPrograms('ffmpeg', 'ffprobe') : 'needs Linux';

let browser: Browser;
let pages: PlayerPages;
const opened = new AsyncDisposableStack();

before(async () => {
  if (skip === false) {
    browser = opened.adopt(await launchChromium(), (launched) => launched.close());
    pages = opened.use(await openPlayerPages());
  }
});
after(async () => await opened.disposeAsync());

/** The newest of its kind: where the computer is too slow, an encoder may just be taking over from another. */
function kill(stage: Stage, what: RegExp): void {
  const newest = descendants(stage.lectern.pid).findLast(({ command }) => what.test(command));
  assert.ok(newest, `no process is ${String(what)}`);
  process.kill(newest.pid, 'SIGKILL');
}

for (const { name, command } of [
  { name: 'the encoder', command: /ffmpeg.*libx264/ },
  { name: 'the mixer', command: /mixer-main/ },
]) {
  test(`${name} is killed while live: viewers go on at the same address within 4 s, and only the gap is missing from the recording`, {
    skip,
  }, async () => {
    await using stage = await openStage();
    const { lectern } = stage;
    const session = await goLive(lectern);
    await using page = await browser.newPage();
    const picture = await watchPicture(page);
    await page.goto(session.urls.watch);
    await until('the viewer has a picture', async () => ((await picture.look()).frames > 0 ? true : undefined));
    await page.waitForTimeout(3000);
    const mostMs = 4000 * slowness();
    await picture.look();

    const killedMs = Date.now();
    kill(stage, command);
    // What the viewer has fetched ahead hides some of it; what is seen is a picture that stands still.
    const looks: Watched[] = [];
    let sinceMs = killedMs + 500;
    for (const what of ['a picture that was made after it', 'that it goes on']) {
      const seenMs = await until(
        `the viewer sees ${what}`,
        async () => {
          const look = await picture.look();
          looks.push(look);
          const madeMs = look.delay === undefined ? 0 : Date.now() - 1000 * look.delay;
          return madeMs > sinceMs ? madeMs : undefined;
        },
        mostMs + 20_000,
      );
      sinceMs = seenMs + 2000;
    }
    const stillMs = 1000 * Math.max(...looks.map(({ longestStill }) => longestStill));
    assert.ok(stillMs < mostMs, `the picture stood still for ${stillMs} ms`);
    const playlist = await (
      await fetch(session.urls.hls.replace('manifest(', 'QualityLevels(400000)/Manifest(video,'))
    ).text();
    await end(lectern);

    const asset = await lectern.call('getAsset', { params: { name: session.asset ?? '' } });
    assert.equal(asset.state, 'ready');
    // The mixer feeds a new encoder from what it remembers: then nothing at all is missing.
    assert.ok(asset.gaps.length <= 1, JSON.stringify(asset.gaps));
    const missing = asset.gaps[0]?.duration ?? 0;
    assert.ok(missing * 1000 < mostMs, JSON.stringify(asset.gaps));
    assert.equal(playlist.includes('#EXT-X-DISCONTINUITY\n'), missing > 0);
    // It decodes from beginning to end.
    const frames = await frameMd5s(['-i', session.urls.hls], 'v:0');
    assert.ok(Math.abs(frames.length - asset.duration * 30) < 2, `${frames.length} frames in ${asset.duration} s`);
  });
}

/** How many times longer a program takes now that others want the processors too: 1 when it has one for itself, and no more than 3. */
function slowness(): number {
  const startedMs = performance.now();
  const before = process.cpuUsage();
  while (performance.now() - startedMs < 500) {
    // Nothing else shows how much of a processor one would get.
  }
  const { user, system } = process.cpuUsage(before);
  return Math.min(3, Math.max(1, (1000 * (performance.now() - startedMs)) / (user + system)));
}

test('the service is killed while recording: at its next start the recording is whole by itself, at the same address', {
  skip,
}, async () => {
  await using stage = await openStage();
  const session = await goLive(stage.lectern);
  const children = descendants(stage.lectern.pid);
  await wait(6000);
  const asset = session.asset ?? '';
  const recordedSeconds = (await stage.lectern.call('getAsset', { params: { name: asset } })).duration;
  assert.ok(recordedSeconds > 4);

  await stage.lectern.kill();
  await until('its children are gone too', () => {
    const alive = children.filter(({ pid }) => isAlive(pid));
    return alive.length === 0 ? true : undefined;
  });
  const lectern = await stage.restart();

  const found = await lectern.call('getAsset', { params: { name: asset } });
  assert.equal(found.state, 'ready');
  assert.ok(found.duration > recordedSeconds - 0.5, `${found.duration} s of ${recordedSeconds} s`);
  assert.deepEqual(found.gaps, []);
  const address = session.urls.hls.replace(/^http:\/\/[^/]+/, lectern.originUrl);
  await using viewer = await pages.play(browser, 'hls.js', address);
  assert.ok((await viewer.playsOn(1)).time < 4, 'it is on demand now');
  assert.equal((await frameMd5s(['-i', address], 'v:0')).length, Math.round(found.duration * 30));
  assert.deepEqual(
    (await lectern.call('listLiveEvents', {})).value.filter(({ resourceState }) => resourceState !== 'Stopped'),
    [],
  );
});
