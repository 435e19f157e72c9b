import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createMerge, type MergeSource, WAIT_SECONDS } from '../../../../src-main/core/live/intake/merge.ts';
import type { Sample } from '../../../../src-main/media/cmaf/types.ts';
import { ticks } from '../../../../src-main/media/time.ts';
import { frames, sounds } from '../../../support/broadcast-media.ts';
import { manualClock } from '../../../support/manual-clock.ts';

function rig(kind: 'video' | 'audio' = 'video') {
  const clock = manualClock();
  const out: Sample[] = [];
  const dropped: string[] = [];
  const merge = createMerge({
    clock,
    kind,
    timescale: kind === 'video' ? 90_000 : 48_000,
    emit: (samples) => void out.push(...samples),
    dropped(sample, reason, isFirst) {
      if (isFirst) {
        dropped.push(`${(Number(sample.decodeTime) / 3000).toFixed(0)} ${reason}`);
      }
    },
  });
  return { clock, out, dropped, merge };
}

/** Which run of an encoder each stretch of the output is of: the frame it begins with. */
function stretches(out: readonly Sample[]): string[] {
  return out.flatMap((sample, index) => {
    const run = sample.data[8];
    return run === out[index - 1]?.data[8] ? [] : [`${run}:${Number(sample.decodeTime) / 3000}`];
  });
}

const numbers = (out: readonly Sample[]): number[] => out.map(({ decodeTime }) => Number(decodeTime) / 3000);

const without = (samples: readonly Sample[], ...lost: readonly number[]): Sample[] =>
  samples.filter(({ decodeTime }) => !lost.includes(Number(decodeTime) / 3000));

describe('one connection', () => {
  test('is passed on as it comes, from its first key frame on', () => {
    const { merge, out } = rig();
    const source = merge.addSource();
    const all = frames({ from: 0, to: 130 });

    source.push(all.slice(10));

    assert.deepEqual(out, all.slice(60));
  });

  test('loses nothing to durations that are only guessed', () => {
    const { merge, out, dropped } = rig();
    const source = merge.addSource();
    const uneven = frames({ from: 0, to: 60 }).map((sample, index) => ({
      ...sample,
      decodeTime: ticks(index * 1500 - (index % 2) * 1000),
    }));

    source.push(uneven);

    assert.deepEqual(out, uneven);
    assert.deepEqual(dropped, []);
  });

  test('has times that do not increase dropped and told, the first of a row as such', () => {
    const { merge, out, dropped } = rig();
    const source = merge.addSource();
    const all = frames({ from: 0, to: 30 });

    source.push([...all.slice(0, 20), ...all.slice(10, 20), ...all.slice(20)]);

    assert.deepEqual(out, all);
    assert.deepEqual(dropped, ['10 non-increasing']);
  });

  test('that is made again and sends again what was taken gives no duplicate and no fault', () => {
    const { merge, out, dropped } = rig();
    const all = frames({ from: 0, to: 180 });
    const first = merge.addSource();
    first.push(all.slice(0, 130));
    first.end();

    const second = merge.addSource();
    second.push(all.slice(60));

    assert.deepEqual(out, all);
    assert.deepEqual(dropped, []);
    assert.equal(second.duplicates(), 70);
  });

  test('that is made again with other pictures at the same times is told as overlapping', () => {
    const { merge, out, dropped } = rig();
    const first = merge.addSource();
    first.push(frames({ from: 0, to: 70 }));
    first.end();

    merge.addSource().push(frames({ from: 60, to: 180, run: 1 }));

    assert.deepEqual(dropped, ['60 overlap']);
    assert.deepEqual(stretches(out), ['1:0', '2:120']);
  });
});

describe('two connections of the same pictures', () => {
  const all = frames({ from: 0, to: 300 });

  function two() {
    const made = rig();
    return { ...made, a: made.merge.addSource(), b: made.merge.addSource() };
  }

  test('give each once, from whoever comes first', () => {
    const { a, b, out, dropped } = two();

    for (let from = 0; from < 300; from += 10) {
      const [first, second] = from % 20 === 0 ? [a, b] : [b, a];
      first.push(all.slice(from, from + 10));
      second.push(all.slice(from, from + 10));
    }

    assert.deepEqual(out, all);
    assert.deepEqual(dropped, []);
    assert.equal(a.duplicates() + b.duplicates(), 300);
  });

  test('fill the holes of each other, also with single pictures', () => {
    const { a, b, out } = two();

    a.push(without(all, 3, 70, 71, 72, 73, 74, 120).slice(0, 140));
    b.push(without(all, 5, 130).slice(0, 140));
    a.push(all.slice(140));

    assert.deepEqual(out, all);
  });

  test('go on as one when either dies, and when it comes back', () => {
    const { a, b, out, merge, clock } = two();
    a.push(all.slice(0, 40));
    b.push(all.slice(0, 35));

    a.end();
    b.push(all.slice(35, 100));
    const again = merge.addSource();
    again.push(all.slice(60, 170));
    b.end();
    again.push(all.slice(170));
    clock.advance(60_000);

    assert.deepEqual(out, all);
  });

  test('wait for each other no longer than three seconds', () => {
    const { a, b, out, clock } = two();
    a.push(all.slice(0, 20));
    b.push(all.slice(0, 15));

    clock.advance(1000);
    a.push(all.slice(21, 40));
    b.push([]);
    assert.equal(out.length, 20);
    clock.advance(WAIT_SECONDS * 1000 - 1);
    assert.equal(out.length, 20);
    clock.advance(1);

    assert.deepEqual(numbers(out), numbers(without(all, 20).slice(0, 39)));
  });

  test('wait for each other no longer than that on a clock whose fractions do not add up', () => {
    const { a, b, out, clock } = two();
    a.push(all.slice(0, 20));
    b.push(all.slice(0, 15));

    // (x + 3000) - x is less than 3000: a timer that is set to the one must not find out that it is not yet the other.
    clock.advance(1099.4142857142856);
    a.push(all.slice(21, 40));
    b.push([]);
    clock.advance(WAIT_SECONDS * 1000);

    assert.deepEqual(numbers(out), numbers(without(all, 20).slice(0, 39)));
  });

  test('do not wait for one that has been silent for as long', () => {
    const { a, b, out, clock } = two();
    a.push(all.slice(0, 20));
    b.push(all.slice(0, 20));
    clock.advance(WAIT_SECONDS * 1000);

    a.push(all.slice(21, 40));

    assert.equal(out.length, 39);
  });

  test('leave out what hangs on pictures that neither had, up to the next key frame', () => {
    const { a, b, out } = two();
    const lost = without(all, 30, 31, 32, 33, 34);

    a.push(lost);
    b.push(lost);

    assert.deepEqual(numbers(out), [...numbers(all.slice(0, 30)), ...numbers(all.slice(60))]);
  });
});

describe('two encoders that do not make the same', () => {
  const ours = frames({ from: 0, to: 300 });
  const theirs = frames({ from: 0, to: 300, run: 1 });

  test('are not mixed: the one that began is kept as long as it brings what is next', () => {
    const { merge, out } = rig();
    const [a, b] = [merge.addSource(), merge.addSource()];

    for (let from = 0; from < 300; from += 10) {
      const [first, second] = from % 20 === 0 ? [a, b] : [b, a];
      first.push((first === a ? ours : theirs).slice(from, from + 10));
      second.push((second === a ? ours : theirs).slice(from, from + 10));
    }

    assert.deepEqual(out, ours);
  });

  test('change over at a key frame of the one that lives', () => {
    const { merge, out } = rig();
    const [a, b] = [merge.addSource(), merge.addSource()];
    a.push(ours.slice(0, 100));
    b.push(theirs.slice(0, 100));

    a.end();
    b.push(theirs.slice(100));

    assert.deepEqual(stretches(out), ['1:0', '2:120']);
    assert.deepEqual(numbers(out), [...numbers(ours.slice(0, 100)), ...numbers(ours.slice(120))]);
  });

  test('do not change back when the first one returns', () => {
    const { merge, out } = rig();
    const [a, b] = [merge.addSource(), merge.addSource()];
    a.push(ours.slice(0, 100));
    b.push(theirs.slice(0, 100));
    a.end();
    b.push(theirs.slice(100, 150));

    const again: MergeSource = merge.addSource();
    for (let from = 150; from < 300; from += 10) {
      again.push(ours.slice(from, from + 10));
      b.push(theirs.slice(from, from + 10));
    }

    assert.deepEqual(stretches(out), ['1:0', '2:120']);
  });

  test('are told apart also when they once did', () => {
    const { merge, out } = rig();
    const [a, b] = [merge.addSource(), merge.addSource()];
    const parted = [...ours.slice(0, 60), ...theirs.slice(60)];

    for (let from = 0; from < 300; from += 10) {
      a.push(without(ours, 75).slice(from, from + 10));
      b.push(parted.slice(from, from + 10));
    }
    merge.flush();

    assert.deepEqual(out, without(ours, 75));
  });

  test('with sound at other times give the sound of one', () => {
    const { merge, out, dropped } = rig('audio');
    const [a, b] = [merge.addSource(), merge.addSource()];
    const first = sounds({ from: 0, to: 300 });
    const second = sounds({ from: 0, to: 300, run: 1 }).map((sample) => ({
      ...sample,
      decodeTime: ticks(sample.decodeTime + 500n),
    }));

    for (let index = 0; index < first.length; index += 1) {
      a.push(first.slice(index, index + 1));
      b.push(second.slice(index, index + 1));
    }

    assert.deepEqual(out, first);
    assert.deepEqual(dropped, []);
  });
});

test('pictures behind a hole that both had are not told as overlapping when the one that went on has gone', () => {
  const { merge, clock, dropped } = rig();
  const [a, b] = [merge.addSource(), merge.addSource()];
  const all = frames({ from: 0, to: 180 });
  a.push(all.slice(0, 80));
  b.push(all.slice(0, 80));
  a.push(all.slice(100, 121));
  clock.advance(WAIT_SECONDS * 1000);
  a.end();

  b.push(all.slice(100));
  merge.flush();

  assert.ok(
    dropped.every((one) => one.endsWith('no-key-frame')),
    dropped.join(),
  );
});

test('holes of a flood of samples are not waited for beyond what memory is there for', () => {
  const { merge, out } = rig();
  const [a, b] = [merge.addSource(), merge.addSource()];
  const big = frames({ from: 0, to: 60, bytes: 1024 * 1024 });
  a.push(big.slice(0, 2));
  b.push(big.slice(0, 2));

  a.push(big.slice(3));

  assert.ok(merge.waitingBytes() <= 17 * 1024 * 1024, `${merge.waitingBytes()}`);
  assert.ok(out.length > 40);
});

/** What can be decoded of the samples that at least one of the two had. */
function decodable(samples: readonly Sample[], skipTicks: number): Sample[] {
  const kept: Sample[] = [];
  for (const sample of samples) {
    const last = kept.at(-1);
    const isNear = last !== undefined && sample.decodeTime <= last.decodeTime + BigInt(last.duration + skipTicks);
    if (sample.sync || isNear) {
      kept.push(sample);
    }
  }
  return kept;
}

test('whatever two identical encoders lose, however late and interleaved they come, and whoever dies: the output is what either had', () => {
  const part = fc.record({
    lost: fc.array(fc.nat({ max: 599 }), { maxLength: 60 }),
    runs: fc.array(fc.record({ from: fc.nat({ max: 599 }), long: fc.integer({ min: 2, max: 80 }) }), {
      maxLength: 3,
    }),
    lagMs: fc.nat({ max: 1500 }),
    jitterMs: fc.array(fc.nat({ max: 800 }), { minLength: 1, maxLength: 20 }),
    batch: fc.integer({ min: 1, max: 15 }),
    diesAt: fc.option(fc.integer({ min: 61, max: 599 })),
  });
  fc.assert(
    fc.property(fc.constantFrom('video' as const, 'audio' as const), part, part, (kind, first, second) => {
      const { merge, out, clock, dropped } = rig(kind);
      const all = kind === 'video' ? frames({ from: 0, to: 600 }) : sounds({ from: 0, to: 600 }).slice(0, 600);
      const sampleMs = kind === 'video' ? 1000 / 30 : 1000 / 46.875;
      // At most one of them dies; both have the first key frame, by which the second is known to be the same.
      const parts = [first, { ...second, diesAt: first.diesAt === null ? second.diesAt : null }].map((one) => {
        const isLost = (index: number): boolean =>
          index > 0 &&
          (one.lost.includes(index) || one.runs.some(({ from, long }) => index >= from && index < from + long));
        const until = one.diesAt ?? all.length;
        return { ...one, until, has: all.map((_, index) => index < until && !isLost(index)) };
      });
      const arrivals = parts.flatMap((one, who) => {
        const source = merge.addSource();
        const sent: { atMs: number; deliver: () => void }[] = [];
        let lastMs = 0;
        for (let from = 0; from < one.until; from += one.batch) {
          const samples = all
            .slice(from, Math.min(one.until, from + one.batch))
            .filter((_, i) => one.has[from + i]);
          const jitter = one.jitterMs[(from / one.batch) % one.jitterMs.length] ?? 0;
          // TCP: late, but in order.
          lastMs = Math.max(lastMs, (from + one.batch) * sampleMs + one.lagMs + jitter);
          sent.push({
            atMs: lastMs + who / 1000,
            deliver: () => source.push(samples),
          });
        }
        sent.push({ atMs: lastMs + 0.5, deliver: () => source.end() });
        return sent;
      });
      for (const { atMs, deliver } of arrivals.toSorted((a, b) => a.atMs - b.atMs)) {
        clock.advance(Math.max(0, atMs - clock.monotonicMs()));
        deliver();
      }
      merge.flush();

      const either = all.filter((_, index) => parts.some(({ has }) => has[index] === true));
      assert.deepEqual(numbers(out), numbers(kind === 'video' ? decodable(either, 9000) : either));
      assert.ok(out.every((sample) => all.includes(sample)));
      assert.ok(
        dropped.every((one) => one.endsWith('no-key-frame')),
        dropped.join(),
      );
      assert.equal(clock.pending(), 0);
    }),
    { numRuns: 400 },
  );
});
