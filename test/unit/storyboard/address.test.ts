import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spriteName, storyboardInterval } from '../../../src-main/core/ports/storyboard.ts';
import { parseStoryboardAddress } from '../../../src-main/core/storyboard/address.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';

const BASE = '/0f0e-1/talk.ism/';

function resourceAt(rest: string) {
  const address = parseStoryboardAddress(BASE + rest);
  assert.equal(address?.locatorId, '0f0e-1');
  assert.equal(address.manifestName, 'talk');
  return address.resource;
}

test('a storyboard is asked for with and without filters, in any case, also percent-encoded', () => {
  assert.deepEqual(resourceAt('Storyboard.vtt'), { kind: 'cues', filters: [] });
  assert.deepEqual(resourceAt('storyboard'), { kind: 'cues', filters: [] });
  assert.deepEqual(resourceAt('STORYBOARD(filter=a;b).vtt'), { kind: 'cues', filters: ['a', 'b'] });
  assert.deepEqual(resourceAt('Storyboard%28filter%3Da%20b%29.vtt'), { kind: 'cues', filters: ['a b'] });
});

test('the address of a sprite leads back to what it was written of', () => {
  const sprite = { startMs: 1_900_000_000_123, intervalSeconds: 10, number: 7 };

  assert.deepEqual(resourceAt(spriteName(sprite)), { kind: 'sprite', filters: [], ...sprite });
  assert.deepEqual(resourceAt(spriteName(sprite, ['a', 'b c'])), {
    kind: 'sprite',
    filters: ['a', 'b c'],
    ...sprite,
  });
});

test('one picture is asked for at a time of day, at a time of the recording, and at none', () => {
  const utc = { kind: 'utc', ms: Date.UTC(2030, 0, 1, 18, 0, 0, 500) };

  assert.deepEqual(resourceAt('Thumbnail(time=2030-01-01T18:00:00.5Z).jpg'), {
    kind: 'picture',
    filters: [],
    at: utc,
  });
  assert.deepEqual(resourceAt('Thumbnail(time=83.5).jpg'), {
    kind: 'picture',
    filters: [],
    at: { kind: 'seconds', seconds: 83.5 },
  });
  assert.deepEqual(resourceAt('thumbnail.jpg'), { kind: 'picture', filters: [], at: { kind: 'any' } });
});

test('what is nothing of a storyboard is left to others', () => {
  for (const path of ['manifest(format=m3u8-cmaf)', 'Storyboards/1', 'QualityLevels(1)/Fragments(video=1)']) {
    assert.equal(parseStoryboardAddress(BASE + path), undefined, path);
  }
  assert.equal(parseStoryboardAddress('/0f0e/Storyboard.vtt'), undefined);
});

test('an address that is not right is refused with what is wrong', () => {
  const wrong = [
    'Storyboard.jpg',
    'Storyboard(start=1,interval=10).vtt',
    'Storyboard(start=1,interval=10,sprite=0).jpg',
    'Storyboard(start=1,interval=11,sprite=1).jpg',
    'Storyboard(start=-1,interval=10,sprite=1).jpg',
    'Storyboard(start=1,interval=10,sprite=1).vtt',
    'Storyboard(start=9999999999999999,interval=10,sprite=1).jpg',
    'Storyboard(filter=a,filter=b).vtt',
    'Storyboard(size=1)',
    'Storyboard(filter=)',
    'Thumbnail(time=yesterday).jpg',
    'Thumbnail(time=2030-13-01T00:00:00Z).jpg',
    'Thumbnail.vtt',
    'Thumbnail(time=1',
    'Storyboard%28%ff',
    `Storyboard(filter=${'a'.repeat(3000)})`,
  ];

  for (const path of wrong) {
    assert.throws(
      () => parseStoryboardAddress(BASE + path),
      (error) => error instanceof AppError && error.code === 'MPE_BAD_URL_SYNTAX',
      path,
    );
  }
});

test('however long it is, a recording has no more than 900 pictures, and a broadcast one in five seconds at most', () => {
  const recorded = (seconds: number): number => storyboardInterval({ segmentSeconds: 2 }, seconds);
  const live = (windowSeconds?: number): number =>
    storyboardInterval({ segmentSeconds: 2, windowSeconds }, 'live');

  assert.deepEqual([30, 1800, 1801, 3600, 90_000].map(recorded), [2, 2, 5, 5, 120]);
  assert.equal(recorded(1_000_000), 1200);
  assert.deepEqual([60, 3600, 5 * 3600, 90_000, undefined].map(live), [5, 5, 20, 120, 5]);
  assert.equal(storyboardInterval({ segmentSeconds: 6 }, 30), 10);
  for (let seconds = 1; seconds < 3_000_000; seconds = Math.ceil(seconds * 1.37)) {
    assert(seconds / recorded(seconds) <= 900);
  }
});
