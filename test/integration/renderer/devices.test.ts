import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { noChromium } from '../../support/browser.ts';
import { withSources } from '../../support/fake-service/scenarios.ts';
import { openBrowser, openPage, type Tabs } from './open-page.ts';

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

test('the list of devices follows what is plugged in, and a choice that is gone is no choice any more', {
  skip: noChromium,
}, async (t) => {
  const { page, service, errors } = await openPage(browser, t, { arrange: withSources });
  await page.getByRole('button', { name: 'Sources', exact: true }).click();
  await page.getByRole('button', { name: /^Microphone/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('radio', { name: /^Built-in microphone/ }).check({ force: true });
  const change = (labels: readonly string[]): void =>
    service.change('Lectern.DevicesChanged', 'devices', (world) => {
      world.devices = {
        value: labels.map((label) => ({ kind: 'microphone', id: label, label, isDefault: false })),
        problems: [],
      };
      return world.devices;
    });

  change(['Headset', 'Desk microphone']);
  await dialog.getByRole('radio', { name: 'Headset' }).waitFor();
  assert.equal(await dialog.getByRole('radio', { name: /^Built-in/ }).count(), 0);
  assert.equal(await dialog.getByRole('radio', { checked: true }).count(), 0);
  assert.equal(await dialog.getByRole('button', { name: 'Try it' }).isDisabled(), true);
  change(['Headset']);
  await dialog.getByRole('radio', { name: 'Headset', checked: true }).waitFor();

  assert.deepEqual(errors, []);
});

test('a source is tried by key: its picture and level are shown, and a refusal says what to do', {
  skip: noChromium,
}, async (t) => {
  const { page, service, errors } = await openPage(browser, t, { arrange: withSources });
  await page.getByRole('button', { name: 'Sources', exact: true }).click();
  await page.getByRole('button', { name: /^Camera/ }).click();
  const dialog = page.getByRole('dialog');

  await dialog.getByRole('button', { name: 'Try it' }).focus();
  await page.keyboard.press('Enter');
  await dialog.getByRole('img', { name: 'What FaceTime HD Camera gives' }).waitFor();
  assert.match(
    await dialog.getByRole('status').last().innerText(),
    /FaceTime HD Camera works\..*30 pictures a second/s,
  );

  service.refuse('testDevice', 'capture/device-busy', 'Another program uses FaceTime HD Camera.');
  await page.keyboard.press('Enter');
  await dialog.getByRole('alert').getByText('Another program uses FaceTime HD Camera.').waitFor();
  assert.equal(await dialog.getByRole('img', { name: /^What/ }).count(), 0);
  assert.deepEqual(
    errors.filter((error) => !error.includes('409')),
    [],
  );
});

test('how the sound of each source lies beside the picture is read where the sources are', {
  skip: noChromium,
}, async (t) => {
  const { page } = await openPage(browser, t, {
    arrange(world) {
      withSources(world);
      world.studio = {
        ...world.studio,
        sources: world.studio.sources.map((source) =>
          source.hasAudio ? { ...source, sync: { offsetMs: 34.2, driftPpm: -41 } } : source,
        ),
      };
    },
  });

  await page.getByRole('button', { name: 'Sources', exact: true }).click();

  await page.getByText('Sound comes 34 ms late, its clock −41 ppm off; it is being drawn level').first().waitFor();
});
