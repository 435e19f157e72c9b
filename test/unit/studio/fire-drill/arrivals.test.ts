import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Arrivals, createArrivals } from '../../../../src-main/core/studio/fire-drill/arrivals.ts';
import { type ManualClock, manualClock } from '../../../support/manual-clock.ts';

/** Media comes in pieces of 0.2 s as it is made, from a time on. */
function flow(clock: ManualClock, arrivals: Arrivals, fromSeconds: number, untilSeconds: number): void {
  for (let piece = Math.round(fromSeconds * 5); piece < Math.round(untilSeconds * 5); piece += 1) {
    clock.advance(200);
    arrivals.add(piece / 5, (piece + 1) / 5);
  }
}

const rounded = (seconds: number): number => Math.round(seconds * 10) / 10;

test('what comes without a pause misses nothing, and nobody who holds a second sees the picture stand still', () => {
  const clock = manualClock();
  const arrivals = createArrivals(clock);
  flow(clock, arrivals, 100, 110);
  const sinceMs = clock.monotonicMs();

  flow(clock, arrivals, 110, 130);

  assert.equal(arrivals.missingSince(sinceMs), 0);
  assert.equal(arrivals.stillSince(sinceMs, 1), 0);
  assert.equal(rounded(arrivals.untilSeconds()), 130);
});

test('who goes on with what is new misses what was in between', () => {
  const clock = manualClock();
  const arrivals = createArrivals(clock);
  flow(clock, arrivals, 100, 110);
  const cutMs = clock.monotonicMs();
  clock.advance(6000);
  const mendedMs = clock.monotonicMs();

  flow(clock, arrivals, 114.4, 120);

  assert.equal(rounded(arrivals.missingSince(cutMs)), 4.4);
  assert.equal(arrivals.firstAfter(mendedMs), mendedMs + 200);
});

test('who loads all that was in between misses nothing, and has stood still for as long as nothing came less what was held', () => {
  const clock = manualClock();
  const arrivals = createArrivals(clock);
  flow(clock, arrivals, 100, 110);
  const cutMs = clock.monotonicMs();
  clock.advance(6000);
  for (let piece = 550; piece < 580; piece += 1) {
    arrivals.add(piece / 5, (piece + 1) / 5);
  }

  flow(clock, arrivals, 116, 130);

  assert.equal(arrivals.missingSince(cutMs), 0);
  assert.equal(rounded(arrivals.stillSince(cutMs, 3)), 3);
  assert.equal(arrivals.stillSince(cutMs, 7), 0);
});

test('a second pause is seen, too, by somebody whose store the first one took', () => {
  const clock = manualClock();
  const arrivals = createArrivals(clock);
  flow(clock, arrivals, 100, 110);
  const cutMs = clock.monotonicMs();
  clock.advance(2000);
  flow(clock, arrivals, 110, 111);
  clock.advance(2000);
  flow(clock, arrivals, 111, 112);

  assert.equal(rounded(arrivals.stillSince(cutMs, 3)), 1.2);
});

test('while nothing comes, what passes is missing and the picture stands still', () => {
  const clock = manualClock();
  const arrivals = createArrivals(clock);
  flow(clock, arrivals, 100, 110);
  const cutMs = clock.monotonicMs();

  clock.advance(8000);

  assert.equal(rounded(arrivals.missingSince(cutMs)), 8);
  assert.equal(rounded(arrivals.stillSince(cutMs, 3)), 5);
  assert.equal(arrivals.firstAfter(cutMs), undefined);
});
