import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { noChromium } from '../../support/browser.ts';
import { anAsset, withSources } from '../../support/fake-service/scenarios.ts';
import { until } from '../../support/studio-stage.ts';
import { goLive, goTo, openBrowser, openPage, type Tabs } from './open-page.ts';

const skip = noChromium;

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

test('nothing is captured before it is chosen', { skip }, async (t) => {
  const { page, service } = await openPage(browser, t);

  await page.getByText('Until you choose, nothing is captured.').waitFor();

  const called = service.calls.map(({ name }) => name);
  assert.deepEqual(
    called.filter((name) => ['getDevices', 'putSources', 'getPreview', 'rehearse', 'goLive'].includes(name)),
    [],
  );
});

test('the token leaves the address bar and survives a reload', { skip }, async (t) => {
  const { page } = await openPage(browser, t, { arrange: withSources });

  assert.equal(new URL(page.url()).hash, '');
  await page.reload();
  await page.getByRole('button', { name: 'Go live' }).waitFor();
});

test('a whole broadcast can be made with the keyboard alone', { skip }, async (t) => {
  const { page, service, errors } = await openPage(browser, t);
  const press = async (name: string | RegExp): Promise<void> => {
    await page.getByRole('button', { name }).first().focus();
    await page.keyboard.press('Enter');
  };

  await press('Use the test picture');
  await page.locator('.shot[data-selected]').waitFor();
  await press('Go live');
  await page.locator('.studio[data-phase="live"]').waitFor();

  // A key that is only touched ends nothing, and neither does the space bar.
  await page.locator('#main').focus();
  await page.keyboard.press('e');
  await page.keyboard.press('Space');
  await page.keyboard.press('m');
  await page.getByText('Marked at').waitFor();
  await page.keyboard.press('0');
  await page.waitForFunction(() => document.querySelector('.shot[data-selected]')?.textContent.includes('Slate'));
  assert.equal(service.world.studio.phase, 'live');

  await page.keyboard.down('e');
  await page.locator('.studio[data-phase="ending"]').waitFor();
  await page.keyboard.up('e');
  await page.keyboard.press('u');
  await page.locator('.studio[data-phase="live"]').waitFor();
  assert.equal(service.calls.filter(({ name }) => name === 'endLive').length, 1);

  await page.keyboard.press('Control+2');
  await page.getByRole('heading', { name: 'Archive' }).waitFor();
  await page.getByText('Recording', { exact: true }).waitFor();
  await page.keyboard.press('Control+1');
  await page.getByRole('button', { name: 'Hold to end' }).waitFor();
  assert.deepEqual(errors, []);
});

test('a click on the end button ends nothing; holding it does, and can be taken back', { skip }, async (t) => {
  const { page, service } = await openPage(browser, t, { arrange: withSources });
  await goLive(page);
  const button = page.getByRole('button', { name: 'Hold to end' });

  await button.click();
  await page.getByText('Keep it pressed for a moment to end').waitFor();
  assert.equal(service.calls.filter(({ name }) => name === 'endLive').length, 0);

  await button.hover();
  await page.mouse.down();
  await page.getByRole('button', { name: /^Undo/ }).waitFor();
  await page.mouse.up();
  await page.getByRole('button', { name: /^Undo/ }).click();

  await page.locator('.studio[data-phase="live"]').waitFor();
});

test('the preview is painted while it can be seen and its stream is closed when it cannot', {
  skip,
}, async (t) => {
  const { page, service } = await openPage(browser, t, { arrange: withSources });
  await page.waitForFunction(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('.programme__canvas');
    const pixel = canvas?.getContext('2d')?.getImageData(320, 20, 1, 1).data;
    return pixel !== undefined && (pixel[0] ?? 0) > 200;
  });
  assert.equal(service.openPreviews(), 1);

  await goTo(page, '/settings');
  await until('the stream of the preview is closed', () => (service.openPreviews() === 0 ? true : undefined));

  await goTo(page, '/studio');
  await page.locator('.programme__canvas').waitFor();
  await until('it is open again', () => (service.openPreviews() === 1 ? true : undefined));
});

test('as viewers see it plays the real link and states the delay', { skip }, async (t) => {
  const { page, errors } = await openPage(browser, t, { arrange: withSources });
  await goLive(page);
  // The first segments have to be there before anybody can see them.
  await page.waitForTimeout(6500);

  await page.getByText('As viewers see it').click();

  await page.getByText(/Viewers are \d+\.\d s behind/).waitFor({ timeout: 20_000 });
  assert.deepEqual(errors, []);
});

test('an input that gives no sound is warned about loudly', { skip }, async (t) => {
  const { page, service } = await openPage(browser, t, { arrange: withSources });
  service.silent.add('mic');
  await page.waitForFunction(() => document.querySelector('canvas.meter') !== null);

  // The page's clock is moved on; what it has heard until now was ten seconds ago.
  await page.evaluate(() => {
    const now = Date.now.bind(Date);
    Date.now = () => now() + 10_000;
  });

  await page.getByText('No signal for 10 s').waitFor({ timeout: 15_000 });
});

test('a page that lost touch says so, and is itself again when the service is back', { skip }, async (t) => {
  const { page, service } = await openPage(browser, t, { arrange: withSources });

  await page.route('**/api/v1/events', (route) => route.abort());
  service.dropEvents();
  await page.getByText('This page has lost touch with Lectern').waitFor();
  service.world.studio = { ...service.world.studio, title: 'Changed meanwhile' };
  await page.getByRole('button', { name: 'Try again' }).focus();
  await page.unroute('**/api/v1/events');
  await page.keyboard.press('Enter');

  await page.waitForFunction(
    () => document.querySelector<HTMLInputElement>('.title')?.value === 'Changed meanwhile',
  );
  assert.equal(await page.getByText('This page has lost touch').count(), 0);
});

test('a stream key goes in and nowhere is it shown again', { skip }, async (t) => {
  const { page, service } = await openPage(browser, t, { arrange: withSources });
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByLabel('Name').fill('Channel');
  await page.getByLabel('Address', { exact: true }).fill('http://wrong');
  await page.getByLabel('Stream key').fill('planted-key-4711');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('must be an rtmp://').waitFor();
  await page.getByLabel('Address', { exact: true }).fill('rtmp://live.example.org/app');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('article', { name: 'Channel' }).waitFor();

  assert.equal(service.world.destinations.get('Channel')?.hasStreamKey, true);
  const everywhere = await page.evaluate(
    () =>
      document.documentElement.outerHTML +
      JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)]),
  );
  assert(!everywhere.includes('planted-key-4711'));
});

test('a recording is played, trimmed, saved, published and deleted', { skip }, async (t) => {
  const { page, service, errors } = await openPage(browser, t, {
    route: '/archive/talk',
    exportMs: 600,
    arrange: (world) => world.assets.set('talk', anAsset('talk', { title: 'Talk', duration: 60 })),
  });
  await page.getByRole('button', { name: /^Play/ }).waitFor();
  await page.waitForFunction(() => document.querySelector('.player__host video')?.getAttribute('src') !== null);
  await page.waitForFunction(() => (document.querySelector<HTMLVideoElement>('video')?.readyState ?? 0) > 1);

  await page.locator('#main').focus();
  await page.keyboard.press('l');
  await page.getByText('0:10 / 1:00').waitFor();
  await page.keyboard.press('i');
  await page.getByText('0:10 – 1:00').waitFor();
  await page.getByRole('button', { name: 'Save this part' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByText('Checked and ready').waitFor();
  assert.deepEqual(service.calls.find(({ name }) => name === 'createExport')?.body, {
    format: 'mp4',
    quality: 'top',
    start: 10,
    end: 60,
  });

  await page.getByRole('button', { name: 'New link' }).click();
  await page.getByRole('button', { name: 'Make the link' }).click();
  await page.getByText('Works until you take it back.').waitFor();

  const certificate = page.getByRole('region', { name: 'All there?' });
  await certificate.getByRole('button', { name: 'Check it' }).click();
  await certificate.getByText('Whole, with gaps').waitFor();
  await certificate.getByText(/^Loudness .16\.2 LUFS, peaks .1\.4 dBTP$/).waitFor();
  await certificate.getByRole('button', { name: 'Check again' }).waitFor();

  await page.getByRole('button', { name: 'Delete the recording' }).click();
  await page.getByRole('alertdialog', { name: /Talk/ }).getByRole('button', { name: 'Delete' }).click();
  await page.getByText('“Talk” is being deleted').waitFor();
  await page.getByRole('button', { name: /^Undo/ }).click();
  await page.getByRole('link', { name: /Talk/ }).waitFor();
  assert(service.world.assets.has('talk'));
  assert.deepEqual(errors, []);
});

test('a part of a recording whose key frames are irregular is chosen on them, and what is saved says its real range', {
  skip,
}, async (t) => {
  const { page, service, errors } = await openPage(browser, t, {
    route: '/archive/talk',
    exportMs: 300,
    arrange(world) {
      world.assets.set('talk', anAsset('talk', { title: 'Talk', duration: 60 }));
      world.keyFrames.set('talk', [0, 0.5, 9.7, 17.2, 17.333, 41.4]);
    },
  });
  await page.waitForFunction(() => (document.querySelector<HTMLVideoElement>('video')?.readyState ?? 0) > 1);
  const bar = page.getByRole('region', { name: 'Part to export' });

  await page.locator('#main').focus();
  await page.keyboard.press('l');
  await page.getByText('0:10 / 1:00').waitFor();
  await page.keyboard.press('i');
  await bar.getByText('0:09.7 – 1:00, 0:50.3 long').waitFor();
  const from = page.getByRole('slider', { name: /^From / });
  const to = page.getByRole('slider', { name: /^To / });
  await from.focus();
  await page.keyboard.press('ArrowRight');
  await bar.getByText('0:17.2 – 1:00').waitFor();
  await page.keyboard.press('ArrowRight');
  await bar.getByText('0:17.3 – 1:00').waitFor();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await bar.getByText('0:09.7 – 1:00').waitFor();
  await to.focus();
  await page.keyboard.press('ArrowLeft');
  await bar.getByText('0:09.7 – 0:41.4, 0:31.7 long').waitFor();
  // Dragged to the middle of 17.3 and 41.4 s.
  const handle = await page.locator('.timeline__handle[data-edge="end"]').boundingBox();
  const track = await page.locator('.timeline__trim-track').boundingBox();
  assert(handle !== null && track !== null);
  await page.mouse.move(handle.x + handle.width / 2, handle.y + handle.height / 2);
  await page.mouse.down();
  await page.mouse.move(track.x + (track.width * 20) / 60, handle.y + handle.height / 2, { steps: 5 });
  await page.mouse.move(track.x + (track.width * 17.25) / 60, handle.y + handle.height / 2);
  await page.mouse.up();
  await bar.getByText('0:09.7 – 0:17.3, 0:07.6 long').waitFor();

  await page.getByRole('button', { name: 'Save this part' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('The file will hold 0:09.7 – 0:17.3, 0:07.6 long.').waitFor();
  // The lower quality has key frames of its own.
  service.world.keyFrames.set('talk', [0, 5, 20]);
  await dialog.getByRole('button', { name: /Quality/ }).click();
  await page.getByRole('option', { name: /540p/ }).click();
  await dialog.getByText('The file will hold 0:05 – 0:20, 0:15 long.').waitFor();
  await dialog.getByRole('button', { name: 'Save' }).click();
  const list = page.getByRole('region', { name: 'Files' });
  await list.getByText('0:05 – 0:20, 0:15 long · 540p · 1.0 Mbit/s').waitFor();
  assert.deepEqual(service.calls.find(({ name }) => name === 'createExport')?.body, {
    format: 'mp4',
    quality: 1000,
    start: 9.7,
    end: 17.333,
  });
  assert.deepEqual(errors, []);
});

test('a setting that the service refuses says why at its field, and the one of before stays', {
  skip,
}, async (t) => {
  const { page, service } = await openPage(browser, t, { route: '/settings' });
  const field = page.getByLabel('Viewers can go back');
  await field.fill('30');
  await field.press('Enter');

  await page.getByText('must be between PT1M and PT25H').waitFor();
  assert.equal(service.world.settings.recording.rewindWindowLength, 'PT2H');

  await page.getByLabel('Port for viewers').fill('9000');
  await page.getByLabel('Port for viewers').press('Enter');
  await page.getByText('Takes effect at the next start').waitFor();
});

test('the page speaks German when the settings say so', { skip }, async (t) => {
  const { page, errors } = await openPage(browser, t, {
    arrange: (world) => void (world.settings.language = 'de'),
  });

  await page.getByRole('heading', { name: 'Was möchten Sie zeigen?' }).waitFor();
  await page.keyboard.press('F1');
  await page.getByRole('heading', { name: 'Erste Schritte' }).waitFor();

  assert.equal(await page.evaluate(() => document.documentElement.lang), 'de');
  assert.deepEqual(errors, []);
});

test('a page without its key says how to open it', { skip }, async (t) => {
  const { page, service } = await openPage(browser, t);
  await page.evaluate(() => sessionStorage.clear());

  await page.goto(`${service.url}/`);
  await page.reload();

  await page.getByText('This page was opened without its key').waitFor();
});
