import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright';
import { build } from '../../../src-main/bootstrap/targets.mjs';
import type { BrowserSource } from '../../../src-main/shared/api/browser-source.ts';
import { launchChromium, noChromium } from '../../support/browser.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { openStudioPreview, type StudioPreview } from '../../support/studio-preview.ts';
import { openStage, type Stage, until } from '../../support/studio-stage.ts';

// A real browser with a made-up camera (green, with a clock) and microphone (a beep each second), a real service, a real decoder.

const skip = noChromium || missingPrograms('ffmpeg');
const WITHIN_MS = 40_000;

let stage: Stage;
let browser: Browser;
let context: BrowserContext;
let preview: StudioPreview;
const complaints: string[] = [];

before(async () => {
  if (skip !== false) {
    return;
  }
  await build(['renderer']);
  browser = await launchChromium({
    args: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
  });
  context = await browser.newContext({ locale: 'en-GB' });
  stage = await openStage();
  await stage.lectern.call('putSources', {
    body: { sources: [{ id: 'guest', kind: 'browser', name: 'Anna' }] },
  });
  preview = await openStudioPreview(stage.lectern);
});

after(async () => {
  if (skip === false) {
    preview[Symbol.dispose]();
    await stage[Symbol.asyncDispose]();
    await browser.close();
  }
});

async function linksOf(): Promise<BrowserSource> {
  return await stage.lectern.call('getBrowserSource', { params: { source: 'guest' } });
}

async function openCapture(arrange?: (page: Page) => Promise<void>): Promise<Page> {
  const page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) {
      complaints.push(message.text());
    }
  });
  await arrange?.(page);
  await page.goto((await linksOf()).links[0]?.url ?? '');
  return page;
}

/** Chromium's camera is green: both colour differences are far below the middle. The slate has none. */
function isCamera(): boolean {
  const { u, v } = preview.pixel(0.9, 0.5);
  return u > 0 && u < 110 && v < 110;
}

async function isSeen(): Promise<void> {
  await until('the camera is in the programme', () => (isCamera() ? true : undefined), WITHIN_MS);
}

test('the camera of a browser is in the programme, with its sound, until it is stopped there', {
  skip,
}, async () => {
  const page = await openCapture();
  assert.equal(new URL(page.url()).hash, '', 'the key does not stay in the address');
  await page.getByText('You are “Anna” in the studio.').waitFor();

  await page.getByRole('button', { name: 'Use camera and microphone' }).click();
  await isSeen();
  await page.locator('.chip', { hasText: 'Connected' }).waitFor({ timeout: WITHIN_MS });
  await until('the beep is heard', () => (preview.level() > -40 ? true : undefined), WITHIN_MS);
  const { page: sending } = await linksOf();
  assert.match(sending?.videoCodec ?? '', /^(?:avc1\.|vp8$)/);
  assert.equal(sending?.name, 'Chrome, Linux');

  await page.getByRole('button', { name: 'Stop sending' }).click();
  await until('the slate is shown', () => (isCamera() ? undefined : true), WITHIN_MS);
  assert.equal((await linksOf()).page, undefined);
  await page.close();
});

test('a browser without H.264 sends VP8', { skip }, async () => {
  const page = await openCapture(async (fresh) => {
    await fresh.addInitScript(() => {
      const ask = VideoEncoder.isConfigSupported.bind(VideoEncoder);
      VideoEncoder.isConfigSupported = async (config) =>
        config.codec.startsWith('avc1') ? { supported: false, config } : await ask(config);
    });
  });

  await page.getByRole('button', { name: 'Use camera and microphone' }).click();
  await isSeen();

  assert.equal((await linksOf()).page?.videoCodec, 'vp8');
  await page.close();
});

test('another page takes the place and the first is told; new links end them all', { skip }, async () => {
  const first = await openCapture();
  await first.getByRole('button', { name: 'Use camera and microphone' }).click();
  await isSeen();
  const second = await openCapture();
  await second.getByRole('button', { name: 'Use camera and microphone' }).click();

  await first
    .getByRole('alert')
    .filter({ hasText: 'Another page sends in your place now.' })
    .waitFor({ timeout: WITHIN_MS });
  await first.close();
  await second.locator('.chip', { hasText: 'Connected' }).waitFor({ timeout: WITHIN_MS });
  await stage.lectern.call('renewBrowserLinks', { params: { source: 'guest' } });

  await second.getByText('This link lets nobody in any more.').first().waitFor({ timeout: WITHIN_MS });
  assert.deepEqual(complaints, []);
});
