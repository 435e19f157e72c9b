import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  OVERLOAD_POLICY,
  type OverloadAction,
  type OverloadState,
  startOverload,
  watchOverload,
} from '../../../src-main/core/encode/overload.ts';

/** As a cheaper preset is: the next one is cheap enough for every load below. */
const STEPS = [{ cost: 1 }, { cost: 0.7 }];
/** One after the other is needed. */
const MANY = [1, 0.8, 0.6, 0.5, 0.25, 0.2].map((cost) => ({ cost }));
const EVERY_MS = 500;
const FINE = { backlogFrames: 0, speed: 1 };
const LATE = { backlogFrames: 9, speed: 0.8 };

/** An encoder that is sampled twice a second, and what came of it. */
function watch(steps: readonly { cost: number }[] = STEPS) {
  let state: OverloadState = startOverload(0);
  let nowMs = 0;
  const actions: { atMs: number; action: OverloadAction }[] = [];
  return {
    actions,
    state: () => state,
    kinds: () => actions.map(({ action }) => action.kind),
    run(forMs: number, load: { backlogFrames: number; speed: number }) {
      for (const untilMs = nowMs + forMs; nowMs < untilMs; ) {
        nowMs += EVERY_MS;
        const result = watchOverload(state, { atMs: nowMs, ...load }, steps);
        state = result.state;
        if (result.action.kind !== 'none') {
          actions.push({ atMs: nowMs, action: result.action });
        }
      }
    },
    sleep(forMs: number) {
      nowMs += forMs;
    },
  };
}

test('a backlog for more than a second steps down', () => {
  const encoder = watch();
  encoder.run(10_000, FINE);

  encoder.run(2000, LATE);

  assert.deepEqual(encoder.actions, [{ atMs: 11_500, action: { kind: 'step-down', step: 1 } }]);
});

test('a hiccup of less than a second changes nothing', () => {
  const encoder = watch();
  encoder.run(10_000, FINE);

  for (let hiccup = 0; hiccup < 5; hiccup += 1) {
    encoder.run(1000, LATE);
    encoder.run(500, FINE);
  }

  assert.deepEqual(encoder.kinds(), []);
});

test('slower than real time with frames waiting is behind before the backlog is long', () => {
  const encoder = watch();
  encoder.run(10_000, FINE);

  encoder.run(2000, { backlogFrames: 2, speed: 0.9 });

  assert.deepEqual(encoder.kinds(), ['step-down']);
});

test('a low speed with nothing waiting is not the encoder’s fault', () => {
  const encoder = watch();

  encoder.run(30_000, { backlogFrames: 0, speed: 0.5 });

  assert.deepEqual(encoder.kinds(), []);
});

test('nothing is concluded while a fresh encoder works off what had piled up', () => {
  const encoder = watch();
  encoder.run(4500, LATE);
  encoder.run(3000, FINE);

  assert.deepEqual(encoder.kinds(), []);
});

test('with nothing cheaper left the presenter is told, once a minute', () => {
  const encoder = watch([{ cost: 1 }]);
  encoder.run(5000, FINE);

  encoder.run(125_000, LATE);

  assert.deepEqual(encoder.kinds(), ['exhausted', 'exhausted', 'exhausted']);
  const [first] = encoder.actions;
  assert(first?.action.kind === 'exhausted');
  assert.equal(first.action.error.code, 'encode/overloaded');
  assert.match(first.action.error.message, /smaller ladder/);
});

test('after a minute without trouble the better step is tried again', () => {
  const encoder = watch();
  encoder.run(7000, LATE);
  assert.deepEqual(encoder.kinds(), ['step-down']);

  encoder.run(OVERLOAD_POLICY.firstWaitMs + 5000, FINE);

  assert.deepEqual(encoder.kinds(), ['step-down', 'step-up']);
  assert.equal(encoder.state().step, 0);
});

test('each step up that does not last doubles the wait before the next, up to a quarter of an hour', () => {
  const encoder = watch();
  const waits: number[] = [];
  for (let round = 0; round < 7; round += 1) {
    encoder.run(7000, LATE);
    waits.push(encoder.state().waitMs);
    encoder.run(encoder.state().waitMs + 6000, FINE);
  }

  assert.deepEqual(waits, [60_000, 120_000, 240_000, 480_000, 900_000, 900_000, 900_000]);
});

test('a step up that lasted is forgotten: the next wait is the first again', () => {
  const encoder = watch();
  encoder.run(7000, LATE);
  encoder.run(70_000, FINE);
  encoder.run(7000, LATE);
  encoder.run(130_000, FINE);
  encoder.run(300_000, FINE);

  encoder.run(7000, LATE);

  assert.equal(encoder.state().waitMs, OVERLOAD_POLICY.firstWaitMs);
});

test('a computer that slept is not judged by what was before or right after', () => {
  const encoder = watch();
  encoder.run(10_000, FINE);
  encoder.run(500, LATE);

  encoder.sleep(3_600_000);
  encoder.run(4000, LATE);
  encoder.run(2000, FINE);

  assert.deepEqual(encoder.kinds(), []);
});

test('it never steps beyond either end of the steps', () => {
  const encoder = watch();
  encoder.run(60_000, LATE);
  assert.equal(encoder.state().step, 1);

  encoder.run(10 * 60_000, FINE);

  assert.equal(encoder.state().step, 0);
  assert.deepEqual(encoder.kinds(), ['step-down', 'exhausted', 'step-up']);
});

test('a computer that is far too slow goes at once to what can be expected to fit, and not through all steps', () => {
  const encoder = watch(MANY);
  encoder.run(10_000, FINE);

  encoder.run(1500, { backlogFrames: 20, speed: 0.6 });

  assert.deepEqual(encoder.actions, [{ atMs: 11_500, action: { kind: 'step-down', step: 3 } }]);
});

test('what was not enough is followed by the next step within three seconds and a half', () => {
  const encoder = watch(MANY);
  encoder.run(10_000, FINE);

  encoder.run(10_000, { backlogFrames: 9, speed: 0.9 });

  assert.deepEqual(
    encoder.actions.slice(0, 3).map(({ atMs, action }) => [atMs, action.kind]),
    [
      [11_500, 'step-down'],
      [14_500, 'step-down'],
      [17_500, 'step-down'],
    ],
  );
});

test('an encoder that works off what had piled up is not behind', () => {
  const encoder = watch(MANY);
  encoder.run(10_000, FINE);

  encoder.run(20_000, { backlogFrames: 20, speed: 1.3 });

  assert.deepEqual(encoder.kinds(), []);
});

test('what went down at once comes back one step at a time, a minute apart', () => {
  const encoder = watch(MANY);
  encoder.run(10_000, FINE);
  encoder.run(1500, { backlogFrames: 20, speed: 0.6 });

  encoder.run(4 * OVERLOAD_POLICY.firstWaitMs, FINE);

  const ups = encoder.actions.filter(({ action }) => action.kind === 'step-up');
  assert.deepEqual(
    ups.map(({ action }) => (action.kind === 'step-up' ? action.step : undefined)),
    [2, 1, 0],
  );
  for (const [index, { atMs }] of ups.entries()) {
    assert.ok(atMs - (ups[index - 1]?.atMs ?? 0) >= OVERLOAD_POLICY.firstWaitMs);
  }
});

test('several steps down for one trouble make the next wait longer once, not each time', () => {
  const encoder = watch(MANY);
  encoder.run(7000, LATE);
  encoder.run(70_000, FINE);
  assert.equal(encoder.kinds().at(-1), 'step-up');

  encoder.run(15_000, { backlogFrames: 9, speed: 0.93 });

  assert.ok(encoder.kinds().filter((kind) => kind === 'step-down').length > 2);
  assert.equal(encoder.state().waitMs, 2 * OVERLOAD_POLICY.firstWaitMs);
});

const loads = fc.array(
  fc.record({
    forMs: fc.integer({ min: 500, max: 90_000 }),
    backlogFrames: fc.integer({ min: 0, max: 40 }),
    speed: fc.double({ min: 0, max: 1.5, noNaN: true }),
  }),
  { maxLength: 30 },
);
const ladders = fc
  .array(fc.double({ min: 0.3, max: 0.95, noNaN: true }), { maxLength: 6 })
  .map((factors) => factors.reduce((costs, factor) => [...costs, (costs.at(-1) ?? 1) * factor], [1]))
  .map((costs) => costs.map((cost) => ({ cost })));

test('whatever the load: steps exist, go down at once and up singly, and never flap', () => {
  fc.assert(
    fc.property(ladders, loads, (steps, parts) => {
      const encoder = watch(steps);
      for (const { forMs, ...load } of parts) {
        encoder.run(forMs, load);
      }

      let step = 0;
      let changedAtMs = -Infinity;
      for (const { atMs, action } of encoder.actions) {
        if (action.kind === 'step-down') {
          assert.ok(action.step > step && action.step < steps.length);
          assert.ok(atMs - changedAtMs >= OVERLOAD_POLICY.settleDownMs);
        } else if (action.kind === 'step-up') {
          assert.equal(action.step, step - 1);
          assert.ok(atMs - changedAtMs >= OVERLOAD_POLICY.firstWaitMs, 'it was calm for the whole wait');
        } else {
          assert.equal(step, steps.length - 1, 'all else has been tried');
          continue;
        }
        step = action.step;
        changedAtMs = atMs;
      }
      assert.equal(encoder.state().step, step);
      assert.ok(encoder.state().waitMs <= OVERLOAD_POLICY.longestWaitMs);
    }),
  );
});

test('whatever went before, a calm computer comes back to everything', () => {
  fc.assert(
    fc.property(ladders, loads, (steps, parts) => {
      const encoder = watch(steps);
      for (const { forMs, ...load } of parts) {
        encoder.run(forMs, load);
      }

      encoder.run((steps.length + 1) * OVERLOAD_POLICY.longestWaitMs, FINE);

      assert.equal(encoder.state().step, 0);
    }),
    { numRuns: 25 },
  );
});
