import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  parsePmset,
  parseSupplies,
  parseWindowsBattery,
  readPower,
} from '../../../src-main/core/platform/power.ts';
import { mkdtempDisposable } from '../../support/temporary-folder.ts';

const neverRun = () => Promise.reject(new Error('nothing is to be run'));

test('Linux: two batteries that empty are one, and the mouse is none', () => {
  const power = parseSupplies([
    { type: 'Mains', online: '0' },
    {
      type: 'Battery',
      status: 'Discharging',
      energy_now: '20000000',
      energy_full: '40000000',
      power_now: '9000000',
    },
    {
      type: 'Battery',
      status: 'Discharging',
      energy_now: '10000000',
      energy_full: '20000000',
      power_now: '1000000',
    },
    { type: 'Battery', scope: 'Device', status: 'Discharging', capacity: '3' },
  ]);

  assert.deepEqual(power, { kind: 'battery', percent: 50, secondsLeft: 3 * 3600 });
});

test('Linux: charge counts like energy, and without a draw the time is not known', () => {
  const battery = { type: 'Battery', status: 'Discharging', capacity: '64' };

  assert.deepEqual(
    parseSupplies([{ ...battery, charge_now: '2000000', charge_full: '4000000', current_now: '-1000000' }]),
    { kind: 'battery', percent: 50, secondsLeft: 7200 },
  );
  assert.deepEqual(parseSupplies([battery]), { kind: 'battery', percent: 64, secondsLeft: undefined });
  assert.deepEqual(parseSupplies([{ ...battery, energy_now: '1', power_now: '0' }]), {
    kind: 'battery',
    percent: 64,
    secondsLeft: undefined,
  });
  assert.deepEqual(parseSupplies([{ type: 'Battery', status: 'Discharging' }]), { kind: 'unknown' });
});

test('Linux: charging, full or without a battery is plugged in', () => {
  assert.deepEqual(parseSupplies([]), { kind: 'mains' });
  assert.deepEqual(parseSupplies([{ type: 'Battery', status: 'Charging', capacity: '20' }]), { kind: 'mains' });
});

test('Linux: the files are read as the kernel lays them out', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'lectern-power-'));
  const battery = join(folder.path, 'BAT0');
  await mkdir(battery);
  for (const [name, text] of Object.entries({
    type: 'Battery',
    status: 'Discharging',
    capacity: '50',
    energy_now: '30000000',
    energy_full: '60000000',
    power_now: '15000000',
  })) {
    await writeFile(join(battery, name), `${text}\n`);
  }

  assert.deepEqual(await readPower({ platform: 'linux', run: neverRun, folder: folder.path }), {
    kind: 'battery',
    percent: 50,
    secondsLeft: 7200,
  });
  assert.deepEqual(await readPower({ platform: 'linux', run: neverRun, folder: join(folder.path, 'none') }), {
    kind: 'mains',
  });
});

test('macOS: the words of pmset', () => {
  const battery = (state: string): string =>
    `Now drawing from 'Battery Power'\n -InternalBattery-0 (id=123)\t85%; discharging; ${state} present: true\n`;

  assert.deepEqual(parsePmset(battery('4:12 remaining')), {
    kind: 'battery',
    percent: 85,
    secondsLeft: 4 * 3600 + 12 * 60,
  });
  assert.deepEqual(parsePmset(battery('(no estimate)')), { kind: 'battery', percent: 85, secondsLeft: undefined });
  assert.deepEqual(parsePmset("Now drawing from 'AC Power'\n -InternalBattery-0 (id=1)\t100%; charged;"), {
    kind: 'mains',
  });
  assert.deepEqual(parsePmset("Now drawing from 'AC Power'\n"), { kind: 'mains' });
  assert.deepEqual(parsePmset('pmset: usage'), { kind: 'unknown' });
});

test('Windows: a battery that empties, one that does not, and none', () => {
  const of = (fields: object | readonly object[]): ReturnType<typeof parseWindowsBattery> =>
    parseWindowsBattery(JSON.stringify(fields));

  assert.deepEqual(of({ BatteryStatus: 1, EstimatedChargeRemaining: 64, EstimatedRunTime: 110 }), {
    kind: 'battery',
    percent: 64,
    secondsLeft: 6600,
  });
  assert.deepEqual(of([{ BatteryStatus: 1, EstimatedChargeRemaining: 64, EstimatedRunTime: 71_582_788 }]), {
    kind: 'battery',
    percent: 64,
    secondsLeft: undefined,
  });
  assert.deepEqual(of({ BatteryStatus: 2, EstimatedChargeRemaining: 64, EstimatedRunTime: 71_582_788 }), {
    kind: 'mains',
  });
  assert.deepEqual(parseWindowsBattery(''), { kind: 'mains' });
});
