import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseChunk } from '../../../../src-main/media/cmaf/chunk.ts';
import { parseAnyMoov } from '../../../../src-main/media/cmaf/init-segment.ts';
import { writeTextInit, writeTextSegment } from '../../../../src-main/media/cmaf/text-segment.ts';
import { readBoxes } from '../../../../src-main/media/isobmff/box-reader.ts';
import { emptyTrex } from '../../../../src-main/media/isobmff/trex.ts';
import { ticks } from '../../../../src-main/media/time.ts';

test('a header is of one track of subtitles in IMSC text, with its language', () => {
  const bytes = writeTextInit({ timescale: 48_000, language: 'pt-BR', bitrate: 2000 });
  const { tracks, otherTracks } = parseAnyMoov(readBoxes(bytes).require('moov'));

  assert.deepEqual(tracks, []);
  assert.deepEqual(
    otherTracks.map(({ trackId, timescale, handler }) => [trackId, timescale, handler]),
    [[1, 48_000, 'subt']],
  );
  const text = Buffer.from(bytes).toString('latin1');
  for (const part of ['im1t', 'sthd', 'stpp', 'http://www.w3.org/ns/ttml', 'codecs=im1t', 'pt-BR']) {
    assert.ok(text.includes(part), part);
  }
});

test('a segment is one sample as long as itself, at its time', () => {
  const document = Buffer.from('<tt/>');
  const bytes = writeTextSegment(document, { time: ticks(123_456_789_012n), duration: 96_000, sequenceNumber: 7 });

  assert.deepEqual(
    parseChunk(bytes, { trex: emptyTrex(1) }).map(({ decodeTime, duration, sync, data }) => [
      ...[decodeTime, duration, sync],
      Buffer.from(data).toString(),
    ]),
    [[123_456_789_012n, 96_000, true, '<tt/>']],
  );
});
