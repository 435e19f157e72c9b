import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkConditions, mayResume } from '../../../src-main/core/origin/conditions.ts';

const MADE = Date.UTC(2030, 0, 1, 12, 0, 0);
const BEFORE = new Date(MADE - 1000).toUTCString();
const EXACTLY = new Date(MADE).toUTCString();
const AFTER = new Date(MADE + 1000).toUTCString();
const validators = { entityTag: '"abc"', lastModifiedMs: MADE };

const CASES: readonly (readonly [Record<string, string>, ReturnType<typeof checkConditions>])[] = [
  [{}, 'send'],
  [{ 'if-none-match': '"abc"' }, 'not-modified'],
  [{ 'if-none-match': 'W/"abc"' }, 'not-modified'],
  [{ 'if-none-match': '"x", "abc" ,"y"' }, 'not-modified'],
  [{ 'if-none-match': '*' }, 'not-modified'],
  [{ 'if-none-match': '"abcd"' }, 'send'],
  [{ 'if-none-match': 'abc' }, 'send'],
  // The tag decides, whatever the date says.
  [{ 'if-none-match': '"other"', 'if-modified-since': AFTER }, 'send'],
  [{ 'if-modified-since': EXACTLY }, 'not-modified'],
  [{ 'if-modified-since': AFTER }, 'not-modified'],
  [{ 'if-modified-since': BEFORE }, 'send'],
  [{ 'if-modified-since': 'yesterday or so' }, 'send'],
  [{ 'if-match': '"abc"' }, 'send'],
  [{ 'if-match': '*' }, 'send'],
  [{ 'if-match': 'W/"abc"' }, 'failed'],
  [{ 'if-match': '"other"' }, 'failed'],
  [{ 'if-unmodified-since': BEFORE }, 'failed'],
  [{ 'if-unmodified-since': EXACTLY }, 'send'],
  [{ 'if-match': '"abc"', 'if-unmodified-since': BEFORE }, 'send'],
];

test('conditions are decided in the order of RFC 9110', () => {
  for (const [headers, expected] of CASES) {
    assert.equal(checkConditions(headers, validators), expected, JSON.stringify(headers));
  }
});

test('without a date of its own, an answer is always newer than the caller’s', () => {
  const undated = { entityTag: '"abc"', lastModifiedMs: undefined };

  assert.equal(checkConditions({ 'if-modified-since': AFTER }, undated), 'send');
  assert.equal(checkConditions({ 'if-none-match': '"abc"' }, undated), 'not-modified');
});

test('a range is sent only of the version that the caller has', () => {
  assert.equal(mayResume({}, validators), true);
  assert.equal(mayResume({ 'if-range': '"abc"' }, validators), true);
  assert.equal(mayResume({ 'if-range': EXACTLY }, validators), true);
  assert.equal(mayResume({ 'if-range': 'W/"abc"' }, validators), false);
  assert.equal(mayResume({ 'if-range': '"other"' }, validators), false);
  assert.equal(mayResume({ 'if-range': AFTER }, validators), false);
  assert.equal(mayResume({ 'if-range': 'nonsense' }, { ...validators, lastModifiedMs: undefined }), false);
});
