import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createNames } from '../../../../src-main/core/live/cues/names.ts';

test('an id of 32 bits is its own number, any other has the one given, and neither is given twice', () => {
  const names = createNames(100);

  assert.equal(names.number('7', 99), 7);
  assert.equal(names.number('7', 99), 99);
  assert.equal(names.number('7', 99), 100);
  assert.equal(names.number('4294967295', 0), 4_294_967_295);
  assert.equal(names.number('4294967296', 4_294_967_295), 0, 'behind the last comes the first');
  assert.equal(names.number('-1', 5), 5);
  assert.equal(names.number('1e3', 6), 6);
});

test('texts are never given twice, also when one looks like another with a number', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'a-2', 'a-3', 'a-2-2', 'b'), { maxLength: 60 }), (wanted) => {
      const names = createNames(1000);

      const given = wanted.map((text) => names.text(text));

      assert.equal(new Set(given).size, given.length);
      assert(given.every((text, index) => text.startsWith(wanted[index]!)));
    }),
  );
});

test('of very many the oldest are forgotten, so that they cost no more and more memory', () => {
  const names = createNames(3);
  for (const id of ['1', '2', '3', '4']) {
    names.number(id, 0);
    names.text(id);
  }

  assert.equal(names.number('1', 50), 1);
  assert.equal(names.text('1'), '1');
  assert.equal(names.number('4', 50), 50);
  assert.equal(names.text('4'), '4-2');
});

test('the same text again and again costs no search through all of them', () => {
  const names = createNames(1_000_000);
  let last = '';

  for (let count = 0; count < 100_000; count += 1) {
    last = names.text('spot');
  }

  assert.equal(last, 'spot-100000');
});
