import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFeedQueue, type FeedReader } from '../../../src-main/core/live-encoding/feed-queue.ts';
import type { FeedSample } from '../../../src-main/core/live-encoding/pacer.ts';
import { readChunkHeader } from '../../../src-main/media/cmaf/chunk.ts';
import { ticks } from '../../../src-main/media/time.ts';

const FRAME_MS = 40;

function picture(atMs: number, over: { sync?: boolean; showMs?: number; bytes?: number } = {}): FeedSample {
  const sync = over.sync ?? atMs % 1000 === 0;
  const data = new Uint8Array(over.bytes ?? 4);
  const showMs = over.showMs ?? atMs;
  const sample = { decodeTime: ticks(atMs), duration: FRAME_MS, compositionOffset: showMs - atMs, sync, data };
  return { kind: 'video', sample, decodeMs: atMs, showMs };
}

function sound(atMs: number): FeedSample {
  const sample = {
    decodeTime: ticks(atMs),
    duration: 20,
    compositionOffset: 0,
    sync: true,
    data: new Uint8Array(4),
  };
  return { kind: 'audio', sample, decodeMs: atMs, showMs: atMs };
}

/** Decode times of all that the decoder is given now. */
function taken(reader: FeedReader): readonly number[] {
  const times: number[] = [];
  for (let bytes = reader.next(); bytes !== undefined; bytes = reader.next()) {
    times.push(Number(readChunkHeader(bytes).decodeTime));
  }
  return times;
}

function pictures(from: number, to: number): readonly FeedSample[] {
  return Array.from({ length: (to - from) / FRAME_MS }, (_, index) => picture(from + index * FRAME_MS));
}

test('nothing is given before the first key frame, neither picture nor sound', () => {
  const queue = createFeedQueue();
  const reader = queue.join();
  for (const sample of [picture(40), sound(40), picture(80)]) {
    queue.push(sample);
  }

  assert.deepEqual(taken(reader), []);
  assert.equal(queue.keyFrame(), undefined);
});

test('a decoder that begins is given what came since the latest key frame', () => {
  const queue = createFeedQueue();
  for (const sample of [...pictures(0, 1120), sound(1100)]) {
    queue.push(sample);
  }
  const reader = queue.join();
  queue.push(picture(1120));

  assert.deepEqual(taken(reader), [1000, 1040, 1080, 1100, 1120]);
  assert.equal(queue.keyFrame()?.decodeMs, 1000);
});

test('a decoder that begins while nothing comes is not given what is over, but what comes next', () => {
  const queue = createFeedQueue();
  for (const sample of pictures(0, 400)) {
    queue.push(sample);
  }
  const reader = queue.join();

  assert.deepEqual(taken(reader), []);
  for (const sample of pictures(10_000, 10_080)) {
    queue.push(sample);
  }
  assert.deepEqual(taken(reader), [10_000, 10_040]);
});

test('behind a hole everything waits for a key frame; a lost picture is left to the decoder', () => {
  const queue = createFeedQueue();
  const reader = queue.join();
  for (const sample of [picture(0), picture(40), picture(120), picture(2040), picture(2080), picture(3000)]) {
    queue.push(sample);
  }

  assert.deepEqual(taken(reader), [0, 40, 120, 3000]);
});

test('a decoder that is two groups of pictures behind goes on with the newest key frame that waits', () => {
  const queue = createFeedQueue();
  const reader = queue.join();
  queue.push(picture(0));
  queue.push(picture(40));
  assert.deepEqual(taken(reader), [0, 40]);

  for (const sample of pictures(80, 3200)) {
    queue.push(sample);
  }
  const times = taken(reader);

  assert.equal(times[0], 2000);
  assert.equal(times.at(-1), 3160);
});

test('when no key frame waits it goes on with the next one', () => {
  const queue = createFeedQueue();
  const reader = queue.join();
  for (const sample of [picture(0), picture(1000)]) {
    queue.push(sample);
  }
  taken(reader);
  for (let at = 1040; at <= 3200; at += FRAME_MS) {
    queue.push(picture(at, { sync: false }));
  }
  queue.push(picture(3240, { sync: true }));

  assert.deepEqual(taken(reader), [3240]);
});

test('pictures that are shown before the key frame it begins with are left out: they need what it does not have', () => {
  const queue = createFeedQueue();
  const reader = queue.join();
  queue.push(picture(0, { showMs: 80 }));
  queue.push(picture(40, { sync: false, showMs: 40 }));
  queue.push(picture(80, { sync: false, showMs: 120 }));

  assert.deepEqual(taken(reader), [0, 80]);
  assert.equal(reader.pictures.at(0), 80);
});

test('the decoder before is given nothing more when another one comes', () => {
  const queue = createFeedQueue();
  const first = queue.join();
  queue.push(picture(0));
  const second = queue.join();
  queue.push(picture(40));

  assert.deepEqual(taken(first), [0]);
  assert.deepEqual(taken(second), [0, 40]);
});

test('a group without end is not kept for whoever begins', () => {
  const queue = createFeedQueue();
  queue.push(picture(0));
  for (let at = 40; at < 25_000; at += FRAME_MS) {
    queue.push(picture(at, { sync: false }));
  }
  const reader = queue.join();
  queue.push(picture(25_000, { sync: false }));

  assert.deepEqual(taken(reader), []);
  queue.push(picture(25_040, { sync: true }));
  assert.deepEqual(taken(reader), [25_040]);
});
