import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prefersGzip } from '../../../src-main/core/origin/accept-encoding.ts';

const CASES: readonly (readonly [string | undefined, boolean])[] = [
  [undefined, false],
  ['', false],
  ['gzip', true],
  ['GZIP', true],
  ['x-gzip', true],
  ['gzip, deflate, br, zstd', true],
  ['deflate, gzip;q=1.0, *;q=0.5', true],
  ['gzip;q=0', false],
  ['gzip;q=0.000', false],
  ['gzip; q=0.001', true],
  ['br', false],
  ['*', true],
  ['*;q=0', false],
  ['gzip;q=0, *', false],
  ['identity', false],
  ['gzip;q=0.5, identity', false],
  ['gzip;q=0.5, identity;q=0.5', true],
  ['identity;q=0, gzip', true],
  ['gzip;q=nonsense', false],
  [',,,', false],
];

test('gzip is chosen by its weight', () => {
  for (const [header, expected] of CASES) {
    assert.equal(prefersGzip(header), expected, header ?? 'none');
  }
});
