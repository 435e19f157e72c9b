import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createTrackCollector, type TrackCollector } from '../../../src-main/core/export/collect-track.ts';
import type { PlannedTrack } from '../../../src-main/core/export/plan-export.ts';
import { readChunks } from '../../../src-main/core/export/read-chunks.ts';
import type { Track } from '../../../src-main/core/ports/presentation.ts';
import { writeChunk } from '../../../src-main/media/cmaf/chunk.ts';
import type { Sample } from '../../../src-main/media/cmaf/types.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { audioTrack, hasCode, memoryRecording, samplesFrom, videoTrack } from './memory-recording.ts';

function collectorOf(track: Track, over: Partial<PlannedTrack> = {}): TrackCollector {
  const [window] = memoryRecording([{ track, segments: [] }]).tracks();
  assert(window !== undefined);
  return createTrackCollector({ window, track, segments: [], from: undefined, to: undefined, ...over });
}

/** What was taken: when each chunk begins, and its bytes. */
function add(
  collector: TrackCollector,
  kind: Track['kind'],
  samples: readonly Sample[],
): readonly [number, number][] {
  const { bytes } = writeChunk(samples, { sequenceNumber: 1, kind });
  return readChunks(bytes)
    .flatMap((chunk) => collector.add(chunk))
    .map(({ time, data }) => [Number(time), data.reduce((sum, piece) => sum + piece.length, 0)]);
}

function durations(collector: TrackCollector): readonly [number, number][] {
  const { counts, durations: each } = collector.table.contents().timeToSample;
  return [...counts].map((count, index) => [count, each[index] ?? 0]);
}

suite('a track on its way into a movie', () => {
  test('has the samples of its chunks, one movie chunk each', () => {
    const collector = collectorOf(videoTrack());

    const taken = [
      add(collector, 'video', samplesFrom(900_000, 6, 3000)),
      add(collector, 'video', samplesFrom(918_000, 6, 3000)),
    ];
    collector.finish();

    assert.deepEqual(taken, [[[900_000, 60]], [[918_000, 60]]]);
    assert.deepEqual(durations(collector), [[12, 3000]]);
    assert.deepEqual([...collector.table.contents().chunkSizes], [60, 60]);
    assert.deepEqual([collector.startTime(), collector.points()], [900_000n, [900_000n, 918_000n]]);
  });

  test('shows its last picture through a gap', () => {
    const collector = collectorOf(videoTrack());
    add(collector, 'video', samplesFrom(0, 3, 3000));
    add(collector, 'video', samplesFrom(90_000, 3, 3000));
    collector.finish();

    assert.deepEqual(durations(collector), [
      [2, 3000],
      [1, 84_000],
      [3, 3000],
    ]);
  });

  test('is silent through a gap, to the tick', () => {
    const collector = collectorOf(audioTrack());
    add(collector, 'audio', samplesFrom(0, 2, 1024));
    const taken = add(collector, 'audio', samplesFrom(2048 + 100 * 1024 + 500, 2, 1024));
    collector.finish();

    assert.deepEqual(
      taken.map(([time]) => time),
      [2048, 2048 + 48 * 1024, 2048 + 96 * 1024, 2048 + 100 * 1024 + 500],
    );
    assert.deepEqual(durations(collector), [
      [101, 1024],
      [1, 1524],
      [2, 1024],
    ]);
    assert.equal(collector.table.contents().duration, 102 * 1024 + 500 + 2 * 1024);
  });

  test('waits through a gap where the codec has no silence that is known', () => {
    const collector = collectorOf(audioTrack({ codec: 'mp4a.40.5' }));
    add(collector, 'audio', samplesFrom(0, 2, 1024));
    add(collector, 'audio', samplesFrom(10_240, 1, 1024));
    collector.finish();

    assert.deepEqual(durations(collector), [
      [1, 1024],
      [1, 9216],
      [1, 1024],
    ]);
  });

  test('is cut inside of a chunk at both ends', () => {
    const collector = collectorOf(audioTrack(), { from: ticks(2048), to: ticks(5000) });
    const taken = [
      ...add(collector, 'audio', samplesFrom(0, 2, 1024)),
      ...add(collector, 'audio', samplesFrom(2048, 6, 1024)),
      ...add(collector, 'audio', samplesFrom(8192, 2, 1024)),
    ];
    collector.finish();

    assert.deepEqual(taken, [[2048, 30]]);
    assert.equal(collector.table.contents().sampleCount, 3);
    assert.equal(collector.startTime(), 2048n);
  });

  test('that goes back in time is damaged', () => {
    const collector = collectorOf(videoTrack());
    add(collector, 'video', samplesFrom(90_000, 3, 3000));

    assert.throws(() => add(collector, 'video', samplesFrom(90_000, 3, 3000)), hasCode('archive/damaged'));
  });

  test('with a gap that no MP4 can hold says so', () => {
    const collector = collectorOf(videoTrack());
    add(collector, 'video', samplesFrom(0, 3, 3000));

    const fourteenHours = 14 * 3600 * 90_000;
    assert.throws(
      () => add(collector, 'video', samplesFrom(fourteenHours, 3, 3000)),
      hasCode('media/unsupported', /gap of 14 hours/),
    );
  });
});
