import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEmitter } from '../../../src-main/base/emitter.ts';
import { isCapturing, isOnAir, watchPower } from '../../../src-main/desktop/power.ts';
import type { OnAirStatus } from '../../../src-main/desktop/service-messages.ts';
import { STUDIO_PHASES } from '../../../src-main/shared/api/studio.ts';
import { fakeElectron } from './fake-electron.ts';

const OFF_AIR: OnAirStatus = { phase: 'off-air', title: '' };
const LIVE: OnAirStatus = { phase: 'live', title: 'Talk', startedAt: '2030-01-01T10:00:00Z' };

test('only what viewers would miss counts as on air; a rehearsal too keeps the display awake', () => {
  assert.deepEqual(
    STUDIO_PHASES.filter((phase) => isOnAir({ phase, title: '' })),
    ['starting', 'live', 'reconnecting', 'ending'],
  );
  assert.deepEqual(
    STUDIO_PHASES.filter((phase) => !isCapturing({ phase, title: '' })),
    ['off-air'],
  );
});

test('the display is kept awake from the rehearsal to the end, once', () => {
  const electron = fakeElectron();
  const onAirChanged = createEmitter<OnAirStatus>();
  const woken: number[] = [];
  const watching = watchPower(electron.api, { onAirChanged, wokeUp: () => void woken.push(1) });

  onAirChanged.emit({ phase: 'rehearsing', title: '' });
  onAirChanged.emit(LIVE);
  onAirChanged.emit(OFF_AIR);
  onAirChanged.emit(OFF_AIR);
  electron.power.emit('resume');

  assert.deepEqual(electron.calls, ['block prevent-display-sleep', 'unblock 1']);
  assert.equal(woken.length, 1);

  onAirChanged.emit(LIVE);
  watching[Symbol.dispose]();
  assert.deepEqual(electron.calls.slice(2), ['block prevent-display-sleep', 'unblock 2']);
});
