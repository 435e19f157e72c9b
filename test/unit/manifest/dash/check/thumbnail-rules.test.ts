import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AdaptationSet } from '../../../../../src-main/manifest/dash/adaptation-set.ts';
import { checkThumbnails } from '../../../../../src-main/manifest/dash/check/thumbnail-rules.ts';
import type { Mpd } from '../../../../../src-main/manifest/dash/mpd.ts';
import { createViolationLog } from '../../../../../src-main/manifest/violation.ts';

const IMAGES: AdaptationSet = {
  id: 2001,
  contentType: 'image',
  mimeType: 'image/jpeg',
  segmentTemplate: {
    timescale: 1000,
    duration: 50_000,
    startNumber: 1,
    availabilityTimeOffset: 48,
    media: 'sprite-$Number$.jpg',
  },
  representations: [
    {
      id: 'thumbnails',
      bandwidth: 1000,
      width: 1280,
      height: 720,
      essentialProperties: [{ schemeIdUri: 'http://dashif.org/guidelines/thumbnail_tile', value: '5x5' }],
    },
  ],
};

function brokenRules(set: AdaptationSet): readonly string[] {
  const mpd: Mpd = {
    profiles: ['urn:mpeg:dash:profile:isoff-live:2011'],
    type: 'dynamic',
    minBufferTimeSeconds: 2,
    periods: [{ adaptationSets: [set] }],
  };
  const log = createViolationLog();
  checkThumbnails(log, mpd);
  return log.all().map(({ message }) => message);
}

function withTemplate(over: Partial<NonNullable<AdaptationSet['segmentTemplate']>>): AdaptationSet {
  return { ...IMAGES, segmentTemplate: { ...IMAGES.segmentTemplate!, ...over } };
}

function withRepresentation(over: Partial<AdaptationSet['representations'][number]>): AdaptationSet {
  return { ...IMAGES, representations: IMAGES.representations.map((one) => ({ ...one, ...over })) };
}

test('a set of sprites as it should be breaks no rule, and other sets are none of theirs', () => {
  assert.deepEqual(brokenRules(IMAGES), []);
  assert.deepEqual(brokenRules({ ...IMAGES, contentType: 'video', mimeType: 'video/mp4' }), []);
});

test('each rule of thumbnails is told when it is broken', () => {
  const broken: readonly (readonly [AdaptationSet, RegExp])[] = [
    [{ ...IMAGES, mimeType: 'image/webp' }, /neither JPEG nor PNG/],
    [withTemplate({ duration: undefined, availabilityTimeOffset: undefined }), /no duration/],
    [withTemplate({ media: 'sprite-$Time$.jpg' }), /no \$Number\$/],
    [withRepresentation({ essentialProperties: [] }), /how its pictures are laid out/],
    [withRepresentation({ width: 1281 }), /no whole number of pictures/],
    [withRepresentation({ height: undefined }), /no whole number of pictures/],
    [withTemplate({ availabilityTimeOffset: 50 }), /before it begins/],
  ];
  for (const [set, message] of broken) {
    assert(
      brokenRules(set).some((text) => message.test(text)),
      `${message}: ${brokenRules(set).join('; ')}`,
    );
  }
});
