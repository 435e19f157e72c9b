import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type {
  ChildSpec,
  RestartPolicy,
  Supervised,
  SuperviseOptions,
  SupervisionState,
} from '../../../src-main/core/ports/process.ts';
import { createSupervise } from '../../../src-main/core/process/supervise.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import { type FakeSpawn, fakeSpawn, fakeSpec } from './fake-spawn.ts';

const POLICY: RestartPolicy = {
  delaysMs: [1000, 2000],
  jitter: 0,
  healthyAfterMs: 10_000,
  maxAttempts: Infinity,
  stallAfterMs: 5000,
  startWithinMs: 20_000,
};

type Bench = FakeSpawn & {
  readonly clock: ManualClock;
  readonly supervised: Supervised;
  readonly states: SupervisionState[];
  readonly latest: () => FakeSpawn['children'][number];
};

async function bench(
  policy: Partial<RestartPolicy> = {},
  options: Partial<Omit<SuperviseOptions, 'policy'>> = {},
): Promise<Bench> {
  const clock = manualClock();
  const fake = fakeSpawn();
  const supervise = createSupervise({ spawn: fake.spawn, clock, random: () => 0.5, logger: silentLogger });
  const states: SupervisionState[] = [];
  const supervised = supervise({
    spec: () => fakeSpec(),
    onStart: () => undefined,
    ...options,
    policy: { ...POLICY, ...policy },
  });
  supervised.changed.on((state) => void states.push(state));
  await nextTurn();
  return { ...fake, clock, supervised, states, latest: () => fake.children.at(-1)! };
}

function kindsOf(states: readonly SupervisionState[]): string[] {
  return states.map(({ kind }) => kind);
}

function errorIn(state: SupervisionState): AppError {
  assert.ok('error' in state, `there is no error in ${state.kind}`);
  return state.error;
}

describe('a supervised child that ends unasked', () => {
  test('is started again after the wait of the policy, with its last words in the report', async () => {
    const { clock, supervised, children, latest } = await bench();

    latest().exit(3, ['no such device']);
    await nextTurn();

    const state = supervised.state();
    assert.ok(state.kind === 'backing-off');
    assert.equal(state.retryAtMs, clock.wallMs() + 1000);
    assert.equal(state.error.code, 'process/exited');
    assert.deepEqual(state.error.details, { name: 'encoder', reason: 'code 3', lastLines: ['no such device'] });
    await clock.advanceAsync(999);
    assert.equal(children.length, 1);
    await clock.advanceAsync(1);
    assert.deepEqual(supervised.state(), { kind: 'running', pid: 2, attempt: 2 });
    await supervised.stop();
  });

  test('is classified by its owner, who may find that trying again is useless', async () => {
    const refused = new AppError('publish/refused', 'The key is wrong.');
    const { clock, supervised, children, latest } = await bench({}, { classify: () => refused });

    latest().exit(1);
    await nextTurn();

    assert.deepEqual(supervised.state(), { kind: 'gave-up', attempt: 1, error: refused });
    await clock.advanceAsync(600_000);
    assert.equal(children.length, 1);
    await supervised.stop();
  });

  test('is given up when classifying it fails, because that is a mistake of ours', async () => {
    const { supervised, latest } = await bench(
      {},
      {
        classify: () => {
          throw new TypeError('oops');
        },
      },
    );

    latest().exit(1);
    await nextTurn();

    assert.equal(errorIn(supervised.state()).code, 'service/internal');
    await supervised.stop();
  });

  test('is given up after the attempts of the policy', async () => {
    const { clock, supervised, children, latest, states } = await bench({ maxAttempts: 3 });

    for (const _attempt of [1, 2, 3]) {
      latest().exit(1);
      await clock.advanceAsync(2000);
    }

    assert.equal(children.length, 3);
    assert.equal(errorIn(supervised.state()).code, 'process/gave-up');
    assert.deepEqual(kindsOf(states).slice(-2), ['running', 'gave-up']);
    await supervised.stop();
  });

  test('has the first wait again once it was healthy', async () => {
    const { clock, supervised, latest } = await bench();
    latest().exit(1);
    await clock.advanceAsync(1000);
    assert.deepEqual(supervised.state(), { kind: 'running', pid: 2, attempt: 2 });

    for (let elapsedMs = 0; elapsedMs <= 10_000; elapsedMs += 1000) {
      supervised.progress();
      await clock.advanceAsync(1000);
    }
    latest().exit(1);
    await nextTurn();

    const state = supervised.state();
    assert.ok(state.kind === 'backing-off');
    assert.deepEqual([state.attempt, state.retryAtMs], [1, clock.wallMs() + 1000]);
    await supervised.stop();
  });

  test('is asked for its command line anew each time', async () => {
    const specs = [fakeSpec('veryfast'), fakeSpec('superfast')];
    const { clock, supervised, children, latest } = await bench({}, { spec: () => specs.shift()! });

    latest().exit(1);
    await clock.advanceAsync(1000);

    assert.deepEqual(
      children.map((child) => child.spec.name),
      ['veryfast', 'superfast'],
    );
    await supervised.stop();
  });
});

describe('a supervised child that cannot be started', () => {
  test('is tried again like one that ended', async () => {
    const { clock, supervised, children, failNext, latest } = await bench();
    failNext(new AppError('process/exited', 'No memory.'));
    latest().exit(1);
    await clock.advanceAsync(1000);

    assert.equal(supervised.state().kind, 'backing-off');
    await clock.advanceAsync(2000);
    assert.deepEqual([supervised.state().kind, children.length], ['running', 2]);
    await supervised.stop();
  });

  test('is given up when there is no such program', async () => {
    const { clock, supervised, failNext, latest } = await bench();
    const notFound = new AppError('process/not-found', 'No ffmpeg.');
    failNext(notFound);
    latest().exit(1);
    await clock.advanceAsync(1000);

    assert.deepEqual(supervised.state(), { kind: 'gave-up', attempt: 2, error: notFound });
    await supervised.stop();
  });

  test('fails with what making its command line failed with', async () => {
    const missing = new AppError('capture/device-not-found', 'No camera.');
    const { supervised } = await bench({}, { spec: () => Promise.reject(missing) });

    assert.deepEqual(supervised.state(), { kind: 'gave-up', attempt: 1, error: missing });
    await supervised.stop();
  });

  test('is ended when wiring it up fails', async () => {
    const { supervised, latest, alive } = await bench(
      {},
      {
        onStart: () => {
          throw new Error('oops');
        },
      },
    );

    assert.equal(latest().wasKilled(), true);
    assert.equal(alive(), 0);
    assert.equal(errorIn(supervised.state()).code, 'service/internal');
    await supervised.stop();
  });
});

describe('a supervised child without progress', () => {
  test('is killed when it has not begun in time', async () => {
    const { clock, supervised, latest } = await bench();

    await clock.advanceAsync(19_999);
    assert.equal(latest().wasKilled(), false);
    await clock.advanceAsync(1);

    assert.equal(latest().wasKilled(), true);
    const { code, details } = errorIn(supervised.state());
    assert.equal(code, 'process/stalled');
    assert.deepEqual(details, { name: 'encoder', silentMs: 20_000, hadStarted: false, lastLines: [] });
    await supervised.stop();
  });

  test('is killed when it stalls, and started again', async () => {
    const { clock, supervised, children, latest } = await bench();
    supervised.progress();
    await clock.advanceAsync(4999);
    supervised.progress();
    await clock.advanceAsync(4999);
    assert.equal(latest().wasKilled(), false);

    await clock.advanceAsync(1);
    assert.equal(latest().wasKilled(), true);
    assert.equal(errorIn(supervised.state()).details['hadStarted'], true);

    await clock.advanceAsync(1000);
    assert.deepEqual([supervised.state().kind, children.length], ['running', 2]);
    await supervised.stop();
  });

  test('does not count as healthy however long its silence was', async () => {
    const { clock, supervised } = await bench({ stallAfterMs: 60_000 });

    supervised.progress();
    await clock.advanceAsync(60_000);
    await clock.advanceAsync(1000);

    assert.deepEqual(supervised.state(), { kind: 'running', pid: 2, attempt: 2 });
    await supervised.stop();
  });

  test('is left alone when the policy has no watchdog, and is healthy by staying', async () => {
    const { clock, supervised, latest } = await bench({ stallAfterMs: Infinity, startWithinMs: Infinity });
    latest().exit(1);
    await clock.advanceAsync(1000);
    assert.deepEqual(supervised.state(), { kind: 'running', pid: 2, attempt: 2 });

    await clock.advanceAsync(600_000);

    assert.deepEqual(supervised.state(), { kind: 'running', pid: 2, attempt: 1 });
    await supervised.stop();
  });
});

describe('retryNow', () => {
  test('skips the wait, and only once', async () => {
    const { clock, supervised, children, latest } = await bench();
    latest().exit(1);
    await nextTurn();

    supervised.retryNow();
    supervised.retryNow();
    await nextTurn();

    assert.deepEqual(supervised.state(), { kind: 'running', pid: 2, attempt: 2 });
    await clock.advanceAsync(3000);
    assert.equal(children.length, 2);
    await supervised.stop();
  });

  test('begins again after giving up', async () => {
    const { supervised, latest } = await bench({ maxAttempts: 1 });
    latest().exit(1);
    await nextTurn();
    assert.equal(supervised.state().kind, 'gave-up');

    supervised.retryNow();
    await nextTurn();

    assert.deepEqual(supervised.state(), { kind: 'running', pid: 2, attempt: 1 });
    await supervised.stop();
  });

  test('works from within the news that a wait has begun', async () => {
    const { supervised, children, latest } = await bench();
    supervised.changed.on((state) => {
      if (state.kind === 'backing-off') {
        supervised.retryNow();
      }
    });

    latest().exit(1);
    await nextTurn();

    assert.deepEqual([supervised.state().kind, children.length], ['running', 2]);
    await supervised.stop();
  });

  test('does nothing to a child that runs', async () => {
    const { supervised, children } = await bench();

    supervised.retryNow();
    await nextTurn();

    assert.equal(children.length, 1);
    await supervised.stop();
  });
});

describe('stopping', () => {
  test('a running child asks it and waits for it, and calls nothing stalled meanwhile', async () => {
    const { clock, supervised, latest, hold, release, states } = await bench();
    hold();

    const stopped = supervised.stop();
    await clock.advanceAsync(600_000);

    assert.equal(supervised.state().kind, 'stopping');
    assert.deepEqual([latest().wasAsked(), latest().wasKilled()], [true, false]);
    release();
    await stopped;
    assert.deepEqual(kindsOf(states), ['running', 'stopping', 'stopped']);
  });

  test('during the wait starts nothing any more', async () => {
    const { clock, supervised, children, latest } = await bench();
    latest().exit(1);
    await nextTurn();

    await supervised.stop();
    await clock.advanceAsync(600_000);

    assert.deepEqual([supervised.state(), children.length, clock.pending()], [{ kind: 'stopped' }, 1, 0]);
  });

  test('while the command line is being made does not wait for it', async () => {
    const never = Promise.withResolvers<never>();
    const { supervised, children } = await bench({}, { spec: () => never.promise });

    await supervised.stop();

    assert.deepEqual([supervised.state(), children.length], [{ kind: 'stopped' }, 0]);
    never.reject(new Error('too late, and nobody is troubled by it'));
    await nextTurn();
  });

  test('from within making the command line starts nothing', async () => {
    const whileMaking: (() => void)[] = [];
    const spec = (): ChildSpec => {
      whileMaking.shift()?.();
      return fakeSpec();
    };
    const { clock, supervised, children, latest } = await bench({}, { spec });
    whileMaking.push(() => void supervised.stop());

    latest().exit(1);
    await clock.advanceAsync(1000);

    assert.deepEqual([supervised.state(), children.length], [{ kind: 'stopped' }, 1]);
  });

  test('while a child is being started stops that child', async () => {
    const { clock, supervised, children, latest, hold, release, alive } = await bench();
    latest().exit(1);
    hold();
    await clock.advanceAsync(1000);
    assert.equal(supervised.state().kind, 'starting');

    const stopped = supervised.stop();
    await nextTurn();
    release();
    await stopped;

    assert.deepEqual([supervised.state(), children.length, alive()], [{ kind: 'stopped' }, 2, 0]);
    assert.equal(latest().wasAsked(), true);
  });

  test('after giving up is done at once', async () => {
    const { supervised, latest } = await bench({ maxAttempts: 1 });
    latest().exit(1);
    await nextTurn();

    await supervised.stop();

    assert.deepEqual(supervised.state(), { kind: 'stopped' });
  });

  test('from within the news of a start works', async () => {
    const clock = manualClock();
    const fake = fakeSpawn();
    const supervise = createSupervise({ spawn: fake.spawn, clock, random: () => 0.5, logger: silentLogger });
    const supervised = supervise({ spec: () => fakeSpec(), policy: POLICY, onStart: () => undefined });
    supervised.changed.on((state) => {
      if (state.kind === 'running') {
        void supervised.stop();
      }
    });

    await nextTurn();

    assert.deepEqual([supervised.state(), fake.alive(), clock.pending()], [{ kind: 'stopped' }, 0, 0]);
  });

  test('twice, and by disposal, is the same stop', async () => {
    const { supervised } = await bench();

    const first = supervised.stop();

    assert.equal(supervised.stop(), first);
    await supervised[Symbol.asyncDispose]();
    supervised.progress();
    supervised.retryNow();
    assert.deepEqual(supervised.state(), { kind: 'stopped' });
  });
});

test('a listener that fails does not harm the child', async () => {
  const { supervised, clock, latest } = await bench();
  supervised.changed.on(() => {
    throw new Error('a mistake');
  });

  latest().exit(1);
  await clock.advanceAsync(1000);

  assert.equal(supervised.state().kind, 'running');
  await supervised.stop();
});

test('a policy without any delay is refused, because it would restart in a tight loop', async () => {
  await assert.rejects(bench({ delaysMs: [] }), /at least one delay/);
});

test('whatever happens in whatever order, there is never a second child, and after a stop nothing is left', async () => {
  const steps = ['exit', 'fail', 'hold', 'release', 'retry', 'progress', 'short', 'long', 'stop'] as const;

  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...steps), { maxLength: 40 }), async (sequence) => {
      const { clock, supervised, children, failNext, hold, release, mostAlive, alive } = await bench({
        maxAttempts: 3,
        jitter: 0.5,
      });
      for (const step of sequence) {
        switch (step) {
          case 'exit':
            children.at(-1)?.exit(1);
            break;
          case 'fail':
            failNext(new AppError('process/exited', 'No memory.'));
            break;
          case 'hold':
            hold();
            break;
          case 'release':
            release();
            break;
          case 'retry':
            supervised.retryNow();
            break;
          case 'progress':
            supervised.progress();
            break;
          case 'short':
            await clock.advanceAsync(500);
            break;
          case 'long':
            await clock.advanceAsync(30_000);
            break;
          case 'stop':
            void supervised.stop();
            break;
        }
        await nextTurn();
        assert.ok(mostAlive() <= 1, 'one child at a time');
        assert.ok(alive() === 0 || ['starting', 'running', 'stopping'].includes(supervised.state().kind));
      }
      const stopped = supervised.stop();
      release();
      await stopped;
      assert.deepEqual([supervised.state(), alive(), clock.pending()], [{ kind: 'stopped' }, 0, 0]);
    }),
    { numRuns: 200 },
  );
});
