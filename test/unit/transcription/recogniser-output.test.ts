import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createLines } from '../../../src-main/core/transcription/lines.ts';
import {
  createOutputReader,
  type RecogniserOutput,
} from '../../../src-main/core/transcription/recogniser-output.ts';

function read(text: string): { readonly said: readonly RecogniserOutput[]; readonly unknown: readonly string[] } {
  const said: RecogniserOutput[] = [];
  const unknown: string[] = [];
  const reader = createOutputReader({
    output: (output) => void said.push(output),
    unknown: (line) => void unknown.push(line),
  });
  text.split('\n').forEach(reader.push);
  reader.end();
  return { said, unknown };
}

const words = (startMs: number, endMs: number, text: string, isFinal = true): RecogniserOutput => ({
  ...{ kind: 'text', startMs, endMs, text, isFinal },
});

test('lines of JSON are text, final when they do not say otherwise, and how far it has come', () => {
  const { said, unknown } = read(
    [
      '{"start":1.2,"end":3.4,"text":"Good evening."}',
      '{"start":3.4,"end":4,"text":"and wel","final":false}',
      '{"until":5}',
    ].join('\n'),
  );

  assert.deepEqual(said, [
    words(1200, 3400, 'Good evening.'),
    words(3400, 4000, 'and wel', false),
    { kind: 'until', ms: 5000 },
  ]);
  assert.deepEqual(unknown, []);
});

test('WebVTT cues are taken as programs write them that know nothing else', () => {
  const { said } = read(
    'WEBVTT\n\nNOTE made by hand\n\n1\n00:01.000 --> 00:02.500 align:start\nGood <b>evening</b>\nall\n\n01:00:00.000 --> 01:00:01.000\nlate',
  );

  assert.deepEqual(said, [words(1000, 2500, 'Good evening\nall'), words(3_600_000, 3_601_000, 'late')]);
});

test('what whisper.cpp prints is taken as it is', () => {
  const { said } = read('whisper_init: loading\n[00:00:01.200 --> 00:00:03.400]   Good evening.\r');

  assert.deepEqual(said, [words(1200, 3400, 'Good evening.')]);
});

test('lines that do not keep the protocol are named and change nothing', () => {
  const bad = [
    '{"start":1,',
    '{"start":2,"end":1,"text":"backwards"}',
    '{"start":-1,"end":1,"text":"before"}',
    '{"start":1,"end":2}',
    '{"until":"soon"}',
    '[00:00:03.000 --> 00:00:01.000] backwards',
  ];

  assert.deepEqual(read(bad.join('\n')), { said: [], unknown: bad });
});

test('a greeting is passed over without a word', () => {
  assert.deepEqual(read('Loading model …\n100%\n'), { said: [], unknown: [] });
});

test('whatever a program writes, reading it neither fails nor makes up times', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.json()), { maxLength: 20 }), (lines) => {
      for (const output of read(lines.join('\n')).said) {
        const isOrdered = output.kind === 'until' ? output.ms >= 0 : output.endMs > output.startMs;
        assert.ok(isOrdered);
      }
    }),
  );
});

test('lines are put together however they are cut, and one without an end stays bounded', () => {
  const seen: string[] = [];
  const lines = createLines((line) => void seen.push(line));
  const bytes = Buffer.from('grün\n{"until":1}\nend');
  for (const byte of bytes) {
    lines.push(Uint8Array.of(byte));
  }
  lines.end();
  lines.push(Buffer.alloc(1_000_000, 'x'));
  lines.end();

  assert.deepEqual(seen.slice(0, 3), ['grün', '{"until":1}', 'end']);
  assert.equal(seen[3]?.length, 65_536);
});
