import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseAddress } from '../../../src-main/core/packaging/address.ts';
import { createPackager } from '../../../src-main/core/packaging/packager.ts';
import type { StreamingResource } from '../../../src-main/core/ports/packaging.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { fakePresentation, fakePublication } from '../../support/fake-presentation.ts';
import { manualClock } from '../../support/manual-clock.ts';

const packager = createPackager({ clock: manualClock() });

function refusal(path: string): string {
  try {
    packager.parse(path);
  } catch (error) {
    assert(error instanceof AppError, String(error));
    return error.code;
  }
  return 'accepted';
}

const VIDEO = { name: 'video', bitrate: 2_500_000 };

test('every address of the grammar is read, in any case, with spaces behind commas and percent-encoded', () => {
  const cases: readonly (readonly [path: string, resource: StreamingResource])[] = [
    ['manifest(format=m3u8-cmaf)', { kind: 'manifest', format: 'm3u8-cmaf', audioOnly: false }],
    ['Manifest(Format=M3U8-CMAF)', { kind: 'manifest', format: 'm3u8-cmaf', audioOnly: false }],
    ['manifest(format=m3u8-cmaf, audio-only=TRUE)', { kind: 'manifest', format: 'm3u8-cmaf', audioOnly: true }],
    ['manifest%28format=mpd-time-cmaf%29', { kind: 'manifest', format: 'mpd-time-cmaf', audioOnly: false }],
    [
      'QualityLevels(2500000)/Manifest(video,format=m3u8-cmaf)',
      { kind: 'media-playlist', format: 'm3u8-cmaf', track: VIDEO },
    ],
    [
      'qualitylevels(2500000)/fragments(video=i,format=mpd-time-cmaf)',
      { kind: 'init', format: 'mpd-time-cmaf', track: VIDEO },
    ],
    [
      'QualityLevels(2500000)/Fragments(video=170411040000000,format=m3u8-cmaf)',
      { kind: 'segment', format: 'm3u8-cmaf', track: VIDEO, time: 170_411_040_000_000n },
    ],
    [
      'QualityLevels(2500000)/Fragments(video=0,format=m3u8-cmaf,part=3)',
      { kind: 'part', format: 'm3u8-cmaf', track: VIDEO, time: 0n, part: 3 },
    ],
    [
      'QualityLevels(2500000)/Fragments(video=0,format=m3u8-cmaf,part=3).MP4',
      { kind: 'part', format: 'm3u8-cmaf', track: VIDEO, time: 0n, part: 3 },
    ],
    ['manifest', { kind: 'manifest', format: 'smooth', audioOnly: false }],
    ['Manifest(format=fmp4-v20)', { kind: 'manifest', format: 'fmp4-v20', audioOnly: false }],
    [
      'QualityLevels(2500000)/Fragments(video=17952632630000000)',
      { kind: 'segment', format: 'smooth', track: VIDEO, time: 17_952_632_630_000_000n },
    ],
    [
      'qualitylevels(2500000)/FragmentInfo(video=0)',
      { kind: 'segment', format: 'smooth', track: VIDEO, time: 0n, headOnly: true },
    ],
    [
      'QualityLevels(2500000)/KeyFrames(video=0,format=fmp4-v20)',
      { kind: 'segment', format: 'fmp4-v20', track: VIDEO, time: 0n, keyFrames: true },
    ],
    [
      'QualityLevels(128000)/Fragments(Ton%20%C3%BC=7,format=m3u8-cmaf)',
      { kind: 'segment', format: 'm3u8-cmaf', track: { name: 'Ton ü', bitrate: 128_000 }, time: 7n },
    ],
  ];

  for (const [path, resource] of cases) {
    assert.deepEqual(packager.parse(`/0f0e-1/My Show.ism/${path}`), {
      locatorId: '0f0e-1',
      manifestName: 'My Show',
      resource,
    });
  }
});

test('single pictures are refused in formats that have none', () => {
  for (const path of [
    'QualityLevels(2500000)/KeyFrames(video=0,format=mpd-time-csf)',
    'QualityLevels(2500000)/Manifest(video,format=m3u8-aapl-v3,type=keyframes)',
    'QualityLevels(2500000)/KeyFrames(video=0,format=m3u8-aapl-v3)',
    'QualityLevels(2500000)/KeyFrames(video=0,format=mpd-time-cmaf)',
  ]) {
    assert.equal(refusal(`/0f0e/s.ism/${path}`), 'MPE_FORMAT_NOT_SUPPORTED', path);
  }
});

test('what is no address of a stream is refused, and says what is wrong with it', () => {
  for (const path of [
    '',
    '/',
    '/0f0e/s.ism',
    '/0f0e/s.ism/',
    '/0f0e/s.mp4',
    '/0f0e/../s.ism/manifest(format=m3u8-cmaf)x',
    '/0f0e/s.ism/manifest(format=m3u9)',
    '/0f0e/s.ism/manifest(format=smooth)',
    '/0f0e/s.ism/manifest(format=m3u8-cmaf,format=m3u8-cmaf)',
    '/0f0e/s.ism/manifest(format=)',
    '/0f0e/s.ism/manifest(audio-only=maybe,format=m3u8-cmaf)',
    '/0f0e/s.ism/manifest(colour=red,format=m3u8-cmaf)',
    '/0f0e/s.ism/manifest(format=m3u8-cmaf',
    '/0f0e/s.ism/manifest(format=m3u8-cmaf,encryption=rot13)',
    '/0f0e/s.ism/%ff',
    '/0f0e/s.ism/QualityLevels(x)/Manifest(video,format=m3u8-cmaf)',
    '/0f0e/s.ism/QualityLevels(1)/Manifest(,format=m3u8-cmaf)',
    '/0f0e/s.ism/QualityLevels(1)/Manifest(video,format=m3u8-cmaf).mp4',
    '/0f0e/s.ism/QualityLevels(1)/Fragments(video=0,format=m3u8-cmaf).m4s',
    '/0f0e/s.ism/QualityLevels(1)/Manifest(video,format=mpd-time-cmaf)',
    '/0f0e/s.ism/QualityLevels(1)/Fragments(video,format=m3u8-cmaf)',
    '/0f0e/s.ism/QualityLevels(1)/FragmentInfo(video=0,format=mpd-time-cmaf)',
    '/0f0e/s.ism/QualityLevels(1)/Fragments(video=-1,format=m3u8-cmaf)',
    '/0f0e/s.ism/QualityLevels(1)/Fragments(video=9223372036854775808,format=m3u8-cmaf)',
    '/0f0e/s.ism/QualityLevels(1)/Fragments(video=0,format=m3u8-cmaf,part=10000)',
    '/0f0e/s.ism/QualityLevels(1)/Fragments(video=i,format=m3u8-cmaf,part=0)',
    `/0f0e/${'s'.repeat(3000)}.ism/manifest(format=m3u8-cmaf)`,
  ]) {
    assert.equal(refusal(path), 'MPE_BAD_URL_SYNTAX', path);
  }
});

test('encryption and filters that do not exist are refused with the codes of Azure Media Services', () => {
  const packager = createPackager({ clock: manualClock() });
  const refusalOf = (path: string): string => {
    try {
      void packager.answer(fakePublication(fakePresentation().presentation), packager.parse(path).resource, '');
      return 'answered';
    } catch (error) {
      return error instanceof AppError ? error.code : String(error);
    }
  };

  assert.equal(
    refusalOf('/0f0e/s.ism/manifest(format=m3u8-cmaf,encryption=cbcs-aapl)'),
    'MPE_ENC_ENCRYPTION_NOT_SET_IN_DELIVERY_POLICY',
  );
  assert.equal(
    refusalOf('/0f0e/s.ism/manifest(format=mpd-time-cmaf,filter=phones;tv)'),
    'MPE_EGRESS_FILTER_NOT_FOUND',
  );
});

test('whatever is asked for, reading an address gives an address or a refusal, at once', () => {
  const word = fc.constantFrom(
    '/',
    '(',
    ')',
    ',',
    '=',
    ';',
    '%',
    '%2',
    '%28',
    'manifest',
    'QualityLevels',
    'Fragments',
    'format',
    'm3u8-cmaf',
    'i',
    '1',
    ' ',
    '.ism',
    'é',
    '\u0000',
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 60 }), (words) => {
      for (const path of [words.join(''), `/0f0e/s.ism/${words.join('')}`]) {
        try {
          parseAddress(path);
        } catch (error) {
          assert(error instanceof AppError && error.code === 'MPE_BAD_URL_SYNTAX', String(error));
        }
      }
    }),
    { numRuns: 2000 },
  );
});
