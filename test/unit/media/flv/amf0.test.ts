import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type AmfValue, decodeAmf0, encodeAmf0 } from '../../../../src-main/media/flv/amf0.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';
import { amfRoundTrip, anyAmfBytes } from '../../../support/properties/amf0.ts';

const malformed = (error: unknown): boolean => error instanceof AppError && error.code === 'media/malformed';
const unsupported = (error: unknown): boolean => error instanceof AppError && error.code === 'media/unsupported';

test('what is written is read back', () => {
  fc.assert(amfRoundTrip);
});

test('a text beyond 65535 bytes is a long string', () => {
  const text = 'ä'.repeat(40_000);

  const bytes = encodeAmf0([text]);

  assert.equal(bytes[0], 0x0c);
  assert.deepEqual(decodeAmf0(bytes), [text]);
});

test('any bytes are read or refused, and nothing else', () => {
  fc.assert(anyAmfBytes, { numRuns: 2000 });
});

test('an ECMA array is read by its end, not by its count, and may lack the end at the end of the message', () => {
  const member = Buffer.concat([Buffer.of(0, 1), Buffer.from('a'), Buffer.of(1, 1)]);
  const withWrongCount = Buffer.concat([Buffer.of(8, 0, 0, 0, 99), member, Buffer.of(0, 0, 9)]);
  const withoutEnd = Buffer.concat([Buffer.of(8, 0, 0, 0, 1), member]);

  assert.deepEqual(decodeAmf0(withWrongCount), [new Map([['a', true]])]);
  assert.deepEqual(decodeAmf0(withoutEnd), [new Map([['a', true]])]);
});

test('dates, XML, typed objects and the unsupported marker have a meaning that is harmless', () => {
  const date = Buffer.alloc(11);
  date.writeUInt8(0x0b, 0);
  date.writeDoubleBE(86_400_000, 1);
  const xml = Buffer.concat([Buffer.of(0x0f, 0, 0, 0, 3), Buffer.from('<a>')]);
  const typed = Buffer.concat([Buffer.of(0x10, 0, 1), Buffer.from('C'), Buffer.of(0, 0, 9)]);

  assert.deepEqual(decodeAmf0(Buffer.concat([date, xml, typed, Buffer.of(0x0d)])), [
    86_400_000,
    '<a>',
    new Map(),
    undefined,
  ]);
});

test('a name that means something to JavaScript means nothing', () => {
  const [decoded] = decodeAmf0(encodeAmf0([new Map<string, AmfValue>([['__proto__', new Map([['x', 1]])]])]));

  assert(decoded instanceof Map);
  assert.deepEqual([...decoded.keys()], ['__proto__']);
  assert.equal(Object.hasOwn(Object.prototype, 'x'), false);
});

test('nesting deeper than a message ever is, is refused', () => {
  const open = Buffer.concat([Buffer.of(3, 0, 1), Buffer.from('a')]);
  const deep = Buffer.concat([...Array.from({ length: 100_000 }, () => open), Buffer.of(5)]);

  assert.throws(() => decodeAmf0(deep), malformed);
  assert.throws(
    () => decodeAmf0(Buffer.concat(Array.from({ length: 50_000 }, () => Buffer.of(10, 0, 0, 0, 1)))),
    malformed,
  );
});

test('a strict array that announces more than there is costs nothing', () => {
  assert.throws(() => decodeAmf0(Buffer.of(10, 0xff, 0xff, 0xff, 0xff)), malformed);
});

test('a message of thousands of values is refused', () => {
  assert.throws(() => decodeAmf0(Buffer.alloc(10_000, 5)), malformed);
});

test('references and AMF 3 are refused', () => {
  assert.throws(() => decodeAmf0(Buffer.of(7, 0, 0)), unsupported);
  assert.throws(() => decodeAmf0(Buffer.of(0x11, 1)), unsupported);
});
