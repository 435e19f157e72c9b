import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright';
import { launchChromium, noChromium } from '../support/browser.ts';
import { openPlayerPages, type PlayerPages } from '../support/player-pages.ts';
import { openProtectedStage, type ProtectedStage } from '../support/protected-stage.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { textOf } from '../support/service-stage.ts';

const open = { configuration: { kind: 'ClearKey' }, restriction: { kind: 'Open' } };

describe('CENC and CBCS with Clear Key', { skip: noChromium || missingPrograms('ffmpeg') }, () => {
  const opened = new AsyncDisposableStack();
  let on: ProtectedStage;
  let browser: Browser;
  let pages: PlayerPages;
  let base: string;
  before(async () => {
    on = opened.use(await openProtectedStage());
    browser = opened.adopt(await launchChromium(), (launched) => launched.close());
    pages = opened.use(await openPlayerPages());
    await on.put('/contentKeyPolicies/open', { options: [open] });
    await on.put('/streamingPolicies/ClearKeyDrm', {
      defaultContentKeyPolicyName: 'open',
      commonEncryptionCenc: { enabledProtocols: { dash: true }, clearKeyEncryptionConfiguration: {} },
      commonEncryptionCbcs: { enabledProtocols: { dash: true, hls: true }, clearKeyEncryptionConfiguration: {} },
    });
    ({ base } = await on.publish('drm', { streamingPolicyName: 'ClearKeyDrm' }));
  });
  after(() => opened.disposeAsync());

  for (const player of ['shaka', 'dash.js'] as const) {
    for (const tag of ['cenc', 'cbcs-aapl']) {
      test(`61: ${player} plays ${tag} with a licence of the key server`, async () => {
        const source = `${base}/manifest(format=mpd-time-cmaf,encryption=${tag})`;

        await using watching = await pages.play(browser, player, source);
        await watching.playsOn(5);

        assert.deepEqual((await watching.look()).errors, []);
      });
    }
  }

  test('61: addresses of vendors stand in the manifest', async () => {
    await on.put('/streamingPolicies/Vendors', {
      commonEncryptionCenc: {
        enabledProtocols: { dash: true },
        drm: {
          playReady: { customLicenseAcquisitionUrlTemplate: 'https://playready.example/{ContentKeyId}' },
          widevine: { customLicenseAcquisitionUrlTemplate: 'https://widevine.example/{AlternativeMediaId}' },
        },
      },
      commonEncryptionCbcs: {
        enabledProtocols: { hls: true },
        drm: { fairPlay: { customLicenseAcquisitionUrlTemplate: 'skd://fairplay.example/{ContentKeyId}' } },
      },
    });
    const id = '60000000-0000-0000-0000-000000000009';
    const vendors = await on.publish('vendors', {
      streamingPolicyName: 'Vendors',
      alternativeMediaId: 'show-9',
      contentKeys: [
        { id, value: Buffer.alloc(16, 1).toString('base64'), labelReferenceInStreamingPolicy: 'cencDefaultKey' },
      ],
    });

    const mpd = (await textOf(`${vendors.base}/manifest(format=mpd-time-cmaf,encryption=cenc)`)) ?? '';
    assert.ok(mpd.includes(`https://playready.example/${id}`), mpd);
    assert.ok(mpd.includes('https://widevine.example/show-9'), mpd);
    assert.ok(mpd.toLowerCase().includes(`default_kid="${id}"`), mpd);
    const hls = (await textOf(`${vendors.base}/manifest(format=m3u8-cmaf,encryption=cbcs-aapl)`)) ?? '';
    assert.match(hls, /URI="skd:\/\/fairplay\.example\/[0-9a-f-]{36}"/);
  });
});
