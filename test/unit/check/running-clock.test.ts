import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRunningClock } from '../../check/running-clock.ts';

test('it goes on while the process runs', () => {
  let present = 1000;
  using clock = createRunningClock(() => present);
  const start = clock.now();
  for (let tick = 0; tick < 10; tick += 1) {
    present += 20;
    assert.equal(clock.now() - start, 20 * (tick + 1));
  }
});

test('it stands still while the process does, also for who asks right behind it', () => {
  let present = 0;
  using clock = createRunningClock(() => present);
  const start = clock.now();
  present += 2000;
  assert.equal(clock.now() - start, 20);
  present += 10;
  assert.equal(clock.now() - start, 30);
});

test('a timer that is a little late is no standstill', () => {
  let present = 0;
  using clock = createRunningClock(() => present);
  const start = clock.now();
  present += 34;
  assert.equal(clock.now() - start, 34);
});
