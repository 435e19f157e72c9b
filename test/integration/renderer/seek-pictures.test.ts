import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { writePictureCues } from '../../../src-main/core/storyboard/cues-text.ts';
import { noChromium } from '../../support/browser.ts';
import { withArchive } from '../../support/fake-service/scenarios.ts';
import { openBrowser, openPage, type Tabs } from './open-page.ts';

const skip = noChromium;
/** Of the recording in the scenario. */
const BEGIN = Date.parse('2026-11-12T13:15:00.000Z');
const LENGTH = 5412;
/** Pictures of ten minutes, two in a sprite. */
const STEP = 600;
const SPRITE =
  '<svg xmlns="http://www.w3.org/2000/svg" width="512" height="144"><rect width="256" height="144"/></svg>';

let browser: Tabs;

before(async () => {
  if (skip === false) {
    browser = await openBrowser();
  }
});

after(async () => {
  if (skip === false) {
    await browser.close();
  }
});

function storyboard(): string {
  return writePictureCues(
    BEGIN,
    Array.from({ length: Math.ceil(LENGTH / STEP) }, (_, index) => ({
      startMs: index * STEP * 1000,
      endMs: (index + 1) * STEP * 1000,
      url: `Storyboard(start=1,interval=600,sprite=${Math.floor(index / 2) + 1}).jpg`,
      x: (index % 2) * 256,
      y: 0,
      width: 256,
      height: 144,
    })),
  );
}

async function openRecording(t: Parameters<typeof openPage>[1], status: number, size?: 'laptop' | 'phone') {
  const opened = await openPage(browser, t, { arrange: withArchive, ...(size === undefined ? {} : { size }) });
  const { page } = opened;
  const headers = { 'Access-Control-Allow-Origin': '*' };
  await page.route('**/Storyboard.vtt', (route) =>
    route.fulfill({ status, headers, contentType: 'text/vtt', body: storyboard() }),
  );
  await page.route(/Storyboard\(.*\.jpg/, (route) =>
    route.fulfill({ status, headers, contentType: 'image/svg+xml', body: SPRITE }),
  );
  await page.evaluate(() => {
    location.hash = '/archive/lecture-7';
  });
  const bar = page.locator('.timeline__bar');
  await bar.scrollIntoViewIfNeeded();
  const point = async (fraction: number): Promise<void> => {
    const box = await bar.boundingBox();
    assert(box !== null);
    await page.mouse.move(box.x + fraction * box.width, box.y + box.height / 2);
  };
  return { ...opened, bar, point, picture: page.locator('.timeline__picture') };
}

test('the archive shows over its bar what is where one points, inside of the bar', { skip }, async (t) => {
  for (const size of ['laptop', 'phone'] as const) {
    const { picture, point, bar, page } = await openRecording(t, 200, size);
    const area = await bar.boundingBox();
    assert(area !== null);
    for (const [fraction, sprite, x] of [
      [0.02, 1, 0],
      [0.5, 3, 0],
      [0.99, 5, 0],
      [0.6, 3, 1],
    ] as const) {
      await point(fraction);
      await picture.waitFor();
      await page.waitForFunction(
        (wanted) =>
          document.querySelector<HTMLElement>('.timeline__picture')?.style.backgroundImage.includes(wanted),
        `sprite=${sprite})`,
      );

      const position = await picture.evaluate((element) => element.style.backgroundPositionX);
      assert.equal(Math.abs(Math.round(Number.parseFloat(position))), x * 208, `at ${fraction}`);
      const box = await picture.boundingBox();
      assert(box !== null && box.x >= area.x - 1 && box.x + box.width <= area.x + area.width + 1);
      assert(box.y + box.height <= area.y, 'it does not cover the bar');
      assert.equal((await bar.boundingBox())?.y, area.y, 'nothing moves');
    }
    assert.equal(await picture.getAttribute('aria-hidden'), 'true');
    await page.mouse.move(2, 2);
    await picture.waitFor({ state: 'detached' });
  }
});

test('keys on the bar of the archive show the picture for a moment', { skip }, async (t) => {
  const { picture, bar, page } = await openRecording(t, 200);
  await bar.getByRole('slider').focus();

  await page.keyboard.press('ArrowRight');

  await picture.waitFor();
  await picture.waitFor({ state: 'detached' });
});

test('without pictures the bar of the archive is as it was', { skip }, async (t) => {
  const { picture, point, page } = await openRecording(t, 403);

  await point(0.5);
  await page.waitForTimeout(500);

  assert.equal(await picture.count(), 0);
});
