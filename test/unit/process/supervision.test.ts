import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { RestartPolicy, SupervisionState } from '../../../src-main/core/ports/process.ts';
import {
  backoffMs,
  FIRST_ATTEMPT,
  type SupervisionContext,
  type SupervisionEvent,
  transition,
} from '../../../src-main/core/process/supervision.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';

const policy: RestartPolicy = {
  delaysMs: [1000, 2000, 5000],
  jitter: 0,
  healthyAfterMs: 10_000,
  maxAttempts: 4,
  stallAfterMs: 5000,
  startWithinMs: 20_000,
};
const context: SupervisionContext = { policy, nowMs: 50_000, chance: 0.5 };
const crash = new AppError('process/exited', 'It ended.', { details: { reason: 'code 1' } });
const refused = new AppError('publish/refused', 'The key is wrong.');

const running = (attempt = 1): SupervisionState => ({ kind: 'running', pid: 7, attempt });
const backingOff = (attempt = 1): SupervisionState => ({
  kind: 'backing-off',
  attempt,
  retryAtMs: 51_000,
  error: crash,
});
const gaveUp = (attempt = 4): SupervisionState => ({ kind: 'gave-up', attempt, error: refused });

function after(state: SupervisionState, ...events: readonly SupervisionEvent[]): SupervisionState {
  return events.reduce((now, event) => transition(now, event, context), state);
}

describe('a failure', () => {
  test('of a running child is followed by a wait, which grows with the attempts and then stays', () => {
    const waits = [1, 2, 3].map((attempt) => after(running(attempt), { kind: 'failed', error: crash }));

    assert.deepEqual(waits, [
      { kind: 'backing-off', attempt: 1, retryAtMs: 51_000, error: crash },
      { kind: 'backing-off', attempt: 2, retryAtMs: 52_000, error: crash },
      { kind: 'backing-off', attempt: 3, retryAtMs: 55_000, error: crash },
    ]);
    assert.equal(backoffMs(9, policy, 0.5), 5000);
  });

  test('to start counts like one while it runs', () => {
    assert.deepEqual(after({ kind: 'starting', attempt: 2 }, { kind: 'failed', error: crash }), {
      kind: 'backing-off',
      attempt: 2,
      retryAtMs: 52_000,
      error: crash,
    });
  });

  test('with the last attempt is given up, with what failed kept', () => {
    const state = after(running(4), { kind: 'failed', error: crash });

    assert.ok(state.kind === 'gave-up');
    assert.equal(state.error.code, 'process/gave-up');
    assert.equal(state.error.cause, crash);
    assert.deepEqual(state.error.details, { reason: 'code 1', attempts: 4, code: 'process/exited' });
  });

  test('that trying again cannot cure is given up at once, and is the reason itself', () => {
    assert.deepEqual(after(running(1), { kind: 'failed', error: refused }), gaveUp(1));
  });

  test('that trying again cannot cure is tried again where the policy has a wait for it', () => {
    const patient = { ...context, policy: { ...policy, stopDelaysMs: [30_000] } };

    assert.deepEqual(transition(running(2), { kind: 'failed', error: refused }, patient), {
      kind: 'backing-off',
      attempt: 2,
      retryAtMs: 80_000,
      error: refused,
    });
    assert.deepEqual(transition(running(1), { kind: 'failed', error: crash }, patient), backingOff(1));
  });

  test('after health is the first again', () => {
    assert.deepEqual(after(running(3), { kind: 'healthy' }, { kind: 'failed', error: crash }), backingOff(1));
  });

  test('of a child that was asked to stop is no failure', () => {
    assert.deepEqual(after({ kind: 'stopping' }, { kind: 'failed', error: crash }), { kind: 'stopping' });
  });
});

describe('a retry', () => {
  test('is the next attempt after a wait and the first after giving up', () => {
    assert.deepEqual(after(backingOff(2), { kind: 'retry' }), { kind: 'starting', attempt: 3 });
    assert.deepEqual(after(gaveUp(), { kind: 'retry' }), { kind: 'starting', attempt: 1 });
  });

  test('means nothing while there is a child or when it was stopped', () => {
    const others: SupervisionState[] = [FIRST_ATTEMPT, running(), { kind: 'stopping' }, { kind: 'stopped' }];

    for (const state of others) {
      assert.equal(after(state, { kind: 'retry' }), state);
    }
  });
});

describe('a request to stop', () => {
  test('waits for the child where there is or may be one, and is done where there is none', () => {
    const stop: SupervisionEvent = { kind: 'stop-requested' };

    assert.deepEqual(after(FIRST_ATTEMPT, stop), { kind: 'stopping' });
    assert.deepEqual(after(running(), stop), { kind: 'stopping' });
    assert.deepEqual(after(backingOff(), stop), { kind: 'stopped' });
    assert.deepEqual(after(gaveUp(), stop), { kind: 'stopped' });
  });
});

test('a second child is a mistake of ours', () => {
  const spawned: SupervisionEvent = { kind: 'spawned', pid: 8 };

  assert.throws(() => after(running(), spawned), /one child at a time/);
  assert.throws(() => after(backingOff(), spawned), /one child at a time/);
});

test('jitter varies a wait by its fraction and no more', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 100 }),
      (jitter, chance, attempt) => {
        const delay = policy.delaysMs[Math.min(attempt, 3) - 1]!;
        const waitMs = backoffMs(attempt, { ...policy, jitter }, chance);
        assert.ok(waitMs >= delay * (1 - jitter) - 1e-6 && waitMs <= delay * (1 + jitter) + 1e-6);
      },
    ),
  );
});

test('whatever happens, there is never a second child, and a stop ends stopped for good', () => {
  // What the world may do in each state: a child is spawned only where the owner asked for one.
  const possible: Record<SupervisionState['kind'], readonly SupervisionEvent[]> = {
    starting: [
      { kind: 'spawned', pid: 1 },
      { kind: 'failed', error: crash },
      { kind: 'failed', error: refused },
      { kind: 'retry' },
    ],
    running: [
      { kind: 'healthy' },
      { kind: 'failed', error: crash },
      { kind: 'failed', error: refused },
      { kind: 'retry' },
    ],
    'backing-off': [{ kind: 'retry' }],
    'gave-up': [{ kind: 'retry' }],
    stopping: [
      { kind: 'spawned', pid: 1 },
      { kind: 'failed', error: crash },
      { kind: 'retry' },
      { kind: 'ended' },
    ],
    stopped: [{ kind: 'retry' }, { kind: 'stop-requested' }, { kind: 'ended' }],
  };

  fc.assert(
    fc.property(fc.array(fc.nat(100), { maxLength: 60 }), fc.nat(60), (choices, stopAt) => {
      let state = FIRST_ATTEMPT;
      let children = 0;
      for (const [index, choice] of choices.entries()) {
        const events = possible[state.kind];
        const event = index === stopAt ? ({ kind: 'stop-requested' } as const) : events[choice % events.length]!;
        if (event.kind === 'spawned') {
          children = 1;
        }
        if (event.kind === 'failed' || event.kind === 'ended') {
          children = 0;
        }
        const before = state;
        state = transition(state, event, context);
        assert.ok(children === 0 || state.kind === 'running' || state.kind === 'stopping', 'a child has an owner');
        assert.ok(before.kind !== 'stopped' || state === before, 'stopped is for good');
        assert.ok(!('attempt' in state) || state.attempt <= policy.maxAttempts, 'attempts are bounded');
        if (index >= stopAt) {
          assert.ok(state.kind === 'stopping' || state.kind === 'stopped', 'a stop is not forgotten');
        }
      }
      assert.equal(after(state, { kind: 'stop-requested' }, { kind: 'ended' }).kind, 'stopped');
    }),
  );
});
