import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMovingFrames } from '../../../src-main/core/encode/moving-frames.ts';

const SIZE = { width: 320, height: 180 };

/** Mean difference of two pictures' luma, in 8-bit steps. */
function difference(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < SIZE.width * SIZE.height; at += 1) {
    sum += Math.abs((a[at] ?? 0) - (b[at] ?? 0));
  }
  return sum / (SIZE.width * SIZE.height);
}

test('frames are whole I420 pictures within the range of video', () => {
  for (const frame of createMovingFrames(SIZE)) {
    assert.equal(frame.length, (SIZE.width * SIZE.height * 3) / 2);
    assert(frame.every((value) => value >= 16 && value <= 235));
  }
});

test('the loop has no cut: its last frame is as near to the first as any two neighbours', () => {
  const frames = createMovingFrames(SIZE);
  const steps = frames.map((frame, index) => difference(frame, frames.at(index - 1) ?? frame));

  assert(
    Math.max(...steps) < 1.3 * Math.min(...steps),
    `steps of ${steps.map((step) => step.toFixed(1)).join(', ')}`,
  );
});

test('every frame has noise of its own', () => {
  const [first, second] = createMovingFrames(SIZE);
  assert(first !== undefined && second !== undefined);

  // Two rows of the upper corner, where hardly anything moves.
  const changed = first.subarray(0, 40).filter((value, at) => value !== second[at]).length;
  assert(changed > 20);
});

test('the same size gives the same pictures', () => {
  assert.deepEqual(createMovingFrames(SIZE), createMovingFrames(SIZE));
});
