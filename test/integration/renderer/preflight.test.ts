import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright';
import { noChromium } from '../../support/browser.ts';
import { withSources } from '../../support/fake-service/scenarios.ts';
import { openBrowser, openPage, type Tabs } from './open-page.ts';

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

const sheet = (page: Page) => page.getByRole('dialog', { name: 'Before you go live' });

test('the list ticks itself, names the weakest, and Enter goes live', { skip }, async (t) => {
  const { page, errors } = await openPage(browser, t, { arrange: withSources });

  await page.keyboard.press('c');
  const goLive = sheet(page).getByRole('button', { name: /^Go live/ });
  assert.equal(await goLive.evaluate((button) => button === document.activeElement), true);
  await sheet(page).getByText('Everything works. The weakest: Power.').waitFor();
  const rows = await sheet(page).getByRole('listitem').allInnerTexts();
  await page.keyboard.press('Enter');
  await page.locator('.studio[data-phase="live"]').waitFor();

  const text = rows.join('\n');
  assert.match(text, /This computer holds 1080p \+ 720p \+ 480p, 2\.1× as fast as needed\./);
  assert.match(text, /Room for 5 hrs? 10 mins? of recording\./);
  assert.match(text, /Battery for 1 hr 50 mins? \(64 %\)\.\s*Weakest/);
  assert.equal(await sheet(page).count(), 0);
  assert.deepEqual(errors, []);
});

test('whoever does not wait for the checks goes live at once, and a thing that does not work keeps nobody', {
  skip,
}, async (t) => {
  const { page, service } = await openPage(browser, t, { arrange: withSources });
  await page.getByRole('button', { name: 'Check' }).click();
  await sheet(page).getByText('Everything works.').waitFor();
  service.change('Lectern.PreflightChanged', 'studio/preflight', () => ({
    id: 'p',
    state: 'done',
    startedAt: new Date().toISOString(),
    checks: [
      {
        id: 'disk',
        kind: 'disk',
        label: 'Disk',
        state: 'bad',
        margin: 0,
        finding: { code: 'disk-full' },
        detail: '',
      },
    ],
    weakest: 'disk',
    summary: '',
  }));

  await sheet(page).getByText('One thing does not work: Disk. You can go live all the same.').waitFor();
  await sheet(page).getByRole('button', { name: 'Go live anyway' }).click();

  await page.locator('.studio[data-phase="live"]').waitFor();
});

test('one press goes live; who wants the list first says so once, and the page remembers', { skip }, async (t) => {
  const { page, service } = await openPage(browser, t, { arrange: withSources });
  await page.getByRole('button', { name: 'Check' }).click();
  await sheet(page).getByText('Show this list when I press “Go live”').click();
  await page.keyboard.press('Escape');
  await sheet(page).waitFor({ state: 'detached' });

  await page.reload();
  await page.goto(service.pageUrl());
  await page.getByRole('button', { name: 'Go live' }).click();
  await sheet(page)
    .getByRole('button', { name: /^Go live/ })
    .click();

  await page.locator('.studio[data-phase="live"]').waitFor();
});

test('in a rehearsal a fault is made, undone and explained, and the page says that it is one', {
  skip,
}, async (t) => {
  const { page, errors } = await openPage(browser, t, { arrange: withSources });
  await page.getByRole('button', { name: 'Rehearse' }).click();
  await page.locator('.studio[data-phase="rehearsing"]').waitFor();
  const drill = page.getByRole('region', { name: 'Fire drill' });

  await drill.getByRole('button', { name: 'Freeze the picture' }).click();
  await drill.getByText(/stand still for 1\.0 s, then the slate for 5\.1 s/).waitFor();
  await drill.getByRole('button', { name: 'Kill the encoder' }).click();
  await drill.getByText(/A new encoder had taken over after 0\.6 s, and not a picture is missing\./).waitFor();

  assert.equal(await drill.getByRole('listitem').count(), 2);
  assert.equal(await page.getByText('Rehearsing', { exact: true }).count(), 1);
  await page.getByRole('button', { name: 'End rehearsal' }).click();
  await drill.waitFor({ state: 'detached' });
  assert.deepEqual(errors, []);
});
