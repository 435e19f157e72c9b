import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright';
import { de } from '../../src-renderer/i18n/de.ts';
import { en } from '../../src-renderer/i18n/en.ts';
import { launchChromium } from './browser.ts';
import { end, goLive, openStage } from './studio-stage.ts';

// node test/support/help-images.ts: takes the pictures of the help pages anew, from the real studio with the test picture.

const FOLDER = join(import.meta.dirname, '../../resources/help/images');
const LANGUAGES = { en, de } as const;
type Language = keyof typeof LANGUAGES;

await using stage = await openStage();
const { lectern } = stage;
const browser = await launchChromium();

/** In each language: the page, the words in it, and where the picture goes. */
async function take(
  name: string,
  path: string,
  prepare: (page: Page, words: (typeof LANGUAGES)[Language]) => Promise<void>,
): Promise<void> {
  for (const language of ['en', 'de'] as const) {
    await using context = await contextIn(language);
    const page = await context.newPage();
    await page.goto(lectern.pageUrl);
    await page.getByRole('navigation').first().waitFor();
    await page.goto(`${lectern.controlUrl}/#${path}`);
    await page.waitForTimeout(1500);
    await prepare(page, LANGUAGES[language]);
    await page.waitForTimeout(700);
    await page.screenshot({ path: join(FOLDER, `${name}-${language}.png`) });
  }
}

async function contextIn(language: Language): Promise<BrowserContext> {
  return await browser.newContext({
    viewport: { width: 1200, height: 750 },
    locale: language === 'en' ? 'en-GB' : 'de-DE',
  });
}

const nothing = async (): Promise<void> => await Promise.resolve();

await take('welcome', '/studio', nothing);
const session = await goLive(lectern, 'Bees in the city', { kind: 'auto' });
await new Promise((resolve) => setTimeout(resolve, 6000));
await take('studio-live', '/studio', async (page) => await page.waitForTimeout(2000));

const phone = await browser.newPage({ viewport: { width: 390, height: 560 } });
await phone.goto(session.urls.watch);
await phone.waitForFunction(() => (document.querySelector('video')?.played.length ?? 0) > 0);
await phone.waitForTimeout(4000);
await phone.screenshot({ path: join(FOLDER, 'watch.png') });

await end(lectern);
const recording = `/archive/${session.asset ?? ''}`;
const seen = async (page: Page): Promise<void> => {
  await page.waitForFunction(() => (document.querySelector('video')?.readyState ?? 0) > 1);
};
await take('recording', recording, seen);
await take('save', recording, async (page, words) => {
  await seen(page);
  await page.getByRole('button', { name: words.archive.export.whole }).click();
});
await browser.close();
