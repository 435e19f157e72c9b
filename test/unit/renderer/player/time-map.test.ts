import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTimeMap } from '../../../../src-renderer/player/time-map.ts';

const segment = (wallMs: number | undefined, startSeconds?: number) => ({
  startSeconds,
  durationSeconds: 2,
  wallMs,
});

test('a recording with a gap that the player closes is translated both ways', () => {
  const map = createTimeMap([segment(10_000), segment(12_000), segment(44_000)], { isComplete: true });

  assert.deepEqual([0, 3, 4, 5].map(map.toWallMs), [10_000, 13_000, 44_000, 45_000]);
  assert.deepEqual([10_000, 13_000, 30_000, 44_000, 45_500].map(map.toPlayerSeconds), [0, 3, 4, 4, 5.5]);
});

test('times outside of the recording are its ends', () => {
  const map = createTimeMap([segment(10_000), segment(12_000)], { isComplete: true });

  assert.deepEqual([map.toPlayerSeconds(0), map.toPlayerSeconds(99_000)], [0, 4]);
});

test('a live window is laid out from the one segment whose place the player knows', () => {
  const map = createTimeMap([segment(10_000), segment(12_000, 102), segment(14_000)], { isComplete: false });

  assert.deepEqual([map.toWallMs(100.5), map.toWallMs(105)], [10_500, 15_000]);
});

test('without dates or a place nothing is claimed', () => {
  assert.equal(createTimeMap([segment(undefined)], { isComplete: true }).toWallMs(1), undefined);
  assert.equal(createTimeMap([segment(1000)], { isComplete: false }).toWallMs(1), undefined);
  assert.equal(createTimeMap([], { isComplete: true }).toPlayerSeconds(1), undefined);
});
