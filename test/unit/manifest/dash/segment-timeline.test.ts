import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  compressTimeline,
  expandTimeline,
  type TimelineEntry,
  type TimelineRun,
  timelineRuns,
  writeTimelineRuns,
} from '../../../../src-main/manifest/dash/segment-timeline.ts';
import { ticks } from '../../../../src-main/media/time.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';

const run = (time: bigint, duration: number, repeat = 0): TimelineRun => ({ time: ticks(time), duration, repeat });

function entries(start: bigint, durations: readonly number[], firstSequence = 1): readonly TimelineEntry[] {
  let time = start;
  return durations.map((duration, index) => {
    const entry = { time: ticks(time), duration, sequence: firstSequence + index };
    time += BigInt(duration);
    return entry;
  });
}

test('runs that no timeline can have are refused', () => {
  for (const bad of [run(0n, 0), run(0n, 1.5), run(0n, -1), run(-1n, 1), run(0n, 1, -2), run(0n, 1, 0.5)]) {
    assert.throws(() => writeTimelineRuns([bad]), AppError);
  }
});

test('segments of the same duration are one run, and a change of duration begins another', () => {
  const runs = compressTimeline(entries(900_000n, [180_000, 180_000, 180_000, 183_003, 180_000]));

  assert.deepEqual(runs, [run(900_000n, 180_000, 2), run(1_440_000n, 183_003), run(1_623_003n, 180_000)]);
  assert.equal(writeTimelineRuns(runs), '<S t="900000" d="180000" r="2"/>\n<S d="183003"/>\n<S d="180000"/>\n');
});

test('a gap begins a run with its time', () => {
  const runs = compressTimeline([...entries(0n, [10, 10]), ...entries(25n, [10, 10])]);

  assert.deepEqual(runs, [run(0n, 10, 1), run(25n, 10, 1)]);
  assert.equal(writeTimelineRuns(runs), '<S t="0" d="10" r="1"/>\n<S t="25" d="10" r="1"/>\n');
});

test('times beyond 2^53 stay exact', () => {
  const start = 18_446_744_073_709_000_001n;

  const text = writeTimelineRuns(compressTimeline(entries(start, [90_001, 90_001])));

  assert.equal(text, `<S t="${start}" d="90001" r="1"/>\n`);
  assert.deepEqual(timelineRuns({ written: [text] }), [run(start, 90_001, 1)]);
});

test('bounded runs end at the same segments, wherever the window begins', () => {
  const all = entries(
    0n,
    Array.from({ length: 30 }, () => 10),
    5,
  );

  const runs = compressTimeline(all, 8);
  const later = compressTimeline(all.slice(11), 8);

  assert.deepEqual(
    runs.map(({ time, repeat }) => [time, repeat + 1]),
    [
      [0n, 3],
      [30n, 8],
      [110n, 8],
      [190n, 8],
      [270n, 3],
    ],
  );
  assert.deepEqual(later, runs.slice(2));
});

test('pieces that were written at different times make one timeline', () => {
  const first = writeTimelineRuns(compressTimeline(entries(100n, [10, 10, 12])));
  const second = writeTimelineRuns(compressTimeline(entries(132n, [12, 10], 4)));

  assert.deepEqual(timelineRuns({ written: [first, second] }), [
    run(100n, 10, 1),
    run(120n, 12),
    run(132n, 12),
    run(144n, 10),
  ]);
});

test('a run to the end of its Period is read, and what follows it needs a time', () => {
  assert.deepEqual(timelineRuns({ written: ['<S t="0" d="5" r="-1"/>', '<S t="50" d="5"/>'] }), [
    run(0n, 5, -1),
    run(50n, 5),
  ]);
  assert.throws(() => timelineRuns({ written: ['<S d="5" r="-1"/><S d="5"/>'] }), /has no time of its own/);
  assert.throws(() => timelineRuns({ written: ['<S d="0"/>'] }), /at least 1/);
  assert.throws(() => timelineRuns({ written: ['<S d="1" r="-2"/>'] }), /at least -1/);
  assert.throws(() => timelineRuns({ written: ['<S t="1"/>'] }), /attribute d is missing/);
  assert.throws(() => timelineRuns({ written: ['<S t="-1" d="1"/>'] }), /attribute t has a value/);
});

test('a timeline that stands for more segments than anybody has is refused', () => {
  assert.throws(
    () => timelineRuns({ written: ['<S t="0" d="1" r="9007199254740990"/>'] }),
    /at most 1000000 segments/,
  );
  assert.throws(
    () => timelineRuns({ written: ['<S t="0" d="1" r="999998"/><S d="1" r="1"/>'] }),
    /at most 1000000/,
  );
});

test('any segments are compressed, written, read and expanded without loss', () => {
  const steps = fc.array(
    fc.record({
      gap: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.nat(1000)),
      duration: fc.integer({ min: 1, max: 5 }),
    }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 2n ** 60n }),
      steps,
      fc.integer({ min: 1, max: 20 }),
      (start, all, runLength) => {
        let time = start;
        const segments = all.map(({ gap, duration }, sequence) => {
          const entry = { time: ticks(time + BigInt(gap)), duration, sequence };
          time = entry.time + BigInt(duration);
          return entry;
        });

        for (const runs of [compressTimeline(segments), compressTimeline(segments, runLength)]) {
          const read = timelineRuns({ written: [writeTimelineRuns(runs)] });

          assert.deepEqual(read, runs);
          assert.deepEqual(
            [...expandTimeline(read)],
            segments.map(({ time: at, duration }) => ({ time: at, duration })),
          );
        }
      },
    ),
  );
});
