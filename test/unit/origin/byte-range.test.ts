import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readRange, sliceChunks } from '../../../src-main/core/origin/byte-range.ts';

const CASES: readonly (readonly [string | undefined, ReturnType<typeof readRange>])[] = [
  [undefined, 'whole'],
  ['bytes=0-', { first: 0, last: 99 }],
  ['bytes=0-0', { first: 0, last: 0 }],
  ['bytes=10-19', { first: 10, last: 19 }],
  ['Bytes = 10 - 19', { first: 10, last: 19 }],
  ['bytes=90-1000', { first: 90, last: 99 }],
  ['bytes=-10', { first: 90, last: 99 }],
  ['bytes=-1000', { first: 0, last: 99 }],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=100-', 'unsatisfiable'],
  ['bytes=100-200', 'unsatisfiable'],
  ['bytes=20-10', 'whole'],
  ['bytes=-', 'whole'],
  ['bytes=0-1,5-6', 'whole'],
  ['items=0-1', 'whole'],
  ['bytes=a-b', 'whole'],
  ['', 'whole'],
];

test('a range header is read as RFC 9110 says', () => {
  for (const [header, expected] of CASES) {
    assert.deepEqual(readRange(header, 100), expected, header ?? 'none');
  }
});

test('a range that is written at any length is read at once', () => {
  const long = 15_000;
  const beganMs = performance.now();

  for (const filling of [' ', '\t', '0', ' 0', '0 ', '-', ',']) {
    for (const header of [`bytes=${filling.repeat(long)}x`, `bytes=1-${filling.repeat(long)}x`]) {
      assert.equal(readRange(header, 100), 'whole', header.slice(0, 20));
    }
  }

  assert.ok(performance.now() - beganMs < 50, `${Math.round(performance.now() - beganMs)} ms`);
});

test('nothing of an empty representation can be sent', () => {
  assert.equal(readRange('bytes=0-', 0), 'unsatisfiable');
  assert.equal(readRange('bytes=-1', 0), 'unsatisfiable');
  assert.equal(readRange(undefined, 0), 'whole');
});

test('slicing chunks gives the same bytes as slicing them joined', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 9 })), fc.nat(60), fc.nat(60), (chunks, a, b) => {
      const whole = Buffer.concat(chunks);
      const [first, last] = [Math.min(a, b), Math.max(a, b)];

      const slices = sliceChunks(chunks, { first, last });

      assert.deepEqual(Buffer.concat(slices), whole.subarray(first, last + 1));
      assert.ok(slices.every((slice) => chunks.some(({ buffer }) => buffer === slice.buffer)));
    }),
  );
});
