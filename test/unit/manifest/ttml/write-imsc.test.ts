import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseTtml } from '../../../../src-main/manifest/ttml/ttml.ts';
import { writeImsc } from '../../../../src-main/manifest/ttml/write-imsc.ts';
import { escapeCueText } from '../../../../src-main/media/text/webvtt.ts';

test('a document says what it was given, in times of half a million hours', () => {
  const cue = { startMs: 1_795_000_000_123, endMs: 1_795_000_001_000, text: 'a &amp; b &lt;c&gt;\nsecond' };
  const { language, cues } = parseTtml(Buffer.from(writeImsc({ language: 'en-US', cues: [cue] })));

  assert.equal(language, 'en-US');
  assert.deepEqual(cues, [{ ...cue, id: '', settings: '' }]);
});

test('nothing said is a document that shows nothing', () => {
  const { language, cues } = parseTtml(Buffer.from(writeImsc({ language: 'und', cues: [] })));

  assert.deepEqual([language, cues], [undefined, []]);
});

test('any line of text comes back as it was', () => {
  const line = fc
    .string({ unit: 'binary', minLength: 1 })
    .map((text) =>
      text
        .toWellFormed()
        .replace(/[\s\p{Cc}\ufffe\uffff]+/gu, ' ')
        .trim(),
    )
    .filter((text) => text !== '');
  fc.assert(
    fc.property(line, fc.nat(2 ** 40), fc.integer({ min: 1, max: 30_000 }), (words, startMs, length) => {
      const text = escapeCueText(words);
      const document = writeImsc({ language: 'de', cues: [{ startMs, endMs: startMs + length, text }] });

      const [read] = parseTtml(Buffer.from(document)).cues;
      assert.deepEqual([read?.startMs, read?.endMs, read?.text], [startMs, startMs + length, text]);
    }),
  );
});
