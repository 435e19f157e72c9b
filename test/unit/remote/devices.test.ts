import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDevices, type StoredDevice } from '../../../src-main/core/remote/devices.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { memoryRows } from '../../support/memory-rows.ts';

function rig() {
  const clock = manualClock();
  const rows = memoryRows<StoredDevice>();
  return { clock, rows, devices: createDevices({ rows, clock }) };
}

test('a device comes in with its token and with no other', () => {
  const { devices } = rig();
  const one = devices.add('Anna’s phone', '192.168.1.9');
  const two = devices.add('Tablet', '192.168.1.10');

  assert.equal(devices.authenticate(one.token, '192.168.1.9'), one.device.id);
  assert.equal(devices.authenticate(two.token, '192.168.1.9'), two.device.id);
  assert.equal(devices.authenticate(`${one.token}x`, '192.168.1.9'), undefined);
  assert.equal(devices.authenticate('', '192.168.1.9'), undefined);
});

test('the token is kept nowhere: neither in what is stored nor in what is shown', () => {
  const { devices, rows } = rig();
  const { token } = devices.add('Anna’s phone', '192.168.1.9');

  assert(!JSON.stringify(rows.list()).includes(token));
  assert(!JSON.stringify(devices.list()).includes(token));
  assert(!JSON.stringify(devices.list()).includes(rows.list()[0]?.digest ?? '?'));
});

test('one that is revoked is out at once, and is told of', () => {
  const { devices } = rig();
  const { token, device } = devices.add('Anna’s phone', '192.168.1.9');
  const revoked: string[] = [];
  devices.revoked.on((id) => void revoked.push(id));

  devices.revoke(device.id);

  assert.equal(devices.authenticate(token, '192.168.1.9'), undefined);
  assert.deepEqual(revoked, [device.id]);
  assert.deepEqual(devices.list(), []);
  assert.throws(() => devices.revoke(device.id), { code: 'resource/not-found' });
});

test('it is seen each time it comes, and that is written down now and then', () => {
  const { devices, clock, rows } = rig();
  const { token, device } = devices.add('Anna’s phone', '192.168.1.9');
  const paired = rows.get(device.id)?.lastSeen;

  clock.advance(30_000);
  devices.authenticate(token, '192.168.1.9');
  assert.equal(rows.get(device.id)?.lastSeen, paired);
  assert.equal(Date.parse(devices.get(device.id).lastSeen ?? ''), clock.wallMs());

  clock.advance(31_000);
  devices.authenticate(token, '192.168.1.9');
  assert.equal(Date.parse(rows.get(device.id)?.lastSeen ?? ''), clock.wallMs());
});

test('it is connected while one of its pages is open', () => {
  const { devices } = rig();
  const { device } = devices.add('Anna’s phone', '192.168.1.9');

  const one = devices.connect(device.id);
  const two = devices.connect(device.id);
  one[Symbol.dispose]();
  one[Symbol.dispose]();
  assert.equal(devices.get(device.id).connected, true);
  two[Symbol.dispose]();
  assert.equal(devices.get(device.id).connected, false);
});

test('it can be given another name', () => {
  const { devices } = rig();
  const { token, device } = devices.add('iPhone', '192.168.1.9');

  devices.rename(device.id, 'Anna’s phone');

  assert.equal(devices.get(device.id).name, 'Anna’s phone');
  assert.equal(devices.authenticate(token, '192.168.1.9'), device.id);
});
