import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRawSource } from '../../../src-main/core/mix/raw-source.ts';

const SIZE = { width: 4, height: 2 };
const BYTES = 12;
const at30 = { ...SIZE, delayMs: 50, periodMs: 1000 / 30 };

const frame = (level: number): Uint8Array => new Uint8Array(BYTES).fill(level);
const shown = (source: ReturnType<typeof createRawSource>, nowMs: number): number | undefined =>
  source.at(nowMs)?.bytes[0];

test('nothing is shown before the first frame has had its delay', () => {
  const source = createRawSource(at30);
  assert.equal(shown(source, 0), undefined);

  source.push(frame(1), 100);

  assert.equal(shown(source, 149), undefined);
  assert.equal(shown(source, 150), 1);
});

test('half a frame left by a process that died is not glued to the next one', () => {
  const source = createRawSource(at30);
  source.push(frame(1).subarray(0, 7), 0);

  source.restart();
  source.push(frame(2), 10);

  assert.deepEqual([...source.at(100)!.bytes], [...frame(2)]);
});

test('a stream cut anywhere gives the same frames', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 29 }), { minLength: 1, maxLength: 30 }), (cuts) => {
      const source = createRawSource(at30);
      const stream = Uint8Array.from({ length: BYTES * 20 }, (_, index) => Math.floor(index / BYTES) + 1);
      let completed = 0;
      let nowMs = 0;
      for (let at = 0, index = 0; at < stream.length; index += 1) {
        const length = cuts[index % cuts.length]!;
        completed += source.push(stream.subarray(at, at + length), (nowMs += 40));
        at += length;
      }

      assert.equal(completed, 20);
      assert.deepEqual([...source.at(nowMs + 1000)!.bytes], [...frame(20)]);
    }),
  );
});

test('the frame shown is the newest that came before the delay, at every tick', () => {
  const source = createRawSource(at30);
  const sequence: (number | undefined)[] = [];

  for (let index = 0; index < 8; index += 1) {
    const nowMs = (index * 1000) / 30;
    source.push(frame(index + 1), nowMs);
    sequence.push(shown(source, nowMs));
  }

  // 50 ms are a frame and a half: always the one that came two ticks ago.
  assert.deepEqual(sequence, [undefined, undefined, 1, 2, 3, 4, 5, 6]);
});

test('the last frame stays when no more come', () => {
  const source = createRawSource(at30);
  source.push(frame(1), 0);
  source.push(frame(2), 33);

  assert.equal(shown(source, 10_000), 2);
  assert.equal(source.newestMs(), 33);
});

test('one late frame does not cost its punctual successor its time', () => {
  const source = createRawSource(at30);
  source.push(frame(1), 0);
  source.push(frame(2), 60);
  source.push(frame(3), 67);

  assert.equal(shown(source, 111), 2);
  assert.equal(shown(source, 117), 3);
});

test('a flood of frames takes no more memory and is still shown in motion', () => {
  const source = createRawSource(at30);
  const buffers = new Set<ArrayBufferLike>();
  const seen: number[] = [];

  for (let ms = 0; ms < 1000; ms += 1) {
    source.push(frame(Math.floor(ms / 4)), ms);
    if (ms % 33 === 0) {
      const picture = source.at(ms);
      if (picture !== undefined) {
        buffers.add(picture.bytes.buffer);
        seen.push(picture.bytes[0]!);
      }
    }
  }

  assert(buffers.size <= 8, `${buffers.size} buffers`);
  const steps = seen.slice(3).map((level, index) => level - seen[index + 2]!);
  assert(
    steps.every((step) => step > 0 && step <= 16),
    `steps of ${steps.join(' ')}`,
  );
});

test('a source nobody looks at takes no more memory either', () => {
  const source = createRawSource(at30);
  for (let index = 0; index < 1000; index += 1) {
    source.push(frame(index % 256), index * 33);
  }

  assert.equal(shown(source, 999 * 33 + 50), 999 % 256);
});

test('the rate is what came in the last two seconds', () => {
  const source = createRawSource(at30);
  for (let index = 0; index < 100; index += 1) {
    source.push(frame(1), index * 40);
  }

  assert.equal(source.rate(99 * 40), 25.5);
  assert.equal(source.rate(99 * 40 + 1000), 13);
  assert.equal(source.rate(99 * 40 + 5000), 0);
});

/** What is shown at 20 ticks when frame `n` comes at `arrivalOf(n)`. */
function ticksOf(inTurn: boolean, arrivalOf: (frame: number) => number): readonly (number | undefined)[] {
  const periodMs = 1000 / 30;
  const source = createRawSource({ ...SIZE, delayMs: 120, periodMs, inTurn });
  let next = 0;
  return Array.from({ length: 20 }, (_, tick) => {
    const nowMs = tick * periodMs;
    for (; arrivalOf(next) <= nowMs; next += 1) {
      source.push(frame(next + 1), arrivalOf(next));
    }
    return shown(source, nowMs);
  });
}

/** Each frame but the one before once more, from the first one that was shown. */
function repeats(frames: readonly (number | undefined)[]): number {
  return frames.filter((one, index) => one !== undefined && one === frames[index - 1]).length;
}

test('frames that take turns are each shown once although their jitter crosses the beginning of a programme frame', () => {
  const periodMs = 1000 / 30;
  // Due on the tick, give or take five milliseconds.
  const arrivalOf = (index: number): number => index * periodMs - 120 + 4 * periodMs + (index % 2 === 0 ? 5 : -5);

  assert(repeats(ticksOf(false, arrivalOf)) > 5);
  const frames = ticksOf(true, arrivalOf).filter((one) => one !== undefined);
  assert(repeats(frames) <= 1, String(frames));
  assert(
    frames.slice(1).every((one, index) => one - frames[index]! <= 1),
    String(frames),
  );
});

test('frames that take turns catch up with what came in one go', () => {
  const periodMs = 1000 / 30;
  const arrivalOf = (index: number): number => (index < 10 ? 300 : index * periodMs);

  const frames = ticksOf(true, arrivalOf);

  // Six frames are the 200 ms of which the feed was late; the delay is three and a half.
  assert((frames.at(-1) ?? 0) >= 15, String(frames));
});

test('frames that take turns at another rate than the programme are repeated evenly', () => {
  const frames = ticksOf(true, (index) => (index * 1000) / 15).filter((one) => one !== undefined);

  assert(frames.every((one, index) => frames.filter((other) => other === one).length <= 2 + Number(index < 2)));
  assert(repeats(frames) >= frames.length / 2 - 2);
});
