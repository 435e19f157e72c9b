import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright';
import type { OwnedProcesses } from '../../src-main/core/process/create-processes.ts';
import { launchChromium, noChromium } from '../support/browser.ts';
import { ffprobe } from '../support/ffprobe.ts';
import type { Lectern } from '../support/lectern-process.ts';
import { openPlayerPages, type PlayerPages } from '../support/player-pages.ts';
import { missingPrograms, openProcesses } from '../support/real-ffmpeg.ts';
import { type SoundServer, startPulseAudio } from '../support/sound-server.ts';
import { openStage, type Stage, until } from '../support/studio-stage.ts';
import { mkdtempDisposable } from '../support/temporary-folder.ts';
import { startClient, startXvfb, type XServer } from '../support/x-server.ts';

// The whole of what the product is for, once, in the order in which a presenter does it. Each step is a test, so that a failure has a name;
// each needs the ones before.

const skip = noChromium || missingPrograms('ffmpeg', 'ffprobe', 'Xvfb', 'pulseaudio');

let processes: OwnedProcesses;
let display: XServer;
let sound: SoundServer;
let stage: Stage;
let studioBrowser: Browser;
let viewerBrowser: Browser;
let players: PlayerPages;
let page: Page;
let watchUrl = '';
const complaints: string[] = [];
const opened = new AsyncDisposableStack();

before(async () => {
  if (skip !== false) {
    return;
  }
  processes = opened.use(openProcesses());
  display = opened.use(await startXvfb(processes, { screen: '1280x800x24' }));
  await startClient(processes, display.display, 'openbox', []);
  sound = opened.use(await startPulseAudio(processes));
  stage = opened.use(await openStage({ env: { DISPLAY: display.display, ...sound.environment } }));
  studioBrowser = opened.adopt(await launchChromium({ display: display.display }), (browser) => browser.close());
  viewerBrowser = opened.adopt(await launchChromium(), (browser) => browser.close());
  players = opened.use(await openPlayerPages());
  page = await studioBrowser.newPage({ viewport: { width: 1180, height: 680 }, locale: 'en-GB' });
  page.on('console', (message) => {
    if (message.type() === 'error') {
      complaints.push(message.text());
    }
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('response', (response) => {
    if (response.status() >= 400) {
      complaints.push(`${response.status()} ${response.url()}`);
    }
  });
});

after(async () => await opened.disposeAsync());

const lectern = (): Lectern => stage.lectern;

test('the page opens with an invitation to choose what to show', { skip }, async () => {
  await page.goto(lectern().pageUrl);

  await page.getByRole('heading', { name: 'Choose what to show' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Go live' }).isDisabled(), true);
});

test('the screen and a microphone are chosen, and picture and level are seen', { skip }, async () => {
  await page.getByRole('button', { name: 'Choose a source' }).click();
  const dialog = page.getByRole('dialog');
  for (const kind of ['Screen', 'Microphone']) {
    await dialog.getByRole('button', { name: new RegExp(`^${kind}`) }).click();
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await dialog.getByText('In use').waitFor();
  }
  await dialog.getByRole('button', { name: 'Done' }).click();

  // Something of the screen is in the preview: it is not one colour.
  await page.waitForFunction(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('.programme__canvas');
    const pixels = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
    const seen = new Set<number>();
    for (let at = 0; at < pixels.length; at += 4 * 97) {
      seen.add(pixels[at] ?? 0);
    }
    return seen.size > 4;
  });
  await until('both are live', async () => {
    const { sources } = await lectern().call('getStudio', {});
    const states = sources.map(({ spec, state }) => `${spec.kind} ${state}`);
    return states.join() === 'screen live,microphone live' ? true : undefined;
  });
});

test('one press goes live, and the printed address plays within seconds', { skip }, async () => {
  const pressedMs = Date.now();
  await page.getByRole('button', { name: 'Go live' }).click();
  await page.locator('.studio[data-phase="live"]').waitFor();
  const session = await until('there is a session', async () => (await lectern().call('getStudio', {})).session);
  watchUrl = session.urls.watch;

  await using player = await players.play(viewerBrowser, 'hls.js', session.urls.hls);
  const shown = await player.look();

  assert.ok(Date.now() - pressedMs < 15_000, `it took ${Date.now() - pressedMs} ms`);
  assert.ok(shown.width >= 426);
  const heard = await player.page.evaluate(() => {
    const video = document.querySelector('video');
    // Chromium's own count; the only way to know from outside that sound is decoded.
    return video === null ? 0 : Number(Reflect.get(video, 'webkitAudioDecodedByteCount'));
  });
  assert.ok(heard > 0, 'no sound was decoded');
});

test('the watch page plays it to whoever has the link', { skip }, async () => {
  const watch = await viewerBrowser.newPage({ viewport: { width: 390, height: 844 } });
  const errors: string[] = [];
  watch.on('pageerror', (error) => errors.push(error.message));
  await watch.goto(watchUrl);

  await watch.waitForFunction(
    () =>
      (document.querySelector('video')?.currentTime ?? 0) > 0 &&
      (document.querySelector('video')?.videoWidth ?? 0) > 0,
  );
  await watch.close();

  assert.deepEqual(errors, []);
});

test('holding the end button ends it, and the recording is in the archive and plays there', { skip }, async () => {
  await page.getByRole('button', { name: 'Hold to end' }).hover();
  await page.mouse.down();
  await page.getByRole('button', { name: /^Undo/ }).waitFor();
  await page.mouse.up();
  await page.locator('.studio[data-phase="off-air"]').waitFor({ timeout: 15_000 });

  await page.getByRole('link', { name: 'Archive' }).click();
  await page.getByText('Verified').waitFor();
  const [asset] = (await lectern().call('listAssets', {})).value;
  assert.equal(asset?.state, 'ready');
  await page.goto(`${lectern().controlUrl}/#/archive/${asset.name}`);
  await page.getByRole('button', { name: /^Play/ }).click();
  await page.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 0.5);
});

test('the recording is saved as an MP4 that any player takes', { skip }, async () => {
  await page.getByRole('button', { name: 'Save as a file' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByText('Checked and ready').waitFor({ timeout: 30_000 });

  const [asset] = (await lectern().call('listAssets', {})).value;
  assert.ok(asset);
  const [job] = (await lectern().call('listExports', { params: { name: asset.name } })).value;
  assert.ok(job);
  await using folder = await mkdtempDisposable(join(tmpdir(), 'lectern-saved-'));
  const saved = join(folder.path, 'saved.mp4');
  const file = await fetch(`${lectern().controlUrl}/api/v1/assets/${asset.name}/exports/${job.id}/file`, {
    headers: { Authorization: `Bearer ${lectern().token}` },
  });
  await writeFile(saved, Buffer.from(await file.arrayBuffer()));
  const { codecs, starts, seconds } = await ffprobe(saved);
  assert.deepEqual(codecs, ['video h264', 'audio aac']);
  assert.ok(Math.abs((starts[0] ?? 9) - (starts[1] ?? 0)) < 0.05, `A/V start ${starts.join()}`);
  // On a computer that is busy with other things there may be gaps; the file keeps to the clock.
  const span = asset.gaps.reduce((sum, { duration }) => sum + duration, asset.duration);
  assert.ok(Math.abs((seconds ?? 0) - span) < 0.2, `${String(seconds)} s of ${span} s`);
});

test('the page had nothing to complain about', { skip }, () => {
  assert.deepEqual(complaints, []);
});
