import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright';
import { noChromium } from '../../support/browser.ts';
import { withSources } from '../../support/fake-service/scenarios.ts';
import { goLive, goTo, openBrowser, openPage, type Tabs } from './open-page.ts';

const skip = noChromium;

let browser: Tabs;

before(async () => {
  if (skip === false) {
    browser = await openBrowser();
  }
});

after(async () => {
  if (skip === false) {
    await browser.close();
  }
});

/** Whether the browser was kept from what it does with what is dropped, which is to leave the page. */
async function drop(page: Page, names: readonly string[], on = 'body'): Promise<boolean> {
  return await page.evaluate(
    ([files, selector]) => {
      const dataTransfer = new DataTransfer();
      for (const name of files) {
        dataTransfer.items.add(new File(['x'], name));
      }
      if (files.length === 0) {
        dataTransfer.setData('text/uri-list', 'https://example.org/');
      }
      const target = document.querySelector(selector);
      return ['dragover', 'drop'].every(
        (type) =>
          target?.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true })) === false,
      );
    },
    [names, on] as const,
  );
}

/** Tabs in which the page finds the desktop shell, as far as dropping needs it. */
const inDesktop = (tabs: Tabs): Tabs => ({
  ...tabs,
  async take() {
    const page = await tabs.take();
    await page.addInitScript(() => {
      const token = /^#token=([^&]+)/.exec(location.hash)?.[1];
      const quiet = () => () => undefined;
      const lectern = {
        controlUrl: location.origin,
        token,
        platform: 'linux',
        onService: quiet,
        onCommand: quiet,
        mediaAccess: () => Promise.resolve('granted'),
        pathOfFile: (file: File) => `/home/me/${file.name}`,
      };
      Object.assign(window, { lectern });
    });
    return page;
  },
  giveBack: (page) => page.close(),
});

test('nothing that is dropped leaves the page, and each file is named with why it is not taken', {
  skip,
}, async (t) => {
  const { page, service, errors } = await openPage(browser, t, { arrange: withSources, size: 'smallest' });
  await goLive(page);
  const before = page.url();

  assert.equal(await drop(page, ['notes.pdf']), true);
  const notice = page.getByRole('alert');
  await notice.getByText('notes.pdf was not taken').waitFor();
  await notice.getByText(/^Only video and sound files/).waitFor();
  assert.equal(await drop(page, ['talk.mp4', 'other.mp4']), true);
  await notice.getByText('talk.mp4 was not taken').waitFor();
  await notice.getByText(/^Several files were dropped/).waitFor();
  assert.equal(await drop(page, ['Talk.MP4'], '.programme'), true);
  await notice.getByText(/^A browser does not tell Lectern where a file is/).waitFor();
  assert.equal(await drop(page, []), true);

  assert.equal(await notice.count(), 1);
  assert.equal(page.url(), before);
  assert.equal(
    service.calls.some(({ name }) => name === 'putSources'),
    false,
  );
  assert.deepEqual(errors, []);
});

test('in the desktop app a dropped media file opens the form for a source with its path', { skip }, async (t) => {
  const { page, errors } = await openPage(inDesktop(browser), t, { arrange: withSources });
  await goTo(page, '/settings');

  assert.equal(await drop(page, ['talk.mp4']), true);
  const dialog = page.getByRole('dialog');
  assert.equal(await dialog.getByLabel('File', { exact: true }).inputValue(), '/home/me/talk.mp4');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  assert.equal(await drop(page, ['talk.pdf']), true);
  await page.getByRole('alert').getByText('talk.pdf was not taken').waitFor();

  assert.deepEqual(errors, []);
});
