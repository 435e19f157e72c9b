import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decimal,
  decimalFloat,
  decimalInteger,
  hexadecimal,
  hexSequence,
  integer,
  listOf,
  oneOf,
  quotable,
  quoted,
  quotedString,
  readAttributes,
  signedDecimalFloat,
  tagLine,
  yesOnly,
  yesOrNo,
} from '../../../../src-main/manifest/hls/attribute-list.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';

const tag = (value: string) => ({ name: 'EXT-X-TEST', value, line: 7 });

test('an attribute list that is not one is refused with tag and line', () => {
  const lists = [
    '',
    'A',
    'A=',
    '=1',
    'A=1,',
    ',A=1',
    'A=1,,B=2',
    'A=1 ,B=2',
    'A=1, B=2',
    'a=1',
    'A="x',
    'A=x"y"',
    'A="x"y',
  ];

  for (const list of lists) {
    assert.throws(
      () => readAttributes(tag(list)),
      (error) => {
        assert.ok(error instanceof AppError, list);
        assert.equal(error.code, 'media/malformed');
        assert.deepEqual(error.details, { what: 'EXT-X-TEST', line: 7 });
        return true;
      },
      list,
    );
  }
});

test('an attribute that is there twice is refused', () => {
  assert.throws(() => readAttributes(tag('A=1,B=2,A=1')), /attribute A is there twice/);
});

test('an attribute of the wrong kind, or missing, is refused by name', () => {
  const attributes = readAttributes(tag('URI=unquoted,N=-1'));

  assert.throws(() => attributes.optional('URI', quotedString), /attribute URI has a value of the wrong kind/);
  assert.throws(() => attributes.required('N', decimalInteger), /attribute N has a value of the wrong kind/);
  assert.throws(() => attributes.required('GONE', decimalInteger), /attribute GONE is missing/);
  assert.equal(attributes.optional('GONE', decimalInteger), undefined);
});

test('an error never shows the value, which may be a token', () => {
  assert.throws(
    () => readAttributes(tag('URI=secret')).required('URI', quotedString),
    (error) => error instanceof AppError && !error.message.includes('secret'),
  );
});

test('quoted strings keep commas, equal signs and spaces', () => {
  const attributes = readAttributes(tag('A="x,B=y z",B="",C=NONE'));

  assert.deepEqual([...attributes.names()], ['A', 'B', 'C']);
  assert.equal(attributes.required('A', quotedString), 'x,B=y z');
  assert.equal(attributes.required('B', quotedString), '');
  assert.equal(attributes.required('C', oneOf('NONE', 'SOME')), 'NONE');
});

test('each kind of value takes its own texts only', () => {
  assert.deepEqual(['0', '18', '007', '9007199254740991'].map(decimalInteger), [0, 18, 7, 9007199254740991]);
  assert.deepEqual(['', '-1', '1.0', '1e3', '9007199254740992', '0x10'].map(decimalInteger).filter(Boolean), []);
  assert.deepEqual(['0.5', '6', '6.', '.25'].map(decimalFloat), [0.5, 6, 6, 0.25]);
  assert.deepEqual(['', '.', '-1', '1e3', 'Infinity', '1'.repeat(41)].map(decimalFloat).filter(Boolean), []);
  assert.deepEqual(['-1.5', '1.5', '-0'].map(signedDecimalFloat), [-1.5, 1.5, -0]);
  assert.deepEqual(['--1', '-', '+1'].map(signedDecimalFloat).filter(Boolean), []);
  assert.deepEqual(['0x0A', '0XaB', '0x1'].map(hexadecimal), [
    Uint8Array.of(10),
    Uint8Array.of(171),
    Uint8Array.of(1),
  ]);
  assert.deepEqual(['0x', '0A', 'x0A', '0xG0'].map(hexadecimal).filter(Boolean), []);
  assert.deepEqual(
    [yesOnly('YES'), yesOnly('NO'), yesOrNo('YES'), yesOrNo('NO'), yesOrNo('yes')],
    [true, undefined, true, false, undefined],
  );
  assert.deepEqual([listOf(',')('"a,b"'), listOf(',')('""'), listOf(',')('a,b')], [['a', 'b'], [], undefined]);
});

test('a quoted string that cannot be written is refused, and can be made fit', () => {
  for (const text of ['say "hello"', 'two\nlines', 'bell\u0007', 'next\u0085line']) {
    assert.throws(() => quoted(text), AppError);
    assert.doesNotThrow(() => quoted(quotable(text)));
  }
  assert.equal(quotable('The "big"\r\nshow'), "The 'big' show");
});

test('numbers that the format has no words for are refused', () => {
  assert.throws(() => integer(-1), AppError);
  assert.throws(() => integer(1.5), AppError);
  assert.throws(() => integer(2 ** 53), AppError);
  assert.throws(() => decimal(-0.5), AppError);
  assert.throws(() => decimal(Number.NaN), AppError);
});

test('a tag is written without the attributes that are undefined', () => {
  const line = tagLine('EXT-X-TEST', [
    ['A', undefined],
    ['B', quoted('x')],
    ['C', undefined],
    ['D', integer(3)],
    ['E', hexSequence(Uint8Array.of(0, 171))],
  ]);

  assert.equal(line, '#EXT-X-TEST:B="x",D=3,E=0x00AB\n');
});
