import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { fillHeader } from '../../../src-main/core/export/reserve-header.ts';
import { readBoxes } from '../../../src-main/media/isobmff/box-reader.ts';
import { layoutMovie, type MovieLayout } from '../../../src-main/media/mp4/layout-movie.ts';
import { parseMovie } from '../../../src-main/media/mp4/parse-movie.ts';
import { createSampleTable } from '../../../src-main/media/mp4/sample-table.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { audioTrack, videoTrack } from './memory-recording.ts';

/** Two tracks of chunks with one sample each, in turns. Only their sizes are real. */
function layoutOf(sizes: readonly number[]): MovieLayout {
  const inputs = [videoTrack(), audioTrack()].map((track) => {
    const table = createSampleTable({ description: track, timescale: track.timescale });
    for (const size of sizes) {
      table.add(1000, 0, true, size);
      table.endChunk();
    }
    return { table, startTime: ticks(0) };
  });
  const order = sizes.flatMap((_, chunk) => [
    { track: 0, chunk },
    { track: 1, chunk },
  ]);
  return layoutMovie(inputs, order);
}

function offsetsIn(header: Uint8Array): readonly number[][] {
  return parseMovie(header).tracks.map(({ chunkOffsets }) => [...chunkOffsets]);
}

const GIB = 1024 ** 3;

suite('the header of a movie in the room that was left for it', () => {
  test('ends where the data begins, and every chunk is where it was written', () => {
    const header = fillHeader(layoutOf([10, 20, 30]), 8192);

    assert(header !== undefined);
    assert.equal(header.length, 8192);
    assert.deepEqual(
      [...readBoxes(Buffer.concat([header, Buffer.alloc(120)])).children()].map(({ type }) => type),
      ['ftyp', 'moov', 'free', 'mdat'],
    );
    assert.deepEqual(offsetsIn(header.subarray(0, -8)), [
      [8192, 8212, 8252],
      [8202, 8232, 8282],
    ]);
  });

  test('fills it exactly when it is known', () => {
    const layout = layoutOf([10]);
    const before = offsetsIn(layout.header);
    const exact = layout.header.length + layout.mdatHeader.length;

    const header = fillHeader(layout, exact);

    assert.equal(header?.length, exact);
    assert.deepEqual(offsetsIn(header.subarray(0, layout.header.length)), before);
  });

  test('does not fit where there is too little room, or too little for a box between', () => {
    const exact = layoutOf([10]).header.length + layoutOf([10]).mdatHeader.length;

    assert(fillHeader(layoutOf([10]), exact - 1) === undefined);
    assert(fillHeader(layoutOf([10]), exact + 7) === undefined);
    assert.equal(fillHeader(layoutOf([10]), exact + 8)?.length, exact + 8);
  });

  test('places chunks beyond 4 GiB with 64 bits', () => {
    const layout = layoutOf([GIB, GIB, GIB]);
    const header = fillHeader(layout, 1024 * 1024);

    assert(header !== undefined);
    assert.equal(layout.mdatHeader.length, 16);
    assert.deepEqual(offsetsIn(header.subarray(0, -16)), [
      [0, 2, 4].map((chunk) => chunk * GIB + 1024 * 1024),
      [1, 3, 5].map((chunk) => chunk * GIB + 1024 * 1024),
    ]);
  });

  test('does not fit when the room itself would push a chunk beyond 32 bits', () => {
    // A megabyte below 4 GiB, the last chunk a small one: laid out with 32 bits, it cannot move by eight megabytes.
    const layout = layoutOf([GIB, GIB - 512 * 1024 - 10, 10]);

    assert(fillHeader(layout, 8 * 1024 * 1024) === undefined);
  });
});
