import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPackager } from '../../../src-main/core/packaging/packager.ts';
import type { Publication } from '../../../src-main/core/ports/presentation.ts';
import { checkMpd } from '../../../src-main/manifest/dash/check/check-mpd.ts';
import { type Mpd, parseMpd } from '../../../src-main/manifest/dash/mpd.ts';
import {
  FAKE,
  FAKE_START_MS,
  type FakePresentation,
  fakePresentation,
  fakePublication,
} from '../../support/fake-presentation.ts';
import { fakeProtection } from '../../support/fake-protection.ts';
import { manualClock } from '../../support/manual-clock.ts';

function mpdOf(fake: FakePresentation, over: Partial<Publication> = {}, rest = ''): Mpd {
  const packager = createPackager({ clock: manualClock(fake.edgeMs()), hasStoryboards: true });
  const { resource } = packager.parse(`/0f0e/stream.ism/manifest(format=mpd-time-cmaf${rest})`);
  const answer = packager.answer({ ...fakePublication(fake.presentation), ...over }, resource, '');
  assert(!(answer instanceof Promise) && answer.kind === 'manifest');
  return parseMpd(Buffer.from(answer.document.identity()).toString());
}

const imagesIn = ({ periods }: Mpd) =>
  periods.map(({ adaptationSets }) => adaptationSets.find(({ contentType }) => contentType === 'image'));

test('DASH names the pictures of a broadcast from its first on, also the sprite that is not full', () => {
  const fake = fakePresentation({ windowSeconds: 600 });
  fake.segments(10);

  const mpd = mpdOf(fake);

  const [images] = imagesIn(mpd);
  assert.deepEqual(images?.segmentTemplate, {
    timescale: 1000,
    duration: 125_000,
    startNumber: 1,
    availabilityTimeOffset: 120,
    media: `Storyboard(start=${FAKE_START_MS},interval=5,sprite=$Number$).jpg`,
  });
  assert.deepEqual(images.representations, [
    {
      id: 'thumbnails',
      bandwidth: 6400,
      width: 1280,
      height: 720,
      essentialProperties: [{ schemeIdUri: 'http://dashif.org/guidelines/thumbnail_tile', value: '5x5' }],
    },
  ]);
  assert.deepEqual(checkMpd(undefined, mpd, { nowMs: fake.edgeMs() }), []);
});

test('updates of a broadcast leave them as they are', () => {
  const fake = fakePresentation({ windowSeconds: 60 });
  fake.segments(40);
  const before = mpdOf(fake);
  fake.segments(40);

  assert.deepEqual(
    imagesIn(mpdOf(fake))[0]?.segmentTemplate?.duration,
    imagesIn(before)[0]?.segmentTemplate?.duration,
  );
});

test('those of a recording begin with it, and are as far apart as its length wants', () => {
  const fake = fakePresentation({ partSeconds: undefined });
  fake.segments(1000);
  fake.end();

  const mpd = mpdOf(fake);

  const template = imagesIn(mpd)[0]?.segmentTemplate;
  assert.equal(template?.duration, 125_000);
  assert.equal(template.availabilityTimeOffset, undefined);
  assert.equal(template.media, `Storyboard(start=${FAKE_START_MS},interval=5,sprite=$Number$).jpg`);
  assert.deepEqual(checkMpd(undefined, mpd), []);
});

test('every Period has its own, from its beginning on', () => {
  const fake = fakePresentation({ partSeconds: undefined });
  fake.segments(5);
  fake.silence(FAKE.SMALL.id, true);
  fake.segments(5);
  fake.end();

  const mpd = mpdOf(fake);

  assert.deepEqual(
    imagesIn(mpd).map((images) => images?.segmentTemplate?.media?.split(',')[0]),
    [FAKE_START_MS, FAKE_START_MS + 10_000].map((start) => `Storyboard(start=${start}`),
  );
  assert.deepEqual(checkMpd(undefined, mpd), []);
});

test('the filters of the manifest are those of its pictures', () => {
  const fake = fakePresentation();
  fake.segments(5);

  const mpd = mpdOf(fake, { filtered: () => fake.presentation }, ',filter=a;b');

  assert.match(imagesIn(mpd)[0]?.segmentTemplate?.media ?? '', /,filter=a;b\)\.jpg$/);
});

test('there are none where there is nothing to see, and none of what is protected', () => {
  const sound = fakePresentation({ tracks: [FAKE.SOUND] });
  sound.segments(5);
  assert.deepEqual(imagesIn(mpdOf(sound)), [undefined]);

  const fake = fakePresentation();
  fake.segments(5);
  const protection = fakeProtection('cenc');
  assert.deepEqual(imagesIn(mpdOf(fake, { protect: () => protection }, ',encryption=cenc')), [undefined]);
});
