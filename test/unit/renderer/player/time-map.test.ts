import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTimeMap } from '../../../../src-renderer/player/time-map.ts';

const segment = (startSeconds: number, wallMs: number | undefined) => ({
  startSeconds,
  durationSeconds: 2,
  wallMs,
});

test('a recording with a gap that the player closes is translated both ways', () => {
  const map = createTimeMap([segment(0, 10_000), segment(2, 12_000), segment(4, 44_000)]);

  assert.deepEqual([0, 3, 4, 5].map(map.toWallMs), [10_000, 13_000, 44_000, 45_000]);
  assert.deepEqual([10_000, 13_000, 30_000, 44_000, 45_500].map(map.toPlayerSeconds), [0, 3, 4, 4, 5.5]);
});

test('times outside of the recording are its ends', () => {
  const map = createTimeMap([segment(0, 10_000), segment(2, 12_000)]);

  assert.deepEqual([map.toPlayerSeconds(0), map.toPlayerSeconds(99_000)], [0, 4]);
});

test('a live window is counted on before its first segment and behind its last, where parts are', () => {
  const map = createTimeMap([segment(100, 10_000), segment(102, 12_000), segment(104, 14_000)]);

  assert.deepEqual([map.toWallMs(99), map.toWallMs(100.5), map.toWallMs(106.5)], [9000, 10_500, 16_500]);
});

test('without dates or segments nothing is claimed', () => {
  assert.equal(createTimeMap([segment(0, undefined)]).toWallMs(1), undefined);
  assert.equal(createTimeMap([]).toWallMs(1), undefined);
  assert.equal(createTimeMap([]).toPlayerSeconds(1), undefined);
});
