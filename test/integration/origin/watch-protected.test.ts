import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Browser, Page } from 'playwright';
import { build } from 'vite';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import { openService } from '../../../src-main/core/service.ts';
import { contentKeyPolicyCreate } from '../../../src-main/shared/api/content-key-policies.ts';
import { liveEventCreate, liveOutputCreate } from '../../../src-main/shared/api/live-events.ts';
import { streamingPolicyCreate } from '../../../src-main/shared/api/publishing.ts';
import { launchChromium, noChromium } from '../../support/browser.ts';
import { tokenOption } from '../../support/protect-rig.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { mediaFile, realTime, rtmpOutputs, send } from '../../support/senders.ts';
import { ingestUrl, segmentsAt } from '../../support/service-stage.ts';
import { mkdtempDisposable } from '../../support/temporary-folder.ts';
import { jwt } from '../../support/tokens.ts';

const WATCH = join(import.meta.dirname, '../../../src-renderer/watch');

type Service = Awaited<ReturnType<typeof openService>>;

suite('the watch page of a protected stream', { skip: noChromium || missingPrograms('ffmpeg') }, () => {
  const opened = new AsyncDisposableStack();
  let service: Service;
  let browser: Browser;

  before(async () => {
    const folder = opened.use(await mkdtempDisposable(join(tmpdir(), 'lectern-watch-')));
    const outDir = join(folder.path, 'pages', 'watch');
    await build({
      root: WATCH,
      base: './',
      configFile: false,
      logLevel: 'error',
      publicDir: false,
      build: { outDir, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
    });
    service = opened.use(
      await openService({
        host: 'headless',
        dataDir: join(folder.path, 'data'),
        pagesFolder: join(folder.path, 'pages'),
        ...{ controlPort: 0, originPort: 0, rtmpPort: 0, rtmpsPort: 0, ingestPort: 0, srtPort: 0 },
        logger: silentLogger,
        lock: true,
        version: '0.0.0',
      }),
    );
    const input = { streamingProtocol: 'RTMP' };
    const event = await service.liveEvents.create('show', liveEventCreate.parse({ input }), { autoStart: true });
    await service.assets.create('tape', {});
    const output = { assetName: 'tape', archiveWindowLength: 'PT1H', manifestName: 'show' };
    await service.liveEvents.createOutput('show', 'tape', liveOutputCreate.parse(output));
    await service.contentKeyPolicies.put('viewers', contentKeyPolicyCreate.parse({ options: [tokenOption()] }));
    service.streamingPolicies.create(
      'OwnLicences',
      streamingPolicyCreate.parse({
        commonEncryptionCbcs: { enabledProtocols: { hls: true }, clearKeyEncryptionConfiguration: {} },
      }),
    );
    service.streamingPolicies.create(
      'OthersLicences',
      streamingPolicyCreate.parse({
        commonEncryptionCbcs: {
          enabledProtocols: { hls: true },
          clearKeyEncryptionConfiguration: { customKeysAcquisitionUrlTemplate: 'https://keys.example/clear' },
        },
      }),
    );
    const file = await mediaFile({ seconds: 60, layers: [{ size: '320x180', kbps: 300 }] });
    opened.use(send(rtmpOutputs(ingestUrl(event, 'rtmp'), ['one']), realTime(file)));
    const id = await publish('first', 'Predefined_ClearKey');
    await segmentsAt(`${service.originUrl}/${id}/show.ism/manifest(format=m3u8-cmaf,encryption=cbc)`, 3);
    const args = ['--host-resolver-rules=MAP talks.example 127.0.0.1'];
    browser = opened.adopt(await launchChromium({ args }), (launched) => launched.close());
  });
  after(() => opened.disposeAsync());

  async function publish(name: string, streamingPolicyName: string): Promise<string> {
    const defaultContentKeyPolicyName = 'viewers';
    const request = { assetName: 'tape', streamingPolicyName, defaultContentKeyPolicyName };
    return (await service.locators.create(name, request)).streamingLocatorId;
  }

  async function visit(address: string, locale = 'en'): Promise<Page> {
    const page = await browser.newPage({ locale });
    await page.goto(address);
    return page;
  }

  async function plays(page: Page): Promise<void> {
    await page.waitForFunction(
      () =>
        (document.querySelector('video')?.currentTime ?? 0) > 2 &&
        document.querySelector('video')?.videoWidth === 320,
      undefined,
      { timeout: 30_000 },
    );
    await page.close();
  }

  /** Instead of a picture. */
  async function says(page: Page, words: string): Promise<void> {
    await page.locator('#notice-title', { hasText: words }).waitFor({ timeout: 30_000 });
    const shown = await page.evaluate(
      () => document.querySelector('video')?.getVideoPlaybackQuality().totalVideoFrames ?? 0,
    );
    assert.equal(shown, 0);
    await page.close();
  }

  for (const [what, policy] of [
    ['AES-128', 'Predefined_ClearKey'],
    ['the Clear Key of the browser', 'OwnLicences'],
  ] as const) {
    test(`with ${what} it plays for who has a token in the link, and says so to who has none`, async () => {
      const watch = `${service.originUrl}/watch/${await publish(policy, policy)}`;

      for (const mark of ['?', '#']) {
        await plays(await visit(`${watch}${mark}token=${await jwt(Date.now())}`));
      }
      await says(await visit(watch), 'This stream is protected');
    });
  }

  test('without https it says what is needed for the Clear Key of the browser, and AES-128 plays all the same', async () => {
    const named = service.originUrl.replace('127.0.0.1', 'talks.example');
    const watch = `${named}/watch/${await publish('insecure', 'OwnLicences')}#token=${await jwt(Date.now())}`;

    await says(await visit(watch), 'This stream needs a secure connection');
    await says(await visit(watch, 'de'), 'Dieser Stream braucht eine sichere Verbindung');
    const whole = await publish('whole', 'Predefined_ClearKey');
    await plays(await visit(`${named}/watch/${whole}#token=${await jwt(Date.now())}`));
  });

  test('a browser without Clear Key is told which ones have it', async () => {
    const page = await browser.newPage({ locale: 'en' });
    await page.addInitScript(() => {
      navigator.requestMediaKeySystemAccess = () => Promise.reject(new DOMException('', 'NotSupportedError'));
    });
    await page.goto(`${service.originUrl}/watch/${await publish('keyless', 'OwnLicences')}`);

    await says(page, 'This browser cannot play the stream');
  });

  test('what is for other players is said to be so, and the browser is not to blame', async () => {
    await says(
      await visit(`${service.originUrl}/watch/${await publish('others', 'OthersLicences')}`),
      'This stream does not play on this page',
    );
  });
});
