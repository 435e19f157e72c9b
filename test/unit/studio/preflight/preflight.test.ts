import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../../../../src-main/core/ports/logger.ts';
import {
  type CheckResult,
  createPreflights,
  type PlannedCheck,
} from '../../../../src-main/core/studio/preflight/preflight.ts';
import type { Preflight } from '../../../../src-main/shared/api/preflight.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';
import { type ManualClock, manualClock } from '../../../support/manual-clock.ts';

const MAINS: CheckResult = { state: 'good', finding: { code: 'mains' } };

function planned(id: string, run: PlannedCheck['run'], more: Partial<PlannedCheck> = {}): PlannedCheck {
  return { id, kind: 'power', label: id, limitMs: 5000, run, ...more };
}

function rig(checks: readonly PlannedCheck[], clock: ManualClock = manualClock()) {
  const told: Preflight[] = [];
  const runs = createPreflights({
    clock,
    logger: silentLogger,
    plan: () => checks,
    onChange: (preflight) => told.push(preflight),
  });
  const statesOf = (preflight: Preflight | undefined): Record<string, string> =>
    Object.fromEntries((preflight?.checks ?? []).map(({ id, state }) => [id, state]));
  return { runs, told, clock, states: () => statesOf(runs.newest()) };
}

test('a check that throws is a check that failed, and the others go on', async () => {
  const { runs } = rig([
    planned('broken', () => Promise.reject(new AppError('process/unusable', 'There is no such program.'))),
    planned('mistaken', () => {
      throw new TypeError('x is not a function');
    }),
    planned('well', () => Promise.resolve(MAINS)),
  ]);

  runs.start();
  const ended = await runs.ended();

  assert.equal(ended?.state, 'done');
  assert.deepEqual(
    ended.checks.map(({ state, detail, problem }) => [state, problem?.code, detail]),
    [
      ['bad', 'process/unusable', 'There is no such program.'],
      ['bad', 'service/internal', 'Lectern made a mistake: x is not a function'],
      ['good', undefined, 'Plugged in.'],
    ],
  );
});

test('a check that never ends, and does not listen, is given up at its limit', async () => {
  const { runs, clock, states } = rig([
    planned('deaf', () => new Promise(() => undefined), { limitMs: 3000 }),
    planned('well', () => Promise.resolve(MAINS)),
  ]);

  runs.start();
  await clock.advanceAsync(2999);
  assert.deepEqual(states(), { deaf: 'running', well: 'good' });
  await clock.advanceAsync(1);
  const ended = await runs.ended();

  assert.deepEqual(ended?.checks[0]?.finding, { code: 'too-long', seconds: 3 });
  assert.deepEqual(states(), { deaf: 'unknown', well: 'good' });
  assert.equal(clock.pending(), 0);
});

test('each result is told as it comes, and what has to wait for others begins after them', async () => {
  const camera = Promise.withResolvers<CheckResult>();
  let encoderBegan = false;
  const { runs, told, clock } = rig([
    planned('camera', () => camera.promise, { kind: 'source' }),
    planned('encoder', () => ((encoderBegan = true), Promise.resolve(MAINS)), {
      kind: 'encoder',
      after: 'source',
    }),
    planned('power', () => Promise.resolve(MAINS)),
  ]);

  runs.start();
  await clock.advanceAsync(10);
  assert.equal(encoderBegan, false);
  assert.deepEqual(
    told.at(-1)?.checks.map(({ state }) => state),
    ['running', 'waiting', 'good'],
  );
  camera.resolve({ state: 'tight', finding: { code: 'source-muted' } });
  const ended = await runs.ended();

  assert.equal(encoderBegan, true);
  assert.equal(ended?.weakest, 'camera');
  assert.equal(told.at(-1)?.state, 'done');
});

test('somebody who goes live cancels it in the same turn, and the check that runs hears of it', async () => {
  let heard: unknown;
  const { runs, states } = rig([
    planned('well', () => Promise.resolve(MAINS)),
    planned('encoder', async (signal) => {
      const { promise, reject } = Promise.withResolvers<never>();
      signal.addEventListener('abort', () => {
        heard = signal.reason;
        reject(new Error('killed'));
      });
      return await promise;
    }),
    planned('later', () => Promise.resolve(MAINS), { after: 'power' }),
  ]);
  runs.start();
  await new Promise((resolve) => setImmediate(resolve));

  runs.cancel('somebody goes live');

  assert(heard instanceof Error);
  assert.deepEqual(states(), { well: 'good', encoder: 'skipped', later: 'skipped' });
  assert.equal(runs.newest()?.state, 'cancelled');
  assert.equal((await runs.ended())?.state, 'cancelled');
  assert.deepEqual(states(), { well: 'good', encoder: 'skipped', later: 'skipped' });
});

test('a second start while one runs is the same one; after it has ended, a new one', async () => {
  const { runs } = rig([planned('well', () => Promise.resolve(MAINS))]);

  const first = runs.start();
  const second = runs.start();
  await runs.ended();
  const third = runs.start();

  assert.equal(second.id, first.id);
  assert.notEqual(third.id, first.id);
});

test('the weakest is the worst, and among equals the one with the least to spare', async () => {
  const of = (state: CheckResult['state'], margin?: number) => () =>
    Promise.resolve({ state, finding: { code: 'mains' }, margin } as const);
  const weakest = async (checks: readonly PlannedCheck[]) => {
    const { runs } = rig(checks);
    runs.start();
    return (await runs.ended())?.weakest;
  };

  assert.equal(
    await weakest([planned('a', of('good', 3)), planned('b', of('good', 1.1)), planned('c', of('good'))]),
    'b',
  );
  assert.equal(await weakest([planned('a', of('good', 0.1)), planned('b', of('tight', 0.9))]), 'b');
  assert.equal(await weakest([planned('a', of('tight', 0.2)), planned('b', of('bad'))]), 'b');
  assert.equal(await weakest([planned('a', of('unknown')), planned('b', of('good', 2))]), 'a');
  assert.equal(await weakest([planned('a', of('good'))]), undefined);
});

test('the margins are said in one sentence', async () => {
  const { runs } = rig([
    planned(
      'encoder',
      () =>
        Promise.resolve({
          state: 'good',
          margin: 1.7,
          finding: { code: 'encoder-holds', heights: [1080, 720, 480], speed: 2.14 },
        }),
      { kind: 'encoder', label: 'Encoder' },
    ),
    planned('disk', () =>
      Promise.resolve({ state: 'good', margin: 2.6, finding: { code: 'disk-lasts', secondsLeft: 18_659 } }),
    ),
    planned(
      'power',
      () =>
        Promise.resolve({
          state: 'good',
          margin: 0.9,
          finding: { code: 'battery', percent: 64, secondsLeft: 6600 },
        }),
      { label: 'Power' },
    ),
  ]);
  runs.start();

  const ended = await runs.ended();

  assert.equal(
    ended?.summary,
    'this computer holds 1080p+720p+480p (2.1×); disk for 5 h 10 min; battery 1 h 50 min. Weakest: Power.',
  );
});
