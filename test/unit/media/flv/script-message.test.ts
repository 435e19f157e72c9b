import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type AmfValue, encodeAmf0 } from '../../../../src-main/media/flv/amf0.ts';
import { parseScriptMessage } from '../../../../src-main/media/flv/script-message.ts';
import { ticks } from '../../../../src-main/media/time.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';

const SECTION = Buffer.from('/DAlAAAAAAAAAP/wFAUAAAABf+/+LRQrAP4BI9MIAAEBAQAAfxV6SQ==', 'base64');
const object = (fields: Readonly<Record<string, AmfValue>>): AmfValue => new Map(Object.entries(fields));
const parse = (...values: AmfValue[]) => parseScriptMessage(encodeAmf0(values));

function invalid(field: string): (error: unknown) => boolean {
  return (error) =>
    error instanceof AppError && error.code === 'ingest/cue-invalid' && error.details['field'] === field;
}

test('metadata states bitrates in kilobits, with and without @setDataFrame', () => {
  const fields = object({ videodatarate: 2500, audiodatarate: 128.5, framerate: 30 });
  const expected = {
    kind: 'metadata',
    metadata: { videoBitrate: 2_500_000, audioBitrate: 128_500, frameRate: { numerator: 30, denominator: 1 } },
  };

  assert.deepEqual(parse('@setDataFrame', 'onMetaData', fields), expected);
  assert.deepEqual(parse('onMetaData', fields), expected);
});

test('what metadata does not state, or states as nonsense, is not known', () => {
  const nothing = { videoBitrate: undefined, audioBitrate: undefined, frameRate: undefined };
  for (const fields of [
    object({}),
    object({ videodatarate: 0, audiodatarate: -1, framerate: 0 }),
    object({ videodatarate: Number.NaN, audiodatarate: 1e12, framerate: Number.POSITIVE_INFINITY }),
    object({ videodatarate: 'fast', audiodatarate: null, framerate: 'x' }),
    'no object',
    undefined,
  ]) {
    assert.deepEqual(parse('onMetaData', fields), { kind: 'metadata', metadata: nothing });
  }
});

test('a frame rate that was rounded is the fraction it was rounded from', () => {
  const rate = (framerate: number): unknown => {
    const message = parse('onMetaData', object({ framerate }));
    assert(message.kind === 'metadata');
    return message.metadata.frameRate;
  };

  assert.deepEqual(rate(29.97), { numerator: 30_000, denominator: 1001 });
  assert.deepEqual(rate(23.976), { numerator: 24_000, denominator: 1001 });
  assert.deepEqual(rate(59.94005994), { numerator: 60_000, denominator: 1001 });
  assert.deepEqual(rate(12.5), { numerator: 25, denominator: 2 });
  assert.deepEqual(rate(60), { numerator: 60, denominator: 1 });
});

test('a cue of the simple mode is a SpliceOut without a section', () => {
  const cue = object({ cue: 'SpliceOut', id: 'a1', time: 12.5, duration: 30, elapsed: 1, other: true });

  assert.deepEqual(parse('onAdCue', cue), {
    kind: 'cue',
    cue: { id: 'a1', time: ticks(1_125_000), duration: 30, section: undefined },
  });
});

test('a cue of the SCTE-35 mode brings its section, byte for byte', () => {
  for (const type of ['scte35', 'urn:scte:scte35:2013:bin']) {
    const cue = object({ cue: SECTION.toString('base64'), type, id: 7, time: 0, duration: 0 });

    assert.deepEqual(parse('onAdCue', cue), {
      kind: 'cue',
      cue: { id: '7', time: ticks(0), duration: undefined, section: new Uint8Array(SECTION) },
    });
  }
});

test('a cue that lacks something is refused by the name of the field', () => {
  const good = { cue: 'SpliceOut', id: 'a', time: 1, duration: 2 };

  assert.throws(() => parse('onAdCue'), invalid('message'));
  assert.throws(() => parse('onAdCue', object({ ...good, type: 'other' })), invalid('type'));
  assert.throws(() => parse('onAdCue', object({ ...good, cue: 'SpliceIn' })), invalid('cue'));
  assert.throws(() => parse('onAdCue', object({ ...good, type: 'scte35', cue: '%%%' })), invalid('cue'));
  assert.throws(
    () => parse('onAdCue', object({ ...good, type: 'scte35', cue: 'A'.repeat(6000) })),
    invalid('cue'),
  );
  assert.throws(() => parse('onAdCue', object({ ...good, id: '' })), invalid('id'));
  assert.throws(() => parse('onAdCue', object({ ...good, id: 'x'.repeat(300) })), invalid('id'));
  assert.throws(() => parse('onAdCue', object({ ...good, time: -1 })), invalid('time'));
  assert.throws(() => parse('onAdCue', object({ ...good, time: Number.NaN })), invalid('time'));
  assert.throws(() => parse('onAdCue', object({ ...good, duration: '2' })), invalid('duration'));
  assert.throws(() => parse('onAdCue', object({ ...good, duration: 1e300 })), invalid('duration'));
});

test('other messages say nothing', () => {
  assert.deepEqual(parse('onCuePoint', object({})), { kind: 'nothing' });
  assert.deepEqual(parse('onTextData', object({ text: 'hello' })), { kind: 'nothing' });
  assert.deepEqual(parse(1, 2, 3), { kind: 'nothing' });
  assert.deepEqual(parse(), { kind: 'nothing' });
});

test('any bytes are read or refused, and nothing else', () => {
  const codes: readonly string[] = ['media/malformed', 'media/unsupported', 'ingest/cue-invalid'];
  const named = fc.constantFrom('onMetaData', 'onAdCue', '@setDataFrame').map((name) => encodeAmf0([name]));
  fc.assert(
    fc.property(named, fc.uint8Array({ maxLength: 100 }), (name, bytes) => {
      try {
        parseScriptMessage(Buffer.concat([name, bytes]));
      } catch (error) {
        assert(error instanceof AppError && codes.includes(error.code), String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
