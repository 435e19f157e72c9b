import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FireDrill } from '../../../../src-main/shared/api/fire-drill.ts';
import type { Preflight } from '../../../../src-main/shared/api/preflight.ts';
import { createNoticesStore } from '../../../../src-renderer/stores/notices-store.ts';
import { createPreflightStore, selectIsDrilling } from '../../../../src-renderer/stores/preflight-store.ts';
import { fakeApi } from '../fake-api.ts';
import { manualTimers, settled } from '../manual-timers.ts';

const RUNNING: Preflight = {
  id: 'p',
  state: 'running',
  startedAt: '2030-01-01T00:00:00.000Z',
  checks: [],
  summary: '',
};
const DRILL: FireDrill = {
  id: 'd',
  fault: 'disk',
  state: 'broken',
  startedAt: '2030-01-01T00:00:00.000Z',
  until: '2030-01-01T00:00:06.000Z',
  detail: '',
};

test('an answer that is older than what was told since is not shown', async () => {
  const answer = Promise.withResolvers<Preflight>();
  const api = fakeApi({ startPreflight: () => answer.promise });
  const checks = createPreflightStore(api, createNoticesStore(manualTimers()));

  const opening = checks.open();
  void checks.check();
  checks.mirror({ ...RUNNING, state: 'done' });
  answer.resolve(RUNNING);
  await opening;

  assert.equal(checks.getState().preflight?.state, 'done');
  assert.equal(checks.getState().isOpen, true);
  assert.equal(api.asked.length, 1);
});

test('a drill that is refused is told and leaves the buttons free', async () => {
  const notices = createNoticesStore(manualTimers());
  const checks = createPreflightStore(fakeApi({}), notices);

  const drilling = checks.drill('disk');
  assert.equal(selectIsDrilling(checks.getState()), true);
  await drilling;
  await settled();

  assert.equal(selectIsDrilling(checks.getState()), false);
  assert.equal(notices.getState().notices.length, 1);
});

test('a drill runs from its preparation on, and one that could not be carried out is told, unlike one that was stopped', () => {
  const checks = createPreflightStore(fakeApi({}), createNoticesStore(manualTimers()));

  checks.mirrorDrill({ ...DRILL, fault: 'cable', state: 'preparing' });
  const isDrilling = selectIsDrilling(checks.getState());
  checks.mirrorDrill({ ...DRILL, fault: 'cable', state: 'stopped', detail: 'It could not be carried out.' });
  checks.mirrorDrill({ ...DRILL, state: 'stopped' });

  assert.deepEqual([isDrilling, selectIsDrilling(checks.getState())], [true, false]);
  assert.deepEqual(
    checks.getState().drills.map(({ fault }) => fault),
    ['cable'],
  );
});

test('of each fault the newest report is kept, newest first, until the rehearsal is another', () => {
  const checks = createPreflightStore(fakeApi({}), createNoticesStore(manualTimers()));
  const done = { ...DRILL, state: 'done' } as const;

  checks.mirrorDrill(DRILL);
  checks.mirrorDrill(done);
  checks.mirrorDrill({ ...done, id: 'e', fault: 'cable' });
  checks.mirrorDrill({ ...done, id: 'f' });

  assert.deepEqual(
    checks.getState().drills.map(({ id }) => id),
    ['f', 'e'],
  );
  checks.forgetDrills();
  assert.deepEqual(checks.getState().drills, []);
});
