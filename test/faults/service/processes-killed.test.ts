import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { Browser } from 'playwright';
import { launchChromium, noChromium } from '../../support/browser.ts';
import { descendants } from '../../support/descendants.ts';
import { frameMd5s } from '../../support/ffprobe.ts';
import { openPlayerPages, type PlayerPages } from '../../support/player-pages.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { end, goLive, openStage, type Stage, until } from '../../support/studio-stage.ts';

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
    await using viewer = await pages.play(browser, 'hls.js', session.urls.hls);
    await viewer.playsOn(3);

    const killedMs = Date.now();
    kill(stage, command);
    // A picture that was made after the kill.
    const backMs = await until('the viewer sees a new picture', async () => {
      const { burnt, now, errors } = await viewer.look();
      assert.deepEqual(errors, []);
      return burnt !== undefined && burnt > killedMs + 500 ? now : undefined;
    });
    await viewer.playsOn(2);
    const playlist = await (
      await fetch(session.urls.hls.replace('manifest(', 'QualityLevels(400000)/Manifest(video,'))
    ).text();
    await end(lectern);

    const asset = await lectern.call('getAsset', { params: { name: session.asset ?? '' } });
    assert.equal(asset.state, 'ready');
    // The mixer feeds a new encoder from what it remembers: then nothing at all is missing.
    assert.ok(asset.gaps.length <= 1, JSON.stringify(asset.gaps));
    const missing = asset.gaps[0]?.duration ?? 0;
    assert.ok(missing < 4, JSON.stringify(asset.gaps));
    assert.equal(playlist.includes('#EXT-X-DISCONTINUITY\n'), missing > 0);
    // It decodes from beginning to end.
    const frames = await frameMd5s(['-i', session.urls.hls], 'v:0');
    assert.ok(Math.abs(frames.length - asset.duration * 30) < 2, `${frames.length} frames in ${asset.duration} s`);
    assert.ok(backMs - killedMs < 4000 + (await delay(viewer.look)), `${backMs - killedMs} ms`);
  });
}

/** How far behind the viewer is anyhow: the gap is seen that much later. */
async function delay(
  look: () => Promise<{ readonly burnt: number | undefined; readonly now: number }>,
): Promise<number> {
  const { burnt, now } = await look();
  return burnt === undefined ? 0 : now - burnt;
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

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
