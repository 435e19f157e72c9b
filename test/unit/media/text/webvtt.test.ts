import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { TextCue } from '../../../../src-main/media/text/cue.ts';
import {
  looksLikeWebVtt,
  moveCues,
  parseWebVtt,
  webVttTime,
  writeWebVtt,
} from '../../../../src-main/media/text/webvtt.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';

const parse = (text: string) => parseWebVtt(Buffer.from(text));

function brokenAt(line: number, words: RegExp) {
  return (error: unknown): true => {
    assert.ok(error instanceof AppError, String(error));
    assert.deepEqual([error.code, error.details['line']], ['media/malformed', line], error.message);
    assert.match(error.message, words);
    return true;
  };
}

describe('a WebVTT file is refused with the line of', () => {
  const cases: readonly (readonly [what: string, text: string, line: number, words: RegExp])[] = [
    ['no signature', '1\n00:00.000 --> 00:01.000\nx', 1, /WEBVTT/],
    ['a signature with something at it', 'WEBVTTX\n', 1, /WEBVTT/],
    ['times with a comma', 'WEBVTT\n\n1\n00:00:00,000 --> 00:00:01,000\nx\n', 4, /comma/],
    ['times that end first', 'WEBVTT\n\n00:02.000 --> 00:01.000\nx\n', 3, /ends before/],
    ['times of no length', 'WEBVTT\n\n00:01.000 --> 00:01.000\nx\n', 3, /ends before/],
    ['sixty seconds', 'WEBVTT\n\n00:00.000 --> 00:60.000\nx\n', 3, /59/],
    ['times that are none', 'WEBVTT\n\nintro\nsoon --> later\nx\n', 4, /times/],
    ['a block that is nothing', 'WEBVTT\n\nhello\nthere\n', 3, /neither/],
    [
      'a missing empty line',
      'WEBVTT\n\n00:00.000 --> 00:01.000\nx\n00:01.000 --> 00:02.000\ny\n',
      5,
      /empty line/,
    ],
    ['a cue at the signature', 'WEBVTT\n00:00.000 --> 00:01.000\nx\n', 2, /empty line/],
    ['times below two lines', 'WEBVTT\n\na\nb\n00:00.000 --> 00:01.000\nx\n', 5, /middle/],
  ];
  for (const [what, text, line, words] of cases) {
    test(what, () => assert.throws(() => parse(text), brokenAt(line, words)));
  }

  test('what is not UTF-8', () => {
    const bytes = Buffer.concat([
      Buffer.from('WEBVTT\n\n00:00.000 --> 00:01.000\nfa'),
      Buffer.of(0xe7, 0x61, 0x0a),
    ]);

    assert.throws(() => parseWebVtt(bytes), brokenAt(4, /UTF-8/));
  });
});

test('a WebVTT file is read with its language, styles, ids, settings and comments, whatever its line ends', () => {
  const lines = [
    '\ufeffWEBVTT with a title',
    'Language: pt-BR',
    '',
    'NOTE a comment',
    'of two lines',
    '',
    'STYLE',
    '::cue { color: red }',
    '',
    'intro',
    '00:01.000 --> 01:00:02.500 line:0 align:start',
    'one <i>word</i>',
    'two',
    '',
    '',
    '00:00.500 \t-->  00:00:00.900',
    'first',
  ];
  for (const end of ['\n', '\r\n', '\r']) {
    assert.deepEqual(parse(lines.join(end)), {
      language: 'pt-BR',
      blocks: ['STYLE\n::cue { color: red }'],
      cues: [
        { startMs: 500, endMs: 900, id: '', settings: '', text: 'first' },
        {
          startMs: 1000,
          endMs: 3_602_500,
          id: 'intro',
          settings: 'line:0 align:start',
          text: 'one <i>word</i>\ntwo',
        },
      ],
    });
  }
});

test('a file without cues is one', () => {
  assert.deepEqual(parse('WEBVTT').cues, []);
  assert.ok(looksLikeWebVtt(Buffer.from('\ufeffWEBVTT\n')));
  assert.ok(!looksLikeWebVtt(Buffer.from('WEBVTTX')));
});

const word = fc.stringMatching(/^[\p{L}\d&;.,!? ]{1,30}$/u).filter((text) => text.trim() !== '');
const cue: fc.Arbitrary<TextCue> = fc
  .record({
    startMs: fc.nat({ max: 90_000_000 }),
    length: fc.integer({ min: 1, max: 600_000 }),
    id: fc.option(
      word.filter((text) => !/^(?:NOTE|STYLE|REGION)/.test(text)),
      { nil: '' },
    ),
    settings: fc.constantFrom('', 'line:0', 'align:start position:10%'),
    text: fc.array(word, { minLength: 1, maxLength: 3 }).map((lines) => lines.join('\n')),
  })
  .map(({ length, ...rest }) => ({ ...rest, endMs: rest.startMs + length }));

test('what was written reads the same', () => {
  fc.assert(
    fc.property(fc.array(cue, { maxLength: 8 }), (cues) => {
      const sorted = cues.toSorted((a, b) => a.startMs - b.startMs);

      assert.deepEqual(parse(writeWebVtt({ blocks: ['STYLE\n::cue {}'], cues: sorted })), {
        language: undefined,
        blocks: ['STYLE\n::cue {}'],
        cues: sorted,
      });
    }),
  );
});

test('whatever bytes come, they are read or refused with a line', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, hasHead) => {
      const file = hasHead ? Buffer.concat([Buffer.from('WEBVTT\n\n00:00.000 --> 00:01.000\n'), bytes]) : bytes;
      try {
        parseWebVtt(file);
      } catch (error) {
        assert.ok(error instanceof AppError && Number(error.details['line']) >= 1, String(error));
      }
    }),
  );
});

test('the map of HLS begins anew with the clock of MPEG-2', () => {
  const text = writeWebVtt({ blocks: [], cues: [] }, 3n * 2n ** 33n + 90_000n);

  assert.equal(text, 'WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:90000,LOCAL:00:00:00.000\n');
  assert.equal(webVttTime(100 * 3_600_000 + 61_001), '100:01:01.001');
});

test('moved cues keep their length, and those that are over are gone', () => {
  const cues = [
    { startMs: 0, endMs: 500, id: '', settings: '', text: 'a' },
    { startMs: 800, endMs: 1500, id: '', settings: '', text: 'b' },
    { startMs: 2000, endMs: 2500, id: '', settings: '', text: 'c' },
  ];

  assert.deepEqual(
    moveCues(cues, 1000).map(({ startMs, endMs, text }) => [startMs, endMs, text]),
    [
      [0, 500, 'b'],
      [1000, 1500, 'c'],
    ],
  );
});

test('a language that is no tag is not known: manifests could not say it', () => {
  for (const language of ['-', 'en-', 'portuguese', 'en-toolongforone']) {
    assert.equal(parse(`WEBVTT\nLanguage: ${language}\n`).language, undefined, language);
  }
});
