import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  OVERLOAD_POLICY,
  type OverloadAction,
  type OverloadState,
  startOverload,
  watchOverload,
} from '../../../src-main/core/encode/overload.ts';

const PRESETS = ['superfast', 'ultrafast'];
const EVERY_MS = 500;
const FINE = { backlogFrames: 0, speed: 1 };
const LATE = { backlogFrames: 9, speed: 0.8 };

/** An encoder that is sampled twice a second, and what came of it. */
function watch(presets = PRESETS) {
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
        const result = watchOverload(state, { atMs: nowMs, ...load }, presets);
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

test('a backlog for more than a second steps down to the cheaper preset and says so in a sentence', () => {
  const encoder = watch();
  encoder.run(10_000, FINE);

  encoder.run(2000, LATE);

  assert.deepEqual(encoder.actions, [
    {
      atMs: 11_500,
      action: {
        kind: 'step-down',
        preset: 'ultrafast',
        sentence:
          'This computer is too busy for the best picture quality. Viewers keep all qualities, with slightly less detail.',
      },
    },
  ]);
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
  const encoder = watch(['superfast']);
  encoder.run(5000, FINE);

  encoder.run(125_000, LATE);

  assert.deepEqual(encoder.kinds(), ['exhausted', 'exhausted', 'exhausted']);
  const [first] = encoder.actions;
  assert(first?.action.kind === 'exhausted');
  assert.equal(first.action.error.code, 'encode/overloaded');
  assert.match(first.action.error.message, /smaller ladder/);
});

test('after a minute without trouble the better preset is tried again', () => {
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

test('it never steps beyond either end of the presets', () => {
  const encoder = watch();
  encoder.run(60_000, LATE);
  assert.equal(encoder.state().step, 1);

  encoder.run(10 * 60_000, FINE);

  assert.equal(encoder.state().step, 0);
  assert.deepEqual(encoder.kinds(), ['step-down', 'exhausted', 'step-up']);
});
