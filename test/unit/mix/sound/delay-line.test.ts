import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDelayLine } from '../../../../src-main/core/mix/delay-line.ts';
import { largestStep, RATE, type Signal, sine, through } from './signals.ts';

const BLOCK = 1600;
const count: Signal = (sample) => sample;

/** Writes a signal and reads it from a tap; `at` is called before each block. */
function play(
  delayMs: number,
  signal: Signal,
  blocks: number,
  at: (block: number, set: (delayMs: number) => void) => void = () => undefined,
): { readonly heard: number[]; readonly isDirect: boolean } {
  const line = createDelayLine(BLOCK);
  const tap = line.tap(delayMs);
  let block = 0;
  const heard = through(
    (samples, length) => {
      at(block, (wanted) => tap.set(wanted));
      block += 1;
      line.write(samples, length);
      tap.read(samples, length);
    },
    signal,
    0,
    blocks * BLOCK,
    BLOCK,
  );
  return { heard, isDirect: tap.isDirect() };
}

for (const delayMs of [0, 1, 40, 333, 2000]) {
  test(`a delay of ${delayMs} ms is exact to the sample, round and round`, () => {
    const { heard, isDirect } = play(delayMs, count, 200);

    const delay = delayMs * 48;
    heard.forEach((value, sample) => assert.equal(value, Math.max(0, sample - delay), `sample ${sample}`));
    assert.equal(isDirect, delayMs === 0);
  });
}

test('a longer delay fades over to what was heard before, without a step', () => {
  const signal = sine(100, -6);

  const { heard } = play(10, signal, 60, (block, set) => (block === 30 ? set(500) : undefined));

  const own = largestStep(through(() => undefined, signal, 0, RATE));
  assert(largestStep(heard.slice(10 * 48)) < own + 1.1 / 960, `${largestStep(heard)}`);
  for (let sample = 40 * BLOCK; sample < 60 * BLOCK; sample += 1) {
    assert.equal(heard[sample], Math.fround(signal(sample - 500 * 48)));
  }
});

test('delays that change faster than they fade end at the last one, and never click', () => {
  const signal = sine(60, -6);
  const wanted = [500, 20, 1800, 0, 70, 300];

  const { heard } = play(0, signal, 120, (block, set) => {
    const next = wanted[block - 50];
    if (next !== undefined) {
      set(next);
    }
  });

  const own = largestStep(through(() => undefined, signal, 0, RATE));
  assert(largestStep(heard.slice(1)) < own + 1.1 / 960);
  assert.equal(heard.at(-1), Math.fround(signal(120 * BLOCK - 1 - 300 * 48)));
});
