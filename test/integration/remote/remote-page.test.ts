import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright';
import { build } from '../../../src-main/bootstrap/targets.mjs';
import { launchChromium, noChromium } from '../../support/browser.ts';
import { until } from '../../support/studio-stage.ts';
import { openRig } from './remote-rig.ts';

const PAGES = join(import.meta.dirname, '../../../dist/renderer/remote');
const PHONE = { width: 390, height: 844 };

let browser: Browser;
before(async () => {
  if (noChromium === false) {
    await build(['renderer']);
    browser = await launchChromium();
  }
});
after(async () => {
  if (noChromium === false) {
    await browser.close();
  }
});

type Rig = Awaited<ReturnType<typeof openRig>>;

/** A phone that has scanned the picture, and what its browser complained about. */
async function scanned(rig: Rig, locale = 'en-GB'): Promise<{ readonly page: Page; readonly errors: string[] }> {
  const context = await browser.newContext({ viewport: PHONE, locale, hasTouch: true });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => void errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') {
      errors.push(message.text());
    }
  });
  await page.goto(rig.remote.startPairing().url);
  return { page, errors };
}

/** Live, with one sound input that a phone can mute. */
async function goLive(rig: Rig): Promise<void> {
  await rig.services.studio.setSources([{ id: 'test', kind: 'test' }]);
  await rig.services.studio.goLive({ title: 'A talk' });
  rig.services.setStudio({ phase: 'live' });
  rig.services.events.publish('Lectern.StudioChanged', 'studio', rig.services.studio.state());
}

test('a phone is paired with one press, keeps its key, and is out when it is put out', {
  skip: noChromium,
}, async () => {
  await using rig = await openRig({ pagesFolder: PAGES });
  const { page, errors } = await scanned(rig);

  assert.equal(new URL(page.url()).hash, '', 'the code is not kept in the address');
  await page.getByLabel('Name of this device').fill('Anna’s phone');
  await page.getByRole('button', { name: 'Connect' }).click();
  await page.locator('.chip', { hasText: 'Off air' }).waitFor();
  const [device] = rig.remote.status().devices;
  assert.deepEqual([device?.name, device?.connected], ['Anna’s phone', true]);

  await page.reload();
  await page.locator('.chip', { hasText: 'Off air' }).waitFor();

  rig.remote.revoke(device?.id ?? '');
  await page.getByRole('alert').filter({ hasText: 'not let in any more' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'Use this phone as a remote' }).waitFor();
  // What was cut off, and what was refused after that, are what it is about.
  assert.deepEqual(
    errors.filter((text) => !/401|INCOMPLETE_CHUNKED/.test(text)),
    [],
  );
  await page.context().close();
});

test('a code that is not good is said beside the form', { skip: noChromium }, async () => {
  await using rig = await openRig({ pagesFolder: PAGES });
  const { page } = await scanned(rig, 'de-DE');
  rig.remote.cancelPairing();

  await page.getByRole('button', { name: 'Verbinden' }).click();

  await page.getByRole('alert').filter({ hasText: 'gilt nicht mehr' }).waitFor();
  await page.context().close();
});

test('a helper mutes, marks, holds to end and takes it back', { skip: noChromium }, async () => {
  await using rig = await openRig({ pagesFolder: PAGES });
  await goLive(rig);
  const { page, errors } = await scanned(rig);
  await page.getByRole('button', { name: 'Connect' }).click();
  await page.getByRole('timer').filter({ hasText: /^00:/ }).waitFor();

  const [input] = rig.services.studio.state().audio;
  const mute = page.getByRole('button', { name: `Mute ${input?.label ?? ''}` });
  await mute.click();
  await until('it is muted', () => (rig.services.studio.state().audio[0]?.muted === true ? true : undefined));
  await page.getByRole('button', { name: `Unmute ${input?.label ?? ''}` }).waitFor();

  await page.getByRole('button', { name: 'Mark' }).click();
  await page.getByRole('status').filter({ hasText: 'Marked' }).waitFor();

  const end = page.getByRole('button', { name: 'Hold to end' });
  await end.click();
  assert.equal(rig.services.studio.state().phase, 'live', 'a touch ends nothing');
  await end.hover();
  await page.mouse.down();
  await until('it is ending', () => (rig.services.studio.state().phase === 'ending' ? true : undefined));
  await page.mouse.up();
  assert.deepEqual(errors, []);
  await page.context().close();
});

test('the panic button is held too, and says that it is on', { skip: noChromium }, async () => {
  await using rig = await openRig({ pagesFolder: PAGES });
  await goLive(rig);
  const { page } = await scanned(rig);
  await page.getByRole('button', { name: 'Connect' }).click();

  await page.getByRole('button', { name: 'Panic', exact: true }).hover();
  await page.mouse.down();
  await until('it is on', () => (rig.isPanicking() ? true : undefined));
  await page.mouse.up();
  await page.getByRole('button', { name: 'End panic' }).waitFor();
  await page.context().close();
});
