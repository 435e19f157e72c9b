import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { noChromium } from '../../support/browser.ts';
import { withSources } from '../../support/fake-service/scenarios.ts';
import { openBrowser, openPage, type Tabs } from './open-page.ts';

let browser: Tabs;

before(async () => {
  if (noChromium === false) {
    browser = await openBrowser();
  }
});
after(async () => {
  if (noChromium === false) {
    await browser.close();
  }
});

test('a browser is added by key with a name; its links are there at once, and new ones on request', {
  skip: noChromium,
}, async (t) => {
  const { page, errors } = await openPage(browser, t, {
    arrange(world) {
      withSources(world);
      world.settings.network.remote = true;
      world.settings.network.certificateFile = '/certificate.pem';
    },
  });
  await page.getByRole('button', { name: 'Sources', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: /^A browser/ }).focus();
  await page.keyboard.press('Enter');
  await dialog.getByLabel('Whose is it? (optional)').fill('Anna');
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();

  const open = dialog.getByRole('link', { name: 'Open it in the browser' });
  await open.waitFor();
  assert.equal(await open.getAttribute('href'), 'http://127.0.0.1:8400/capture/#key');
  await dialog.getByText('it appears here as “Anna”').waitFor();
  await dialog.getByRole('img', { name: 'QR code of the link' }).waitFor();
  assert.equal((await dialog.innerText()).includes('#key'), false, 'the key is not seen over a shoulder');

  await dialog.getByRole('button', { name: 'New links' }).click();
  await page.locator('a[href$="#other"]').waitFor();

  await dialog.getByRole('button', { name: 'Back' }).click();
  await dialog.getByRole('button', { name: 'Links' }).click();
  await open.waitFor();
  assert.deepEqual(errors, []);
});

test('where a screen cannot be captured under Wayland, a browser is offered in its place', {
  skip: noChromium,
}, async (t) => {
  const { page, errors } = await openPage(browser, t, {
    arrange(world) {
      withSources(world);
      const problem = { type: 'about:blank', status: 409, title: 'Wayland', detail: 'Only black is seen.' };
      world.devices = { value: [], problems: [{ ...problem, code: 'capture/wayland' }] };
    },
  });
  await page.getByRole('button', { name: 'Sources', exact: true }).click();
  await page.getByRole('button', { name: /^Screen/ }).click();

  await page.getByRole('button', { name: 'Let a browser capture it' }).click();

  await page.getByLabel('Whose is it? (optional)').waitFor();
  assert.deepEqual(errors, []);
});
