import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { aboutWords, clockWords, parseDuration, printable, sizeWords } from '../../../src-main/headless/words.ts';

for (const [text, seconds] of [
  ['30s', 30],
  ['90', 90],
  ['1.5', 1.5],
  ['5m', 300],
  ['1h30m', 5400],
  ['1h2m3s', 3723],
  ['1:30', 90],
  ['01:02:03', 3723],
  ['PT30S', 30],
  ['PT1H30M', 5400],
  ['P1D', 86_400],
  ['', undefined],
  ['0', undefined],
  ['0s', undefined],
  ['PT0S', undefined],
  ['-5s', undefined],
  ['1:60', undefined],
  ['30x', undefined],
  ['s', undefined],
  ['1m1h', undefined],
  ['Infinity', undefined],
] as const) {
  test(`“${text}” lasts ${seconds === undefined ? 'no time that could be meant' : `${seconds} s`}`, () => {
    assert.equal(parseDuration(text), seconds);
  });
}

test('a time counted by the clock reads back as itself', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 359_999 }), (seconds) => {
      assert.equal(parseDuration(clockWords(seconds)), seconds);
    }),
  );
});

test('sizes and lengths are said in the unit that fits', () => {
  assert.deepEqual([0, 999, 1000, 12_345_678, 2e12, 5e15].map(sizeWords), [
    '0 B',
    '999 B',
    '1.0 kB',
    '12.3 MB',
    '2.0 TB',
    '5000.0 TB',
  ]);
  assert.deepEqual([0, 45.9, 150, 7200, 12_000].map(aboutWords), [
    '0 s',
    '45 s',
    '2 min',
    '2 h 0 min',
    '3 h 20 min',
  ]);
});

test('a name cannot write to the terminal', () => {
  assert.equal(printable('a\u001b[2Jb\r\nc\u009b'), 'a [2Jb  c ');
});
