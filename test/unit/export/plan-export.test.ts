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

  test('that is to be exact is decoded from the key frame on and shown from its first picture to its last', async () => {
    const plan = await planExport(recording, {
      format: 'mp4',
      quality: 'top',
      start: 2.51,
      end: 3.2,
      exact: true,
    });

    const [video, audio] = plan.tracks;
    // The picture that is shown at the start, the last before the end.
    assert.deepEqual([plan.start.toFixed(6), plan.end.toFixed(6)], ['2.500000', '3.200000']);
    assert.deepEqual([video.from, video.to], [12n * 90_000n, BigInt(13.2 * 90_000)]);
    assert.deepEqual([plan.movieStart?.time, plan.movieEnd?.time], [BigInt(12.5 * 90_000), BigInt(13.2 * 90_000)]);
    assert.equal(audio?.from, BigInt(12.5 * 48_000) - 2048n);
  });

  test('that is exact on key frames is as one that is not', async () => {
    const request = { format: 'mp4', quality: 'top', start: 2, end: 4 } as const;
    const [exact, other] = [
      await planExport(recording, { ...request, exact: true }),
      await planExport(recording, request),
    ];

    assert.deepEqual([exact.start, exact.end, exact.bytes], [other.start, other.end, other.bytes]);
  });

  test('cannot be exact where no edit list hides what is decoded before it', async () => {
    for (const format of ['mkv', 'hls'] as const) {
      const request = { format, quality: 'top', start: 2.5, exact: true } as const;
      await assert.rejects(planExport(recording, request), hasCode('request/invalid', /Only MP4 and M4A/));
    }
  });

  test('of a folder is widened to whole segments', async () => {
    const plan = await planExport(recording, { format: 'hls', quality: 'top', start: 3, end: 3.5 });

    assert.deepEqual([plan.start, plan.end], [2, 4]);
    assert.deepEqual([plan.movieStart?.time, plan.movieEnd?.time], [12n * 90_000n, 14n * 90_000n]);
    const late = planExport(recording, { format: 'hls', quality: 'top', start: HOUR });
    await assert.rejects(late, hasCode('export/range-empty'));
  });

  test('of all qualities begins each with a key frame of its own, and names those that are not played', async () => {
    const rare = [10, 14].map((start) => samplesFrom(start * 90_000, 120, 3000));
    const two = memoryRecording([
      { track: videoTrack(), segments: [10, 12, 14].map((start) => samplesFrom(start * 90_000, 60, 3000)) },
      { track: videoTrack({ bitrate: 800_000 }), segments: rare },
      { track: audioTrack(), segments: [10, 12, 14].map((start) => samplesFrom(start * 48_000, 93, 1024)) },
    ]);
    const plan = await planExport(two, { format: 'mp4', quality: 'all', start: 2, end: 4 });

    assert.deepEqual(
      plan.tracks.map(({ track, from, aside }) => [track.id, from, aside]),
      [
        ['video_2500000', 12n * 90_000n, undefined],
        ['audio_128000', 12n * 48_000n - 2048n, undefined],
        ['video_800000', 10n * 90_000n, '180p, 800 kbit/s'],
      ],
    );
    assert.equal(plan.movieEnd?.time, 14n * 90_000n);
  });

  test('may begin at a media time of 0, in every quality', async () => {
    const fromZero = memoryRecording([
      { track: videoTrack(), segments: [0, 2].map((at) => samplesFrom(at * 90_000, 60, 3000)) },
      {
        track: videoTrack({ bitrate: 800_000 }),
        segments: [0, 2].map((at) => samplesFrom(at * 90_000, 60, 3000)),
      },
      { track: audioTrack(), segments: [0, 2].map((at) => samplesFrom(at * 48_000, 93, 1024)) },
    ]);

    for (const exact of [true, false]) {
      const plan = await planExport(fromZero, { format: 'mp4', quality: 'all', start: 0.000001, end: 2, exact });
      assert.deepEqual([plan.start, plan.end, plan.tracks.length], [0, 2, 3]);
      assert.deepEqual([plan.tracks[0].from, plan.tracks.at(-1)?.from], [0n, 0n]);
    }
  });
});
