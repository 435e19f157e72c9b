import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { findKeyFrames } from '../../../src-main/core/export/foresee-export.ts';
import { planExport } from '../../../src-main/core/export/plan-export.ts';
import type { Presentation } from '../../../src-main/core/ports/presentation.ts';
import type { Sample } from '../../../src-main/media/cmaf/types.ts';
import { audioTrack, hasCode, memoryRecording, samplesFrom, videoTrack } from './memory-recording.ts';

const FRAME = 3000;
const OFFSET = 2 * FRAME;

/**
 * Pictures of 30 a second in segments of so many frames each, from media time 10 s on, with key frames where the list says; each is shown two frames
 * after it is decoded.
 */
function recordingOf(
  lengths: readonly number[],
  keyFrames: readonly number[],
): Presentation & { reads(): number } {
  const starts = lengths.map((_, index) => lengths.slice(0, index).reduce((sum, next) => sum + next, 0));
  const segments = lengths.map((length, index): readonly Sample[] =>
    samplesFrom(900_000 + (starts[index] ?? 0) * FRAME, length, FRAME).map((sample, frame) => ({
      ...sample,
      compositionOffset: OFFSET,
      sync: keyFrames.includes((starts[index] ?? 0) + frame),
    })),
  );
  return memoryRecording([{ track: videoTrack(), segments }]);
}

/** When a frame is shown, as the API says it. */
const shownAt = (frame: number): number => Math.round(((frame + 2) / 30) * 1000) / 1000;

/** Irregular: two in a segment, four segments with one, and one of eleven seconds that nothing cut. */
const KEYS = [0, 12, 60, 125, 151, 200, 530];
const irregular = recordingOf([60, 65, 75, 330, 70], KEYS);

const ask = (time: number, count: number) => findKeyFrames(irregular, { time, count, quality: 'top' });

suite('the key frames of a recording', () => {
  test('are those before a time and those behind it, wherever segments begin', async () => {
    assert.deepEqual(await ask(shownAt(125), 2), {
      quality: '2500',
      times: [60, 125, 151, 200].map(shownAt),
      isFirst: false,
      isLast: false,
    });
    assert.deepEqual((await ask(9, 1)).times, [200, 530].map(shownAt));
  });

  test('are known to be all there are on either side', async () => {
    assert.deepEqual(await ask(0, 3), {
      quality: '2500',
      times: [0, 12, 60].map(shownAt),
      isFirst: true,
      isLast: false,
    });
    assert.deepEqual(await ask(1e6, 2), {
      quality: '2500',
      times: [200, 530].map(shownAt),
      isFirst: false,
      isLast: true,
    });
    assert.deepEqual((await ask(5, 50)).times, KEYS.map(shownAt));
  });

  test('are where exports begin and end, to the tick', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 1, max: 299 }), { maxLength: 12 }),
        fc.integer({ min: 100, max: 9900 }),
        fc.integer({ min: 100, max: 9900 }),
        async (more, oneMs, otherMs) => {
          // Segments of any length, which begin at key frames or nowhere near.
          const recording = recordingOf([70, 20, 110, 40, 60], [0, ...more]);
          const [start, end] = [Math.min(oneMs, otherMs) / 1000, (Math.max(oneMs, otherMs) + 50) / 1000];
          const { times } = await findKeyFrames(recording, { time: start, count: 50, quality: 'top' });
          const plan = await planExport(recording, { format: 'mp4', quality: 'top', start, end });
          // They are told in milliseconds. A frame that is a millisecond off is meant, and the next are a third of one further.
          const exact = times.map((time) => Math.round(time * 30) / 30);
          const from = exact.findLast((time) => time <= start + 0.0011) ?? exact[0]!;
          const to = exact.find((time) => time >= end - 0.0011) ?? 10;
          assert(Math.abs(plan.start - from) < 0.0015, `${start} s begins at ${plan.start}, not ${from}`);
          assert(Math.abs(plan.end - to) < 0.0015, `${end} s ends at ${plan.end}, not ${to}`);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('of sound alone are its frames', async () => {
    const sound = memoryRecording([{ track: audioTrack(), segments: [samplesFrom(480_000, 93, 1024)] }]);

    const { times } = await findKeyFrames(sound, { time: 1, count: 1, quality: 'top' });

    assert.deepEqual(times, [0.981, 1.003]);
  });

  test('of a day are found in the few segments around the time', async () => {
    const day = memoryRecording([
      {
        track: videoTrack(),
        segments: Array.from({ length: 45_000 }, (_, index) => samplesFrom(index * 180_000, 1, 180_000)),
      },
    ]);
    const before = day.reads();

    const { times } = await findKeyFrames(day, { time: 43_200.5, count: 20, quality: 'top' });

    assert.equal(times.length, 40);
    assert.deepEqual([times[19], times[20]], [43_200, 43_202]);
    assert(day.reads() - before < 50, `${day.reads() - before} segments were read`);
  });

  test('are of the quality that is asked for, and there must be one', async () => {
    await assert.rejects(
      findKeyFrames(irregular, { time: 0, count: 1, quality: 7 }),
      hasCode('export/quality-not-found', /2500/),
    );
    await assert.rejects(
      findKeyFrames(memoryRecording([{ track: videoTrack(), segments: [] }]), {
        time: 0,
        count: 1,
        quality: 'top',
      }),
      hasCode('archive/empty'),
    );
  });
});
