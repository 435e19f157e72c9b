import assert from 'node:assert/strict';
import type { NetworkInterfaceInfo } from 'node:os';
import { test } from 'node:test';
import { isInOwnNetwork } from '../../../src-main/core/platform/own-networks.ts';

function on(...cidrs: readonly string[]): () => NodeJS.Dict<NetworkInterfaceInfo[]> {
  return () => ({
    wifi: cidrs.map((cidr): NetworkInterfaceInfo => {
      const common = { address: cidr.split('/')[0] ?? '', netmask: '', mac: '', internal: false, cidr };
      return cidr.includes(':') ? { ...common, family: 'IPv6', scopeid: 0 } : { ...common, family: 'IPv4' };
    }),
  });
}

test('private addresses, those of one link, and this computer itself are near', () => {
  for (const address of [
    '192.168.1.9',
    '::ffff:10.0.0.3',
    '172.20.1.1',
    '127.0.0.1',
    '::1',
    'fe80::1%wlan0',
    'fd12::3',
  ]) {
    assert.equal(isInOwnNetwork(address, on('192.168.1.5/24')), true, address);
  }
});

test('the internet is not, unless it is this computer’s own network', () => {
  assert.equal(isInOwnNetwork('203.0.113.9', on('192.168.1.5/24')), false);
  assert.equal(isInOwnNetwork('203.0.113.9', on('203.0.113.5/24')), true);
  assert.equal(isInOwnNetwork('2001:db8:1::9', on('2001:db8:1::5/64')), true);
  assert.equal(isInOwnNetwork('2001:db8:2::9', on('2001:db8:1::5/64')), false);
});

test('what is no address is nowhere', () => {
  assert.equal(isInOwnNetwork('', on()), false);
  assert.equal(isInOwnNetwork('localhost', on()), false);
});
