import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import { noChromium } from '../../support/browser.ts';
import { withSources } from '../../support/fake-service/scenarios.ts';
import type { FakeService } from '../../support/fake-service.ts';
import { until } from '../../support/studio-stage.ts';
import { goLive, goTo, openBrowser, openPage, type Tabs } from './open-page.ts';

const options = { skip: noChromium, timeout: 60_000 };
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

const asked = (service: FakeService, name: string): number =>
  service.calls.filter((call) => call.name === name).length;

async function live(t: TestContext) {
  const opened = await openPage(browser, t, { arrange: withSources });
  await goLive(opened.page);
  return opened;
}

for (const route of ['#/archive', '#/service', '#/settings']) {
  test(`Shift+P is panic in ${route} too, which then says so and has the way back`, options, async (t) => {
    const { page, service, errors } = await live(t);
    await goTo(page, route);
    await page.locator('.studio').waitFor({ state: 'detached' });

    await page.keyboard.press('Shift+P');
    const banner = page.getByRole('alert').filter({ hasText: 'The programme is cut' });
    await banner.waitFor();
    await page.keyboard.press('Shift+B');
    await banner.waitFor({ state: 'detached' });

    assert.deepEqual([asked(service, 'panic'), asked(service, 'panicBack')], [1, 1]);
    assert.deepEqual(errors, []);
  });
}

test('Shift+P is panic within a dialog and over a menu', options, async (t) => {
  const { page, service } = await live(t);
  await page.keyboard.press('F1');
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).focus();

  await page.keyboard.press('Shift+P');
  await page.getByText('The programme is cut').waitFor();
  assert.equal(asked(service, 'panic'), 1);

  await page.keyboard.press('Shift+B');
  await page.getByText('The programme is cut').waitFor({ state: 'detached' });
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Make a clip' }).click();
  await page.getByRole('menuitem').first().waitFor();
  await page.keyboard.press('Shift+P');
  await page.getByText('The programme is cut').waitFor();
  assert.equal(asked(service, 'panic'), 2);
});

test(
  'in a text field Shift+P is a letter, and Ctrl+Shift+P is panic, also with shortcuts of one key off',
  options,
  async (t) => {
    const { page, service } = await live(t);
    await goTo(page, '#/settings');
    await page.getByText('Shortcuts of one key').click();
    await page.keyboard.press('Shift+P');
    await goTo(page, '#/studio');
    const title = page.getByRole('textbox', { name: 'Title of the broadcast' });
    await title.fill('');
    await title.press('Shift+P');
    assert.equal(await title.inputValue(), 'P');

    await title.press('Control+Shift+P');
    await page.getByText('The programme is cut').waitFor();
    await title.press('Meta+Shift+P');

    await until('⌘ is as good', () => (asked(service, 'panic') === 2 ? true : undefined));
    assert.equal(await title.inputValue(), 'P');
  },
);

test('off air no key is panic', options, async (t) => {
  const { page, service } = await openPage(browser, t, { arrange: withSources });

  await page.keyboard.press('Shift+P');
  await page.keyboard.press('Control+Shift+P');
  await page.getByRole('button', { name: 'Check' }).waitFor();

  assert.equal(asked(service, 'panic'), 0);
});
