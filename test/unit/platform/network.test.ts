import assert from 'node:assert/strict';
import type { NetworkInterfaceInfo } from 'node:os';
import { test } from 'node:test';
import { ownAddresses, watchNetwork } from '../../../src-main/core/platform/network.ts';
import { manualClock } from '../../support/manual-clock.ts';

function address(text: string, internal = false): NetworkInterfaceInfo {
  const common = { address: text, netmask: '', mac: '', internal, cidr: null };
  return text.includes(':') ? { ...common, family: 'IPv6', scopeid: 0 } : { ...common, family: 'IPv4' };
}

test('addresses that others can reach are found, IPv4 first', () => {
  const read = () => ({
    lo: [address('127.0.0.1', true)],
    wlan0: [address('fe80::1'), address('2001:db8::7'), address('192.168.1.20')],
    usb0: [address('169.254.3.4')],
    down: undefined,
  });

  assert.deepEqual(ownAddresses(read), ['192.168.1.20', '2001:db8::7']);
});

test('a network that comes back is told of once; one that goes is not', () => {
  const clock = manualClock();
  let present = [address('192.168.1.20')];
  let returned = 0;
  const watching = watchNetwork({ clock, read: () => ({ wlan0: present }), onReturn: () => (returned += 1) });

  present = [];
  clock.advance(5000);
  assert.equal(returned, 0);

  present = [address('10.0.0.5')];
  clock.advance(1000);
  clock.advance(60_000);
  assert.equal(returned, 1);

  watching[Symbol.dispose]();
  assert.equal(clock.pending(), 0);
});
