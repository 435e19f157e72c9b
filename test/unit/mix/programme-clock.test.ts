import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createFrameGrid, createProgrammeClock } from '../../../src-main/core/mix/programme-clock.ts';

const NOW = Date.UTC(2030, 2, 3, 4, 5, 6, 789);
const RATES = [
  { numerator: 24, denominator: 1 },
  { numerator: 25, denominator: 1 },
  { numerator: 30, denominator: 1 },
  { numerator: 50, denominator: 1 },
  { numerator: 60, denominator: 1 },
  { numerator: 30_000, denominator: 1001 },
  { numerator: 60_000, denominator: 1001 },
  { numerator: 24_000, denominator: 1001 },
] as const;

for (const rate of RATES) {
  const name = `${rate.numerator}/${rate.denominator}`;

  test(`at ${name} ticks and samples are exact for every frame of centuries`, () => {
    const grid = createFrameGrid(rate);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 * 86_400 * 365 * 300 }), (frame) => {
        const exact = (scale: number): number =>
          Number((BigInt(frame) * BigInt(scale) * BigInt(rate.denominator)) / BigInt(rate.numerator));

        assert.equal(grid.ticksOf(frame), exact(90_000));
        assert.equal(grid.sampleOf(frame), exact(48_000));
      }),
    );
  });

  test(`at ${name} a frame is found again from its time and from its ticks`, () => {
    const grid = createFrameGrid(rate);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 * 86_400 * 365 * 100 }), (frame) => {
        assert.equal(grid.frameAt(grid.wallMsOf(frame)), frame);
        assert.equal(grid.frameAt(grid.wallMsOf(frame) + grid.periodMs / 2), frame);
      }),
    );
  });

  test(`at ${name} every frame comes once, in order and never early, however irregular the calls`, () => {
    const grid = createFrameGrid(rate);
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1500, noNaN: true }), { maxLength: 40 }), (waits) => {
        const ticks = createProgrammeClock(grid, 1000, NOW);
        let nowMs = 1000;
        let expected = ticks.next();
        for (const wait of waits) {
          nowMs += wait;
          const due = ticks.take(nowMs);
          assert.equal(due.first, expected);
          assert.equal(due.skipped, 0);
          if (due.count > 0) {
            assert(ticks.dueMs(due.first + due.count - 1) <= nowMs + 0.001, 'not early');
          }
          expected += due.count;
          assert(ticks.dueMs(expected) > nowMs - 0.001, 'all that are due');
        }
      }),
    );
  });
}

test('at 30000/1001 a frame is 3003 ticks and takes turns of 1601 and 1602 samples', () => {
  const grid = createFrameGrid({ numerator: 30_000, denominator: 1001 });
  const frames = [0, 1, 2, 3, 4].map((index) => 50_000_000_000 + index);

  assert.deepEqual(
    frames.map((frame) => grid.ticksOf(frame + 1) - grid.ticksOf(frame)),
    [3003, 3003, 3003, 3003, 3003],
  );
  const samples = frames.map((frame) => grid.sampleOf(frame + 1) - grid.sampleOf(frame));
  assert.equal(
    samples.reduce((sum, count) => sum + count),
    8008,
  );
  assert(samples.every((count) => count === 1601 || count === 1602));
});

test('a whole UTC second is the beginning of a frame, so that a restarted mixer meets the same grid', () => {
  for (const numerator of [24, 25, 30, 50, 60]) {
    const grid = createFrameGrid({ numerator, denominator: 1 });
    const second = Math.ceil(NOW / 1000) * 1000;

    const frame = grid.frameAt(second);

    assert.equal(grid.wallMsOf(frame), second);
    assert.equal(grid.ticksOf(frame), second * 90);
    assert.equal(grid.sampleOf(frame), second * 48);
  }
});

test('a delay of up to two seconds is caught up frame by frame', () => {
  const ticks = createProgrammeClock(createFrameGrid({ numerator: 30, denominator: 1 }), 0, NOW);
  const first = ticks.next();

  const due = ticks.take(ticks.dueMs(first) + 1990);

  assert.deepEqual(due, { first, count: 60, skipped: 0 });
});

test('behind a longer pause the programme goes on at the present frame', () => {
  const ticks = createProgrammeClock(createFrameGrid({ numerator: 30, denominator: 1 }), 0, NOW);
  const first = ticks.next();

  const due = ticks.take(ticks.dueMs(first) + 60_010);

  assert.deepEqual(due, { first: first + 1800, count: 1, skipped: 1800 });
  assert.equal(ticks.next(), first + 1801);
});

test('lateness is told of the frames as they were taken', () => {
  const ticks = createProgrammeClock(createFrameGrid({ numerator: 50, denominator: 1 }), 0, NOW);
  assert.equal(ticks.lateness(), undefined);

  for (let index = 0; index < 100; index += 1) {
    ticks.take(ticks.dueMs(ticks.next()) + (index === 50 ? 15 : 2));
  }

  const late = ticks.lateness()!;
  assert(Math.abs(late.p95Ms - 2) < 0.01, `p95 is ${late.p95Ms}`);
  assert(Math.abs(late.maxMs - 15) < 0.01, `max is ${late.maxMs}`);
});
