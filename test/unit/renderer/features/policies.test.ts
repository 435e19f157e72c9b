import assert from 'node:assert/strict';
import { test } from 'node:test';
import i18next from 'i18next';
import type { StreamingPolicy } from '../../../../src-main/shared/api/publishing.ts';
import {
  filterWords,
  keyWords,
  offerWords,
  rotationWords,
} from '../../../../src-renderer/features/service/policy-words.ts';
import { de } from '../../../../src-renderer/i18n/de.ts';
import { en } from '../../../../src-renderer/i18n/en.ts';
import { bitrate, roughDuration } from '../../../../src-renderer/i18n/format.ts';
import { aFilter, aKeyPolicy } from '../../../support/fake-service/policy-handlers.ts';

const FIGURES = {
  bitrate: (value: number) => bitrate(value, 'en'),
  duration: (seconds: number) => roughDuration(seconds, 'en'),
  dateAndTime: (iso: string) => iso,
};

async function wordsIn(language: 'en' | 'de') {
  const instance = i18next.createInstance();
  await instance.init({ lng: language, resources: { en: { translation: en }, de: { translation: de } } });
  return instance.t;
}

test('a filter that leaves everything says so, one that does not says each of its parts', async () => {
  const t = await wordsIn('en');

  assert.deepEqual(filterWords(t, FIGURES, aFilter('all')), ['Shows everything']);
  assert.deepEqual(
    filterWords(
      t,
      FIGURES,
      aFilter('much', {
        firstQuality: { bitrate: 800_000 },
        presentationTimeRange: {
          startTimestamp: '17643000000000000',
          endTimestamp: 1_764_300_060 * 10_000_000,
          presentationWindowDuration: 600 * 10_000_000,
          liveBackoffDuration: '300000000',
          timescale: 10_000_000,
          forceEndTimestamp: true,
        },
        tracks: [
          {
            trackSelections: [
              { property: 'Type', operation: 'Equal', value: 'Video' },
              { property: 'Bitrate', operation: 'Equal', value: '0-1200000' },
              { property: 'FourCC', operation: 'NotEqual', value: 'hvc1' },
            ],
          },
          { trackSelections: [{ property: 'Language', operation: 'Equal', value: 'de' }] },
        ],
      }),
    ),
    [
      'begins with 800 kbit/s',
      'from 2025-11-28T03:20:00.000Z',
      'until 2025-11-28T03:21:00.000Z',
      'viewers can go back 10 min',
      '30 sec behind the live edge',
      'only: picture, at most 1.2 Mbit/s, not codec hvc1; language de',
    ],
  );
});

test('bitrates of a filter are one, a range, or a bound, as the service reads them', async () => {
  const t = await wordsIn('en');
  const words = (value: string) =>
    filterWords(
      t,
      FIGURES,
      aFilter('x', { tracks: [{ trackSelections: [{ property: 'Bitrate', operation: 'Equal', value }] }] }),
    );

  assert.deepEqual(
    ['128000', '128000-', '-128000', '0-128000', '64000-128000'].flatMap(words),
    [
      '128 kbit/s',
      'at least 128 kbit/s',
      'at most 128 kbit/s',
      'at most 128 kbit/s',
      '64 kbit/s to 128 kbit/s',
    ].map((said) => `only: ${said}`),
  );
});

test('a time that no calendar has is told in seconds', async () => {
  const t = await wordsIn('en');
  const range = { startTimestamp: '9223372036854775807', timescale: 1, forceEndTimestamp: false };

  assert.match(filterWords(t, FIGURES, aFilter('far', { presentationTimeRange: range }))[0] ?? '', /^from \d+ s$/);
});

test('who gets keys is said once for options that let in the same, in the person’s language', async () => {
  const option = (kind: 'ClearKey' | 'Widevine') => ({
    policyOptionId: '7d1f8f0e-3c57-4a43-9f0b-5a9cf3c1a002',
    configuration: kind === 'ClearKey' ? { kind } : { kind, widevineTemplate: '{}' },
    restriction: { kind: 'Open' as const },
  });
  const policy = aKeyPolicy('all', { options: [option('ClearKey'), option('Widevine')] });

  assert.equal(keyWords(await wordsIn('en'), policy), 'Everyone who has the link · 2 options');
  assert.equal(keyWords(await wordsIn('de'), policy), 'Alle, die den Link haben · 2 Optionen');
});

test('a streaming policy says what it lets out, how that is protected, and for which licences', async () => {
  const enabledProtocols = { hls: true, dash: true, smoothStreaming: false, download: false };
  const words = async (policy: Omit<StreamingPolicy, 'name'>) =>
    offerWords(await wordsIn('en'), { name: 'mine', ...policy });
  const noEncryption = { enabledProtocols: { ...enabledProtocols, hls: false, dash: false, download: true } };

  assert.equal(
    await words({ noEncryption, commonEncryptionCbcs: { enabledProtocols, clearKeyEncryptionConfiguration: {} } }),
    'MP4, unprotected; HLS, DASH with Clear Key (cbcs)',
  );
  assert.equal(
    await words({
      commonEncryptionCenc: { enabledProtocols, drm: { widevine: {} } },
      commonEncryptionCbcs: {
        enabledProtocols,
        drm: { widevine: {}, fairPlay: { allowPersistentLicense: false } },
      },
    }),
    'HLS, DASH with Widevine (cenc); HLS, DASH with Widevine, FairPlay (cbcs)',
  );
  assert.equal(await words({ commonEncryptionCenc: { enabledProtocols } }), 'HLS, DASH encrypted (cenc)');
});

test('how often keys change is said once for each length', async () => {
  const enabledProtocols = { hls: true, dash: true, smoothStreaming: false, download: false };
  const section = { enabledProtocols, keyRotation: { interval: 'PT1H' } };

  assert.deepEqual(
    rotationWords(await wordsIn('en'), FIGURES, {
      name: 'mine',
      envelopeEncryption: section,
      commonEncryptionCenc: section,
      commonEncryptionCbcs: { enabledProtocols },
    }),
    ['a new key every 1 hr'],
  );
});
