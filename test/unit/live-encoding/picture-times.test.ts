import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPictureTimes } from '../../../src-main/core/live-encoding/picture-times.ts';

test('pictures are counted in the order in which they are shown, not in which they are decoded', () => {
  const times = createPictureTimes();
  for (const showMs of [0, 120, 40, 80, 240, 160, 200]) {
    times.add(showMs);
  }

  assert.deepEqual(
    [0, 1, 2, 3, 4, 5, 6, 7].map((index) => times.at(index)),
    [0, 40, 80, 120, 160, 200, 240, undefined],
  );
});

test('after hours only the last seconds are kept, under the same numbers', () => {
  const times = createPictureTimes();
  for (let index = 0; index < 100_000; index += 1) {
    times.add(index * 40);
  }

  assert.equal(times.at(99_999), 99_999 * 40);
  assert.equal(times.at(99_500), 99_500 * 40);
  assert.equal(times.at(0), undefined);
});
