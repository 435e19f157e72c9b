import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { problemOf } from '../../../src-main/shared/problem.ts';
import { noChromium } from '../../support/browser.ts';
import { aDestination, withSources } from '../../support/fake-service/scenarios.ts';
import type { FakeService } from '../../support/fake-service.ts';
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

/** The network to the one destination takes a third of what was chosen, and the computer two qualities of three. */
function reduceBoth(service: FakeService): void {
  service.change('Lectern.DestinationChanged', 'destination/Channel', (world) => {
    const destination = aDestination('Channel', {
      state: 'live',
      sentBitrate: 1_127_400,
      queueSeconds: 1.2,
      sending: { height: 540, bitrate: 1_000_000, isReduced: true },
    });
    world.destinations.set('Channel', destination);
    return destination;
  });
  service.change('Lectern.StudioChanged', 'studio', (world) => {
    world.studio = {
      ...world.studio,
      health: {
        level: 'fair',
        reasons: [
          { code: 'qualities-left-out', detail: '540p is left out for a while.' },
          { code: 'destination-reduced', subject: 'Channel', detail: 'Channel gets 540p.' },
        ],
      },
    };
    return world.studio;
  });
  for (const told of [
    { cause: 'computer', direction: 'down', step: 'rungs', layers: ['540p'], detail: 'x' },
    { cause: 'network', direction: 'down', destination: 'Channel', quality: '540p', detail: 'x' },
  ]) {
    service.change(
      'Lectern.QualityChanged',
      told.cause === 'computer' ? 'studio' : 'destination/Channel',
      () => told,
    );
  }
}

test('what the computer and a network do not manage is said in the top bar, on the card and in the log, and the card tries again', {
  skip,
}, async (t) => {
  const { page, service, errors } = await openPage(browser, t, { arrange: withSources, size: 'smallest' });
  await goLive(page);
  reduceBoth(service);

  await page.getByRole('button', { name: /Fewer qualities for a while/ }).click();
  await page.getByText('Less quality for Channel').waitFor();
  await page.keyboard.press('Escape');
  const card = page.getByRole('article', { name: 'Channel' });
  await card.getByText(/^[\d,]+ kbit\/s$/).waitFor();
  await card.getByText('540p', { exact: true }).waitFor();
  await card.getByText('1.2 s').waitFor();
  await card.getByText('The network takes no more than 540p now.').waitFor();
  await page
    .getByText('Channel gets less quality, because the network there takes no more.')
    .waitFor({ state: 'attached' });

  await card.getByRole('button', { name: 'Try the best now' }).click();
  assert.ok(service.calls.some(({ name }) => name === 'startDestination'));

  await goTo(page, '/service');
  await page.getByRole('tab', { name: 'What happened' }).click();
  await page
    .getByText('The computer is too busy: 540p is left out; the best quality and the recording go on')
    .waitFor();
  await page.getByText('The network to Channel takes less: 540p goes there').waitFor();
  assert.deepEqual(errors, []);
});

test('a destination that refuses is said to refuse in the top bar and on the card, with when it is tried again', {
  skip,
}, async (t) => {
  const { page, service, errors } = await openPage(browser, t, { arrange: withSources, size: 'smallest' });
  await goLive(page);
  service.change('Lectern.DestinationChanged', 'destination/Channel', (world) => {
    const destination = aDestination('Channel', {
      state: 'failed',
      retries: 2,
      retryAt: new Date(Date.now() + 300_000).toISOString(),
      error: problemOf(new AppError('publish/refused', 'h refuses the stream key.')),
    });
    world.destinations.set('Channel', destination);
    return destination;
  });
  service.change('Lectern.StudioChanged', 'studio', (world) => {
    const reasons = [{ code: 'destination-refused' as const, subject: 'Channel', detail: 'Channel refuses.' }];
    world.studio = { ...world.studio, health: { level: 'fair', reasons } };
    return world.studio;
  });

  await page.getByRole('button', { name: /Channel refuses the broadcast/ }).waitFor();
  const card = page.getByRole('article', { name: 'Channel' });
  await card.getByText('h refuses the stream key.').waitFor();
  await card.getByText(/^Trying again in \d+ s, try 2$/).waitFor();
  await card.getByRole('button', { name: 'Correct it' }).waitFor();
  await card.getByRole('button', { name: 'Try now' }).click();

  assert.ok(service.calls.some(({ name }) => name === 'startDestination'));
  assert.deepEqual(errors, []);
});
