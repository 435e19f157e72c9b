import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRange } from '../../../src-main/core/control/byte-range.ts';

for (const [header, wanted] of [
  [undefined, 'whole'],
  ['bytes=0-0', { first: 0, last: 0 }],
  ['bytes=10-', { first: 10, last: 99 }],
  ['bytes=10-5000', { first: 10, last: 99 }],
  ['bytes=-1', { first: 99, last: 99 }],
  ['bytes=-5000', { first: 0, last: 99 }],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=100-', 'unsatisfiable'],
  ['bytes=5-4', 'whole'],
  ['bytes=0-1,5-6', 'whole'],
  ['bytes=-', 'whole'],
  ['bytes=a-b', 'whole'],
  ['lines=0-1', 'whole'],
  [`bytes=${'9'.repeat(40)}-`, 'whole'],
] as const) {
  test(`of 100 bytes “${header ?? 'no range'}” is ${JSON.stringify(wanted)}`, () => {
    assert.deepEqual(readRange(header, 100), wanted);
  });
}

test('an empty file has no range', () => {
  assert.equal(readRange('bytes=0-', 0), 'unsatisfiable');
  assert.equal(readRange('bytes=-5', 0), 'unsatisfiable');
});
