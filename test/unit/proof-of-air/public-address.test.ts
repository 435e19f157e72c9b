import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPublicAddress } from '../../../src-main/core/proof-of-air/public-address.ts';

for (const address of [
  '127.0.0.1',
  '10.1.2.3',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.178.1',
  '169.254.169.254',
  '100.64.0.1',
  '0.0.0.0',
  '224.0.0.251',
  '255.255.255.255',
  '::1',
  '::',
  'fe80::1%eth0',
  'fd00::1',
  'ff02::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '64:ff9b::7f00:1',
  '2001:db8::1',
  '2002:7f00:1::',
  'localhost',
  '',
]) {
  test(`“${address}” is not on the internet`, () => {
    assert.equal(isPublicAddress(address), false);
  });
}

for (const address of ['8.8.8.8', '172.32.0.1', '192.0.1.1', '2606:4700::1111', '::ffff:8.8.8.8']) {
  test(`${address} is on the internet`, () => {
    assert.equal(isPublicAddress(address), true);
  });
}
