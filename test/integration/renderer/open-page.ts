import type { TestContext } from 'node:test';
import type { Browser, Page } from 'playwright';
import { build } from '../../../src-main/bootstrap/targets.mjs';
import { launchChromium } from '../../support/browser.ts';
import type { World } from '../../support/fake-service/scenarios.ts';
import { type FakeService, openFakeService } from '../../support/fake-service.ts';

export const SIZES = {
  laptop: { width: 1440, height: 900 },
  smallest: { width: 960, height: 600 },
  phone: { width: 390, height: 844 },
} as const;

/** A browser for pages as they are built now. */
export async function openBrowser(): Promise<Browser> {
  await build(['renderer']);
  return await launchChromium();
}

export type OpenedPage = { readonly page: Page; readonly service: FakeService; readonly errors: string[] };

/** A page on a service of its own. What the browser complains about is collected: also breaches of the content security policy. */
export async function openPage(
  browser: Browser,
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
  const page = await browser.newPage({ viewport: SIZES[options.size ?? 'laptop'], locale: 'en-GB' });
  t.after(async () => {
    await page.close();
    await service[Symbol.asyncDispose]();
  });
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
