import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import { noChromium } from '../../support/browser.ts';
import { aDestination, withSources } from '../../support/fake-service/scenarios.ts';
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

const bodies = (service: FakeService, name: string): unknown[] =>
  service.calls.filter((call) => call.name === name).map(({ body }) => body);
const asked = (service: FakeService, name: string): number => bodies(service, name).length;

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

test('each length of a clip has a key', options, async (t) => {
  const { page, service } = await live(t);

  for (const [key, length] of [
    ['x', '0:15'],
    ['c', '0:30'],
    ['v', '1:00'],
    ['b', '2:00'],
  ] as const) {
    await page.keyboard.press(key);
    await page.getByText(`Clip of ${length}`).waitFor();
  }

  assert.deepEqual(
    bodies(service, 'createStudioClip'),
    [15, 30, 60, 120].map((seconds) => ({ seconds })),
  );
  await page.getByRole('button', { name: 'Make a clip' }).click();
  assert.deepEqual(await page.getByRole('menuitem').locator('.key').allTextContents(), ['X', 'C', 'V', 'B']);
});

test('a rehearsal and its fire drills are begun by a key, and end by one that is held', options, async (t) => {
  const { page, service, errors } = await openPage(browser, t, { arrange: withSources });

  await page.keyboard.press('r');
  await page.locator('.studio[data-phase="rehearsing"]').waitFor();
  const reports = page.getByRole('region', { name: 'Fire drill' }).getByRole('listitem');
  for (const nth of [0, 1]) {
    // What is still being begun passes keys over.
    await until('a drill is begun', async () => {
      await page.keyboard.press('f');
      return asked(service, 'startFireDrill') > nth ? true : undefined;
    });
    await reports.nth(nth).waitFor();
  }
  await page.keyboard.down('e');
  await page.locator('.studio[data-phase="off-air"]').waitFor();
  await page.keyboard.up('e');

  assert.deepEqual(bodies(service, 'startFireDrill'), [{ fault: 'cable' }, { fault: 'camera' }]);
  assert.deepEqual(errors, []);
});

test('lost destinations are tried, and what viewers get is looked at, by a key', options, async (t) => {
  const { page, service } = await openPage(browser, t, {
    arrange(world) {
      withSources(world);
      for (const [name, state] of [
        ['failed', 'failed'],
        ['fine', 'live'],
        ['lost', 'reconnecting'],
      ] as const) {
        world.destinations.set(name, aDestination(name, { state }));
      }
    },
  });
  await page.getByRole('article', { name: 'lost' }).waitFor();
  await page.keyboard.press('a');
  await page.keyboard.press('n');
  await until('both are tried', () => (asked(service, 'startDestination') === 2 ? true : undefined));
  assert.equal(asked(service, 'checkAir'), 0);

  await goLive(page);
  await page.keyboard.press('a');

  await until('viewers are looked at', () => (asked(service, 'checkAir') === 1 ? true : undefined));
});

test('the question mark lists all keys, in every place, and in a text field it is one', options, async (t) => {
  const { page } = await openPage(browser, t, { arrange: withSources });
  const dialog = page.getByRole('dialog', { name: 'Keys' });
  const title = page.getByRole('textbox', { name: 'Title of the broadcast' });
  await title.fill('');
  await title.press('?');
  assert.equal(await title.inputValue(), '?');
  assert.equal(await dialog.count(), 0);
  await goTo(page, '#/service');
  await page.locator('.studio').waitFor({ state: 'detached' });

  await page.keyboard.press('?');

  await dialog.getByText('Panic, also while you type').waitFor();
  const caps = await dialog.locator('.key').allTextContents();
  for (const key of ['R', 'F', 'N', 'A', 'S', 'X C V B', '⇧P', '?']) {
    assert(caps.includes(key), key);
  }
});
