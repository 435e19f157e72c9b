import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import { noChromium } from '../../support/browser.ts';
import { withArchive, withSources } from '../../support/fake-service/scenarios.ts';
import type { FakeService } from '../../support/fake-service.ts';
import { goLive, openBrowser, openPage, type Tabs } from './open-page.ts';

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

const asked = (service: FakeService, name: string): unknown[] =>
  service.calls.filter((call) => call.name === name).map(({ body }) => body);

async function live(t: TestContext, size: 'laptop' | 'smallest' = 'laptop') {
  const opened = await openPage(browser, t, { arrange: withSources, size });
  await goLive(opened.page);
  return opened;
}

test(
  'Shift+P is panic at once, says what it cannot take back, and Shift+B is the way back',
  options,
  async (t) => {
    const { page, service, errors } = await live(t);

    await page.keyboard.press('p');
    await page.keyboard.press('Shift+P');
    const banner = page.getByRole('alert').filter({ hasText: 'The programme is cut' });
    await banner.getByText('The last 30 s are gone').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Panic' }).count(), 0);
    await page.keyboard.press('Shift+B');
    await banner.waitFor({ state: 'detached' });

    assert.deepEqual(asked(service, 'panic'), [{}]);
    assert.equal(asked(service, 'panicBack').length, 1);
    assert.deepEqual(errors, []);
  },
);

test('the panic button has to be held, also in the smallest window', options, async (t) => {
  const { page, service } = await live(t, 'smallest');
  const button = page.getByRole('button', { name: 'Panic' });

  const box = await button.boundingBox();
  assert(box !== null && box.x >= 0 && box.x + box.width <= 960, JSON.stringify(box));
  await button.hover();
  await page.mouse.down();
  await page.mouse.up();
  await page.getByText('Keep it pressed for a moment, or press Shift+P').waitFor();
  assert.deepEqual(asked(service, 'panic'), []);
  await page.mouse.down();
  await page.getByText('The programme is cut').waitFor();
  await page.mouse.up();

  await page.getByRole('button', { name: 'Back to the programme' }).click();
  await button.waitFor();
});

test('the last seconds become a clip by the menu and by a key, and the notice leads to it', options, async (t) => {
  const { page, service } = await live(t);

  await page.getByRole('button', { name: 'Make a clip' }).click();
  await page.getByRole('menuitem', { name: 'The last 120 s' }).click();
  const open = page.getByRole('link', { name: 'Open the clip' });
  await open.waitFor();
  await page.locator('.programme').first().click();
  await page.keyboard.press('c');
  await page.getByText('Clip of 0:30').waitFor();

  assert.deepEqual(asked(service, 'createStudioClip'), [{ seconds: 120 }, { seconds: 30 }]);
  await open.last().click();
  await page.getByRole('heading', { level: 1 }).waitFor();
});

test('markers are added, named and deleted under the picture of a recording', options, async (t) => {
  const { page, service } = await openPage(browser, t, { arrange: withArchive });
  const [name = ''] = [...service.world.assets.keys()];
  await page.evaluate((asset) => {
    location.hash = `#/archive/${encodeURIComponent(asset)}`;
  }, name);

  const count = (): number => service.world.markers.get(name)?.length ?? 0;
  const before = count();
  await page.getByRole('button', { name: 'Add a marker here' }).click();
  await page.getByRole('button', { name: 'Change the text of the marker at 0:00' }).first().click();
  await page.getByRole('textbox', { name: 'Text of the marker at 0:00' }).fill('The beginning');
  await page.keyboard.press('Enter');
  await page.locator('.markers__item', { hasText: 'The beginning' }).waitFor();
  assert.equal(count(), before + 1);

  await page.getByRole('button', { name: 'Delete the marker at 0:00' }).first().click();
  await page.locator('.markers__item', { hasText: 'The beginning' }).waitFor({ state: 'detached' });

  assert.equal(count(), before);
});
