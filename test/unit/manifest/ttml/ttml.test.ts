import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseTtml } from '../../../../src-main/manifest/ttml/ttml.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';

function document(body: string, attributes = ''): string {
  return `<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter"
 xmlns:tts="http://www.w3.org/ns/ttml#styling" xml:lang="de" ${attributes}>
<head><styling><style xml:id="loud" tts:fontWeight="bold"/></styling></head>
<body>${body}</body></tt>`;
}
const parse = (text: string) => parseTtml(Buffer.from(text));
const shown = (text: string) => parse(text).cues.map(({ startMs, endMs, text: words }) => [startMs, endMs, words]);

describe('a TTML file is refused', () => {
  const cases: readonly (readonly [what: string, text: string, line: number, words: RegExp])[] = [
    ['when it is not XML', document('\n<div>\n<p></div>'), 6, /is not XML/],
    ['when its root is another', '<html/>', 1, /root/],
    ['when a time is none', document('\n<div>\n<p begin="soon" end="2s">x</p></div>'), 6, /begin/],
    ['when it ends before it begins', document('<div>\n<p begin="3s" end="2s">x</p></div>'), 5, /end/],
    ['when a paragraph never ends', document('<div>\n\n<p begin="3s">x</p></div>'), 6, /never ends/],
  ];
  for (const [what, text, line, words] of cases) {
    test(`${what}, with the line`, () => {
      assert.throws(
        () => parse(text),
        (error: unknown) => {
          assert.ok(error instanceof AppError && error.code === 'media/malformed', String(error));
          assert.match(error.message, words);
          assert.equal(error.details['line'], line, error.message);
          return true;
        },
      );
    });
  }

  test('when its clock or its containers are of a kind that is not taken', () => {
    const unsupported = { code: 'media/unsupported' };

    assert.throws(() => parse(document('', 'ttp:timeBase="smpte"')), unsupported);
    assert.throws(() => parse(document('<div timeContainer="seq"><p dur="1s">x</p></div>')), unsupported);
  });
});

test('times of every form are read, and count from where their container begins', () => {
  const text = document(
    `<div begin="10s"><p begin="00:00:01.5" end="00:00:02:12">a</p><p begin="100t" dur="25f">b</p></div>
     <div><p begin="1.5m" end="0.5h">c</p><p begin="500ms" dur="1s">d</p></div>`,
    'ttp:frameRate="25" ttp:tickRate="100"',
  );

  assert.deepEqual(shown(text), [
    [500, 1500, 'd'],
    [11_000, 12_000, 'b'],
    [11_500, 12_480, 'a'],
    [90_000, 1_800_000, 'c'],
  ]);
});

test('what stands in a container ends with it', () => {
  assert.deepEqual(shown(document('<div begin="1s" end="2s"><p begin="0.5s" end="9s">a</p></div>')), [
    [1500, 2000, 'a'],
  ]);
});

test('lines, italics, bold and what XML escapes become WebVTT', () => {
  const text = document(
    '<div><p begin="0s" end="1s">\n  one\n <span tts:fontStyle="italic">two</span><br/><span style="loud">a &lt; b &amp; c</span>\n</p></div>',
  );

  assert.equal(parse(text).cues[0]?.text, 'one <i>two</i>\n<b>a &lt; b &amp; c</b>');
  assert.equal(parse(text).language, 'de');
});

test('a span with times of its own is a cue of its own', () => {
  const text = document('<div><p begin="1s" end="5s">always <span begin="1s" end="2s">now</span></p></div>');

  assert.deepEqual(shown(text), [
    [1000, 5000, 'always'],
    [2000, 3000, 'now'],
  ]);
});

test('whatever text comes, it is read or refused as an error of ours', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60, unit: 'binary' }), fc.string({ maxLength: 12 }), (inside, time) => {
      const quoted = time.replaceAll(/[<&"]/g, '');
      try {
        parse(document(`<div><p begin="${quoted}" end="2s">${inside}</p></div>`));
      } catch (error) {
        assert.ok(error instanceof AppError && error.code.startsWith('media/'), String(error));
      }
    }),
  );
});

test('a language that is no tag is not known: manifests could not say it', () => {
  for (const language of ['', 'en_GB', 'en&quot;,URI=&quot;x', 'english-language-', 'a very long one']) {
    assert.equal(parse(document('').replace('"de"', `"${language}"`)).language, undefined, language);
  }
});
