import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSampleTable } from '../../../../src-main/media/mp4/sample-table.ts';
import { VIDEO } from '../sample-media.ts';

function emptyTable() {
  return createSampleTable({ description: VIDEO, timescale: 90_000 });
}

test('runs of the same value are counted, not listed', () => {
  const table = emptyTable();
  for (const [duration, offset, size] of [
    [3000, 6000, 50],
    [3000, 12_000, 10],
    [3000, 0, 10],
    [3000, 0, 10],
    [2999, 3000, 12],
  ] as const) {
    table.add(duration, offset, size === 50, size);
  }
  table.endChunk();

  const contents = table.contents();

  assert.deepEqual(contents.timeToSample, { counts: Uint32Array.of(4, 1), durations: Uint32Array.of(3000, 2999) });
  assert.deepEqual(contents.compositionOffsets, {
    counts: Uint32Array.of(1, 1, 2, 1),
    offsets: Int32Array.of(6000, 12_000, 0, 3000),
  });
  assert.deepEqual(contents.sizes, { kind: 'each', sizes: Uint32Array.of(50, 10, 10, 10, 12) });
  assert.deepEqual(contents.syncSamples, Uint32Array.of(1));
  assert.deepEqual([contents.sampleCount, contents.duration, contents.smallestOffset], [5, 14_999, 0]);
  assert.deepEqual(contents.presented, { start: 6000, end: 18_000 });
});

test('chunks are counted where their length changes', () => {
  const table = emptyTable();
  for (const length of [6, 6, 5, 6, 6]) {
    for (let sample = 0; sample < length; sample += 1) {
      table.add(3000, 0, true, 7);
    }
    table.endChunk();
  }

  const contents = table.contents();

  assert.deepEqual(contents.sampleToChunk, {
    firstChunks: Uint32Array.of(1, 3, 4),
    samplesPerChunk: Uint32Array.of(6, 5, 6),
  });
  assert.deepEqual(contents.chunkSizes, Uint32Array.of(42, 42, 35, 42, 42));
  assert.deepEqual(contents.sizes, { kind: 'uniform', size: 7, count: 29 });
  assert.equal(contents.syncSamples, undefined);
});

test('empty samples are listed, because a uniform size of 0 would mean a list', () => {
  const table = emptyTable();
  table.add(3000, 0, true, 0);
  table.endChunk();

  assert.deepEqual(table.contents().sizes, { kind: 'each', sizes: Uint32Array.of(0) });
});

test('ten hours are nothing special', () => {
  const table = emptyTable();
  const samples = 10 * 3600 * 30;
  for (let sample = 0; sample < samples; sample += 1) {
    table.add(3000, (sample % 3) * 3000, sample % 60 === 0, 1000 + (sample % 17));
    if (sample % 6 === 5) {
      table.endChunk();
    }
  }

  const contents = table.contents();

  assert.equal(contents.sampleCount, samples);
  assert.equal(contents.duration, samples * 3000);
  assert.equal(contents.syncSamples?.length, samples / 60);
  assert.equal(contents.chunkSizes.length, samples / 6);
  assert.equal(contents.timeToSample.counts.length, 1);
});

test('misuse is a mistake', () => {
  assert.throws(() => emptyTable().endChunk(), /at least one sample/);
  assert.throws(() => emptyTable().contents(), /there are samples/);
  assert.throws(() => emptyTable().add(0, 0, true, 1), /at least one tick/);
  assert.throws(() => emptyTable().add(2 ** 32, 0, true, 1), /fits into 32 bits/);
  assert.throws(() => emptyTable().add(1, 2 ** 31, true, 1), /fits into 32 bits/);
  assert.throws(() => emptyTable().add(1, 0, true, -1), /fits into 32 bits/);
  assert.throws(() => {
    const table = emptyTable();
    table.add(3000, 0, true, 1);
    table.contents();
  }, /chunks that were ended/);
});
