import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  beginAction,
  checkRunning,
  checkUpdatable,
  type LiveEventAction,
} from '../../../src-main/core/live/state-machine.ts';
import { LIVE_EVENT_STATES, type LiveEventState } from '../../../src-main/shared/api/live-events.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';

/** Spec 2.4. */
const ALLOWED: Readonly<Record<LiveEventAction, Partial<Record<LiveEventState, LiveEventState>>>> = {
  allocate: { Stopped: 'Allocating' },
  start: { Stopped: 'Starting', StandBy: 'Starting' },
  stop: { Running: 'Stopping', StandBy: 'Stopping' },
  reset: { Running: 'Stopping' },
  delete: { Stopped: 'Deleting', StandBy: 'Deleting' },
};

for (const action of ['allocate', 'start', 'stop', 'reset', 'delete'] as const) {
  for (const state of LIVE_EVENT_STATES) {
    const through = ALLOWED[action][state];
    test(`${action} of a live event that is ${state} ${through === undefined ? 'is refused' : `passes through ${through}`}`, () => {
      if (through !== undefined) {
        assert.equal(beginAction('news', state, action), through);
        return;
      }
      assert.throws(
        () => beginAction('news', state, action),
        (error) => {
          assert.ok(error instanceof AppError);
          assert.equal(error.code, 'resource/wrong-state');
          assert.equal(error.status, 409);
          assert.match(error.message, new RegExp(`news is ${state};`));
          assert.deepEqual(error.details, { liveEvent: 'news', state, action });
          return true;
        },
      );
    });
  }
}

test('a live event can be changed while it rests or runs, not on its way from one to the other', () => {
  const refused = LIVE_EVENT_STATES.filter((state) => {
    try {
      checkUpdatable('news', state);
      return false;
    } catch (error) {
      assert.ok(error instanceof AppError && error.code === 'resource/wrong-state');
      return true;
    }
  });

  assert.deepEqual(refused, ['Allocating', 'Starting', 'Stopping', 'Deleting']);
});

test('outputs, slates and cues need an event that is Running, and a refusal names the state it is in', () => {
  for (const state of LIVE_EVENT_STATES.filter((candidate) => candidate !== 'Running')) {
    assert.throws(() => checkRunning('news', state, 'showing a slate'), {
      code: 'resource/wrong-state',
      message: new RegExp(`news is ${state}; showing a slate is possible only while it is Running`),
    });
  }
  checkRunning('news', 'Running', 'showing a slate');
});
