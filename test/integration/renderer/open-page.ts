import type { TestContext } from 'node:test';
import type { Page } from 'playwright';
import { build } from '../../../src-main/bootstrap/targets.mjs';
import { launchChromium } from '../../support/browser.ts';
import type { World } from '../../support/fake-service/scenarios.ts';
import { type FakeService, openFakeService } from '../../support/fake-service.ts';

export const SIZES = {
  laptop: { width: 1440, height: 900 },
  smallest: { width: 960, height: 600 },
  phone: { width: 390, height: 844 },
} as const;

/** Tabs that tests have one after another: opening one takes a process, which costs more than most tests do. */
export type Tabs = {
  readonly take: () => Promise<Page>;
  /** For the next test. It gets a service, and so an origin and a storage, of its own. */
  readonly giveBack: (page: Page) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** A browser for pages as they are built now. */
export async function openBrowser(): Promise<Tabs> {
  await build(['renderer']);
  const browser = await launchChromium();
  const idle: Page[] = [];
  return {
    take: async () => idle.pop() ?? (await browser.newPage({ locale: 'en-GB' })),
    async giveBack(page) {
      page.removeAllListeners();
      await page.unrouteAll();
      await page.context().clearPermissions();
      await page.goto('about:blank');
      idle.push(page);
    },
    close: () => browser.close(),
  };
}

export type OpenedPage = { readonly page: Page; readonly service: FakeService; readonly errors: string[] };

/** A page on a service of its own. What the browser complains about is collected: also breaches of the content security policy. */
export async function openPage(
  tabs: Tabs,
  t: TestContext,
  options: {
    readonly arrange?: (world: World) => unknown;
    readonly size?: keyof typeof SIZES;
    readonly route?: string;
    readonly exportMs?: number;
    /** How long what takes a while takes. */
    readonly startMs?: number;
  } = {},
): Promise<OpenedPage> {
  const service = await openFakeService({
    startMs: options.startMs ?? 100,
    ...(options.exportMs === undefined ? {} : { exportMs: options.exportMs }),
    ...(options.arrange === undefined ? {} : { arrange: options.arrange }),
  });
  const page = await tabs.take();
  t.after(async () => {
    // One that a test has left in the middle of something might bring down the next.
    // Node has `passed`, its types do not yet.
    await (Reflect.get(t, 'passed') === true ? tabs.giveBack(page) : page.close());
    await service[Symbol.asyncDispose]();
  });
  await page.setViewportSize(SIZES[options.size ?? 'laptop']);
  const errors: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') {
      errors.push(message.text());
    }
  });
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(service.pageUrl());
  await page.getByRole('navigation', { name: /^(?:Places|Bereiche)$/ }).waitFor();
  if (options.route !== undefined) {
    await goTo(page, options.route);
  }
  return { page, service, errors };
}

export async function goTo(page: Page, route: string): Promise<void> {
  await page.evaluate((hash) => {
    location.hash = hash;
  }, route);
}

export async function goLive(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Go live' }).click();
  await page.locator('.studio[data-phase="live"]').waitFor();
}
