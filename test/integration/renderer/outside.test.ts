import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { noChromium } from '../../support/browser.ts';
import type { World } from '../../support/fake-service/scenarios.ts';
import { aDestination, withSources } from '../../support/fake-service/scenarios.ts';
import { goLive, openBrowser, openPage, type Tabs } from './open-page.ts';

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

const SINCE = '2030-01-01T00:00:00.000Z';

function withChannel(world: World): World {
  withSources(world);
  world.destinations.set('Channel', aDestination('Channel'));
  return world;
}

test('what viewers get stands at the top, the worst first, and on the card it is about', {
  skip: noChromium,
}, async (t) => {
  const { page, service, errors } = await openPage(browser, t, { arrange: withChannel });
  await goLive(page);
  const locator = service.world.studio.session?.locator ?? '';
  const own = {
    subject: `locator/${locator}`,
    url: 'http://127.0.0.1:1/live.ism/manifest',
    verdict: 'seen',
    since: SINCE,
    delaySeconds: 3.1,
    delayFrom: 'programme-time',
  } as const;

  service.change('Lectern.ProofOfAirChanged', 'proofOfAir', (world) => ({ value: (world.air = [own]) }));
  await page.locator('.top-bar').getByRole('button', { name: 'Viewers see you, 3.1 s behind' }).waitFor();
  await page.locator('.own-page').getByText('Viewers see you, 3.1 s behind').waitFor();

  const frozen = {
    subject: 'destination/Channel',
    url: 'https://x.example/a.m3u8',
    verdict: 'frozen',
    since: SINCE,
  } as const;
  service.change('Lectern.ProofOfAirChanged', 'proofOfAir', (world) => ({ value: (world.air = [own, frozen]) }));
  await page.locator('.destination').getByText('Viewers see a frozen picture').waitFor();
  await page
    .locator('.top-bar')
    .getByRole('button', { name: /frozen picture/ })
    .click();
  const details = page.getByRole('dialog', { name: 'What viewers get' });
  await details.getByText('Your own page').waitFor();
  await details.getByText(/no longer arrives/).waitFor();
  await details.getByRole('button', { name: 'Look now' }).click();
  assert.equal(service.calls.at(-1)?.name, 'checkAir');
  assert.deepEqual(errors, []);
});

test('a destination is given the address where its viewers play it, and loses it again', {
  skip: noChromium,
}, async (t) => {
  const { page, service } = await openPage(browser, t, { arrange: withChannel });

  await page.getByRole('button', { name: 'More for Channel' }).click();
  await page.getByRole('menuitem', { name: 'Edit' }).click();
  await page.getByLabel(/Where viewers play it/).fill('https://cdn.example/live.m3u8');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });

  const body = service.calls.findLast(({ name }) => name === 'patchDestination')?.body;
  assert.equal(Reflect.get(Object(body), 'playbackUrl'), 'https://cdn.example/live.m3u8');
});

test('the remote is switched on, lets a phone in by a code, and puts it out', { skip: noChromium }, async (t) => {
  const { page, service, errors } = await openPage(browser, t, { route: '#/settings' });
  const section = page.getByRole('region', { name: 'Phone as a remote' });
  assert.equal(await section.getByRole('button', { name: 'Let a phone in' }).count(), 0);

  await section.getByText('Let phones in that are paired').click();
  service.change('Lectern.RemoteChanged', 'remote', (world) => {
    world.remote = { ...world.remote, enabled: true, urls: ['http://192.168.1.20:8490'] };
    return world.remote;
  });
  await section.getByRole('button', { name: 'Let a phone in' }).click();
  const dialog = page.getByRole('dialog', { name: 'Scan with the phone' });
  await dialog.getByText('K7QM-2XPD').waitFor();
  await dialog.getByRole('img', { name: /QR code/ }).waitFor();

  service.change('Lectern.RemoteChanged', 'remote', (world) => {
    const { pairing: _pairing, ...rest } = world.remote;
    const device = { id: 'd1', name: 'Anna’s phone', pairedAt: SINCE, lastSeen: SINCE, connected: true };
    world.remote = { ...rest, devices: [device] };
    return world.remote;
  });
  await dialog.getByText('Anna’s phone is let in.').waitFor();
  await dialog.waitFor({ state: 'detached' });

  await section.getByText('Connected').waitFor();
  await section.getByRole('button', { name: 'Put out' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Put out' }).click();
  await section.getByText('No device has been let in yet.').waitFor();
  assert.deepEqual(errors, []);
});

test('on battery a ladder that needs less is offered, and taken when it is wanted', {
  skip: noChromium,
}, async (t) => {
  const { page, service } = await openPage(browser, t, { arrange: withSources });
  await page.addInitScript(() => {
    const battery = Object.assign(new EventTarget(), { charging: false, dischargingTime: 5400 });
    Reflect.set(navigator, 'getBattery', () => Promise.resolve(battery));
  });
  await page.reload();

  await page.getByText('1 hr 30 min').waitFor();
  await page.getByRole('button', { name: 'On battery' }).click();
  await page.getByRole('button', { name: 'Use the Eco ladder' }).click();

  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.deepEqual(service.calls.findLast(({ name }) => name === 'putLadder')?.body, {
    kind: 'preset',
    preset: 'Eco',
  });
});

test('who is unplugged on air is told that qualities stay, and is offered less for the next broadcast', {
  skip: noChromium,
}, async (t) => {
  const { page, service, errors } = await openPage(browser, t, { arrange: withSources, size: 'smallest' });
  await page.addInitScript(() => {
    const battery = Object.assign(new EventTarget(), { charging: true, dischargingTime: 600 });
    Reflect.set(navigator, 'getBattery', () => Promise.resolve(battery));
    addEventListener('unplug', () => {
      battery.charging = false;
      battery.dispatchEvent(new Event('chargingchange'));
    });
  });
  await page.reload();
  await goLive(page);
  const offer = page.getByRole('button', { name: 'On battery' });
  assert.equal(await offer.count(), 0);

  await page.evaluate(() => dispatchEvent(new Event('unplug')));
  const figure = page.locator('.top-bar .figure--fault');
  const boxes = await Promise.all(
    [page.locator('.health').first(), figure, offer].map((one) => one.boundingBox()),
  );
  // Side by side, and none over another.
  for (const [index, box] of boxes.entries()) {
    const left = boxes[index - 1];
    assert(box && (!left || left.x + left.width <= box.x), JSON.stringify(boxes));
  }
  await offer.click();
  await page.getByText('What is on now keeps its qualities until it ends').waitFor();
  await page.getByRole('button', { name: 'Eco from the next broadcast on' }).click();

  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await offer.waitFor({ state: 'detached' });
  assert.deepEqual(service.calls.findLast(({ name }) => name === 'putLadder')?.body, {
    kind: 'preset',
    preset: 'Eco',
  });
  assert.deepEqual(errors, []);
});
