import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BYTES_PER_MS, recogniserSpec } from '../../../src-main/core/transcription/command.ts';
import { createMediaTimes } from '../../../src-main/core/transcription/media-times.ts';
import { createSoundQueue } from '../../../src-main/core/transcription/sound-queue.ts';

test('what a recogniser counts is media time, over holes and back', () => {
  const times = createMediaTimes();

  assert.equal(times.at(0), undefined);
  times.mark(0, 500_000);
  times.mark(1000, 501_000);
  times.mark(2000, 512_000);
  times.mark(3000, 512_500);

  assert.deepEqual(
    [0, 1500, 2000, 2900, 3100].map((at) => times.at(at)),
    [500_000, 501_500, 512_000, 512_900, 512_600],
  );
});

test('what a decoder rounds by is no hole', () => {
  const times = createMediaTimes();
  times.mark(0, 1000);
  times.mark(1000, 2009);

  assert.equal(times.at(1500), 2500);
});

test('a queue that is full leaves out the oldest and says how much', () => {
  const queue = createSoundQueue(1000);
  const sound = (mediaMs: number) => ({ pcm: new Uint8Array(400 * BYTES_PER_MS), mediaMs });
  for (const at of [0, 400, 800, 1200]) {
    queue.push(sound(at));
  }

  assert.equal(queue.takeDropped(), 800);
  assert.equal(queue.takeDropped(), 0);
  assert.deepEqual([queue.next()?.mediaMs, queue.next()?.mediaMs, queue.next()], [800, 1200, undefined]);
});

test('one piece that is longer than the queue is kept: better late than never', () => {
  const queue = createSoundQueue(1000);
  queue.push({ pcm: new Uint8Array(5000 * BYTES_PER_MS), mediaMs: 0 });

  assert.equal(queue.takeDropped(), 0);
  assert.equal(queue.next()?.mediaMs, 0);
});

test('a command line is filled in as a list: no shell, no quoting', () => {
  const spec = recogniserSpec('hear', ['/opt/my hear', '--lang={language}', '{sampleRate}', '$(rm)'], 'de-DE');

  assert.deepEqual([spec.executable, spec.args], ['/opt/my hear', ['--lang=de-DE', '16000', '$(rm)']]);
});
