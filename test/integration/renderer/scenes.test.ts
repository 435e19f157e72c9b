import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { noChromium } from '../../support/browser.ts';
import { withSources } from '../../support/fake-service/scenarios.ts';
import { until } from '../../support/studio-stage.ts';
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

test('a scene is taken with its key, and looked at first when that was asked for', { skip }, async (t) => {
  const { page, service, errors } = await openPage(browser, t, { arrange: withSources });
  const onAir = (): string => JSON.stringify(service.world.studio.scene);
  await page.getByRole('radio', { name: /^Picture in picture/ }).waitFor();

  await page.locator('#main').focus();
  await page.keyboard.press('3');
  await until('it is on air', () => (onAir().includes('picture-in-picture') ? true : undefined));
  await page.locator('.shot[data-selected]', { hasText: 'Picture in picture' }).waitFor();

  await page.getByRole('button', { name: 'Look at a scene before it goes on air' }).click();
  await page.locator('#main').focus();
  await page.keyboard.press('4');
  await page.getByRole('img', { name: 'Side by side, as it would look on air' }).waitFor();
  await page.getByText('Side by side is ready').waitFor();
  assert.match(onAir(), /picture-in-picture/, 'viewers see nothing of it');

  await page.keyboard.press('t');
  await until('it is on air', () => (onAir().includes('side-by-side') ? true : undefined));
  assert.deepEqual(errors, []);
});

test('a scene of one’s own is made, shown while it is made, and deleted', { skip }, async (t) => {
  const { page, service, errors } = await openPage(browser, t, { arrange: withSources });
  await page.getByRole('button', { name: 'Scenes', exact: true }).click();
  await page.getByRole('button', { name: 'Own layout' }).click();

  await page.getByLabel('Name').fill('Lab');
  await page.getByRole('button', { name: 'Text', exact: true }).click();
  await page.getByLabel('Text', { exact: true }).last().fill('Experiment 3');
  await page.getByRole('img', { name: 'Lab, as it would look on air' }).waitFor();
  await page.getByRole('button', { name: 'Save' }).click();

  await page.getByText('Lab', { exact: true }).first().waitFor();
  const made = service.calls.find(({ name }) => name === 'createScene');
  assert.match(JSON.stringify(made?.body), /Experiment 3/);
  await page.getByRole('button', { name: 'Delete Lab' }).click();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await until('it is deleted', () => service.calls.find(({ name }) => name === 'deleteScene'));
  assert.deepEqual(errors, []);
});

test('each event has scenes of its own: a collection is made, changed to, and deleted', { skip }, async (t) => {
  const { page, errors } = await openPage(browser, t, { arrange: withSources });
  await page.getByRole('button', { name: 'Scenes', exact: true }).click();
  const chosen = page.getByRole('button', { name: 'Scenes of' });
  await chosen.getByText('All events').waitFor();

  await page.getByRole('button', { name: 'New collection' }).click();
  await page.getByLabel('Name').fill('All hands');
  await page.getByRole('button', { name: 'Make it' }).click();
  await chosen.getByText('All hands').waitFor();
  await page.getByRole('button', { name: 'Delete Side by side' }).click();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByRole('button', { name: 'Delete Side by side' }).waitFor({ state: 'detached' });

  await chosen.click();
  await page.getByRole('option', { name: 'All events' }).click();
  await page.getByRole('button', { name: 'Delete Side by side' }).waitFor();

  await chosen.click();
  await page.getByRole('option', { name: 'All hands' }).click();
  await page.getByRole('button', { name: 'Delete this collection' }).click();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await chosen.getByText('All events').waitFor();
  await page.getByRole('button', { name: 'Delete this collection' }).waitFor({ state: 'detached' });
  assert.deepEqual(errors, []);
});

test('a name lies on the picture when its words are there, and goes with one key', { skip }, async (t) => {
  const { page, service, errors } = await openPage(browser, t, { arrange: withSources });
  const patches = (): string => JSON.stringify(service.calls.filter(({ name }) => name === 'patchOverlays'));
  await page.getByRole('button', { name: 'Scenes', exact: true }).click();
  await page.getByRole('tab', { name: 'Logo and names' }).click();

  await page.getByLabel('Name', { exact: true }).fill('Dr. Maria Müller');
  await page.getByRole('button', { name: 'Use these words' }).click();
  await page.getByRole('button', { name: 'Done' }).click();
  const button = page.getByRole('button', { name: 'Name on the picture' });
  await button.waitFor();
  await page.locator('#main').focus();
  await page.keyboard.press('l');

  await page.waitForFunction(() => document.querySelector('.icon-button[aria-pressed="true"]') !== null);
  assert.match(patches(), /Müller.*"on":true/);
  assert.deepEqual(errors, []);
});
