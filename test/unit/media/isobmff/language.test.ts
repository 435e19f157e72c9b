import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromIso6392, isLanguageTag, toIso6392 } from '../../../../src-main/media/isobmff/language.ts';

test('a language with two letters is written with three and read back with two', () => {
  for (const [tag, code] of [
    ['en', 'eng'],
    ['de', 'deu'],
    ['fr', 'fra'],
    ['zh', 'zho'],
    ['cs', 'ces'],
    ['nb', 'nob'],
  ] as const) {
    assert.equal(toIso6392(tag), code);
    assert.equal(fromIso6392(code), tag);
  }
});

test('regions and scripts are left to elng, and what has no code is not known', () => {
  assert.equal(toIso6392('de-AT'), 'deu');
  assert.equal(toIso6392('zh-Hant-TW'), 'zho');
  assert.equal(toIso6392('gsw'), 'gsw');
  assert.equal(toIso6392('x-private'), 'und');
  assert.equal(toIso6392(''), 'und');
});

test('only what looks like a tag is one', () => {
  for (const tag of ['de', 'de-AT', 'zh-Hant-TW', 'i-klingon', 'x-a', 'es-419', 'und']) {
    assert.equal(isLanguageTag(tag), true, tag);
  }
  for (const text of ['', 'en"', 'en,X="', 'e\nn', 'en_US', 'en-', '-en', 'abcdefghi', `a${'-b'.repeat(40)}`]) {
    assert.equal(isLanguageTag(text), false, text);
  }
});

test('the older bibliographic codes are read, and codes without a short form stay', () => {
  assert.equal(fromIso6392('ger'), 'de');
  assert.equal(fromIso6392('fre'), 'fr');
  assert.equal(fromIso6392('und'), 'und');
  assert.equal(fromIso6392('gsw'), 'gsw');
});

test('the table agrees with the one of the runtime', () => {
  // CLDR folds a few codes into a macrolanguage that ISO 639 keeps apart.
  const folded = new Set(['bih', 'tgl', 'twi']);
  const letters = Array.from({ length: 26 }, (_, index) => String.fromCharCode(0x61 + index));

  for (const code of letters.flatMap((a) => letters.flatMap((b) => letters.map((c) => a + b + c)))) {
    const tag = fromIso6392(code);
    if (tag.length === 2 && !folded.has(code)) {
      assert.equal(Intl.getCanonicalLocales(code)[0], tag, code);
    }
  }
});
