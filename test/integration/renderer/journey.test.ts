import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import type { CDPSession, Page } from 'playwright';
import { exportCreate } from '../../../src-main/shared/api/assets.ts';
import { noChromium } from '../../support/browser.ts';
import { withArchive, withLiveEvents, withSources } from '../../support/fake-service/scenarios.ts';
import { until } from '../../support/studio-stage.ts';
import { openBrowser, openPage, type Tabs } from './open-page.ts';

// The whole job with the keyboard alone, as a screen reader follows it: what has the focus, by the role and the name that the browser hands to it,
// and what is announced.

const options = { skip: noChromium, timeout: 120_000 };
const MOST_STOPS = 80;
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

type Stop = { readonly role: string; readonly name: string };

/** Somebody who has no pointer and sees nothing. */
async function openReader(page: Page) {
  const client: CDPSession = await page.context().newCDPSession(page);
  await client.send('Accessibility.enable');
  await page.evaluate(() => {
    const heard: string[] = [];
    Reflect.set(window, 'heard', heard);
    const live = '[aria-live]:not([aria-live="off"]), [role="status"], [role="alert"], [role="log"]';
    new MutationObserver((changes) => {
      for (const { target } of changes) {
        const element = target instanceof Element ? target : target.parentElement;
        const region = element?.closest(live) ?? element?.querySelector(live);
        const text = region?.textContent.trim() ?? '';
        if (text !== '' && heard.at(-1) !== text) {
          heard.push(text);
        }
      }
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
  });

  async function focused(): Promise<Stop | undefined> {
    if (await page.evaluate(() => document.activeElement === document.body)) {
      return undefined;
    }
    const { result } = await client.send('Runtime.evaluate', { expression: 'document.activeElement' });
    const { nodes } = await client.send('Accessibility.getPartialAXTree', {
      objectId: result.objectId ?? '',
      fetchRelatives: false,
    });
    const [node] = nodes;
    return { role: String(node?.role?.value ?? ''), name: String(node?.name?.value ?? '') };
  }

  async function tabTo(role: string, name: RegExp, key = 'Tab'): Promise<readonly Stop[]> {
    const stops: Stop[] = [];
    while (stops.length < MOST_STOPS) {
      await page.keyboard.press(key);
      const stop = await focused();
      // Behind the last stop of a page is that of the browser.
      if (stop === undefined) {
        continue;
      }
      stops.push(stop);
      if (stop.role === role && name.test(stop.name)) {
        return stops;
      }
    }
    throw new Error(
      `no ${role} ${String(name)} among ${stops.map((stop) => `${stop.role} “${stop.name}”`).join(', ')}`,
    );
  }

  return {
    focused,
    tabTo,
    heard: async (): Promise<readonly string[]> =>
      await page.evaluate(() => {
        const heard: unknown = Reflect.get(window, 'heard');
        return Array.isArray(heard) ? heard.map(String) : [];
      }),
  };
}

async function arranged(t: TestContext) {
  const opened = await openPage(browser, t, {
    arrange(world) {
      withSources(world);
      withArchive(world);
      withLiveEvents(world);
    },
  });
  return { ...opened, reader: await openReader(opened.page) };
}

test('every stop of the Tab key in every place has a role and a name', options, async (t) => {
  const { page, reader } = await arranged(t);
  for (const [place, content] of [
    ['Studio', 'Go live'],
    ['Archive', 'Lecture 7: Fourier series'],
    ['Service', 'New live event'],
    ['Settings', 'Language'],
  ] as const) {
    await reader.tabTo('link', new RegExp(`^${place}`));
    await page.keyboard.press('Enter');
    await page.getByRole('main', { name: place }).getByText(content).first().waitFor();
    if (place !== 'Studio') {
      assert.deepEqual(await reader.focused(), { role: 'main', name: place });
    }
    const stops = await reader.tabTo('link', /^Skip/);
    assert.deepEqual(
      stops.filter(({ role, name }) => role === 'generic' || role === 'none' || name === ''),
      [],
      place,
    );
    assert(stops.length > 8, `${place}: ${stops.length} stops`);
  }
});

test(
  'a broadcast begins, is marked and ends with the keyboard alone, and all of it is said',
  options,
  async (t) => {
    const { page, service, reader, errors } = await arranged(t);

    await reader.tabTo('button', /^Go live/);
    await page.keyboard.press('Enter');
    await page.locator('.studio[data-phase="live"]').waitFor();
    await reader.tabTo('button', /^Mute USB microphone/);
    await page.keyboard.press('Space');
    await reader.tabTo('button', /^Mark/);
    await page.keyboard.press('Enter');
    await reader.tabTo('button', /^Hold to end/);
    await page.keyboard.down('Space');
    await page.locator('.studio[data-phase="ending"]').waitFor();
    await page.keyboard.up('Space');

    for (const words of [/^Going live\.$/, /^Live\.$/, /^Marked at 0:0\d$/, /^Ending in five seconds\. Press U/]) {
      await until(`${String(words)} is said`, async () =>
        (await reader.heard()).some((text) => words.test(text)) ? true : undefined,
      );
    }
    const calls = new Set(service.calls.map(({ name }) => name));
    assert.deepEqual(
      (['goLive', 'patchAudio', 'createMarker', 'endLive'] as const).filter((call) => !calls.has(call)),
      [],
    );
    assert.deepEqual(errors, []);
  },
);

test('a recording is found and a part of it saved with the keyboard alone', options, async (t) => {
  const { page, service, reader } = await arranged(t);

  await reader.tabTo('link', /^Archive/);
  await page.keyboard.press('Enter');
  await reader.tabTo('searchbox', /^Search/);
  await page.keyboard.type('fourier');
  await reader.tabTo('link', /^Lecture 7: Fourier series/);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: /^Lecture 7/ }).waitFor();
  assert.deepEqual(await reader.focused(), { role: 'main', name: 'Archive' });
  await reader.tabTo('slider', /^From/);
  await page.keyboard.press('ArrowRight');
  await reader.tabTo('button', /^Save this part/);
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  const { role = '', name = '' } = (await reader.focused()) ?? {};
  assert.equal(role, 'dialog');
  assert.match(name, /^Save “Lecture 7/);
  await reader.tabTo('radio', /^Video \(MP4\)/);
  await reader.tabTo('checkbox', /^Cut exactly there/);
  await page.keyboard.press('Space');
  await page.getByText('to the picture').waitFor();
  await reader.tabTo('button', /^Save$/);
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });

  assert.deepEqual(await reader.focused(), { role: 'button', name: 'Save this part' });
  const heard = await reader.heard();
  assert(
    heard.some((words) => /^The file will hold .* to the picture/.test(words)),
    heard.join(' | '),
  );
  const [job] = service.calls.filter((call) => call.name === 'createExport').map(({ body }) => body);
  const { format, exact, start } = exportCreate.parse(job);
  assert.deepEqual([format, exact], ['mp4', true]);
  assert(Number(start) > 0);
});
