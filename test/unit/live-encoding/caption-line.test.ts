import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCaptionLine } from '../../../src-main/core/live-encoding/caption-line.ts';

function lineOf(...times: readonly number[]): ReturnType<typeof createCaptionLine> {
  const line = createCaptionLine();
  for (const showMs of times) {
    line.add(showMs, Uint8Array.of(showMs / 40));
  }
  return line;
}

function taken(line: ReturnType<typeof createCaptionLine>, untilMs: number): readonly number[] {
  return line.take(untilMs).map(([first]) => first ?? -1);
}

test('captions come in the order in which their pictures are shown, not in which they are decoded', () => {
  const line = lineOf(0, 120, 40, 80, 240, 160, 200);

  assert.deepEqual(taken(line, 100), [0, 1, 2]);
  assert.deepEqual(taken(line, 100), []);
  assert.deepEqual(taken(line, 200), [3, 4, 5]);
});

test('a picture that is sent or decoded again has no captions any more', () => {
  const line = lineOf(0, 40, 40, 80);
  assert.deepEqual(taken(line, 40), [0, 1]);
  line.add(40, Uint8Array.of(99));
  line.add(80, Uint8Array.of(99));

  assert.deepEqual(taken(line, 200), [2]);
});

test('what was said behind a slate is not caught up on', () => {
  const line = lineOf(0, 40, 8000, 8040);

  assert.deepEqual(taken(line, 8040), [200, 201]);
});

test('an encoder that begins anew with its times is heard', () => {
  const line = lineOf(400_000);
  assert.deepEqual(taken(line, 400_000), [10_000 % 256]);
  line.add(40, Uint8Array.of(1));

  assert.deepEqual(taken(line, 40), [1]);
});

test('while nothing is shown only the last half minute is kept', () => {
  const line = createCaptionLine();
  for (let index = 0; index < 100_000; index += 1) {
    line.add(index, Uint8Array.of(index % 256));
  }

  assert.equal(line.take(100_000).length, 1800);
});
