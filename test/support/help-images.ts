import { join } from 'node:path';
import type { Page } from 'playwright';
import { launchChromium } from './browser.ts';
import { end, openStage, until } from './studio-stage.ts';

// node test/support/help-images.ts: takes the pictures of the help pages anew, from the real studio with the test picture.

const FOLDER = join(import.meta.dirname, '../../resources/help/images');

await using stage = await openStage();
const { lectern } = stage;
await lectern.call('patchStudio', { body: { title: 'Bees in the city' } });
const browser = await launchChromium();
const page = await browser.newPage({ viewport: { width: 1200, height: 750 }, locale: 'en-GB' });

async function take(name: string, of: Page = page): Promise<void> {
  await of.waitForTimeout(700);
  await of.screenshot({ path: join(FOLDER, `${name}.png`) });
}

await page.goto(lectern.pageUrl);
await page.getByRole('heading', { name: 'Choose what to show' }).waitFor();
await take('welcome');
await page.getByRole('button', { name: 'Choose a source' }).click();
await take('sources');
await page.keyboard.press('Escape');
await page.getByRole('button', { name: 'Use the test picture' }).click();
await page.waitForTimeout(2500);
await take('studio');
await page.getByRole('button', { name: 'Go live' }).click();
await page.locator('.studio[data-phase="live"]').waitFor();
await page.waitForTimeout(8000);
await take('studio-live');

const { session } = await lectern.call('getStudio', {});
const phone = await browser.newPage({ viewport: { width: 390, height: 700 } });
await phone.goto(session?.urls.watch ?? '');
await phone.waitForFunction(() => (document.querySelector('video')?.played.length ?? 0) > 0);
await phone.waitForTimeout(4000);
await take('watch', phone);
await phone.close();

await end(lectern);
await page.getByRole('link', { name: 'Archive' }).click();
await page.getByText('Verified').waitFor();
await take('archive');
const [asset] = (await lectern.call('listAssets', {})).value;
await page.goto(`${lectern.controlUrl}/#/archive/${asset?.name ?? ''}`);
await until('the recording can be seen', async () =>
  (await page.evaluate(() => (document.querySelector('video')?.readyState ?? 0) > 1)) ? true : undefined,
);
await take('recording');
await page.getByRole('button', { name: 'Save as a file' }).click();
await take('save');
await browser.close();
