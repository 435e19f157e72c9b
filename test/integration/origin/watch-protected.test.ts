import assert from 'node:assert/strict';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { build } from 'vite';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import { openService } from '../../../src-main/core/service.ts';
import { contentKeyPolicyCreate } from '../../../src-main/shared/api/content-key-policies.ts';
import { liveEventCreate, liveOutputCreate } from '../../../src-main/shared/api/live-events.ts';
import { launchChromium, noChromium } from '../../support/browser.ts';
import { tokenOption } from '../../support/protect-rig.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { mediaFile, realTime, rtmpOutputs, send } from '../../support/senders.ts';
import { ingestUrl, segmentsAt } from '../../support/service-stage.ts';
import { jwt } from '../../support/tokens.ts';

const WATCH = join(import.meta.dirname, '../../../src-renderer/watch');

test('the watch page plays a protected stream for who has a token in the link, and says so to who has none', {
  skip: noChromium || missingPrograms('ffmpeg'),
}, async () => {
  await using opened = new AsyncDisposableStack();
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
  const service = opened.use(
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
  const { streamingLocatorId: id } = await service.locators.create('show', {
    assetName: 'tape',
    streamingPolicyName: 'Predefined_ClearKey',
    defaultContentKeyPolicyName: 'viewers',
  });
  const file = await mediaFile({ seconds: 60, layers: [{ size: '320x180', kbps: 300 }] });
  opened.use(send(rtmpOutputs(ingestUrl(event, 'rtmp'), ['one']), realTime(file)));
  await segmentsAt(`${service.originUrl}/${id}/show.ism/manifest(format=m3u8-cmaf,encryption=cbc)`, 3);
  const browser = opened.adopt(await launchChromium(), (launched) => launched.close());
  const watch = `${service.originUrl}/watch/${id}`;

  for (const mark of ['?', '#']) {
    const page = await browser.newPage({ locale: 'en' });
    await page.goto(`${watch}${mark}token=${await jwt(Date.now())}`);
    await page.waitForFunction(
      () =>
        (document.querySelector('video')?.currentTime ?? 0) > 2 &&
        document.querySelector('video')?.videoWidth === 320,
      undefined,
      { timeout: 30_000 },
    );
    await page.close();
  }
  const page = await browser.newPage({ locale: 'en' });
  await page.goto(watch);
  await page.locator('#notice-title', { hasText: 'This stream is protected' }).waitFor({ timeout: 30_000 });
  assert.equal(await page.evaluate(() => document.querySelector('video')?.videoWidth ?? 0), 0);
});
