import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { BoxReader } from '../../../../src-main/media/isobmff/box-reader.ts';
import type { BoxWriter } from '../../../../src-main/media/isobmff/box-writer.ts';
import { parseBtrt, writeBtrt } from '../../../../src-main/media/isobmff/btrt.ts';
import { parseChapters, writeChapters } from '../../../../src-main/media/isobmff/chpl.ts';
import { parseColr, writeColr } from '../../../../src-main/media/isobmff/colr.ts';
import { parseCtts, writeCtts } from '../../../../src-main/media/isobmff/ctts.ts';
import { parseElng, writeElng } from '../../../../src-main/media/isobmff/elng.ts';
import { type Edit, parseEdts, writeEdts } from '../../../../src-main/media/isobmff/elst.ts';
import { type EventMessage, parseEmsg, writeEmsg } from '../../../../src-main/media/isobmff/emsg.ts';
import { parseEsds, writeEsds } from '../../../../src-main/media/isobmff/esds.ts';
import { parseFileType, writeFtyp, writeStyp } from '../../../../src-main/media/isobmff/ftyp.ts';
import { parseHdlr, writeHdlr } from '../../../../src-main/media/isobmff/hdlr.ts';
import { parseMdhd, writeMdhd } from '../../../../src-main/media/isobmff/mdhd.ts';
import { parseMehd, writeMehd } from '../../../../src-main/media/isobmff/mehd.ts';
import { parseMfhd, writeMfhd } from '../../../../src-main/media/isobmff/mfhd.ts';
import { parseMvhd, writeMvhd } from '../../../../src-main/media/isobmff/mvhd.ts';
import { parsePasp, writePasp } from '../../../../src-main/media/isobmff/pasp.ts';
import { parsePrft, writePrft } from '../../../../src-main/media/isobmff/prft.ts';
import { parseSidx, type SegmentReference, writeSidx } from '../../../../src-main/media/isobmff/sidx.ts';
import { parseChunkOffsets, writeChunkOffsets } from '../../../../src-main/media/isobmff/stco.ts';
import { parseStsc, writeStsc } from '../../../../src-main/media/isobmff/stsc.ts';
import { parseStsd, type SampleEntry, writeStsd } from '../../../../src-main/media/isobmff/stsd.ts';
import { parseStss, writeStss } from '../../../../src-main/media/isobmff/stss.ts';
import { parseStsz, type SampleSizes, writeStsz } from '../../../../src-main/media/isobmff/stsz.ts';
import { parseStts, writeStts } from '../../../../src-main/media/isobmff/stts.ts';
import { parseTfdt, writeTfdt } from '../../../../src-main/media/isobmff/tfdt.ts';
import { parseTfhd, writeTfhd } from '../../../../src-main/media/isobmff/tfhd.ts';
import { parseTfxd, writeTfxd } from '../../../../src-main/media/isobmff/tfxd.ts';
import { parseTitle, writeTitle } from '../../../../src-main/media/isobmff/title.ts';
import { parseTkhd, writeTkhd } from '../../../../src-main/media/isobmff/tkhd.ts';
import { parseTrex, writeTrex } from '../../../../src-main/media/isobmff/trex.ts';
import { parseTrun, type TrackRun, writeTrun } from '../../../../src-main/media/isobmff/trun.ts';
import { ticks } from '../../../../src-main/media/time.ts';
import { rewound } from '../sample-media.ts';

/** As an ordinary object, which is what parsers return. */
const record = <T>(model: { readonly [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const i32 = fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });
const atLeast1 = fc.integer({ min: 1, max: 0xffff_ffff });
/** All ones mean "not known" and are read as 0. */
const duration = fc.bigInt(0n, 0xffff_fffen).chain((small) => fc.constantFrom(small, small << 20n));
const time = fc.bigInt(0n, (1n << 63n) - 1n).map((value) => ticks(value));
const fourCc = fc.stringMatching(/^[a-zA-Z0-9 ]{4}$/);
const text = fc.string({ unit: fc.constantFrom('a', 'Z', '0', ' ', ':', '/', 'ä', '字', '😀'), maxLength: 40 });
const bytes = fc.uint8Array({ maxLength: 200 });
const language = fc.stringMatching(/^[a-z]{3}$/);
const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });
const unsignedColumn = (length: number): fc.Arbitrary<Uint32Array> =>
  fc.array(u32, { minLength: length, maxLength: length }).map((values) => Uint32Array.from(values));
const signedColumn = (length: number): fc.Arbitrary<Int32Array> =>
  fc.array(i32, { minLength: length, maxLength: length }).map((values) => Int32Array.from(values));

/** Whatever is written is read back the same; of the box only `unread` constant bytes are left over. */
function roundTrip<T>(
  name: string,
  arbitrary: fc.Arbitrary<T>,
  write: (writer: BoxWriter, value: T) => void,
  parse: (box: BoxReader) => unknown,
  unread: number | 'some' = 0,
): void {
  test(`${name} is read as it was written`, () => {
    fc.assert(
      fc.property(arbitrary, (value) => {
        const box = rewound((writer) => write(writer, value));

        assert.deepEqual(parse(box), value);
        assert.equal(box.remaining, unread === 'some' ? box.remaining : unread);
      }),
    );
  });
}

const brands = record({ majorBrand: fourCc, minorVersion: u32, compatibleBrands: fc.array(fourCc) });
roundTrip('ftyp', brands, writeFtyp, parseFileType);
roundTrip('styp', brands, writeStyp, parseFileType);

roundTrip('mvhd', record({ timescale: atLeast1, duration, nextTrackId: u32 }), writeMvhd, parseMvhd);

roundTrip(
  'tkhd',
  record({
    trackId: atLeast1,
    duration,
    alternateGroup: fc.integer({ min: 0, max: 100 }),
    volume: fc.constantFrom<0 | 1>(0, 1),
    width: fc.integer({ min: 0, max: 0xffff_ffff }).map((value) => value / 0x1_0000),
    height: u16,
  }),
  writeTkhd,
  parseTkhd,
);

roundTrip('mdhd', record({ timescale: atLeast1, duration, language }), writeMdhd, parseMdhd, 2);
roundTrip('elng', text, writeElng, parseElng);
roundTrip('hdlr', record({ type: fourCc, name: text }), writeHdlr, parseHdlr);
roundTrip('btrt', record({ bufferSize: u32, maxBitrate: u32, averageBitrate: u32 }), writeBtrt, parseBtrt);
roundTrip('pasp', record({ horizontal: u32, vertical: u32 }), writePasp, parsePasp);
roundTrip(
  'colr',
  record({ primaries: u16, transfer: u16, matrix: u16, fullRange: fc.boolean() }),
  writeColr,
  parseColr,
);

const elementaryStream = record({
  objectTypeIndication: fc.integer({ min: 0, max: 255 }),
  bufferSize: fc.integer({ min: 0, max: 0xff_ffff }),
  maxBitrate: u32,
  averageBitrate: u32,
  decoderConfig: bytes,
});
roundTrip('esds', elementaryStream, writeEsds, parseEsds, 3);

const bitrate = optional(record({ bufferSize: u32, maxBitrate: u32, averageBitrate: u32 }));
const sampleEntry: fc.Arbitrary<SampleEntry> = fc.oneof(
  record({
    fourCc: fc.constantFrom('avc1', 'avc3', 'hvc1', 'hev1'),
    width: u16,
    height: u16,
    decoderConfig: bytes,
    pixelAspectRatio: optional(record({ horizontal: u32, vertical: u32 })),
    colour: optional(record({ primaries: u16, transfer: u16, matrix: u16, fullRange: fc.boolean() })),
    bitrate,
  }),
  record({
    fourCc: fc.constant('mp4a' as const),
    channels: u16,
    sampleRate: u16,
    bitrate,
    stream: elementaryStream,
  }),
  record({
    fourCc: fc.constantFrom('ac-3', 'ec-3'),
    channels: u16,
    sampleRate: u16,
    bitrate,
    decoderConfig: bytes,
  }),
);
roundTrip('stsd', sampleEntry, writeStsd, parseStsd);

const runs = fc.integer({ min: 0, max: 20 });
roundTrip(
  'stts',
  runs.chain((count) => record({ counts: unsignedColumn(count), durations: unsignedColumn(count) })),
  writeStts,
  parseStts,
);
roundTrip(
  'ctts',
  runs.chain((count) => record({ counts: unsignedColumn(count), offsets: signedColumn(count) })),
  writeCtts,
  parseCtts,
);
roundTrip(
  'stsc',
  runs.chain((count) =>
    record({
      firstChunks: fc.constant(Uint32Array.from({ length: count }, (_, index) => 1 + index * 3)),
      samplesPerChunk: unsignedColumn(count),
    }),
  ),
  writeStsc,
  parseStsc,
);
roundTrip(
  'stsz',
  fc.oneof<[fc.Arbitrary<SampleSizes>, fc.Arbitrary<SampleSizes>]>(
    record({ kind: fc.constant('uniform'), size: atLeast1, count: u32 }),
    runs.chain((count) => record({ kind: fc.constant('each'), sizes: unsignedColumn(count) })),
  ),
  writeStsz,
  parseStsz,
);
roundTrip(
  'stco',
  fc.array(u32).map((offsets) => Float64Array.from(offsets)),
  (writer, offsets) => writeChunkOffsets(writer, offsets, false),
  parseChunkOffsets,
);
roundTrip(
  'co64',
  fc.array(fc.maxSafeNat()).map((offsets) => Float64Array.from(offsets)),
  (writer, offsets) => writeChunkOffsets(writer, offsets, true),
  parseChunkOffsets,
);
roundTrip(
  'stss',
  runs.chain((count) => unsignedColumn(count)),
  writeStss,
  parseStss,
);

const edit: fc.Arbitrary<Edit> = fc.oneof(
  record({ kind: fc.constant('empty' as const), duration }),
  record({ kind: fc.constant('media' as const), duration, mediaTime: duration }),
);
roundTrip('edts', fc.array(edit), writeEdts, parseEdts, 'some');

roundTrip('mehd', duration, writeMehd, parseMehd);
roundTrip(
  'trex',
  record({
    trackId: u32,
    sampleDescriptionIndex: u32,
    sampleDuration: u32,
    sampleSize: u32,
    sampleFlags: u32,
  }),
  writeTrex,
  parseTrex,
);
roundTrip('mfhd', u32, writeMfhd, parseMfhd);
roundTrip(
  'tfhd',
  record({
    trackId: u32,
    baseDataOffset: optional(fc.bigInt(0n, (1n << 64n) - 1n)),
    sampleDescriptionIndex: optional(u32),
    defaultDuration: optional(u32),
    defaultSize: optional(u32),
    defaultFlags: optional(u32),
    durationIsEmpty: fc.boolean(),
    defaultBaseIsMoof: fc.boolean(),
  }),
  writeTfhd,
  parseTfhd,
);
roundTrip('tfdt', time, writeTfdt, parseTfdt);
roundTrip('tfxd', record({ time, duration: time }), writeTfxd, parseTfxd);

const trackRun: fc.Arbitrary<TrackRun> = runs.chain((sampleCount) =>
  record({
    sampleCount: fc.constant(sampleCount),
    dataOffset: optional(i32),
    firstSampleFlags: optional(u32),
    durations: optional(unsignedColumn(sampleCount)),
    sizes: optional(unsignedColumn(sampleCount)),
    flags: optional(unsignedColumn(sampleCount)),
    compositionOffsets: optional(signedColumn(sampleCount)),
  }),
);
roundTrip('trun', trackRun, writeTrun, (box) => parseTrun(box, 100));

const reference: fc.Arbitrary<SegmentReference> = record({
  kind: fc.constantFrom('media', 'index'),
  size: fc.integer({ min: 0, max: 0x7fff_ffff }),
  duration: u32,
  startsWithSap: fc.boolean(),
  sapType: fc.integer({ min: 0, max: 6 }),
  sapDeltaTime: fc.integer({ min: 0, max: 0x0fff_ffff }),
});
roundTrip(
  'sidx',
  record({
    referenceId: u32,
    timescale: atLeast1,
    earliestPresentationTime: fc.oneof(
      time,
      u32.map((value) => ticks(value)),
    ),
    firstOffset: duration,
    references: fc.array(reference),
  }),
  writeSidx,
  parseSidx,
);
roundTrip(
  'prft',
  record({
    flags: fc.constantFrom(0, 1, 2, 4, 24),
    trackId: u32,
    ntpTimestamp: fc.bigInt(0n, (1n << 64n) - 1n),
    mediaTime: time,
  }),
  writePrft,
  parsePrft,
);

const event: fc.Arbitrary<EventMessage> = record({
  schemeIdUri: text,
  value: text,
  timescale: u32,
  start: fc.oneof(
    record({ kind: fc.constant('delta' as const), ticks: u32 }),
    record({ kind: fc.constant('absolute' as const), ticks: time }),
  ),
  duration: u32,
  id: u32,
  payload: bytes,
});
roundTrip('emsg', event, writeEmsg, parseEmsg);

test('chapters are read as they were written, as long as their titles fit', () => {
  const chapter = record({ seconds: fc.integer({ min: 0, max: 90_000_000 }).map((ms) => ms / 1000), title: text });
  fc.assert(
    fc.property(fc.array(chapter, { maxLength: 255 }), (chapters) => {
      assert.deepEqual(parseChapters(rewound((writer) => writeChapters(writer, chapters))), chapters);
    }),
  );
});

test('of more chapters than fit the first 255 are there, and of a longer title as many whole letters as fit', () => {
  const many = Array.from({ length: 300 }, (_, index) => ({ seconds: index, title: 'ä'.repeat(200) }));

  const read = parseChapters(rewound((writer) => writeChapters(writer, many)));

  assert.equal(read.length, 255);
  assert.deepEqual(read[254], { seconds: 254, title: 'ä'.repeat(127) });
});

test('a title is read as it was written, also with chapters beside it', () => {
  const chapters = [{ seconds: 1, title: 'One' }];

  const read = parseTitle(rewound((writer) => writeTitle(writer, 'A talk', chapters)));

  assert.equal(read, 'A talk');
});

test('a title is read as it was written', () => {
  fc.assert(
    fc.property(text, (title) => {
      assert.equal(parseTitle(rewound((writer) => writeTitle(writer, title))), title);
    }),
  );
});
