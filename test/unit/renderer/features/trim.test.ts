import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { KeyFrames } from '../../../../src-main/shared/api/export-plans.ts';
import { isWhole, type Range, snapped } from '../../../../src-renderer/features/archive/trim.ts';
import {
  createTrim,
  type SeenRecording,
  type Trim,
} from '../../../../src-renderer/features/archive/trim-store.ts';

/** A service that tells three key frames on either side, and how often it was asked. */
function openTrim(
  times: readonly number[],
  seen: Partial<SeenRecording> = {},
): {
  readonly trim: Trim;
  readonly asked: number[];
  readonly range: () => Range & { readonly isSure: boolean };
  readonly settled: () => Promise<void>;
  readonly see: (more: Partial<SeenRecording>, nowTimes?: readonly number[]) => void;
} {
  let recording: SeenRecording = { span: (times.at(-1) ?? 0) + 1.5, gaps: [], startMs: undefined, ...seen };
  let now = times;
  const asked: number[] = [];
  const trim = createTrim(async (time): Promise<KeyFrames> => {
    asked.push(time);
    await Promise.resolve();
    const before = now.filter((one) => one <= time + 0.001).slice(-3);
    const behind = now.filter((one) => one > time + 0.001).slice(0, 3);
    return {
      quality: '2500',
      times: [...before, ...behind],
      isFirst: (before[0] ?? behind[0]) === now[0],
      isLast: (behind.at(-1) ?? before.at(-1)) === now.at(-1),
    };
  });
  trim.see(recording);
  return {
    trim,
    asked,
    range() {
      const { wanted, known } = trim.getState();
      return snapped(wanted ?? { start: 0, end: recording.span }, recording, known);
    },
    settled: () => new Promise((resolve) => setImmediate(resolve)),
    see(more, nowTimes = now) {
      now = nowTimes;
      recording = { ...recording, ...more };
      trim.see(recording);
    },
  };
}

/** Key frames in milliseconds, as the service tells them, from 0 or a little later on. */
const keyFrames = fc
  .tuple(
    fc.constantFrom(0, 67),
    fc.uniqueArray(fc.integer({ min: 100, max: 60_000 }), { minLength: 1, maxLength: 40 }),
  )
  .map(([first, others]) => [first, ...others.toSorted((a, b) => a - b)].map((ms) => ms / 1000));

test('a part lies on the key frames around what was asked for, wherever they are', async () => {
  await fc.assert(
    fc.asyncProperty(
      keyFrames,
      fc.double({ min: 0, max: 61, noNaN: true }),
      fc.double({ min: 0, max: 61, noNaN: true }),
      async (times, one, other) => {
        const { trim, range, settled } = openTrim(times);
        const span = (times.at(-1) ?? 0) + 1.5;
        const [start, end] = [Math.min(one, other), Math.max(one, other) + 0.002];
        fc.pre(start < span - 1.5);
        trim.setRange({ start, end });
        await settled();

        assert.deepEqual(range(), {
          start: start <= 0.001 ? 0 : (times.findLast((time) => time <= start + 0.001) ?? 0),
          end: end >= span - 0.001 ? span : (times.find((time) => time >= end - 0.001) ?? span),
          isSure: true,
        });
        assert(range().end > range().start);
      },
    ),
  );
});

test('keys take a handle from key frame to key frame, there and back, without asking for all of them', async () => {
  const times = [0, 0.5, 0.7, 2.2, 2.9, 3.1, 8.4, 20, 20.04, 47];
  const { trim, range, asked } = openTrim(times);
  const seen: number[] = [];
  for (let press = 0; press < 12; press += 1) {
    await trim.step('start', 0.1);
    seen.push(range().start);
  }
  // The one 40 ms behind another is passed: a press moves by a tenth of a second at least. The end is never passed.
  assert.deepEqual(seen, [0.5, 0.7, 2.2, 2.9, 3.1, 8.4, 20, 47, 47, 47, 47, 47]);
  for (let press = 0; press < 3; press += 1) {
    await trim.step('start', -0.1);
  }
  assert.equal(range().start, 3.1);
  await trim.step('end', -0.1);
  assert.deepEqual(range(), { start: 3.1, end: 47, isSure: true });
  await trim.step('end', -30);
  assert.equal(range().end, 8.4);
  await trim.step('start', -30);
  assert.equal(range().start, 0);
  assert(asked.length < 10, `${asked.length} questions`);
});

test('a handle that is dragged asks one question at a time, and the newest place counts', async () => {
  const times = Array.from({ length: 45_000 }, (_, index) => index * 2);
  const { trim, asked, range, settled } = openTrim(times);
  for (let start = 1000; start < 80_000; start += 100) {
    trim.setRange({ start: start + 0.7, end: 90_000 });
  }
  assert.equal(range().isSure, false);
  await settled();

  assert.deepEqual(range(), { start: 79_900, end: 89_999.5, isSure: true });
  assert(asked.length <= 3, `${asked.length} questions`);
});

test('nothing is asked before a part is chosen, and the whole recording is known as such', async () => {
  const { trim, asked, range, settled } = openTrim([0, 2, 4]);
  await settled();
  assert.deepEqual(asked, []);
  assert.equal(isWhole(range(), 5.5), true);

  trim.set('end', 3);
  await settled();
  assert.equal(isWhole(range(), 5.5), false);
  trim.reset();
  assert.equal(isWhole(range(), 5.5), true);
});

test('an edge that would pass the other sends that to its end', async () => {
  const { trim, range, settled } = openTrim([0, 2, 4, 6, 8]);
  trim.setRange({ start: 2, end: 4 });
  trim.set('start', 7);
  await settled();
  assert.deepEqual(range(), { start: 6, end: 9.5, isSure: true });
  trim.set('end', 3);
  await settled();
  assert.deepEqual(range(), { start: 0, end: 4, isSure: true });
});

test('a part that begins in a gap begins behind it, one that ends there ends before it, and keys go on over it', async () => {
  // Pictures are shown 67 ms after they are decoded: so is the first one behind the gap.
  const times = [0.067, 2.067, 4.067, 46.067, 48.067];
  const gaps = [{ start: 6, duration: 40 }];
  const { trim, range, settled } = openTrim(times, { gaps });
  trim.setRange({ start: 20, end: 47 });
  await settled();
  assert.deepEqual(range(), { start: 46.067, end: 48.067, isSure: true });
  trim.setRange({ start: 2.067, end: 20 });
  await settled();
  assert.deepEqual(range(), { start: 2.067, end: 6, isSure: true });

  await trim.step('end', 0.1);
  assert.equal(range().end, 48.067);
  await trim.step('end', -0.1);
  assert.equal(range().end, 6);
  await trim.step('end', -0.1);
  assert.equal(range().end, 4.067);
});

test('a recording in progress has a key frame where it had its end', async () => {
  const { trim, range, settled, see } = openTrim([0, 2, 4]);
  trim.setRange({ start: 2, end: 5 });
  await settled();
  assert.equal(range().end, 5.5);

  see({ span: 9.5 }, [0, 2, 4, 5.5, 7.5]);
  await settled();

  assert.deepEqual(range(), { start: 2, end: 5.5, isSure: true });
});

test('a window that moves moves the part with it', async () => {
  const { trim, range, settled, see } = openTrim([0, 2, 4, 6, 8], { startMs: 1_000_000 });
  trim.setRange({ start: 4, end: 8 });
  await settled();

  see({ startMs: 1_002_000 }, [0, 2, 4, 6]);
  await settled();
  assert.deepEqual(range(), { start: 2, end: 6, isSure: true });
});

test('a service that does not answer leaves the part as it was asked for, and says that it is not sure', async () => {
  const trim = createTrim(() => Promise.reject(new Error('The service is not there.')));
  const recording = { span: 60, gaps: [], startMs: undefined };
  trim.see(recording);
  trim.setRange({ start: 3.3, end: 7.7 });
  await trim.step('start', 0.1);
  const { wanted, known } = trim.getState();

  assert(wanted !== undefined);
  assert.deepEqual(snapped(wanted, recording, known), { start: 3.3, end: 7.7, isSure: false });
});
