import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PieceSample } from '../../../../src-main/shared/capture-piece.ts';
import { createOutbox } from '../../../../src-renderer/capture/outbox.ts';

function picture(atMs: number, isKey = false, bytes = 1000): PieceSample {
  return { kind: 'video', isKey, atMs, data: new Uint8Array(bytes) };
}
const sound = (atMs: number): PieceSample => ({ kind: 'audio', isKey: false, atMs, data: new Uint8Array(300) });
const timesOf = (samples: readonly PieceSample[]): readonly string[] =>
  samples.map(({ kind, atMs }) => `${kind} ${atMs}`);

test('it begins with a key frame; sound comes as it is', () => {
  const outbox = createOutbox();

  outbox.add(picture(0));
  outbox.add(sound(5));
  outbox.add(picture(33, true));
  outbox.add(picture(66));

  assert.deepEqual(timesOf(outbox.take()), ['audio 5', 'video 33', 'video 66']);
  assert.deepEqual(outbox.take(), []);
});

test('more than a second of waiting is left out up to the newest key frame', () => {
  const outbox = createOutbox();
  for (let atMs = 0; atMs <= 1050; atMs += 50) {
    outbox.add(picture(atMs, atMs === 0 || atMs === 900));
  }

  assert.deepEqual(timesOf(outbox.take()), ['video 900', 'video 950', 'video 1000', 'video 1050']);
  assert.equal(outbox.dropped(), 1);
  assert.equal(outbox.needsKey(), false);
});

test('without a key frame to go on with everything is left out, and one is asked for', () => {
  const outbox = createOutbox();
  for (let atMs = 0; atMs <= 1050; atMs += 50) {
    outbox.add(picture(atMs, atMs === 0));
  }

  assert.equal(outbox.needsKey(), true);
  assert.deepEqual(outbox.take(), []);
  outbox.add(picture(1100));
  outbox.add(picture(1150, true));
  assert.deepEqual(timesOf(outbox.take()), ['video 1150']);
});

test('whatever is put in, it holds a second and four megabytes at most', () => {
  const outbox = createOutbox();
  for (let at = 0; at < 3000; at += 1) {
    outbox.add(picture(at * 3, at % 400 === 0, 60_000));
    outbox.add(sound(at * 3));
    if (at % 97 === 0) {
      const held = outbox.take();
      const bytes = held.reduce((sum, { data }) => sum + data.byteLength, 0);
      assert.ok(bytes <= 4 * 1024 * 1024, `${bytes} bytes`);
      assert.ok((held.at(-1)?.atMs ?? 0) - (held[0]?.atMs ?? 0) <= 1000);
      outbox.clear();
    }
  }
});
