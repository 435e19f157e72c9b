import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright';
import { contentKeyPolicyPatch } from '../../../src-main/shared/api/content-key-policies.ts';
import { noChromium } from '../../support/browser.ts';
import { aHeartbeat } from '../../support/fake-service/live-feed.ts';
import { aFilter, withPolicies } from '../../support/fake-service/policy-handlers.ts';
import { anAsset, withLiveEvents } from '../../support/fake-service/scenarios.ts';
import { anAuditEntry } from '../../support/fake-service/service-handlers.ts';
import { openBrowser, openPage, type Tabs } from './open-page.ts';

const skip = noChromium;
const TOKEN = '3f2b8c1e5a4d4f6b9c0d7e8f9a0b1c2d';

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

async function pressByKey(page: Page, name: string | RegExp): Promise<void> {
  await page.getByRole('button', { name }).first().focus();
  await page.keyboard.press('Enter');
}

async function choose(page: Page, label: string | RegExp, option: string | RegExp): Promise<void> {
  await page.getByRole('button', { name: label }).click();
  await page.getByRole('option', { name: option }).click();
}

/** A gray picture, drawn by the browser. */
async function picture(page: Page, width: number, height: number, type: string): Promise<Buffer> {
  const base64 = await page.evaluate(
    ([wide, high, mimeType]) => {
      const canvas = Object.assign(document.createElement('canvas'), { width: wide, height: high });
      canvas.getContext('2d')?.fillRect(0, 0, wide, high);
      return canvas.toDataURL(mimeType).split(',')[1] ?? '';
    },
    [width, height, type] as const,
  );
  return Buffer.from(base64, 'base64');
}

// Most of a test is waiting, for one clock or another.
describe('the pages of the service', { concurrency: 2 }, () => {
  test('a live event is made, started and stopped with the keyboard alone', { skip }, async (t) => {
    const { page, service, errors } = await openPage(browser, t, { route: '/service', startMs: 1500 });
    await page.getByText('No live event yet').waitFor();

    await pressByKey(page, 'New live event');
    await page.keyboard.type('hall-1');
    await page.getByRole('switch', { name: 'Start it at once' }).focus();
    await page.keyboard.press('Space');
    await page.getByLabel('Name', { exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'hall-1' }).waitFor();
    assert.deepEqual(service.calls.find(({ name }) => name === 'putLiveEvent')?.body, {
      description: '',
      input: { streamingProtocol: 'RTMP', keyFrameIntervalDuration: 'PT2S' },
      encoding: { encodingType: 'PassthroughStandard' },
      streamOptions: ['Default'],
    });

    await pressByKey(page, 'Start');
    // On its way it says so and offers nothing; both at the same moment.
    await page.waitForFunction(() => {
      const panel = document.querySelector('.service__event .card');
      return panel?.textContent.includes('It is starting.') === true && panel.querySelector('button') === null;
    });
    await page.getByRole('button', { name: 'Reset' }).waitFor();

    await pressByKey(page, 'Stop');
    await page.getByRole('alertdialog', { name: 'Stop hall-1?' }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Allocate' }).waitFor();
    assert.deepEqual(errors, []);
  });

  test('stopping an event names the outputs that end, and ends no others', { skip }, async (t) => {
    const { page, service } = await openPage(browser, t, { route: '/service', arrange: withLiveEvents });
    await page.getByRole('button', { name: 'Remove archive' }).waitFor();

    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    const dialog = page.getByRole('alertdialog', { name: 'Stop talk?' });
    assert.deepEqual(await dialog.getByRole('listitem').allTextContents(), ['archive', 'rewind']);
    await dialog.getByRole('button', { name: 'Stop and end 2 outputs' }).click();

    await page.getByRole('button', { name: 'Start' }).waitFor();
    assert.deepEqual(service.calls.find(({ name }) => name === 'stopLiveEvent')?.body, {
      removeOutputsOnStop: true,
    });
  });

  test('the token is in nothing that is seen until it is asked for, and in what is copied', {
    skip,
  }, async (t) => {
    const { page } = await openPage(browser, t, { route: '/service', arrange: withLiveEvents });
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByText('RTMP, first').waitFor();
    for (const summary of await page.locator('summary').all()) {
      await summary.click();
    }

    assert(!(await page.content()).includes(TOKEN));
    await page.getByRole('button', { name: 'Copy: RTMP, first' }).click();
    await page.getByText('Copied').first().waitFor({ state: 'attached' });
    assert.equal(
      await page.evaluate(() => navigator.clipboard.readText()),
      `rtmp://192.168.1.20:1935/live/${TOKEN}`,
    );

    await page.getByRole('button', { name: 'Show the token' }).click();
    assert((await page.locator('.copy-block').first().textContent())?.includes(`/live/${TOKEN}/talk"`));
  });

  test('a refused address is told at its row, in the list that unfolds for it', { skip }, async (t) => {
    const { page, service } = await openPage(browser, t, { route: '/service' });
    await page.getByRole('button', { name: 'New live event' }).first().click();
    await page.getByLabel('Name', { exact: true }).fill('hall');
    await page.getByText('More', { exact: true }).click();
    await choose(page, 'Who may see the preview', 'Only these addresses');
    const list = page.getByRole('group', { name: 'Addresses that may see the preview' });
    for (const address of ['10.0.0.1', '10.0.0.300']) {
      await list.getByRole('button', { name: 'Add an address' }).click();
      await list.getByLabel('Address or network').last().fill(address);
    }
    await page.getByText('More', { exact: true }).click();
    service.refuse('putLiveEvent', 'ingest/address-list-invalid', 'An address is not right.', [
      { field: 'preview.accessControl.ip.allow.1.address', message: 'must be an address' },
    ]);

    await page.getByRole('button', { name: 'Create' }).click();

    const rows = list.getByRole('group');
    await rows.nth(1).getByText('must be an address').waitFor();
    assert.equal(await rows.nth(0).getByText('must be an address').count(), 0);
    assert.equal(await page.getByRole('dialog').getByRole('alert').count(), 0);
  });

  test('of a running event the description can be changed, and the rest says why it cannot', {
    skip,
  }, async (t) => {
    const { page, service } = await openPage(browser, t, { route: '/service', arrange: withLiveEvents });
    await pressByKey(page, 'Edit');
    const dialog = page.getByRole('dialog', { name: 'Edit talk' });

    await dialog.getByText('only while the event is stopped or in stand-by. Now: Running.').waitFor();
    assert(await dialog.getByLabel('Key frame every').isDisabled());
    assert(await dialog.getByLabel('Access token').isDisabled());
    assert(await dialog.getByRole('button', { name: 'Save' }).isDisabled());
    await dialog.getByRole('textbox', { name: 'Description' }).fill('Now in hall 2');
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });

    await page.getByText('Now in hall 2').waitFor();
    assert.deepEqual(service.calls.find(({ name }) => name === 'patchLiveEvent')?.body, {
      description: 'Now in hall 2',
    });
    await page.waitForFunction(() => document.activeElement?.textContent === 'Edit');
  });

  test('who may send to a stopped event is edited in rows, and everybody is let look again', {
    skip,
  }, async (t) => {
    const { page, service } = await openPage(browser, t, {
      route: '/service',
      arrange(world) {
        withLiveEvents(world);
        const event = world.liveEvents.get('tomorrow')!;
        const list = (address: string) => ({ ip: { allow: [{ name: 'hall', address, subnetPrefixLength: 24 }] } });
        world.liveEvents.set('tomorrow', {
          ...event,
          input: { ...event.input, accessControl: list('10.0.1.0') },
          preview: { ...event.preview, accessControl: list('10.0.2.0') },
        });
      },
    });
    await page.getByRole('button', { name: /^tomorrow/ }).click();
    await page.getByRole('button', { name: 'Edit' }).click();
    const senders = page.getByRole('group', { name: 'Addresses that may send' });

    await senders.getByLabel('Prefix').fill('x');
    await senders.getByText('A whole number, at most 128.').waitFor();
    assert(await page.getByRole('button', { name: 'Save' }).isDisabled());
    await senders.getByLabel('Prefix').fill('22');
    await choose(page, 'Who may see the preview', 'Everybody who has the link');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });

    assert.deepEqual(service.calls.find(({ name }) => name === 'patchLiveEvent')?.body, {
      input: { accessControl: { ip: { allow: [{ name: 'hall', address: '10.0.1.0', subnetPrefixLength: 22 }] } } },
      preview: { accessControl: null },
    });
  });

  test('an own ladder begins as the preset, says what is wrong with a row, and is sent whole', {
    skip,
  }, async (t) => {
    const { page, service } = await openPage(browser, t, { route: '/service' });
    await page.getByRole('button', { name: 'New live event' }).first().click();
    await page.getByLabel('Name', { exact: true }).fill('hall');
    await choose(page, 'What is done with it', /up to 720p/);
    await choose(page, 'Qualities', /720p-3-Layer/);
    await choose(page, 'Qualities', /^My own/);
    const first = page.getByRole('group', { name: 'Quality 1' });

    assert.equal(await first.getByLabel('Bitrate').inputValue(), '2500');
    await first.getByLabel('Width').fill('1921');
    await first.getByText('Must be an even number.').waitFor();
    assert(await page.getByRole('button', { name: 'Create' }).isDisabled());
    await first.getByLabel('Width').fill('1280');
    await first.getByLabel('Bitrate').fill('3000');
    await page.getByRole('button', { name: 'Remove quality 3' }).click();
    await page.getByRole('button', { name: 'Add a sound bitrate' }).click();
    await page.getByText('4.2 Mbit/s').waitFor();
    service.refuse('putLiveEvent', 'encode/ladder-invalid', 'No.', [
      { field: 'encoding.customPreset.layers[1]', message: '960x540 has another shape' },
    ]);
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('group', { name: 'Quality 2' }).getByText('960x540 has another shape').waitFor();
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('Own ladder of 2 qualities').waitFor();

    const body: unknown = Object(service.calls.findLast(({ name }) => name === 'putLiveEvent')?.body);
    assert.deepEqual(Reflect.get(Object(body), 'encoding'), {
      encodingType: 'Standard',
      customPreset: {
        layers: [
          { width: 1280, height: 720, bitrate: 3_000_000 },
          { width: 960, height: 540, bitrate: 1_000_000 },
        ],
        audioBitrates: [128, 96],
      },
      keyFrameInterval: 'PT2S',
    });
  });

  test('a slate is checked before it is sent, seen, shown and deleted', { skip }, async (t) => {
    const { page, service, errors } = await openPage(browser, t, { route: '/service', arrange: withLiveEvents });
    await page.getByRole('button', { name: /^encoded/ }).click();
    const form = page.getByRole('form', { name: 'Slate' });
    const give = async (width: number, height: number, mimeType: 'image/jpeg' | 'image/png'): Promise<void> => {
      const buffer = await picture(page, width, height, mimeType);
      await form.locator('input[type="file"]').setInputFiles({ name: 'Pause.jpg', mimeType, buffer });
    };

    await give(1922, 1080, 'image/jpeg');
    await form.getByText('The picture is 1922×1080').waitFor();
    await give(64, 36, 'image/png');
    await form.getByText('Only a JPEG picture').waitFor();
    assert(!service.calls.some(({ name }) => name === 'putAsset'));
    service.refuse('putSlate', 'live/slate-invalid', 'It is no JPEG that can be decoded.');
    await give(64, 36, 'image/jpeg');
    await form.getByText('live/slate-invalid').waitFor();
    assert(!service.world.assets.has('slate-Pause'));
    await give(64, 36, 'image/jpeg');
    await form.getByRole('img', { name: 'The picture slate-Pause' }).waitFor();

    await form.getByRole('button', { name: 'Show the slate' }).click();
    await page.getByText('The slate shows for').waitFor();
    assert.deepEqual(service.calls.find(({ name }) => name === 'showSlate')?.body, {
      duration: 60,
      assetName: 'slate-Pause',
    });
    await form.getByRole('button', { name: 'Delete this picture' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
    await form.getByRole('button', { name: /The stock picture/ }).waitFor();
    assert(!service.world.assets.has('slate-Pause'));
    assert.deepEqual(
      errors.filter((text) => !text.includes('the server responded with a status of')),
      [],
    );
  });

  test('an asset is published under an id of one’s own until a time, and every path can be copied', {
    skip,
  }, async (t) => {
    const id = '0f8b2a44-6f0c-4a06-9a3b-0d3cf0a3d777';
    const { page, service } = await openPage(browser, t, {
      route: '/service',
      arrange: (world) => void world.assets.set('talk', anAsset('talk', { title: 'The talk' })),
    });
    // All pages of a browser have one clipboard, and another test has it.
    await page.evaluate(() => {
      navigator.clipboard.writeText = (text) => Promise.resolve(void (document.body.dataset['copied'] = text));
    });
    await page.getByRole('tab', { name: 'Publishing' }).click();
    await page.getByRole('button', { name: 'Publish an asset' }).click();
    const dialog = page.getByRole('dialog', { name: 'Publish an asset' });
    await dialog.getByText('HLS, DASH, Smooth Streaming, unprotected').last().waitFor();

    await dialog.getByLabel('Closes').fill('2020-01-01T08:00');
    await dialog.getByText('Must lie ahead').waitFor();
    await dialog.getByLabel('Closes').fill('2126-01-01T08:00');
    await dialog.getByText('More', { exact: true }).click();
    await dialog.getByLabel('Locator id').fill('4711');
    await dialog.getByText('Must be a GUID').waitFor();
    await dialog.getByLabel('Locator id').fill(id);
    await dialog.getByRole('button', { name: 'Publish' }).click();
    await dialog.waitFor({ state: 'detached' });
    assert.deepEqual(service.calls.find(({ name }) => name === 'putLocator')?.body, {
      assetName: 'talk',
      streamingPolicyName: 'Predefined_ClearStreamingOnly',
      streamingLocatorId: id,
      endTime: new Date('2126-01-01T08:00').toISOString(),
    });

    await page.getByRole('button', { name: 'Paths' }).click();
    await page.getByRole('button', { name: 'Copy: DASH · mpd-time-cmaf' }).click();
    await page.getByText('Copied').first().waitFor({ state: 'attached' });
    assert.equal(
      await page.evaluate(() => document.body.dataset['copied']),
      `${service.originUrl}/${id}/talk.ism/manifest(format=mpd-time-cmaf)`,
    );
    await page.getByRole('button', { name: 'Remove talk' }).click();
    const question = page.getByRole('alertdialog', { name: 'Remove the locator talk?' });
    await question.getByText('loses the picture within seconds').waitFor();
    await question.getByRole('button', { name: 'Remove' }).click();
    await page.getByText('Nothing is published.').waitFor();
  });

  test('an event that was deleted elsewhere is said to be gone, and the keyboard goes on', { skip }, async (t) => {
    const { page, service } = await openPage(browser, t, { route: '/service', arrange: withLiveEvents });
    await page.getByRole('button', { name: /^tomorrow/ }).click();
    await page.getByRole('button', { name: 'Edit' }).focus();

    service.change('Lectern.LiveEventDeleted', 'liveEvent/tomorrow', (world) => {
      world.liveEvents.delete('tomorrow');
      return {};
    });

    await page.getByText('“tomorrow” is gone').waitFor();
    await page.waitForFunction(() => document.activeElement?.textContent.startsWith('talk'));
    await page.getByRole('button', { name: 'Dismiss' }).click();
    assert.equal(await page.getByText('is gone').count(), 0);
  });

  test('who deletes an event is not told that it is gone', { skip }, async (t) => {
    const { page } = await openPage(browser, t, { route: '/service', arrange: withLiveEvents });
    await page.getByRole('button', { name: /^tomorrow/ }).click();

    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();

    await page.getByRole('heading', { name: 'talk' }).waitFor();
    assert.equal(await page.getByText('is gone').count(), 0);
  });

  test('what the service refuses is said at the event, with its code, and at the endpoint that was asked about first', {
    skip,
  }, async (t) => {
    const { page, service } = await openPage(browser, t, { route: '/service', arrange: withLiveEvents });
    await page.getByRole('button', { name: /^tomorrow/ }).click();
    service.refuse('startLiveEvent', 'resource/quota', 'Five live events run already.');
    await page.getByRole('button', { name: 'Start' }).click();
    const alert = page.locator('.service__event').getByRole('alert');
    await alert.getByText('Five live events run already.').waitFor();
    await alert.getByText('resource/quota').waitFor();
    await alert.getByRole('button', { name: 'Dismiss' }).click();
    assert.equal(await alert.count(), 0);

    await page.getByRole('tab', { name: 'Publishing' }).click();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('alertdialog').getByText('0 viewers lose the picture').waitFor();
    service.refuse('stopEndpoint', 'resource/busy', 'It is being started.');
    await page.getByRole('alertdialog').getByRole('button', { name: 'Stop' }).click();
    await page.getByText('It is being started.').waitFor();
  });

  test('what an endpoint sends and answers is drawn minute by minute, with the past that the service knows', {
    skip,
  }, async (t) => {
    const { page, service } = await openPage(browser, t, { route: '/service', arrange: withLiveEvents });

    await page.getByRole('tab', { name: 'Publishing' }).click();

    const figures = page.getByRole('region', { name: 'default', exact: true });
    for (const name of [
      'Sent: 112.5 Mbit/s',
      'Requests: 3,600 a minute',
      'Refused or failed: 0 a minute',
      'Time to answer: 4 ms',
    ]) {
      await figures.getByRole('figure', { name, exact: true }).waitFor();
    }
    await figures.getByText('By format in the last hour – m3u8-cmaf: 62,130 · mpd-time-cmaf: 20,700').waitFor();
    await figures
      .getByText('By answer in the last hour – 200: 82,800 · 404 MPE_FRAGMENT_TIMESTAMP_NOT_FOUND: 30')
      .waitFor();

    const [newest] = service.world.endpointMinutes.get('default')!;
    service.world.endpointMinutes.set('default', [
      { time: new Date().toISOString(), egressBytes: 0, requests: [] },
      newest!,
    ]);
    await figures.getByRole('figure', { name: 'Time to answer: nobody asked' }).waitFor();
  });

  test('heartbeats are drawn as they are pushed, and the status is read again only then', { skip }, async (t) => {
    const { page, service } = await openPage(browser, t, { route: '/service', arrange: withLiveEvents });
    await page
      .getByRole('figure', { name: /^Coming in: / })
      .first()
      .waitFor();
    const asked = (): number => service.calls.filter(({ name }) => name === 'getLiveEventStatus').length;
    const before = asked();

    const feed = service.world.feeds.get('talk')!;
    service.world.feeds.set('talk', {
      ...feed,
      status: { ...feed.status, healthStatus: 'Poor', healthDescriptions: ['Half of it is missing.'] },
    });
    service.change('Microsoft.Media.LiveEventIngestHeartbeat', 'liveEvent/talk', () =>
      aHeartbeat({ incomingBitrate: 1_100_000, healthy: false }),
    );
    service.change('Microsoft.Media.LiveEventIngestHeartbeat', 'liveEvent/talk', () =>
      aHeartbeat({ trackName: 'video_1000000', bitrate: 1_000_000, incomingBitrate: 990_000 }),
    );

    await page.getByRole('figure', { name: 'Coming in: 1.1 Mbit/s of 2.5 Mbit/s' }).waitFor();
    await page.getByText('Half of it is missing.').waitFor();
    assert.equal(asked(), before + 1);
  });

  test('the preview plays and states its delay', { skip }, async (t) => {
    const { page, errors } = await openPage(browser, t, { route: '/service', arrange: withLiveEvents });

    await page.getByRole('button', { name: 'Play the preview' }).click();

    await page.getByText(/\d+\.\d s behind/).waitFor({ timeout: 20_000 });
    await page.getByRole('button', { name: 'Stop the preview' }).click();
    // One that cannot be seen is not asked for.
    await page.locator('.service__picture').scrollIntoViewIfNeeded();
    await page.getByRole('img', { name: /^Newest picture/ }).waitFor();
    assert.deepEqual(errors, []);
  });

  test('a break is begun with a number of its own and ended by it', { skip }, async (t) => {
    const { page, service } = await openPage(browser, t, { route: '/service', arrange: withLiveEvents });
    await page.getByRole('button', { name: /^encoded/ }).click();
    const form = page.getByRole('form', { name: 'Advertisement' });

    await form.getByLabel('Number of the break').fill('7');
    await form.getByRole('switch').press('Space');
    await form.getByRole('button', { name: 'Begin the break' }).click();
    await page.getByText('Break 7 runs for').waitFor();
    await form.getByRole('button', { name: 'End the break' }).click();
    await page.getByText('Players and ad servers').waitFor();

    const bodies = (name: string) => service.calls.filter((call) => call.name === name).map(({ body }) => body);
    assert.deepEqual(bodies('startAdvertisement'), [{ duration: 30, cueId: 7, showSlate: true }]);
    assert.deepEqual(bodies('endAdvertisement'), [{ cueId: 7 }]);
  });

  test('the log speaks in sentences and can be narrowed to what went wrong', { skip }, async (t) => {
    const { page, service } = await openPage(browser, t, {
      route: '/service',
      arrange(world) {
        withLiveEvents(world);
        world.audit = [anAuditEntry(1, { action: 'liveEvents/create' })];
      },
    });
    await page.getByRole('tab', { name: 'What happened' }).click();
    service.change('Microsoft.Media.LiveEventEncoderConnected', 'liveEvent/talk', () => ({
      streamId: 'talk',
      encoderIp: '192.168.1.7',
    }));
    service.change('Microsoft.Media.LiveEventEncoderDisconnected', 'liveEvent/talk', () => ({
      streamId: 'talk',
      resultCode: 'MPE_RTMP_SESSION_IDLE_TIMEOUT',
    }));
    service.change('Lectern.OperatorAction', 'liveEvent/talk', () =>
      anAuditEntry(2, { action: 'liveEvents/reset' }),
    );

    await page.getByText('An encoder at 192.168.1.7 connected and sends “talk”').waitFor();
    await page.getByRole('cell', { name: 'liveEvents/reset' }).waitFor();
    await page.getByRole('button', { name: /Level/ }).click();
    await page.getByRole('option', { name: 'Warnings and errors' }).click();

    await page.getByText('The encoder of “talk” is gone').waitFor();
    assert.equal(await page.getByText('connected and sends').count(), 0);
  });

  test('policies and filters say in words what they do, and are deleted where nothing uses them', {
    skip,
  }, async (t) => {
    const { page, service } = await openPage(browser, t, {
      route: '/service',
      arrange(world) {
        withPolicies(world);
        world.locators.set('talk-1', {
          name: 'talk-1',
          assetName: 'talk',
          streamingLocatorId: '0f8b2a44-6f0c-4a06-9a3b-0d3cf0a3d002',
          streamingPolicyName: 'members-only',
          created: '2026-10-30T08:00:00.000Z',
        });
      },
    });
    await page.getByRole('tab', { name: 'Publishing' }).click();
    const policies = page.getByRole('region', { name: 'Streaming policies' });
    const keys = page.getByRole('region', { name: 'Content key policies' });
    const filters = page.getByRole('region', { name: 'Filters of all assets' });

    await policies.getByText('HLS, DASH with AES-128 · keys: members').waitFor();
    await keys.getByText('Who has a token of https://members.example.org for lectern · 1 option').waitFor();
    await filters
      .getByText(
        /^begins with 400 kbit\/s .* 30 secs? behind the live edge · only: picture, at most 1.2 Mbit\/s; sound$/,
      )
      .waitFor();
    assert.deepEqual(
      await policies
        .getByRole('button', { name: /^Delete/ })
        .evaluateAll((all) => all.map((one) => one.ariaLabel)),
      ['Delete members-only'],
    );

    await policies.getByRole('button', { name: 'Delete members-only' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
    await policies.getByText('is used by streamingLocator/talk-1. Delete that first.').waitFor();
    assert(service.world.streamingPolicies.has('members-only'));

    await pressByKey(page, 'Delete phone');
    await page.getByRole('alertdialog', { name: 'Delete phone?' }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await filters.getByText('A filter shows less of an asset').waitFor();
    assert.equal(service.world.filters.size, 0);
  });

  test('a filter is made from what a person means, and what cannot be is told at its field', {
    skip,
  }, async (t) => {
    const { page, service } = await openPage(browser, t, { route: '/service', arrange: withPolicies });
    await page.getByRole('tab', { name: 'Publishing' }).click();
    await pressByKey(page, 'New filter');
    const dialog = page.getByRole('dialog', { name: 'New filter of all assets' });
    const create = dialog.getByRole('button', { name: 'Create' });

    await page.keyboard.type('phone');
    await dialog.getByText('There is one of that name.').waitFor();
    await dialog.getByLabel('Name', { exact: true }).fill('german');
    await dialog.getByLabel('Viewers can go back').fill('30');
    await dialog.getByText('A number from 60 up').waitFor();
    assert(await create.isDisabled());
    await dialog.getByLabel('Viewers can go back').fill('120');
    await dialog.getByLabel('Language of the sound').fill('de');
    service.refuse('putAccountFilter', 'request/invalid', 'No.', [
      { field: 'presentationTimeRange.presentationWindowDuration', message: 'must be 180 s or more here' },
    ]);
    await create.click();
    await dialog.getByText('must be 180 s or more here').waitFor();
    assert.equal(await dialog.getByRole('alert').count(), 0);
    await dialog.getByLabel('Language of the sound').press('Enter');
    await dialog.waitFor({ state: 'detached' });

    await page.getByText('viewers can go back 2 mins · only: picture; sound, language de; subtitles').waitFor();
    assert.deepEqual(service.world.filters.get('german')?.presentationTimeRange, {
      presentationWindowDuration: '1200000000',
      timescale: 10_000_000,
      forceEndTimestamp: false,
    });
  });

  test('a filter that is there is changed with the keyboard alone, and what is not touched stays to the letter', {
    skip,
  }, async (t) => {
    const others = aFilter('others', {
      presentationTimeRange: {
        startTimestamp: '158785920900001',
        presentationWindowDuration: '54000001',
        timescale: 90_000,
        forceEndTimestamp: false,
      },
      tracks: [{ trackSelections: [{ property: 'FourCC', operation: 'NotEqual', value: 'hvc1' }] }],
    });
    const { page, service } = await openPage(browser, t, {
      route: '/service',
      arrange: ({ filters }) => void filters.set('others', others),
    });
    await page.getByRole('tab', { name: 'Publishing' }).click();
    await pressByKey(page, 'Edit others');
    const dialog = page.getByRole('dialog', { name: 'Edit the filter others' });

    const row = dialog.getByRole('group', { name: 'Row 1' });
    assert.equal(await row.getByLabel('Value').inputValue(), 'hvc1');
    await pressByKey(page, 'Add a condition');
    await dialog.getByText('Each condition needs a value.').waitFor();
    assert(await dialog.getByRole('button', { name: 'Save' }).isDisabled());
    await row.getByRole('group', { name: 'Condition 2' }).getByLabel('Value').focus();
    await page.keyboard.type('de');
    await dialog.getByLabel('Behind the live edge').focus();
    await page.keyboard.type('30');
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });

    const { created: _created, lastModified: _changed, name: _name, ...content } = others;
    assert.deepEqual(service.calls.find(({ name }) => name === 'putAccountFilter')?.body, {
      ...content,
      presentationTimeRange: { ...content.presentationTimeRange, liveBackoffDuration: '2700000' },
      tracks: [
        {
          trackSelections: [
            ...(content.tracks[0]?.trackSelections ?? []),
            { property: 'Language', operation: 'Equal', value: 'de' },
          ],
        },
      ],
    });
    await page.getByText('30 secs behind the live edge').waitFor();
  });

  test('filters of one asset are made, told of and deleted beside those of all', { skip }, async (t) => {
    const { page, service } = await openPage(browser, t, {
      route: '/service',
      arrange({ assets, assetFilters }) {
        assets.set('talk', anAsset('talk', { title: 'The talk' }));
        assets.set('panel', anAsset('panel'));
        assetFilters.set('talk', new Map([['short', aFilter('short')]]));
      },
    });
    await page.getByRole('tab', { name: 'Publishing' }).click();
    const own = page.getByRole('region', { name: 'Filters of one asset' });
    await own.getByRole('button', { name: 'Asset' }).press('Enter');
    await page.getByRole('option', { name: 'The talk' }).press('Enter');
    await own.getByText('short', { exact: true }).waitFor();
    await page.waitForFunction(() => document.activeElement?.textContent === 'The talk');

    await own.getByRole('button', { name: 'New filter' }).press('Enter');
    await page.getByRole('dialog', { name: 'New filter of “The talk”' }).waitFor();
    await page.keyboard.type('short');
    await page.getByText('There is one of that name.').waitFor();
    await page.keyboard.type('er');
    service.refuse('putAssetFilter', 'resource/quota', 'There are 100 filters already; delete one first.');
    await page.keyboard.press('Enter');
    await page.getByText('resource/quota').waitFor();
    await page.getByLabel('Name', { exact: true }).press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await own.getByText('shorter', { exact: true }).waitFor();
    service.change('Lectern.FilterChanged', 'asset/talk/assetFilter/told', () => aFilter('told'));
    await own.getByText('told', { exact: true }).waitFor();

    await own.getByRole('button', { name: 'Delete short', exact: true }).press('Enter');
    await page.getByRole('alertdialog', { name: 'Delete short?' }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await own.getByText('short', { exact: true }).waitFor({ state: 'detached' });
    assert.deepEqual([...(service.world.assetFilters.get('talk')?.keys() ?? [])], ['shorter']);
    assert.equal(service.world.filters.size, 0);
  });

  test('the key that tokens are signed with is made in the page, copied while the form is open, and shown nowhere again', {
    skip,
  }, async (t) => {
    const { page, service } = await openPage(browser, t, { route: '/service', arrange: withPolicies });
    await page.evaluate(() => {
      navigator.clipboard.writeText = (text) => Promise.resolve(void (document.body.dataset['copied'] = text));
    });
    await page.getByRole('tab', { name: 'Publishing' }).click();
    await pressByKey(page, 'New content key policy');
    const dialog = page.getByRole('dialog', { name: 'New content key policy' });
    const create = dialog.getByRole('button', { name: 'Create' });

    await page.keyboard.type('members');
    await dialog.getByText('There is one of that name.').waitFor();
    await dialog.getByLabel('Name', { exact: true }).fill('students');
    assert(await create.isDisabled());
    await dialog.getByLabel('Issuer').fill('https://school.example.org');
    await dialog.getByLabel('Audience').fill('lectern');
    const first = await dialog.locator('code').textContent();
    await dialog.getByRole('button', { name: 'Make another key' }).click();
    await dialog.getByRole('button', { name: 'Copy: Signing key' }).click();
    await dialog.getByText('Copied').waitFor({ state: 'attached' });
    const secret = await page.evaluate(() => document.body.dataset['copied'] ?? '');
    await page.evaluate(() => delete document.body.dataset['copied']);
    assert.equal(Buffer.from(secret, 'base64').length, 32);
    assert.notEqual(secret, first);
    await create.click();
    await dialog.waitFor({ state: 'detached' });

    await page.getByText('Who has a token of https://school.example.org for lectern · 1 option').waitFor();
    assert.deepEqual(service.calls.find(({ name }) => name === 'putContentKeyPolicy')?.body, {
      description: '',
      options: [
        {
          name: 'students',
          configuration: { kind: 'ClearKey' },
          restriction: {
            kind: 'Token',
            restrictionTokenType: 'Jwt',
            issuer: 'https://school.example.org',
            audience: 'lectern',
            requiredClaims: [],
            primaryVerificationKey: { kind: 'Symmetric', keyValue: secret },
            alternateVerificationKeys: [],
          },
        },
      ],
    });
    assert(!(await page.evaluate(() => document.documentElement.outerHTML)).includes(secret));
  });

  test('who gets keys is changed with the keyboard alone: one more key and claim, and what is there stays unseen', {
    skip,
  }, async (t) => {
    const pem = generateKeyPairSync('rsa', { modulusLength: 2048 })
      .publicKey.export({ type: 'spki', format: 'pem' })
      .toString();
    const { page, service } = await openPage(browser, t, { route: '/service', arrange: withPolicies });
    await page.getByRole('tab', { name: 'Publishing' }).click();
    await pressByKey(page, 'Edit members');
    const dialog = page.getByRole('dialog', { name: 'Edit the content key policy members' });
    const save = dialog.getByRole('button', { name: 'Save' });

    await dialog.getByRole('button', { name: 'Tokens are signed with' }).getByText('it stays').waitFor();
    assert.equal(await dialog.locator('code').count(), 0);
    await dialog.getByText('More', { exact: true }).press('Enter');
    await dialog.getByRole('button', { name: 'Add a further key' }).press('Enter');
    const key = dialog.getByRole('group', { name: 'Further key 1' });
    await key.getByRole('button', { name: 'Further key 1', exact: false }).first().press('Enter');
    await page.getByRole('option', { name: 'A public key or certificate of my own' }).press('Enter');
    await key.getByRole('textbox', { name: 'Public key' }).fill(pem.replaceAll('PUBLIC', 'PRIVATE'));
    await key.getByText('This is the private half').waitFor();
    assert(await save.isDisabled());
    await key
      .locator('input[type="file"]')
      .setInputFiles({ name: 'site.pem', mimeType: 'application/x-pem-file', buffer: Buffer.from(pem) });
    await page.waitForFunction(() => document.querySelector('textarea')?.value.includes('BEGIN PUBLIC') === true);
    await dialog.getByRole('button', { name: 'Add a claim' }).press('Enter');
    await page.keyboard.type('group');
    await dialog.getByLabel('Address of an OpenID service').fill('http://login.example.org/');
    await dialog.getByRole('textbox', { name: 'Claim' }).press('Enter');
    await dialog.getByText('must be an https:// address').waitFor();
    assert.equal(await dialog.getByRole('alert').count(), 0);
    await dialog.getByLabel('Address of an OpenID service').fill('');
    await dialog.getByRole('textbox', { name: 'Claim' }).press('Enter');
    await dialog.waitFor({ state: 'detached' });

    const body = contentKeyPolicyPatch.parse(
      service.calls.findLast(({ name }) => name === 'patchContentKeyPolicy')?.body,
    );
    assert.equal(body.description, undefined);
    assert.equal(body.options?.length, 1);
    const [option] = body.options ?? [];
    const restriction = option?.restriction;
    assert(restriction?.kind === 'Token');
    assert.equal(option?.name, 'members');
    assert.equal(restriction.issuer, 'https://members.example.org');
    assert.deepEqual(restriction.requiredClaims, [{ claimType: 'group' }]);
    assert.deepEqual(restriction.primaryVerificationKey, { kind: 'Symmetric' });
    assert.deepEqual(
      restriction.alternateVerificationKeys.map(({ kind }) => kind),
      ['Rsa'],
    );
  });

  test('licence servers of others are told to players, and keys of theirs cannot change', { skip }, async (t) => {
    const { page, service } = await openPage(browser, t, { route: '/service', arrange: withPolicies });
    await page.getByRole('tab', { name: 'Publishing' }).click();
    await pressByKey(page, 'New one like members-only');
    const dialog = page.getByRole('dialog', { name: 'New streaming policy' });
    const create = dialog.getByRole('button', { name: 'Create' });

    await page.keyboard.type('films');
    await dialog.getByRole('button', { name: 'Protect in another way too' }).press('Enter');
    const second = dialog.getByRole('group', { name: 'Protection 2' });
    await second.getByRole('button', { name: /^None/ }).press('Enter');
    await page.getByRole('option', { name: /cenc/ }).press('Enter');
    await second.getByRole('checkbox', { name: 'Widevine' }).press('Space');
    await second.getByLabel('Licence server of Widevine').fill('licences.example.org');
    await second.getByText('Keys in detail').press('Enter');
    await second.getByLabel('A new key every').fill('3600');
    await second.getByText('Only for keys that Lectern gives out').waitFor();
    assert(await create.isDisabled());
    await second.getByLabel('A new key every').fill('');
    await second.getByLabel('Tracks that stay clear').fill('mp4a');
    await create.press('Enter');
    await second.getByText('must be an https://').waitFor();
    await second.getByLabel('Licence server of Widevine').fill('https://licences.example.org/{ContentKeyId}');
    await second.getByLabel('Licence server of Widevine').press('Enter');
    await dialog.waitFor({ state: 'detached' });

    await page
      .getByText('HLS, DASH with AES-128; DASH, Smooth Streaming with Clear Key, Widevine (cenc) · keys: members')
      .waitFor();
    const off = { hls: false, dash: false, smoothStreaming: false, download: false };
    assert.deepEqual(service.calls.findLast(({ name }) => name === 'putPolicy')?.body, {
      defaultContentKeyPolicyName: 'members',
      envelopeEncryption: { enabledProtocols: { ...off, hls: true, dash: true } },
      commonEncryptionCenc: {
        enabledProtocols: { ...off, dash: true, smoothStreaming: true },
        clearTracks: [{ trackSelections: [{ property: 'FourCC', operation: 'Equal', value: 'mp4a' }] }],
        clearKeyEncryptionConfiguration: {},
        drm: { widevine: { customLicenseAcquisitionUrlTemplate: 'https://licences.example.org/{ContentKeyId}' } },
      },
    });
  });

  test('a streaming policy lets out only what its protection has, and is offered where something is published', {
    skip,
  }, async (t) => {
    const { page, service } = await openPage(browser, t, {
      route: '/service',
      arrange(world) {
        withPolicies(world);
        world.assets.set('talk', anAsset('talk'));
      },
    });
    await page.getByRole('tab', { name: 'Publishing' }).click();
    await pressByKey(page, 'New streaming policy');
    const dialog = page.getByRole('dialog', { name: 'New streaming policy' });
    await page.keyboard.type('paid');
    await choose(page, 'Protection', /cbcs/);
    assert.equal(await dialog.getByRole('group', { name: 'Let out as' }).getByRole('checkbox').count(), 2);
    await dialog.getByRole('checkbox', { name: 'HLS' }).press('Space');
    await dialog.getByRole('checkbox', { name: 'DASH' }).press('Space');
    await dialog.getByText('Choose at least one.').waitFor();
    assert(await dialog.getByRole('button', { name: 'Create' }).isDisabled());
    await dialog.getByRole('checkbox', { name: 'HLS' }).press('Space');
    await choose(page, 'Keys', 'members');
    await dialog.getByRole('button', { name: 'Create' }).click();
    await dialog.waitFor({ state: 'detached' });

    await page.getByText('HLS with Clear Key (cbcs) · keys: members').waitFor();
    const off = { hls: false, dash: false, smoothStreaming: false, download: false };
    assert.deepEqual(service.calls.find(({ name }) => name === 'putPolicy')?.body, {
      defaultContentKeyPolicyName: 'members',
      commonEncryptionCbcs: { enabledProtocols: { ...off, hls: true }, clearKeyEncryptionConfiguration: {} },
    });
    await page.getByRole('button', { name: 'Publish an asset' }).click();
    await choose(page, /Streaming policy$/, /^paid/);
    await page.getByRole('button', { name: 'Keys' }).getByText('As the streaming policy says').waitFor();
  });

  test('what others do to policies and filters is seen at once, and a filter of one asset is none of all', {
    skip,
  }, async (t) => {
    const { page, service } = await openPage(browser, t, { route: '/service' });
    await page.getByRole('tab', { name: 'Publishing' }).click();
    const filters = page.getByRole('region', { name: 'Filters of all assets' });
    await filters.getByText('A filter shows less of an asset').waitFor();

    service.change('Lectern.FilterChanged', 'asset/talk/assetFilter/part', () => aFilter('part'));
    service.change('Lectern.FilterChanged', 'accountFilter/phone', () => aFilter('phone'));
    service.change('Lectern.OperatorAction', 'contentKeyPolicies/members', (world) => {
      withPolicies(world);
      return anAuditEntry(1, { action: 'PUT /contentKeyPolicies/{name}', subject: 'contentKeyPolicies/members' });
    });

    await filters.getByText('Shows everything').waitFor();
    await page
      .getByRole('region', { name: 'Content key policies' })
      .getByText('members', { exact: true })
      .waitFor();
    assert.equal(await filters.getByText('part', { exact: true }).count(), 0);
  });

  test('a mirror’s key goes in and is nowhere shown again', { skip }, async (t) => {
    const { page, service } = await openPage(browser, t, {
      route: '/service',
      arrange: ({ locators }) =>
        locators.set('reading-1', {
          name: 'reading-1',
          assetName: 'reading',
          streamingLocatorId: '0f8b2a44-6f0c-4a06-9a3b-0d3cf0a3d001',
          streamingPolicyName: 'Predefined_ClearStreamingOnly',
          created: '2026-10-30T08:00:00.000Z',
        }),
    });
    await page.getByRole('tab', { name: 'Publishing' }).click();
    await page.getByRole('button', { name: 'Mirror a link' }).click();
    await page.getByLabel('Name', { exact: true }).fill('cloud');
    await page.getByLabel('Bucket').fill('shows');
    await page.getByLabel('Access key id').fill('AKID');
    await page.getByLabel('Secret access key').fill('planted-secret-4711');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('files sent').waitFor();

    assert.equal(service.world.uploads.has('cloud'), true);
    assert(!(await page.evaluate(() => document.documentElement.outerHTML)).includes('planted-secret-4711'));
    await page.getByText('index.m3u8').waitFor();

    await page.getByRole('switch', { name: 'Mirror cloud' }).press('Space');
    await page.getByText('Off', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Remove cloud' }).click();
    await page.getByRole('alertdialog', { name: /cloud/ }).getByRole('button', { name: 'Remove' }).click();
    await page.getByText('When viewers outgrow this computer').waitFor();
  });

  test('a webhook’s secret goes in and is nowhere shown again', { skip }, async (t) => {
    const { page, service } = await openPage(browser, t, { route: '/service' });
    await page.getByRole('tab', { name: 'Webhooks' }).click();
    await page.getByRole('button', { name: 'Add a webhook' }).click();
    await page.getByLabel('Name', { exact: true }).fill('ops');
    await page.getByLabel('Address', { exact: true }).fill('ftp://wrong');
    await page.getByLabel('Secret').fill('planted-secret-4711');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('must be an http:// or https:// address').waitFor();
    await page.getByLabel('Address', { exact: true }).fill('https://example.org/events');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('All events · signed ·').waitFor();

    assert.equal(service.world.webhooks.get('ops')?.hasSecret, true);
    assert(!(await page.evaluate(() => document.documentElement.outerHTML)).includes('planted-secret-4711'));

    await page.getByRole('button', { name: 'Edit ops' }).click();
    await page.getByRole('switch', { name: 'Sign what is sent' }).press('Space');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('All events · not signed ·').waitFor();
    assert.equal(service.world.webhooks.get('ops')?.hasSecret, false);

    await page.getByRole('switch', { name: 'Send to ops' }).press('Space');
    await page.getByText('Off', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Remove ops' }).click();
    await page.getByRole('alertdialog', { name: /ops/ }).getByRole('button', { name: 'Remove' }).click();
    await page.getByText('No webhook yet').waitFor();
  });

  test('ports of encoders and quotas are settings that are checked where they are typed', { skip }, async (t) => {
    const { page, service } = await openPage(browser, t, { route: '/settings' });
    const quota = page.getByLabel('Live events', { exact: true });

    await quota.fill('0');
    await quota.press('Enter');
    await page.getByText('This must be a whole number above 0.').waitFor();
    await quota.fill('101');
    await quota.press('Enter');
    await page.getByText('expected number to be <=100').waitFor();
    await quota.fill('12');
    await quota.press('Enter');
    await page.getByLabel('RTMP', { exact: true }).fill('19350');
    await page.getByLabel('RTMP', { exact: true }).press('Enter');

    await page.waitForFunction(() => document.querySelector<HTMLInputElement>('input[value="19350"]') !== null);
    assert.equal(service.world.settings.service.quotas.liveEvents, 12);
    assert.equal(service.world.settings.network.rtmpPort, 19_350);
  });

  test('the test picture has a German name in German', { skip }, async (t) => {
    const { page } = await openPage(browser, t, { arrange: (world) => void (world.settings.language = 'de') });

    await page.getByRole('button', { name: 'Testbild' }).first().click();

    await page.locator('.shot__label', { hasText: 'Testbild' }).waitFor();
    assert.equal(await page.getByText('Test picture').count(), 0);
  });
});
