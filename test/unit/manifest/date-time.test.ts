import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatDateTime, parseDateTime } from '../../../src-main/manifest/date-time.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';

test('a time that ISO 8601 cannot write in four digits of a year is refused', () => {
  for (const ms of [Number.NaN, -1, 253_402_300_800_000, Number.POSITIVE_INFINITY]) {
    assert.throws(() => formatDateTime(ms), AppError);
  }
});

test('a text that is not a date and time is not read', () => {
  const texts = [
    '',
    '2026-11-20',
    '2026-11-20T10:00Z',
    '2026-13-01T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '2026-11-20T24:00:00Z',
    '2026-11-20T10:60:00Z',
    '2026-11-20T10:00:61Z',
    '2026-11-20T10:00:00+01:60',
    '2026-11-20 10:00:00Z',
    '2026-11-20T10:00:00.Z',
    `2026-11-20T10:00:00.${'1'.repeat(100)}Z`,
    '20261120T100000Z',
    '1969-12-31T23:59:59Z',
    '0099-01-01T00:00:00Z',
    '1970-01-01T00:00:00+01:00',
    '9999-12-31T23:59:59-01:00',
  ];

  assert.deepEqual(
    texts.filter((text) => parseDateTime(text) !== undefined),
    [],
  );
});

test('time zones, fractions, leap days and leap seconds are read as UTC in milliseconds', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['2010-02-19T14:54:23.031+08:00', '2010-02-19T06:54:23.031Z'],
    ['2010-02-19T14:54:23-0130', '2010-02-19T16:24:23.000Z'],
    ['2010-02-19T14:54:23+05', '2010-02-19T09:54:23.000Z'],
    ['2010-02-19T14:54:23', '2010-02-19T14:54:23.000Z'],
    ['2010-02-19T14:54:23,5Z', '2010-02-19T14:54:23.500Z'],
    ['2010-02-19T14:54:23.0314999Z', '2010-02-19T14:54:23.031Z'],
    ['2028-02-29T00:00:00Z', '2028-02-29T00:00:00.000Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00.000Z'],
  ];

  for (const [text, utc] of cases) {
    assert.equal(parseDateTime(text), Date.parse(utc), text);
  }
});

test('what is written is what the platform writes, and is read as the same millisecond', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 253_402_300_799_999 }), (ms) => {
      const text = formatDateTime(ms);

      assert.equal(text, new Date(ms).toISOString());
      assert.equal(parseDateTime(text), ms);
    }),
  );
});
