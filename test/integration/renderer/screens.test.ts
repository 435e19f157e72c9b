import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import type { RunOptions } from 'axe-core';
import type { Page } from 'playwright';
import { noChromium } from '../../support/browser.ts';
import { aFilter, withPolicies } from '../../support/fake-service/policy-handlers.ts';
import {
  aDestination,
  endpointMinutes,
  type World,
  withArchive,
  withExports,
  withLiveEvents,
  withSources,
} from '../../support/fake-service/scenarios.ts';
import { anAuditEntry, aWebhook } from '../../support/fake-service/service-handlers.ts';
import type { FakeService } from '../../support/fake-service.ts';
import { goLive, type OpenedPage, openBrowser, openPage, SIZES, type Tabs } from './open-page.ts';

let browser: Tabs;
let axe: string;

before(async () => {
  if (noChromium === false) {
    browser = await openBrowser();
    axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  }
});

after(async () => {
  if (noChromium === false) {
    await browser.close();
  }
});

type Rules = NonNullable<RunOptions['runOnly']>;
const EVERYTHING: Rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** What another theme can change of a page that has been looked at already: it has other colours and nothing else. */
const COLOURS: Rules = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] };

/** What axe finds against WCAG 2.2 AA and its own best practices. */
async function violations(page: Page, rules: Rules): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) {
    await page.evaluate(axe);
  }
  return await page.evaluate(async (runOnly) => {
    // The script that was just run left it there.
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
    const { axe: runner } = window as unknown as { axe: typeof import('axe-core') };
    const found = await runner.run(document, { runOnly, resultTypes: ['violations'] });
    return found.violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
    );
  }, rules);
}

async function sidewaysScroll(page: Page): Promise<number> {
  return await page.evaluate(() => {
    const boxes = [document.documentElement, ...document.querySelectorAll('.app__main')];
    return Math.max(...boxes.map((box) => box.scrollWidth - box.clientWidth));
  });
}

/** A broadcast with everything wrong at once: what a person must be able to read. */
function breakEverything(service: FakeService): void {
  const problem = {
    type: 'x',
    title: 'Lost',
    status: 502,
    detail: 'It was lost.',
    code: 'publish/connection-lost',
  };
  service.change('Lectern.DestinationChanged', 'destination/Channel', (world) => {
    const destination = aDestination('Channel', {
      state: 'reconnecting',
      retries: 2,
      retryAt: new Date(Date.now() + 60_000).toISOString(),
      error: problem,
    });
    world.destinations.set('Channel', destination);
    return destination;
  });
  service.change('Lectern.StudioChanged', 'studio', (world) => {
    world.studio = {
      ...world.studio,
      sources: world.studio.sources.map((source) => ({ ...source, state: 'lost' as const })),
      audio: world.studio.audio.map((input) => ({ ...input, muted: true })),
      health: { level: 'poor', reasons: [{ code: 'source-lost', subject: 'screen', detail: 'Lost.' }] },
      disk: { freeBytes: 1e9, secondsLeft: 60 },
    };
    return world.studio;
  });
}

const SCREENS: readonly {
  readonly name: string;
  readonly route?: string;
  readonly arrange?: (world: World) => unknown;
  readonly act?: (opened: OpenedPage) => Promise<unknown>;
}[] = [
  { name: 'the studio on the first run' },
  { name: 'the studio with sources', arrange: withSources },
  {
    name: 'the studio live',
    arrange: withSources,
    act: ({ page }) => goLive(page),
  },
  {
    name: 'the studio with all that is done to a sound unfolded',
    arrange: withSources,
    act: ({ page }) => page.getByRole('button', { name: 'More for USB microphone' }).click(),
  },
  {
    name: 'the checks before a broadcast',
    arrange: withSources,
    async act({ page }) {
      await page.keyboard.press('c');
      await page.getByText('Everything works.').waitFor();
    },
  },
  {
    name: 'a rehearsal after a fire drill',
    arrange: withSources,
    async act({ page }) {
      await page.getByRole('button', { name: 'Rehearse' }).click();
      await page.getByRole('button', { name: 'Fill the disk' }).click();
      await page.getByText('The recording misses 6.0 s').waitFor();
    },
  },
  {
    name: 'the studio with everything wrong',
    arrange: withSources,
    async act({ page, service }) {
      await goLive(page);
      breakEverything(service);
      await page.getByText('Try now').waitFor();
    },
  },
  {
    name: 'the choice of a source',
    arrange: withSources,
    async act({ page }) {
      await page.getByRole('button', { name: 'Sources', exact: true }).click();
      await page.getByRole('button', { name: /^Camera/ }).click();
      await page
        .getByRole('dialog')
        .getByRole('radio', { name: /^FaceTime/ })
        .waitFor();
    },
  },
  {
    name: 'a source that was tried',
    arrange: withSources,
    async act({ page }) {
      await page.getByRole('button', { name: 'Sources', exact: true }).click();
      await page.getByRole('button', { name: /^Camera/ }).click();
      await page.getByRole('button', { name: 'Try it' }).click();
      await page.getByRole('img', { name: /^What FaceTime/ }).waitFor();
    },
  },
  {
    name: 'a scene that is looked at first',
    arrange: withSources,
    async act({ page }) {
      await page.getByRole('button', { name: 'Look at a scene before it goes on air' }).click();
      await page.getByText('Side by side').click();
      await page.getByRole('img', { name: /as it would look/ }).waitFor();
    },
  },
  {
    name: 'the scenes of one event among others',
    arrange: withSources,
    async act({ page }) {
      await page.getByRole('button', { name: 'Scenes', exact: true }).click();
      await page.getByRole('button', { name: 'New collection' }).click();
      await page.getByLabel('Name').fill('All hands');
      await page.getByRole('button', { name: 'Make it' }).click();
      await page.getByRole('button', { name: 'Delete this collection' }).waitFor();
    },
  },
  {
    name: 'a scene of one’s own',
    arrange: withSources,
    async act({ page }) {
      await page.getByRole('button', { name: 'Scenes', exact: true }).click();
      await page.getByRole('button', { name: 'Own layout' }).click();
      await page.getByRole('img', { name: /as it would look/ }).waitFor();
    },
  },
  { name: 'the empty archive', route: '/archive' },
  { name: 'the archive', route: '/archive', arrange: withArchive },
  { name: 'a recording', route: '/archive/lecture-7', arrange: withArchive },
  {
    name: 'a part of a recording about to be saved, below others',
    route: '/archive/lecture-7',
    arrange: withExports,
    async act({ page }) {
      await page.getByRole('slider', { name: /^From / }).focus();
      await page.keyboard.press('PageUp');
      await page.getByRole('button', { name: 'Save this part' }).click();
      await page.getByText('The file will hold 0:32.1 – 1:30:54').waitFor();
      await page.getByText('Cut exactly there').click();
      await page.getByText('long, to the picture').waitFor();
    },
  },
  { name: 'a recording that parts were saved of', route: '/archive/lecture-7', arrange: withExports },
  {
    name: 'a recording that was checked',
    route: '/archive/lecture-7',
    arrange: withArchive,
    async act({ page }) {
      await page.getByRole('button', { name: 'Check it' }).click();
      await page.getByText('2 files with their checksums').click();
    },
  },
  { name: 'the settings', route: '/settings' },
  { name: 'the empty service', route: '/service', arrange: withArchive },
  {
    name: 'a live event that an encoder feeds, with everything unfolded',
    route: '/service',
    arrange: withLiveEvents,
    async act({ page }) {
      await page.getByText('Healthy').first().waitFor();
      await unfold(page);
    },
  },
  {
    name: 'an encoding live event',
    route: '/service',
    arrange: withLiveEvents,
    async act({ page }) {
      await page.getByRole('button', { name: /^encoded/ }).click();
      await page.getByRole('heading', { name: 'Slate and breaks' }).waitFor();
    },
  },
  {
    name: 'the form of a live event',
    route: '/service',
    async act({ page }) {
      await page.getByRole('button', { name: 'New live event' }).first().click();
      await page.getByText('More', { exact: true }).click();
      await page.getByRole('button', { name: /Who may see the preview/ }).click();
      await page.getByRole('option', { name: 'Only these addresses' }).click();
      await page.getByRole('button', { name: 'Add an address' }).click();
      await page.getByLabel('Address or network').waitFor();
    },
  },
  {
    name: 'an own ladder with a fault',
    route: '/service',
    async act({ page }) {
      await page.getByRole('button', { name: 'New live event' }).first().click();
      await page.getByRole('button', { name: /What is done with it/ }).click();
      await page.getByRole('option', { name: /up to 1080p/ }).click();
      await page.getByRole('button', { name: /Qualities/ }).click();
      await page.getByRole('option', { name: /^My own/ }).click();
      await page.getByRole('group', { name: 'Quality 2' }).getByLabel('Bitrate').fill('5500');
      await page.getByText('There already.').waitFor();
    },
  },
  {
    name: 'the form that changes a live event that runs',
    route: '/service',
    arrange: withLiveEvents,
    async act({ page }) {
      await page.getByRole('button', { name: /^encoded/ }).click();
      await page.getByRole('button', { name: 'Edit' }).click();
      await page.getByText('only while the event is stopped').waitFor();
    },
  },
  {
    name: 'what is published, with its paths, and what is sent',
    route: '/service',
    arrange(world) {
      withPolicies(withArchive(world));
      world.endpointMinutes.set('default', endpointMinutes(Date.now()));
    },
    async act({ page }) {
      await page.getByRole('tab', { name: 'Publishing' }).click();
      await page.getByRole('button', { name: 'Paths' }).click();
      await page.getByText('DASH · mpd-time-cmaf').waitFor();
      await page.getByRole('figure', { name: /^Requests: / }).waitFor();
    },
  },
  {
    name: 'the form of a locator',
    route: '/service',
    arrange(world) {
      for (const name of withArchive(world).assets.keys()) {
        world.assetFilters.set(name, new Map([['talk-only', aFilter('talk-only')]]));
      }
    },
    async act({ page }) {
      await page.getByRole('tab', { name: 'Publishing' }).click();
      await page.getByRole('button', { name: 'Publish an asset' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Streaming policy' }).click();
      await page.getByRole('option', { name: 'Streaming, with AES-128 keys' }).click();
      await page.getByRole('button', { name: 'Keys' }).getByText('Everyone who has the link').waitFor();
      await page.getByRole('checkbox', { name: 'talk-only' }).click({ force: true });
      await page.getByText('More', { exact: true }).click();
      await page.getByLabel('Locator id').waitFor();
    },
  },
  {
    name: 'the form of a filter with a fault',
    route: '/service',
    arrange: withPolicies,
    async act({ page }) {
      await page.getByRole('tab', { name: 'Publishing' }).click();
      await page.getByRole('button', { name: 'New filter' }).click();
      await page.getByLabel('Behind the live edge').fill('301');
      await page.getByText('at most 300.').waitFor();
      await page.getByText('Only a part').click();
      await page.getByLabel('From').waitFor();
    },
  },
  {
    name: 'the form of a filter with conditions of one’s own',
    route: '/service',
    arrange: ({ filters }) =>
      filters.set(
        'german',
        aFilter('german', {
          tracks: [
            {
              trackSelections: [
                { property: 'Type', operation: 'Equal', value: 'audio' },
                { property: 'Language', operation: 'NotEqual', value: 'de' },
              ],
            },
          ],
        }),
      ),
    async act({ page }) {
      await page.getByRole('tab', { name: 'Publishing' }).click();
      await page.getByRole('button', { name: 'Edit german' }).click();
      await page.getByRole('button', { name: 'Add a row' }).click();
      await page.getByRole('group', { name: 'Row 2' }).getByRole('button', { name: 'Add a condition' }).click();
      await page.getByText('Each condition needs a value.').waitFor();
    },
  },
  {
    name: 'the form of a content key policy',
    route: '/service',
    async act({ page }) {
      await page.getByRole('tab', { name: 'Publishing' }).click();
      await page.getByRole('button', { name: 'New content key policy' }).click();
      await page.getByText('More', { exact: true }).click();
      await page.getByRole('button', { name: 'Kind of token' }).waitFor();
    },
  },
  {
    name: 'the form of a content key policy with two ways in and a fault',
    route: '/service',
    arrange: withPolicies,
    async act({ page }) {
      await page.getByRole('tab', { name: 'Publishing' }).click();
      await page.getByRole('button', { name: 'Edit members' }).click();
      await page.getByRole('button', { name: 'Let others in too' }).click();
      const first = page.getByRole('group', { name: 'Way in 1' });
      await first.getByText('More', { exact: true }).click();
      await first.getByRole('button', { name: 'Add a claim' }).click();
      await first.getByLabel('Value').fill('staff');
      await first.getByRole('button', { name: 'Add a further key' }).click();
      await first.getByRole('group', { name: 'Further key 1' }).getByRole('button').first().click();
      await page.getByRole('option', { name: 'A public key or certificate of my own' }).click();
      await first.getByRole('textbox', { name: 'Public key' }).fill('ssh-rsa AAAA');
      await first.getByText('There is no key in it').waitFor();
    },
  },
  {
    name: 'the form of a streaming policy with licence servers of others',
    route: '/service',
    arrange: withPolicies,
    async act({ page }) {
      await page.getByRole('tab', { name: 'Publishing' }).click();
      await page.getByRole('button', { name: 'New one like members-only' }).click();
      await page.getByRole('button', { name: 'Protect in another way too' }).click();
      const second = page.getByRole('group', { name: 'Protection 2' });
      await second.getByRole('button', { name: /^None/ }).click();
      await page.getByRole('option', { name: /cbcs/ }).click();
      for (const system of ['FairPlay', 'PlayReady', 'Widevine']) {
        await second.getByRole('checkbox', { name: system }).press('Space');
      }
      await second.getByText('Keys in detail').click();
      await second.getByRole('button', { name: 'Add a key' }).click();
      await second.getByLabel('A new key every').fill('9');
      await second.getByText('A number of seconds from 10').waitFor();
    },
  },
  {
    name: 'the form of a streaming policy that lets nothing out',
    route: '/service',
    arrange: withPolicies,
    async act({ page }) {
      await page.getByRole('tab', { name: 'Publishing' }).click();
      await page.getByRole('button', { name: 'New streaming policy' }).click();
      await page.getByRole('button', { name: 'Protection' }).click();
      await page.getByRole('option', { name: /cenc/ }).click();
      await page.getByRole('checkbox', { name: 'DASH' }).press('Space');
      await page.getByRole('checkbox', { name: 'Smooth Streaming' }).press('Space');
      await page.getByText('Choose at least one.').waitFor();
    },
  },
  {
    name: 'what happened in the service',
    route: '/service',
    arrange(world) {
      withLiveEvents(world);
      world.audit = [anAuditEntry(2, { status: 409, code: 'resource/in-use' }), anAuditEntry(1)];
    },
    async act({ page, service }) {
      await page.getByRole('tab', { name: 'What happened' }).click();
      service.change('Microsoft.Media.LiveEventConnectionRejected', 'liveEvent/talk', () => ({
        encoderIp: '203.0.113.9',
        resultCode: 'MPE_RTMP_APPID_AUTH_FAILURE',
      }));
      await page.getByText('was turned away').waitFor();
    },
  },
  {
    name: 'the webhooks',
    route: '/service',
    arrange(world) {
      const error = {
        type: 'x',
        title: 'No',
        status: 502,
        detail: 'It answered 503.',
        code: 'webhook/unreachable',
      };
      world.webhooks.set('pager', aWebhook('pager', { state: 'waiting', retryAt: '2026-11-21T08:00:00Z', error }));
      world.webhooks.set('ops', aWebhook('ops', { enabled: false, state: 'off' }));
    },
    async act({ page }) {
      await page.getByRole('tab', { name: 'Webhooks' }).click();
      await page.getByText('It answered 503.').waitFor();
    },
  },
];

const THEMES = ['dark', 'light'] as const;

/** As who chooses another in the settings, once what changes its colours slowly has changed them. */
async function setTheme({ page, service }: OpenedPage, theme: (typeof THEMES)[number]): Promise<void> {
  if (service.world.settings.theme !== theme) {
    service.change('Lectern.SettingsChanged', 'settings', (world) => {
      world.settings.theme = theme;
      return { settings: world.settings, restartNeeded: [] };
    });
  }
  await page.locator(`html[data-theme="${theme}"]`).waitFor();
  await page.evaluate(async () => {
    const ending = document
      .getAnimations()
      .filter((animation) => animation.effect?.getTiming().iterations !== Infinity);
    await Promise.allSettled(ending.map((animation) => animation.finished));
  });
}

async function unfold(page: Page): Promise<void> {
  await page.locator('summary').evaluateAll((all) => {
    for (const summary of all) {
      summary.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }));
    }
  });
}

// Most of a test is waiting, for the browser to lay out and for what is on its way.
describe('the screens', { concurrency: 2 }, () => {
  for (const screen of SCREENS) {
    test(`${screen.name} is accessible and fits every screen, dark and light`, { skip: noChromium }, async (t) => {
      const opened = await openPage(browser, t, {
        arrange(world) {
          screen.arrange?.(world);
          world.settings.theme = 'dark';
        },
        ...(screen.route === undefined ? {} : { route: screen.route }),
      });
      const { page, errors } = opened;
      await page.locator('html[data-theme="dark"]').waitFor();
      await screen.act?.(opened);
      await page.getByRole('heading', { level: 1 }).first().waitFor({ state: 'attached' });

      for (const theme of THEMES) {
        await setTheme(opened, theme);
        for (const [name, size] of Object.entries(SIZES)) {
          await page.setViewportSize(size);
          assert.deepEqual(
            await violations(page, theme === 'dark' ? EVERYTHING : COLOURS),
            [],
            `${name}, ${theme}`,
          );
          assert.equal(await sidewaysScroll(page), 0, `${name}, ${theme}`);
        }
      }
      assert.deepEqual(errors, []);
    });
  }
});
