import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
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

before(async () => {
  if (skip !== false) {
    return;
  }
  processes = openProcesses();
  display = await startXvfb(processes, { screen: '1280x800x24' });
  await startClient(processes, display.display, 'openbox', []);
  sound = await startPulseAudio(processes);
  stage = await openStage({ env: { DISPLAY: display.display, ...sound.environment } });
  studioBrowser = await launchChromium({ display: display.display });
  viewerBrowser = await launchChromium();
  players = await openPlayerPages();
  page = await studioBrowser.newPage({ viewport: { width: 1180, height: 680 }, locale: 'en-GB' });
  page.on('console', (message) => {
    if (message.type() === 'error') {
      complaints.push(message.text());
    }
  });
  page.on('pageerror', (error) => complaints.push(error.message));
});

after(async () => {
  if (skip !== false) {
    return;
  }
  await studioBrowser.close();
  await viewerBrowser.close();
  await players[Symbol.asyncDispose]();
  await stage[Symbol.asyncDispose]();
  await processes[Symbol.asyncDispose]();
  await sound[Symbol.asyncDispose]();
});

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
  const { sources } = await lectern().call('getStudio', {});
  assert.deepEqual(
    sources.map(({ spec, state }) => `${spec.kind} ${state}`),
    ['screen live', 'microphone live'],
  );
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
  assert.ok(job?.path !== undefined && existsSync(job.path));
  const { codecs, seconds } = await ffprobe(job.path);
  assert.deepEqual(codecs, ['video h264', 'audio aac']);
  assert.ok(Math.abs((seconds ?? 0) - asset.duration) < 0.2, `${String(seconds)} s of ${asset.duration} s`);
});

test('the page had nothing to complain about', { skip }, () => {
  assert.deepEqual(complaints, []);
});
