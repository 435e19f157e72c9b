import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSleepMeter } from '../../../src-main/core/platform/sleep-meter.ts';

function openMeter(platform: NodeJS.Platform = 'linux') {
  let runningMs = 5000;
  let uptimeMs = 1_000_000;
  let unitMs = 1;
  const slept = createSleepMeter({
    platform,
    uptimeMs: () => Math.floor(uptimeMs / unitMs) * unitMs,
    runningMs: () => runningMs,
  });
  return {
    slept,
    run(ms: number) {
      runningMs += ms;
      uptimeMs += ms;
    },
    sleep(ms: number) {
      uptimeMs += ms;
    },
    /** As a container that tells whole seconds. */
    round() {
      unitMs = 1000;
    },
  };
}

test('a night of sleep is added once the computer runs again, and again after the next', () => {
  const meter = openMeter();
  meter.run(60_000);
  assert.equal(meter.slept(), 0);

  meter.sleep(8 * 3_600_000);
  meter.run(1000);
  assert.equal(meter.slept(), 8 * 3_600_000);
  meter.run(5000);
  assert.equal(meter.slept(), 8 * 3_600_000);
  meter.sleep(2000);
  meter.run(1500);

  assert.equal(meter.slept(), 8 * 3_600_000 + 2000);
});

test('an uptime that is told in whole seconds is no sleep, however long it runs', () => {
  const meter = openMeter();
  meter.round();

  for (let look = 0; look < 1000; look += 1) {
    meter.run(1337);
    assert.equal(meter.slept(), 0);
  }
});

test('the time never goes back, whatever the system says of its uptime', () => {
  const meter = openMeter();
  meter.run(2000);
  meter.sleep(10_000);
  meter.run(2000);
  const before = meter.slept();

  meter.sleep(-10_000);
  meter.run(2000);

  assert.equal(meter.slept(), before);
});

test('where the steady clock goes on during sleep nothing is added to it', () => {
  const meter = openMeter('darwin');
  meter.sleep(10_000);
  meter.run(2000);

  assert.equal(meter.slept(), 0);
});
