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
import { encodingSteps } from '../../../src-main/core/encode/overload-steps.ts';
import { resolveLadder } from '../../../src-main/core/encode/resolve-ladder.ts';
import { createEncoderSpeed } from '../../../src-main/core/mix/encoder-speed.ts';

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
  encoder.run(4500, { backlogFrames: 20, speed: 1.2 });
  encoder.run(3000, FINE);

  assert.deepEqual(encoder.kinds(), []);
});

test('a fresh encoder whose backlog only grows is not waited for until it has settled', () => {
  const encoder = watch();
  encoder.run(1000, FINE);

  encoder.run(4000, { backlogFrames: 2, speed: 0.97 });

  assert.deepEqual(encoder.actions, [{ atMs: 4000, action: { kind: 'step-down', step: 1 } }]);
});

test('an encoder that takes frames and does not encode them is behind before any wait', () => {
  const encoder = watch();
  encoder.run(1000, FINE);

  encoder.run(4000, { backlogFrames: 1, speed: 0.88 });

  assert.deepEqual(encoder.actions, [{ atMs: 4500, action: { kind: 'step-down', step: 1 } }]);
});

test('one that was changed is not behind for what it takes while it begins', () => {
  const encoder = watch(MANY);
  encoder.run(10_000, FINE);
  encoder.run(1500, { backlogFrames: 9, speed: 0.9 });
  assert.deepEqual(encoder.kinds(), ['step-down']);

  encoder.run(4500, { backlogFrames: 1, speed: 0.88 });
  encoder.run(1000, FINE);

  assert.deepEqual(encoder.kinds(), ['step-down']);
});

test('one hiccup, which is seen in the speed of two seconds, is not behind', () => {
  const encoder = watch();
  encoder.run(10_000, FINE);

  encoder.run(2500, { backlogFrames: 1, speed: 0.7 });
  encoder.run(1000, FINE);

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
  encoder.run(4000, LATE);
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
  encoder.run(2500, LATE);
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

  encoder.run(1500, { backlogFrames: 20, speed: 0.65 });

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
  encoder.run(1500, { backlogFrames: 20, speed: 0.65 });

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

/**
 * An encoder of so many pictures per second, on the policy as it is shipped: what it can do of each step, `room` over what the step really
 * costs, decides how fast it is. Like a real one it is sampled twice a second, measured by `createEncoderSpeed`, and needs a moment to begin;
 * until then the one before goes on. Returns the longest time without a pause in which it was slower than real time.
 */
function longestSlowMs(
  costs: readonly number[],
  errors: readonly number[],
  roomAt: (ms: number) => number,
): number {
  const steps = costs.map((cost) => ({ cost }));
  const frameRate = 30;
  const beginsAfterMs = 800;
  const speedometer = createEncoderSpeed();
  let state = startOverload(0);
  let running = 0;
  let beginsAtMs = beginsAfterMs;
  let isFresh = true;
  let encoded = 0;
  let slowSinceMs: number | undefined;
  let longest = 0;
  for (let ms = 0; ms < 60_000; ms += 20) {
    const composed = (ms / 1000) * frameRate;
    if (isFresh && ms >= beginsAtMs) {
      isFresh = false;
      // A takeover begins with the next picture, the first one with the first.
      encoded = running === state.step ? encoded : composed;
      running = state.step;
    }
    const speed = roomAt(ms) / ((costs[running] ?? 1) * (errors[running] ?? 1));
    if (ms >= beginsAfterMs) {
      encoded = Math.min(composed, encoded + 0.02 * frameRate * speed);
      slowSinceMs = speed < 1 ? (slowSinceMs ?? ms) : undefined;
      longest = Math.max(longest, ms - (slowSinceMs ?? ms));
    }
    if (ms % EVERY_MS === 0) {
      if (isFresh) {
        speedometer.reset();
      }
      const measured = isFresh ? 1 : speedometer.take(ms, Math.floor(composed), Math.floor(encoded));
      const backlogFrames = isFresh ? 0 : Math.floor(composed) - Math.floor(encoded);
      const { state: next, action } = watchOverload(state, { atMs: ms, backlogFrames, speed: measured }, steps);
      state = next;
      if (action.kind === 'step-down') {
        isFresh = true;
        beginsAtMs = ms + beginsAfterMs;
      }
    }
  }
  return longest;
}

test('as shipped, and as long as anything is cheap enough, no encoder is slower than real time for five seconds: not at the beginning, not later', () => {
  const plan = resolveLadder(
    { kind: 'preset', preset: '1080p-4-Layer' },
    { frameRate: 30, sourceSize: undefined, fits: undefined },
  );
  const costs = encodingSteps(plan, { presets: ['superfast', 'ultrafast'], gopFrames: 60 }).map(
    ({ cost }) => cost,
  );
  const [full = 1, last = 1] = [costs[0], costs.at(-1)];
  const error = fc.double({ min: 0.9, max: 1.1, noNaN: true });

  fc.assert(
    fc.property(
      fc.array(error, { minLength: costs.length, maxLength: costs.length }),
      fc.double({ min: 0, max: 0.94, noNaN: true }),
      fc.constantFrom(0, 20_000),
      (errors, share, fromMs) => {
        const least = last * (errors.at(-1) ?? 1) * 1.01;
        const room = least + share * (full * (errors[0] ?? 1) - least);

        const slowMs = longestSlowMs(costs, errors, (ms) => (ms < fromMs ? 2 * full : room));

        assert.ok(slowMs < 5000, `${slowMs} ms`);
      },
    ),
  );
});

test('as shipped, a presenter whose computer is too slow for everything knows it within five seconds', () => {
  const encoder = watch([{ cost: 1 }]);
  encoder.run(1000, { backlogFrames: 0, speed: 1 });

  encoder.run(4000, { backlogFrames: 40, speed: 0.5 });

  assert.deepEqual(encoder.kinds(), ['exhausted']);
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
