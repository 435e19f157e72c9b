import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPacer, type Pacer } from '../../../src-main/core/live-encoding/pacer.ts';
import type { Sample } from '../../../src-main/media/cmaf/types.ts';
import { ticks } from '../../../src-main/media/time.ts';

/** Milliseconds as ticks keep the sums short. */
const TIMESCALE = 1000;
const FRAME_MS = 40;
/** How often it is asked what is due. */
const TICK_MS = 10;

function sample(atMs: number, over: Partial<Sample> = {}): Sample {
  const data = new Uint8Array(8);
  return { decodeTime: ticks(atMs), duration: FRAME_MS, compositionOffset: 0, sync: true, data, ...over };
}

/** Pushes pictures of media time `from` up to `to`, each `lateMs` behind its time, and takes every `TICK_MS`. Returns when each was due. */
function run(pacer: Pacer, from: number, to: number, lateOf: (atMs: number) => number): Map<number, number> {
  const arrivals = [];
  for (let at = from; at < to; at += FRAME_MS) {
    arrivals.push({ at, ms: at + lateOf(at) });
  }
  const dueAt = new Map<number, number>();
  const last = Math.max(...arrivals.map(({ ms }) => ms)) + 3000;
  for (let nowMs = arrivals[0]!.ms; nowMs < last; nowMs += TICK_MS) {
    while (arrivals.length > 0 && arrivals[0]!.ms <= nowMs) {
      pacer.push('video', [sample(arrivals.shift()!.at)], TIMESCALE, nowMs);
    }
    for (const { decodeMs } of pacer.take(nowMs)) {
      dueAt.set(decodeMs, nowMs);
    }
  }
  return dueAt;
}

/** The longest time between two pictures that follow each other. */
function longestGap(dueAt: ReadonlyMap<number, number>): number {
  const times = [...dueAt.values()];
  return Math.max(...times.slice(1).map((ms, index) => ms - times[index]!));
}

test('a feed that comes in time goes on a tenth of a second after its times', () => {
  const dueAt = run(createPacer(), 0, 2000, () => 0);

  assert.equal(dueAt.get(0), 100);
  assert(longestGap(dueAt) <= FRAME_MS + TICK_MS);
});

test('a feed that comes two seconds at a time goes on as smoothly as one that comes picture by picture', () => {
  const dueAt = run(createPacer(), 0, 12_000, (at) => 2000 * Math.floor(at / 2000) + 2000 - at);

  assert.equal(dueAt.size, 300);
  assert(longestGap(dueAt) <= FRAME_MS + TICK_MS);
});

test('jitter below the margin is not seen', () => {
  const dueAt = run(createPacer(), 0, 8000, (at) => (at * 7919) % 90);

  assert(longestGap(dueAt) <= FRAME_MS + TICK_MS);
});

test('what comes late holds the rest back once, and from then on there is that much room', () => {
  const late = run(createPacer(), 0, 8000, (at) => (at >= 1000 && at % 1000 === 0 ? 400 : 0));
  const times = [...late.values()];

  assert.equal(times.slice(1).filter((ms, index) => ms - times[index]! > FRAME_MS + TICK_MS).length, 1);
});

test('an encoder whose clock runs slowly is followed in small steps and never starves', () => {
  const pacer = createPacer();
  // 0.2 % is fifty times what crystals are off by.
  const dueAt = run(pacer, 0, 120_000, (at) => 0.002 * at);

  assert(longestGap(dueAt) <= FRAME_MS + 30, `${longestGap(dueAt)} ms`);
  assert((pacer.delayMs() ?? 0) > 200);
});

test('an encoder whose clock runs fast does not fall ever farther behind', () => {
  const pacer = createPacer();
  run(pacer, 0, 120_000, (at) => -0.002 * at);

  // The last picture came 240 ms ahead of its time.
  assert((pacer.delayMs() ?? 0) < 0, `${pacer.delayMs()} ms`);
});

test('the delay of a burst behind an outage is given up when it is not needed any more', () => {
  const pacer = createPacer();
  // Five seconds come at once, then all is as before.
  run(pacer, 0, 30_000, (at) => (at >= 5000 && at < 10_000 ? 10_000 - at : 0));

  assert((pacer.delayMs() ?? Infinity) < 300, `${pacer.delayMs()} ms`);
});

test('picture and sound are due in the order of their times, by one delay', () => {
  const pacer = createPacer();
  pacer.push('video', [sample(0), sample(40)], TIMESCALE, 0);
  pacer.push('audio', [sample(0, { duration: 20 }), sample(20, { duration: 20 })], TIMESCALE, 0);

  assert.deepEqual(
    pacer.take(1000).map(({ kind, decodeMs }) => `${kind} ${decodeMs}`),
    ['video 0', 'audio 0', 'audio 20', 'video 40'],
  );
});

test('a sample tells when it is to be shown, too', () => {
  const pacer = createPacer();
  pacer.push('video', [sample(80, { compositionOffset: 40 })], TIMESCALE, 80);

  assert.equal(pacer.take(500)[0]?.showMs, 120);
});

test('what has been there already is dropped, also when a fragment is sent again after a reconnect', () => {
  const pacer = createPacer();
  pacer.push('video', [sample(0), sample(40), sample(80)], TIMESCALE, 0);
  pacer.push('video', [sample(40), sample(80), sample(120)], TIMESCALE, 120);

  assert.deepEqual(
    pacer.take(1000).map(({ decodeMs }) => decodeMs),
    [0, 40, 80, 120],
  );
});

test('times that jump ahead by an hour go on at once and do not wait for an hour', () => {
  const pacer = createPacer();
  pacer.push('video', [sample(0)], TIMESCALE, 0);
  pacer.push('video', [sample(3_600_000)], TIMESCALE, 40);

  assert.equal(pacer.take(40).length, 2);
  pacer.push('video', [sample(3_600_040)], TIMESCALE, 80);
  assert.equal(pacer.take(80).length, 0);
  assert.equal(pacer.take(240).length, 1);
});

test('times that jump back by an hour are a new beginning', () => {
  const pacer = createPacer();
  pacer.push('video', [sample(3_600_000)], TIMESCALE, 0);
  pacer.push('video', [sample(0)], TIMESCALE, 40);

  assert.equal(pacer.take(500).length, 2);
});

test('what is held is bounded: a flood that lies ahead goes on at once', () => {
  const pacer = createPacer();
  const data = new Uint8Array(20 * 1024 * 1024);
  pacer.push(
    'video',
    [0, 40, 80, 120].map((at) => sample(5000 + at, { data })),
    TIMESCALE,
    5000,
  );

  assert.equal(pacer.nextDueMs(), -Infinity);
  assert.equal(pacer.take(5000).length, 4);
  assert.equal(pacer.nextDueMs(), undefined);
});
