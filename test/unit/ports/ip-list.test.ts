import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseIpList } from '../../../src-main/core/ports/ip-list.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';

type Entry = { address: string; subnetPrefixLength?: number };

const listOf = (...allow: readonly (string | Entry)[]) =>
  parseIpList({ ip: { allow: allow.map((entry) => (typeof entry === 'string' ? { address: entry } : entry)) } });

const ADMITTED: readonly [entry: string | Entry, yes: readonly string[], no: readonly string[]][] = [
  ['10.0.0.1', ['10.0.0.1', '::ffff:10.0.0.1'], ['10.0.0.2', '::1', 'nonsense', '']],
  ['10.0.4.0/22', ['10.0.4.0', '10.0.7.255'], ['10.0.8.0', '10.0.3.255']],
  ['10.0.5.1/22', ['10.0.4.9'], ['10.0.8.0']],
  ['10.0.0.1(255.255.252.0)', ['10.0.3.255'], ['10.0.4.0']],
  ['10.0.0.1 (255.255.252.0)', ['10.0.0.9'], ['10.0.4.0']],
  [{ address: '10.0.0.0', subnetPrefixLength: 8 }, ['10.255.0.1'], ['11.0.0.1']],
  [{ address: '10.0.0.1', subnetPrefixLength: 0 }, ['10.0.0.1'], ['10.0.0.2']],
  [{ address: '0.0.0.0', subnetPrefixLength: 0 }, ['1.2.3.4'], ['::1']],
  ['0.0.0.0/0', ['1.2.3.4', '::ffff:1.2.3.4'], ['2001:db8::1']],
  ['::/0', ['2001:db8::1', '::1'], ['1.2.3.4']],
  ['fd00::/8', ['fd12:3456::1', 'fd00::1%eth0'], ['fe80::1']],
  ['2001:db8::1', ['2001:db8:0:0::1'], ['2001:db8::2']],
  ['::ffff:10.0.0.0/104', ['10.9.9.9'], ['11.0.0.1']],
];

for (const [entry, yes, no] of ADMITTED) {
  test(`${JSON.stringify(entry)} lets in ${yes.join(', ')} and nobody else`, () => {
    const list = listOf(entry);

    assert.deepEqual(
      [...yes, ...no].filter((address) => list.has(address)),
      yes,
    );
  });
}

test('an empty list lets nobody in, none at all everybody, and of several each counts', () => {
  assert.equal(listOf().has('127.0.0.1'), false);
  assert.equal(parseIpList(undefined).has('203.0.113.9'), true);
  assert.equal(listOf('10.0.0.1', '192.0.2.0/24').has('192.0.2.77'), true);
});

describe('an entry that is not right is named', () => {
  const WRONG: readonly (string | Entry)[] = [
    'example.org',
    '10.0.0',
    '10.0.0.256',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0.1(255.0.255.0)',
    '10.0.0.1(255.255.0)',
    '10.0.0.1(255.255.255.0',
    'fd00::1(255.255.0.0)',
    'fe80::1%eth0',
    'fd00::/129',
    '::ffff:10.0.0.0/24',
    { address: '10.0.0.0/8', subnetPrefixLength: 16 },
    { address: '10.0.0.0', subnetPrefixLength: 64 },
  ];
  for (const entry of WRONG) {
    test(JSON.stringify(entry), () => {
      assert.throws(
        () => listOf('10.0.0.1', entry),
        (error) => {
          assert(error instanceof AppError);
          assert.equal(error.code, 'ingest/address-list-invalid');
          assert.equal(error.details['address'], typeof entry === 'string' ? entry : entry.address);
          return true;
        },
      );
    });
  }
});
