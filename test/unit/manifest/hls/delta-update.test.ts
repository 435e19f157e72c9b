import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { applyDeltaUpdate, countSkippable } from '../../../../src-main/manifest/hls/delta-update.ts';
import type { MediaPlaylist } from '../../../../src-main/manifest/hls/media-playlist.ts';

const segments = (first: number, count: number, durationSeconds = 2) =>
  Array.from({ length: count }, (_, index) => ({ durationSeconds, uri: `${first + index}.m4s` }));

const live = (first: number, count: number): MediaPlaylist => ({
  version: 6,
  targetDurationSeconds: 2,
  serverControl: { canSkipUntilSeconds: 12, canSkipDateRanges: true },
  mediaSequence: first,
  segments: segments(first, count),
});

const delta = (first: number, count: number, skippedSegments: number): MediaPlaylist => ({
  ...live(first, count),
  version: 9,
  skip: { skippedSegments },
  segments: segments(first + skippedSegments, count - skippedSegments),
});

test('a client that does not have what was skipped gets nothing', () => {
  assert.equal(applyDeltaUpdate(live(10, 5), delta(9, 10, 3)), undefined);
  assert.equal(applyDeltaUpdate(live(10, 5), delta(10, 10, 6)), undefined);
  assert.equal(applyDeltaUpdate(delta(10, 10, 1), delta(10, 10, 1)), undefined);
});

test('a delta update and the playlist before it make the whole playlist', () => {
  assert.deepEqual(applyDeltaUpdate(live(10, 10), delta(12, 10, 4)), live(12, 10));
});

test('a playlist that skips nothing is the whole already', () => {
  const next = live(12, 10);

  assert.equal(applyDeltaUpdate(live(10, 10), next), next);
});

test('date ranges are kept or dropped as the update says', () => {
  const range = (id: string) => ({ id, startDateMs: 0 });
  const previous: MediaPlaylist = { ...live(10, 10), dateRanges: [range('gone'), range('old')] };

  const byYes = applyDeltaUpdate(previous, { ...delta(10, 11, 5), dateRanges: [range('old'), range('new')] });
  const byV2 = applyDeltaUpdate(previous, {
    ...delta(10, 11, 5),
    skip: { skippedSegments: 5, recentlyRemovedDateRanges: ['gone'] },
    dateRanges: [range('new')],
  });

  assert.deepEqual(byYes?.dateRanges, [range('old'), range('new')]);
  assert.deepEqual(byV2?.dateRanges, [range('old'), range('new')]);
});

test('date ranges of skipped segments are not taken twice', () => {
  const range = { id: 'a', startDateMs: 0 };
  const [first, ...others] = live(10, 10).segments;
  const previous: MediaPlaylist = { ...live(10, 10), segments: [{ ...first!, dateRanges: [range] }, ...others] };

  const byYes = applyDeltaUpdate(previous, { ...delta(10, 11, 5), dateRanges: [range] });
  const byV2 = applyDeltaUpdate(previous, {
    ...delta(10, 11, 5),
    skip: { skippedSegments: 5, recentlyRemovedDateRanges: [] },
  });

  assert.equal(byYes?.segments[0]?.dateRanges, undefined);
  assert.deepEqual(byV2?.segments[0]?.dateRanges, [range]);
});

test('what ends further from the end than the boundary can be skipped, and nothing else', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 40 }),
      fc.integer({ min: 0, max: 60 }),
      (all, boundary) => {
        const skippable = countSkippable(all.length, (index) => all[index]!, boundary);

        const distances = all.map((_, index) => all.slice(index + 1).reduce((sum, duration) => sum + duration, 0));
        assert.equal(skippable, distances.filter((distance) => distance > boundary).length);
      },
    ),
  );
});

test('only the newest segments are looked at', () => {
  let looked = 0;
  const durationOf = (): number => {
    looked += 1;
    return 2;
  };

  assert.equal(countSkippable(10_800, durationOf, 12), 10_793);
  assert.equal(looked, 7);
});
