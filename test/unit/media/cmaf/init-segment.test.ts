import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseInitSegment, writeInitSegment } from '../../../../src-main/media/cmaf/init-segment.ts';
import { writeTrak } from '../../../../src-main/media/cmaf/trak.ts';
import type { TrackDescription } from '../../../../src-main/media/cmaf/types.ts';
import { readBoxes } from '../../../../src-main/media/isobmff/box-reader.ts';
import type { BoxWriter } from '../../../../src-main/media/isobmff/box-writer.ts';
import type { Edit } from '../../../../src-main/media/isobmff/elst.ts';
import { parseFileType } from '../../../../src-main/media/isobmff/ftyp.ts';
import { writeHdlr } from '../../../../src-main/media/isobmff/hdlr.ts';
import { writeMdhd } from '../../../../src-main/media/isobmff/mdhd.ts';
import { writeMvhd } from '../../../../src-main/media/isobmff/mvhd.ts';
import { parseStsd } from '../../../../src-main/media/isobmff/stsd.ts';
import { parseTkhd, writeTkhd } from '../../../../src-main/media/isobmff/tkhd.ts';
import { writeTrex } from '../../../../src-main/media/isobmff/trex.ts';
import { AUDIO, assertRefused, fromHex, toHex, VIDEO, written } from '../sample-media.ts';

const ANAMORPHIC_CONFIG = fromHex(
  '0164001effe1001d6764001eacd940b4126c11a808080a000003000200000300641e2c5b2c01000668ebe3cb22c0fdf8f800',
);
const HEVC_CONFIG = fromHex('0101600000009000000000003cf000fcfdf8f800000f00');

/** 1920x1080 at 59.94 frames a second, level 4.2. */
const FULL_HD_CONFIG =
  '0164002affe100196764002aacd940780227e5c04400000fa4000753003c60c65801000668ebe3cb22c0fdf8f800';

function header(track: TrackDescription) {
  const bytes = writeInitSegment(track);
  const trak = readBoxes(bytes).require('moov').require('trak');
  const stsd = trak.require('mdia').require('minf').require('stbl').require('stsd');
  return {
    brands: parseFileType(readBoxes(bytes).require('ftyp')),
    display: parseTkhd(trak.require('tkhd')),
    entry: parseStsd(stsd),
  };
}

/** A fragmented header with whatever tracks `tracks` writes. */
function movie(tracks: (writer: BoxWriter) => void, extend = true): Uint8Array {
  return written((writer) =>
    writer.box('moov', () => {
      writeMvhd(writer, { timescale: 1000, duration: 0n, nextTrackId: 9 });
      tracks(writer);
      if (extend) {
        writer.box('mvex', () =>
          writeTrex(writer, {
            trackId: 3,
            sampleDescriptionIndex: 1,
            sampleDuration: 3000,
            sampleSize: 5,
            sampleFlags: 0x0101_0000,
          }),
        );
      }
    }),
  );
}

function track(trackId: number, description: TrackDescription, edits: readonly Edit[] = []) {
  return (writer: BoxWriter): void =>
    writeTrak(writer, { trackId, description, movieDuration: 0n, mediaDuration: 0n, edits }, () => undefined);
}

/** A track of timed text, as far as anybody looks. */
function textTrack(trackId: number) {
  return (writer: BoxWriter): void =>
    writer.box('trak', () => {
      writeTkhd(writer, { trackId, duration: 0n, alternateGroup: 0, volume: 0, width: 0, height: 0 });
      writer.box('mdia', () => {
        writeMdhd(writer, { timescale: 1000, duration: 0n, language: 'und' });
        writeHdlr(writer, { type: 'text', name: '' });
        writer.box('minf', () => writer.box('stbl', () => undefined));
      });
    });
}

for (const description of [
  VIDEO,
  AUDIO,
  { ...VIDEO, fourCc: 'avc3', codec: 'avc3.64001e', language: 'de-AT' },
  {
    ...VIDEO,
    fourCc: 'avc3',
    codec: 'avc3.64001e',
    frameRate: undefined,
    decoderConfig: fromHex('0164001effe000'),
  },
  { ...VIDEO, fourCc: 'hvc1', codec: 'hvc1.1.6.L60.90', frameRate: undefined, decoderConfig: HEVC_CONFIG },
  { ...AUDIO, fourCc: 'ac-3', codec: 'ac-3', channels: 6, decoderConfig: fromHex('103de0'), bitrate: 0 },
  {
    ...AUDIO,
    fourCc: 'ec-3',
    codec: 'ec-3',
    channels: 2,
    timescale: 44_100,
    sampleRate: 44_100,
    decoderConfig: fromHex('0600600400'),
  },
  { ...AUDIO, codec: 'mp4a.40.5', channels: 2, decoderConfig: fromHex('2b118800'), language: 'eng' },
  { ...AUDIO, timescale: 96_000, sampleRate: 96_000, decoderConfig: fromHex('1008'), language: 'gsw' },
] satisfies readonly TrackDescription[]) {
  test(`a header of ${description.codec} in ${description.language} describes the track it was written for`, () => {
    const [parsed, ...others] = parseInitSegment(writeInitSegment(description));

    assert.deepEqual(parsed, {
      trackId: 1,
      description,
      trex: { trackId: 1, sampleDescriptionIndex: 1, sampleDuration: 0, sampleSize: 0, sampleFlags: 0 },
      presentationShift: 0n,
    });
    assert.deepEqual(others, []);
  });
}

test('the same description gives the same bytes', () => {
  assert.equal(toHex(writeInitSegment(VIDEO)), toHex(writeInitSegment({ ...VIDEO })));
});

test('the brands say CMAF and the media profile the track keeps', () => {
  const brandsOf = (description: TrackDescription) => header(description).brands;

  assert.deepEqual(brandsOf(VIDEO), {
    majorBrand: 'cmfc',
    minorVersion: 0,
    compatibleBrands: ['cmfc', 'iso6', 'cfsd'],
  });
  const fullHd = (level: string): TrackDescription => ({
    ...VIDEO,
    decoderConfig: fromHex(FULL_HD_CONFIG.replaceAll('64002a', `6400${level}`)),
  });
  assert.deepEqual(brandsOf(fullHd('28')).compatibleBrands, ['cmfc', 'iso6', 'cfhd']);
  assert.deepEqual(brandsOf(fullHd('2a')).compatibleBrands, ['cmfc', 'iso6', 'chdf']);
  assert.deepEqual(brandsOf(fullHd('33')).compatibleBrands, ['cmfc', 'iso6']);
  assert.deepEqual(brandsOf(AUDIO).compatibleBrands, ['cmfc', 'iso6', 'caac']);
  assert.deepEqual(brandsOf({ ...AUDIO, channels: 6, decoderConfig: fromHex('11b0') }).compatibleBrands, [
    'cmfc',
    'iso6',
  ]);
});

test('the shape of the pixels and the colours of the stream are in the sample entry and on the screen', () => {
  const { entry, display } = header({ ...VIDEO, width: 720, height: 576, decoderConfig: ANAMORPHIC_CONFIG });
  assert('pixelAspectRatio' in entry);

  assert.deepEqual(entry.pixelAspectRatio, { horizontal: 16, vertical: 11 });
  assert.deepEqual(entry.colour, { primaries: 1, transfer: 1, matrix: 1, fullRange: false });
  assert.deepEqual(entry.bitrate, { bufferSize: 0, maxBitrate: 800_000, averageBitrate: 800_000 });
  assert.equal(Math.round(display.width), 1047);
  assert.equal(display.height, 576);
});

test('several tracks are read, each with its defaults, and what is neither picture nor sound is left out', () => {
  const bytes = movie((writer) => {
    textTrack(2)(writer);
    track(3, VIDEO)(writer);
    track(5, AUDIO)(writer);
  });

  const tracks = parseInitSegment(bytes);

  assert.deepEqual(
    tracks.map(({ trackId, description, trex }) => [trackId, description.kind, trex.sampleDuration]),
    [
      [3, 'video', 3000],
      [5, 'audio', 0],
    ],
  );
});

test('an edit list is told as the shift it means', () => {
  const shifts = parseInitSegment(
    movie((writer) => {
      track(1, VIDEO, [{ kind: 'media', duration: 0n, mediaTime: 6000n }])(writer);
      track(2, AUDIO, [
        { kind: 'empty', duration: 500n },
        { kind: 'media', duration: 0n, mediaTime: 1024n },
      ])(writer);
      track(3, AUDIO, [{ kind: 'empty', duration: 500n }])(writer);
    }),
  ).map(({ presentationShift }) => presentationShift);

  assert.deepEqual(shifts, [-6000n, 24_000n - 1024n, 0n]);
});

test('headers that cannot be used say why', () => {
  assertRefused(() => parseInitSegment(new Uint8Array()), /file at byte 0 has no moov/);
  assertRefused(() => parseInitSegment(movie(track(1, VIDEO), false)), /not fragmented/, 'media/unsupported');
  assertRefused(() => parseInitSegment(movie(textTrack(1))), /neither picture nor sound/, 'media/unsupported');
  assertRefused(() => parseInitSegment(movie(() => undefined)), /neither picture nor sound/, 'media/unsupported');
  assertRefused(
    () =>
      parseInitSegment(
        movie((writer) => {
          track(4, VIDEO)(writer);
          track(4, AUDIO)(writer);
        }),
      ),
    /trak at byte \d+ has the id 4 of another track/,
  );
  assertRefused(
    () =>
      parseInitSegment(
        movie((writer) => {
          for (let id = 1; id <= 65; id += 1) {
            textTrack(id)(writer);
          }
        }),
      ),
    /more than 64 tracks/,
    'media/unsupported',
  );
});

test('a language that is an attack on playlists is not taken over', () => {
  const bytes = Buffer.from(writeInitSegment({ ...AUDIO, language: 'de-x-abcdef' }));
  bytes.write('de",X="\n\r,=', bytes.indexOf('de-x-abcdef'), 'latin1');

  assert.equal(parseInitSegment(bytes)[0]?.description.language, 'de');
});

test('an audio entry under a video handler is refused', () => {
  const bytes = Buffer.from(writeInitSegment(AUDIO));
  bytes.write('vide', bytes.indexOf('soun'), 'latin1');

  assertRefused(() => parseInitSegment(bytes), /stsd at byte \d+ describes audio under the handler vide/);
});

test('other audio than AAC in mp4a is unsupported', () => {
  const bytes = Buffer.from(writeInitSegment(AUDIO));
  bytes[bytes.indexOf('esds') + 4 + 4 + 2 + 3 + 2] = 0x6b; // MP3

  assertRefused(() => parseInitSegment(bytes), /object type 0x6b/, 'media/unsupported');
});

test('without its own size the sample entry has it, and without both the header is refused', () => {
  const empty = { ...VIDEO, fourCc: 'hvc1', decoderConfig: HEVC_CONFIG } as const;

  assert.equal(parseInitSegment(writeInitSegment({ ...empty, width: 100 }))[0]?.description.kind, 'video');
  assertRefused(() => parseInitSegment(writeInitSegment({ ...empty, width: 0 })), /hvc1 .* picture of 0x360/);
});
