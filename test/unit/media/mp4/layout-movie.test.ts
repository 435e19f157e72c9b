import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sample, TrackDescription } from '../../../../src-main/media/cmaf/types.ts';
import { readBoxes } from '../../../../src-main/media/isobmff/box-reader.ts';
import { parseFileType } from '../../../../src-main/media/isobmff/ftyp.ts';
import { layoutMovie, type MovieOptions } from '../../../../src-main/media/mp4/layout-movie.ts';
import { parseMovie } from '../../../../src-main/media/mp4/parse-movie.ts';
import { createSampleTable } from '../../../../src-main/media/mp4/sample-table.ts';
import { ticks } from '../../../../src-main/media/time.ts';
import { AUDIO, audioFrames, concat, fromHex, pictures, toHex, VIDEO } from '../sample-media.ts';

type Input = { readonly description: TrackDescription; readonly chunks: readonly (readonly Sample[])[] };

function chunksOf(samples: readonly Sample[], length: number): readonly (readonly Sample[])[] {
  return Array.from({ length: Math.ceil(samples.length / length) }, (_, index) =>
    samples.slice(index * length, (index + 1) * length),
  );
}

/** The whole file: track by track, chunk by chunk in turn. */
function writeMovie(inputs: readonly Input[], options: MovieOptions = {}) {
  const tracks = inputs.map(({ description, chunks }) => {
    const table = createSampleTable({ description, timescale: description.timescale });
    for (const chunk of chunks) {
      for (const { duration, compositionOffset, sync, data } of chunk) {
        table.add(duration, compositionOffset, sync, data.length);
      }
      table.endChunk();
    }
    return { table, startTime: chunks[0]?.[0]?.decodeTime ?? ticks(0) };
  });
  const longest = Math.max(...inputs.map(({ chunks }) => chunks.length));
  const order = Array.from({ length: longest }, (_, chunk) =>
    inputs.flatMap(({ chunks }, track) => (chunk < chunks.length ? [{ track, chunk }] : [])),
  ).flat();
  const layout = layoutMovie(tracks, order, options);
  const data = order.flatMap(({ track, chunk }) =>
    (inputs[track]?.chunks[chunk] ?? []).map((sample) => sample.data),
  );
  const file = concat(layout.header, layout.mdatHeader, ...data);
  assert.equal(file.length, layout.totalBytes);
  return { file, movie: parseMovie(layout.header) };
}

/** The bytes of every chunk of a track, found in the file as its tables say. */
function chunkBytes(
  file: Uint8Array,
  track: { chunkOffsets: Float64Array; chunkSizes: Float64Array } | undefined,
) {
  assert(track !== undefined);
  return Array.from(track.chunkOffsets, (offset, chunk) =>
    toHex(file.subarray(offset, offset + (track.chunkSizes[chunk] ?? 0))),
  );
}

function hexOf(chunks: Input['chunks']): readonly string[] {
  return chunks.map((chunk) => chunk.map(({ data }) => toHex(data)).join(''));
}

/** Decode order I P B B with a delay of one picture, as `-bf 2` writes it. */
function withBFrames(samples: readonly Sample[]): readonly Sample[] {
  return samples.map((sample, index) => ({
    ...sample,
    compositionOffset: [6000, 12_000, 3000, 3000][index % 4] ?? 0,
  }));
}

test('every chunk is where the tables say', () => {
  const inputs = [
    { description: VIDEO, chunks: chunksOf(pictures(31), 6) },
    { description: AUDIO, chunks: chunksOf(audioFrames(40), 9) },
  ];

  const { file, movie } = writeMovie(inputs);

  assert.deepEqual(
    movie.tracks.map((track) => chunkBytes(file, track)),
    inputs.map(({ chunks }) => hexOf(chunks)),
  );
  assert.deepEqual(
    [...readBoxes(file).children()].map(({ type }) => type),
    ['ftyp', 'moov', 'mdat'],
  );
});

test('the tables count what was added', () => {
  const { movie } = writeMovie([
    { description: VIDEO, chunks: chunksOf(pictures(31, { gop: 10 }), 6) },
    { description: AUDIO, chunks: chunksOf(audioFrames(40), 9) },
  ]);

  assert.deepEqual(
    movie.tracks.map(({ trackId, description, sampleCount, syncSampleCount, mediaDuration }) => ({
      trackId,
      description,
      sampleCount,
      syncSampleCount,
      mediaDuration,
    })),
    [
      { trackId: 1, description: VIDEO, sampleCount: 31, syncSampleCount: 4, mediaDuration: 93_000n },
      { trackId: 2, description: AUDIO, sampleCount: 40, syncSampleCount: 40, mediaDuration: 40_960n },
    ],
  );
  // 720 kHz: the least common multiple of 90 and 48 kHz.
  assert.equal(movie.timescale, 720_000);
  assert.equal(movie.duration, 93_000n * 8n);
  assert.deepEqual(
    movie.tracks.map(({ edits, presentedDuration }) => [edits, presentedDuration]),
    [
      [[], 93_000n * 8n],
      [[], 40_960n * 15n],
    ],
  );
});

test('a track that begins later waits, exactly', () => {
  const start = 900_000;
  const { movie } = writeMovie([
    { description: VIDEO, chunks: [pictures(10, { start })] },
    // 10 s less the priming of the encoder
    { description: AUDIO, chunks: [audioFrames(10, 480_000 - 1024)] },
  ]);

  assert.deepEqual(movie.tracks[0]?.edits, [
    { kind: 'empty', duration: 1024n * 15n },
    { kind: 'media', duration: 30_000n * 8n, mediaTime: 0n },
  ]);
  assert.deepEqual(movie.tracks[1]?.edits, []);
  assert.equal(movie.tracks[0].presentedDuration, 1024n * 15n + 30_000n * 8n);
});

test('the delay of B-frames is in the edit list, so that picture and sound begin together', () => {
  const { movie } = writeMovie([
    // Shown from 900000 on, decoded two pictures earlier.
    { description: VIDEO, chunks: [withBFrames(pictures(8, { start: 894_000 }))] },
    { description: AUDIO, chunks: [audioFrames(10, 480_000)] },
  ]);

  // The smallest offset, 3000, is taken off all of them.
  assert.deepEqual(movie.tracks[0]?.edits, [{ kind: 'media', duration: 8n * 24_000n, mediaTime: 3000n }]);
  assert.deepEqual(movie.tracks[1]?.edits, []);
});

test('negative composition offsets are written as positive ones and shifted back', () => {
  const samples = withBFrames(pictures(8)).map((sample) => ({
    ...sample,
    compositionOffset: sample.compositionOffset - 6000,
  }));

  const { file, movie } = writeMovie([{ description: VIDEO, chunks: [samples] }]);

  const ctts = readBoxes(file)
    .require('moov')
    .require('trak')
    .require('mdia')
    .require('minf')
    .require('stbl')
    .require('ctts');
  assert.equal(ctts.fullBox(1).version, 0);
  assert.deepEqual(movie.tracks[0]?.edits, [{ kind: 'media', duration: 24_000n, mediaTime: 3000n }]);
});

test('one offset for all needs no table', () => {
  const samples = pictures(4).map((sample) => ({ ...sample, compositionOffset: 3000 }));

  const { file, movie } = writeMovie([{ description: VIDEO, chunks: [samples] }]);

  assert.equal(Buffer.from(file).includes('ctts'), false);
  assert.deepEqual(movie.tracks[0]?.edits, []);
});

test('what lies before the asked-for beginning is hidden, not cut', () => {
  const { movie } = writeMovie(
    [
      { description: VIDEO, chunks: [pictures(60, { start: 900_000 })] },
      { description: AUDIO, chunks: [audioFrames(96, 480_000 - 1024)] },
    ],
    { start: { time: ticks(10_500), timescale: 1000 } },
  );

  assert.deepEqual(movie.tracks[0]?.edits, [{ kind: 'media', duration: 135_000n * 8n, mediaTime: 45_000n }]);
  assert.deepEqual(movie.tracks[1]?.edits, [
    { kind: 'media', duration: (96n * 1024n - 1024n - 24_000n) * 15n, mediaTime: 25_024n },
  ]);
  assert.equal(movie.tracks[0].sampleCount, 60);
});

test('a beginning that leaves nothing of a track is a mistake', () => {
  assert.throws(
    () =>
      writeMovie([{ description: VIDEO, chunks: [pictures(10)] }], { start: { time: ticks(10), timescale: 1 } }),
    /shows something/,
  );
});

test('a title is found again, and without one there is none', () => {
  const inputs = [{ description: VIDEO, chunks: [pictures(3)] }];

  assert.equal(writeMovie(inputs, { title: 'Größe 漢字' }).movie.title, 'Größe 漢字');
  assert.equal(writeMovie(inputs).movie.title, undefined);
});

test('the brands are those of an ordinary MP4 file', () => {
  const avc = writeMovie([{ description: VIDEO, chunks: [pictures(3)] }]).file;
  const sound = writeMovie([{ description: AUDIO, chunks: [audioFrames(3)] }]).file;

  assert.deepEqual(parseFileType(readBoxes(avc).require('ftyp')), {
    majorBrand: 'isom',
    minorVersion: 0x200,
    compatibleBrands: ['isom', 'iso2', 'avc1', 'mp41'],
  });
  assert.deepEqual(parseFileType(readBoxes(sound).require('ftyp')).compatibleBrands, ['isom', 'iso2', 'mp41']);
});

test('files beyond 4 GiB have offsets and sizes of 64 bits', () => {
  const table = createSampleTable({ description: VIDEO, timescale: 90_000 });
  for (let chunk = 0; chunk < 5; chunk += 1) {
    table.add(3000, 0, true, 0x4000_0000);
    table.endChunk();
  }
  const order = [0, 1, 2, 3, 4].map((chunk) => ({ track: 0, chunk }));

  const { header, mdatHeader, totalBytes } = layoutMovie([{ table, startTime: ticks(0) }], order);

  const [track] = parseMovie(header).tracks;
  const dataStart = header.length + 16;
  assert.equal(toHex(mdatHeader), '000000016d6461740000000140000010');
  assert.equal(totalBytes, dataStart + 5 * 0x4000_0000);
  assert.deepEqual(
    track?.chunkOffsets,
    Float64Array.from([0, 1, 2, 3, 4], (chunk) => dataStart + chunk * 0x4000_0000),
  );
});

test('a file just below 4 GiB keeps to 32 bits', () => {
  const table = createSampleTable({ description: VIDEO, timescale: 90_000 });
  table.add(3000, 0, true, 0xffff_0000);
  table.endChunk();

  const { header, mdatHeader, totalBytes } = layoutMovie(
    [{ table, startTime: ticks(0) }],
    [{ track: 0, chunk: 0 }],
  );

  assert.equal(mdatHeader.length, 8);
  assert(totalBytes < 2 ** 32);
  assert.equal(Buffer.from(header).includes('stco'), true);
});

test('the header itself can push the last chunk beyond 4 GiB', () => {
  const table = createSampleTable({ description: VIDEO, timescale: 90_000 });
  for (const size of [0xffff_fe00, 8]) {
    table.add(3000, 0, true, size);
    table.endChunk();
  }
  const order = [0, 1].map((chunk) => ({ track: 0, chunk }));

  const { header, mdatHeader } = layoutMovie([{ table, startTime: ticks(0) }], order);

  assert.equal(mdatHeader.length, 8);
  assert.equal(parseMovie(header).tracks[0]?.chunkOffsets[1], header.length + 8 + 0xffff_fe00);
});

test('durations beyond 32 bits are written with 64', () => {
  const table = createSampleTable({ description: VIDEO, timescale: 90_000 });
  for (let hour = 0; hour < 30; hour += 1) {
    table.add(90_000 * 3600, 0, true, 1);
  }
  table.endChunk();

  const { header } = layoutMovie([{ table, startTime: ticks(0) }], [{ track: 0, chunk: 0 }]);

  const movie = parseMovie(header);
  assert.equal(movie.duration, 30n * 3600n * 90_000n);
  assert.equal(movie.tracks[0]?.mediaDuration, 30n * 3600n * 90_000n);
});

test('timescales without a common multiple of 32 bits are rounded to the finest', () => {
  const odd = { ...AUDIO, timescale: 999_983 };
  const { movie } = writeMovie([
    { description: { ...VIDEO, timescale: 999_979 }, chunks: [pictures(3)] },
    { description: odd, chunks: [audioFrames(3)] },
  ]);

  assert.equal(movie.timescale, 999_983);
});

test('an order that is not every chunk once and in turn is a mistake', () => {
  const table = createSampleTable({ description: VIDEO, timescale: 90_000 });
  for (let chunk = 0; chunk < 2; chunk += 1) {
    table.add(3000, 0, true, 1);
    table.endChunk();
  }
  const tracks = [{ table, startTime: ticks(0) }];

  for (const [order, words] of [
    [[0], /every chunk/],
    [[1, 0], /one after the other/],
    [[0, 1, 1], /one after the other/],
    [[0, 1, 2], /chunks that exist/],
  ] as const) {
    const refs = order.map((chunk) => ({ track: 0, chunk }));
    assert.throws(() => layoutMovie(tracks, refs), words);
  }
  assert.throws(() => layoutMovie(tracks, [{ track: 1, chunk: 0 }]), /chunks that exist/);
  assert.throws(() => layoutMovie([], []), /at least one track/);
});

test('another timescale than that of the description is the one that counts', () => {
  const table = createSampleTable({
    description: { ...VIDEO, decoderConfig: fromHex('0164001effe000') },
    timescale: 30,
  });
  table.add(1, 0, true, 1);
  table.endChunk();

  const { header } = layoutMovie([{ table, startTime: ticks(0) }], [{ track: 0, chunk: 0 }]);

  assert.equal(parseMovie(header).tracks[0]?.description.timescale, 30);
});
