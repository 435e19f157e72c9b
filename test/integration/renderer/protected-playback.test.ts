import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Page } from 'playwright';
import { noChromium } from '../../support/browser.ts';
import { tokenOption } from '../../support/protect-rig.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { mediaFile, realTime, rtmpOutputs, send } from '../../support/senders.ts';
import { ingestUrl, request, startEvent } from '../../support/service-stage.ts';
import { openStage, type Stage, until } from '../../support/studio-stage.ts';
import { goTo, openBrowser, type Tabs } from './open-page.ts';

suite('what is protected plays in the studio', { skip: noChromium || missingPrograms('ffmpeg') }, () => {
  const opened = new AsyncDisposableStack();
  let stage: Stage;
  let browser: Tabs;

  before(async () => {
    stage = opened.use(await openStage());
    const { lectern } = stage;
    await put('/contentKeyPolicies/members', { options: [tokenOption()] });
    await put('/streamingPolicies/Whole', {
      defaultContentKeyPolicyName: 'members',
      envelopeEncryption: { enabledProtocols: { hls: true } },
    });
    await put('/streamingPolicies/Samples', {
      defaultContentKeyPolicyName: 'members',
      commonEncryptionCbcs: { enabledProtocols: { hls: true }, clearKeyEncryptionConfiguration: {} },
    });
    const file = await mediaFile({ seconds: 60, layers: [{ size: '320x180', kbps: 300 }] });
    for (const streamingPolicyName of ['Whole', 'Samples']) {
      const input = { streamingProtocol: 'RTMP' } as const;
      const event = await startEvent(lectern, streamingPolicyName, { input, preview: { streamingPolicyName } });
      await put(`/assets/${streamingPolicyName}`, {});
      await put(`/liveEvents/${streamingPolicyName}/liveOutputs/tape?wait=PT20S`, {
        assetName: streamingPolicyName,
        archiveWindowLength: 'PT1H',
      });
      await put(`/streamingLocators/${streamingPolicyName}`, {
        assetName: streamingPolicyName,
        streamingPolicyName,
      });
      opened.use(send(rtmpOutputs(ingestUrl(event, 'rtmp'), ['one']), realTime(file)));
    }
    for (const name of ['Whole', 'Samples']) {
      await until(`${name} has media`, async () => {
        const { duration } = await lectern.call('getAsset', { params: { name } });
        return duration > 5 ? true : undefined;
      });
    }
    browser = opened.adopt(await openBrowser(), (tabs) => tabs.close());
  });
  after(() => opened.disposeAsync());

  async function put(path: string, body: unknown): Promise<void> {
    const answer = await request(stage.lectern, 'PUT', path, body);
    assert.ok(answer.status === 200 || answer.status === 201, `${path}: ${JSON.stringify(answer.body)}`);
  }

  async function openStudio(route: string): Promise<Page> {
    const page = await browser.take();
    await page.goto(stage.lectern.pageUrl);
    await page.getByRole('navigation', { name: 'Places' }).waitFor();
    await goTo(page, route);
    return page;
  }

  /** Pictures come out of the decoder, which needs the right key for that. */
  async function showsPictures(page: Page): Promise<void> {
    await page.waitForFunction(
      () => (document.querySelector('video')?.getVideoPlaybackQuality().totalVideoFrames ?? 0) > 30,
      undefined,
      { timeout: 20_000 },
    );
  }

  for (const policy of ['Whole', 'Samples']) {
    test(`a recording with ${policy}, and no clear locator is made for it`, async () => {
      const page = await openStudio(`/archive/${policy}`);

      await page.locator('.player__host video').waitFor();
      await page.locator('.player__host').click();
      await showsPictures(page);

      const { value } = await stage.lectern.call('listLocators', {});
      assert.deepEqual(
        value.filter(({ assetName }) => assetName === policy).map(({ name }) => name),
        [policy],
      );
      await page.close();
    });

    test(`the preview of an event with ${policy}`, async () => {
      const page = await openStudio(`/service/${policy}`);

      await page.getByRole('button', { name: 'Play the preview' }).click();
      await showsPictures(page);

      await page.close();
    });
  }

  test('what is published with keys for everyone and a filter plays for who has the link', async () => {
    await put('/accountFilters/from-the-start', { tracks: [] });
    const page = await openStudio('/service');
    await page.getByRole('tab', { name: 'Publishing' }).click();
    await page.getByRole('button', { name: 'Publish an asset' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Streaming policy' }).click();
    await page.getByRole('option', { name: 'Streaming, with AES-128 keys' }).click();
    await page.getByRole('button', { name: 'Keys' }).getByText('Everyone who has the link').waitFor();
    await page.getByRole('dialog').getByText('from-the-start').click();
    await page.getByText('More', { exact: true }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('for-all');
    await page.getByRole('button', { name: 'Publish', exact: true }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });

    const locator = await stage.lectern.call('getLocator', { params: { name: 'for-all' } });
    assert.deepEqual(locator.filters, ['from-the-start']);
    assert.equal(locator.defaultContentKeyPolicyName, 'open-clear-key');
    const { watchUrl } = await stage.lectern.call('listPaths', { params: { name: 'for-all' } });
    await page.goto(watchUrl);
    await page.locator('video').waitFor();
    await page.evaluate(() => void document.querySelector('video')?.play());
    await showsPictures(page);
    await page.close();
  });
});
