import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { planExport, secondsOf } from '../../../src-main/core/export/plan-export.ts';
import type { Presentation } from '../../../src-main/core/ports/presentation.ts';
import { audioTrack, hasCode, memoryRecording, samplesFrom, videoTrack } from './memory-recording.ts';

/** Five segments of two seconds from media time 10 s on, the fourth an hour later; sound beside it. */
const HOUR = 3600;
const STARTS = [10, 12, 14, HOUR, HOUR + 2];
const recording = memoryRecording([
  { track: videoTrack(), segments: STARTS.map((start) => samplesFrom(start * 90_000, 60, 3000)) },
  { track: audioTrack(), segments: STARTS.map((start) => samplesFrom(start * 48_000, 93, 1024)) },
]);

async function planned(start?: number | string, end?: number | string, from: Presentation = recording) {
  const plan = await planExport(from, { format: 'mp4', quality: 'top', start, end });
  const [video, audio] = plan.tracks.map(({ segments }) => segments.map(({ sequence }) => sequence));
  return { start: plan.start, end: plan.end, video, audio };
}

suite('the range of an export', () => {
  test('is the whole recording when nothing is said', async () => {
    const all = [1, 2, 3, 4, 5];
    assert.deepEqual(await planned(), { start: 0, end: HOUR - 10 + 4, video: all, audio: all });
  });

  test('is widened to the key frames around it, with the sound that decoding needs', async () => {
    // The sound of the first segment ends 16 ms before the second picture segment: it is the frame that comes before.
    assert.deepEqual(await planned(3, 3.5), { start: 2, end: 4, video: [2], audio: [1, 2] });
  });

  test('on key frames is not widened, also when it is a rounding below or above', async () => {
    assert.deepEqual((await planned(2, 4)).video, [2]);
    assert.deepEqual((await planned(1.9995, 4.0005)).video, [2]);
  });

  test('that begins inside of a gap begins behind it', async () => {
    const { start, end, video } = await planned(100, HOUR - 10 + 1);

    assert.deepEqual({ start, end, video }, { start: HOUR - 10, end: HOUR - 10 + 2, video: [4] });
  });

  test('that ends inside of a gap ends before it', async () => {
    assert.deepEqual((await planned(5, 100)).video, [3]);
    assert.equal((await planned(5, 100)).end, 6, 'and says so');
  });

  test('begins at the key frame before it, however far back that is', async () => {
    const [first = [], ...others] = [0, 2, 4, 6].map((start) => samplesFrom(start * 90_000, 60, 3000));
    const without = others.map((samples) => samples.map((sample) => ({ ...sample, sync: false })));
    const rare = memoryRecording([
      { track: videoTrack(), segments: [first, ...without, samplesFrom(720_000, 60, 3000)] },
    ]);

    assert.deepEqual(await planned(7, 7.5, rare), { start: 0, end: 8, video: [1, 2, 3, 4], audio: undefined });
  });

  test('may end anywhere behind the recording', async () => {
    assert.deepEqual((await planned(HOUR - 9, 1e12)).video, [4, 5]);
  });

  test('takes times as people write them', () => {
    assert.deepEqual(
      [secondsOf(1.5), secondsOf('90'), secondsOf('1:30.25'), secondsOf('01:02:03')],
      [1.5, 90, 90.25, 3723],
    );
  });

  test('that is none is refused', async () => {
    for (const [start, end] of [
      [5, 5],
      [5, 4],
      [0, 0],
      [HOUR, undefined],
      [100, 200],
    ]) {
      await assert.rejects(planned(start, end), hasCode('export/range-empty'), `${start} to ${end}`);
    }
  });

  test('of a recording without media is refused', async () => {
    const empty = memoryRecording([{ track: videoTrack(), segments: [] }]);

    await assert.rejects(planned(undefined, undefined, empty), hasCode('archive/empty'));
  });

  test('leaves out a track that has nothing in it', async () => {
    const lateSound = memoryRecording([
      { track: videoTrack(), segments: [0, 2, 4].map((start) => samplesFrom(start * 90_000, 60, 3000)) },
      { track: audioTrack(), segments: [samplesFrom(0, 93, 1024)] },
    ]);

    assert.deepEqual(await planned(2, 6, lateSound), { start: 2, end: 6, video: [2, 3], audio: undefined });
  });
});
