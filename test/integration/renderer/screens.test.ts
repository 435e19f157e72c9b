import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright';
import { noChromium } from '../../support/browser.ts';
import {
  aDestination,
  type World,
  withArchive,
  withLiveEvents,
  withSources,
} from '../../support/fake-service/scenarios.ts';
import { anAuditEntry, aWebhook } from '../../support/fake-service/service-handlers.ts';
import type { FakeService } from '../../support/fake-service.ts';
import { goLive, type OpenedPage, openBrowser, openPage, SIZES } from './open-page.ts';

let browser: Browser;
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

/** Everything that axe finds against WCAG 2.2 AA and its own best practices. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return await page.evaluate(async () => {
    // The script that was just run left it there.
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
    const { axe: runner } = window as unknown as { axe: typeof import('axe-core') };
    const found = await runner.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return found.violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
    );
  });
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
      await page.getByRole('dialog').getByText('FaceTime').waitFor();
    },
  },
  { name: 'the empty archive', route: '/archive' },
  { name: 'the archive', route: '/archive', arrange: withArchive },
  { name: 'a recording', route: '/archive/lecture-7', arrange: withArchive },
  { name: 'the settings', route: '/settings' },
  { name: 'the empty service', route: '/service', arrange: withArchive },
  {
    name: 'a live event that an encoder feeds, with everything unfolded',
    route: '/service',
    arrange: withLiveEvents,
    async act({ page }) {
      await page.getByText('Healthy').first().waitFor();
      for (const summary of await page.locator('summary').all()) {
        await summary.click();
      }
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
      await page.getByLabel('Addresses that may see the preview').waitFor();
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

for (const screen of SCREENS) {
  for (const theme of ['dark', 'light'] as const) {
    test(`${screen.name} is accessible and fits every screen, ${theme}`, { skip: noChromium }, async (t) => {
      const opened = await openPage(browser, t, {
        arrange(world) {
          screen.arrange?.(world);
          world.settings.theme = theme;
        },
        ...(screen.route === undefined ? {} : { route: screen.route }),
      });
      const { page, errors } = opened;
      await page.locator(`html[data-theme="${theme}"]`).waitFor();
      await screen.act?.(opened);
      await page.getByRole('heading', { level: 1 }).first().waitFor({ state: 'attached' });

      for (const [name, size] of Object.entries(SIZES)) {
        await page.setViewportSize(size);
        assert.deepEqual(await violations(page), [], name);
        assert.equal(await sidewaysScroll(page), 0, name);
      }
      assert.deepEqual(errors, []);
    });
  }
}
