import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatDecimal, isWrittenAsInteger } from '../../../src-main/manifest/decimal.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';

test('a number that has no decimal form is refused', () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e21, -1e21]) {
    assert.throws(() => formatDecimal(value), AppError);
  }
});

test('decimals have no zeros at the end and no exponent', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, '0'],
    [-0, '0'],
    [4, '4'],
    [100, '100'],
    [1e20, '100000000000000000000'],
    [2.002, '2.002'],
    [0.33334, '0.33334'],
    [1.5, '1.5'],
    [1 / 3, '0.333333'],
    [9.9999999, '10'],
    [0.0000001, '0'],
    [-0.0000001, '0'],
    [-1.25, '-1.25'],
  ];

  assert.deepEqual(
    cases.map(([value]) => formatDecimal(value)),
    cases.map(([, text]) => text),
  );
});

test('what is written is the number to half a unit of its last digit', () => {
  fc.assert(
    fc.property(fc.double({ min: -1e9, max: 1e9, noNaN: true }), (value) => {
      const text = formatDecimal(value);

      assert.match(text, /^-?\d+(\.\d{0,5}[1-9])?$/);
      assert.ok(Math.abs(Number(text) - value) <= 0.500001e-6);
      assert.equal(isWrittenAsInteger(value), !text.includes('.'));
    }),
  );
});
