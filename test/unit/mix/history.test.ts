import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createEncoderSpeed } from '../../../src-main/core/mix/encoder-speed.ts';
import { createHistory } from '../../../src-main/core/mix/history.ts';
import { createMixerState } from '../../../src-main/core/mix/mixer-state.ts';
import { createPicturePool } from '../../../src-main/core/mix/picture.ts';
import { createRunOrder } from '../../../src-main/core/mix/run-order.ts';
import type { EncoderCommand } from '../../../src-main/core/ports/mixer.ts';

test('only the last pictures are kept, and the buffers of the others are free', () => {
  const pool = createPicturePool(4, 2, 100);
  const history = createHistory(1000 / 30, 1000, 0);

  for (let frame = 0; frame < 100; frame += 1) {
    history.pushFrame(pool.take());
  }

  assert.equal(history.nextFrame(), 1100);
  assert.equal(history.oldestFrame(), 1100 - 21);
  assert.equal(history.frame(1078), undefined);
  assert.notEqual(history.frame(1079), undefined);
  assert.notEqual(history.frame(1099), undefined);
  assert.equal(history.frame(1100), undefined);
  assert.equal(pool.size(), 22);
});

test('after a jump nothing from before it is kept', () => {
  const pool = createPicturePool(4, 2, 100);
  const history = createHistory(1000 / 30, 1000, 5000);
  history.pushFrame(pool.take());
  history.pushSound(new Int16Array(20), 10);

  history.jump(2000, 90_000);

  assert.deepEqual([history.oldestFrame(), history.nextFrame()], [2000, 2000]);
  assert.deepEqual([history.oldestSample(), history.nextSample()], [90_000, 90_000]);
  assert.equal(history.frame(1000), undefined);
  assert.deepEqual(history.sound(90_000, 90_000), []);
});

test('sound is read back by position, across the end of the ring', () => {
  const start = 86_000_000_000_123;
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 470_000 }), fc.integer({ min: 0, max: 1000 }), (back, count) => {
      const history = createHistory(1000 / 30, 0, start);
      const block = new Int16Array(8000 * 2);
      for (let at = 0; at < 800_000; at += 8000) {
        for (let i = 0; i < 8000; i += 1) {
          block[i * 2] = (at + i) % 30_011;
          block[i * 2 + 1] = -((at + i) % 30_011);
        }
        history.pushSound(block, 8000);
      }
      const from = history.nextSample() - back - 1000;

      const bytes = Buffer.concat(history.sound(from, from + count));

      assert.equal(bytes.length, count * 4);
      for (let i = 0; i < count; i += 1) {
        assert.equal(bytes.readInt16LE(i * 4), (from - start + i) % 30_011);
        assert.equal(bytes.readInt16LE(i * 4 + 2), -((from - start + i) % 30_011) || 0);
      }
    }),
    { numRuns: 20 },
  );
});

test('sound that is not kept any more is not asked for', () => {
  const history = createHistory(1000 / 30, 0, 0);
  for (let second = 0; second < 20; second += 1) {
    history.pushSound(new Int16Array(96_000), 48_000);
  }

  assert.equal(history.oldestSample(), 480_000);
  assert.throws(() => history.sound(479_999, 480_001), /assertion failed/);
});

test('a run speaks only when those before it have ended, and loses nothing until then', () => {
  const told: string[] = [];
  const order = createRunOrder((track, bytes) => told.push(`${track}:${String.fromCharCode(...bytes)}`));
  const bytes = (text: string): Uint8Array => Buffer.from(text);
  const first = order.add(() => told.push('first'));
  first.push(0, bytes('a'));
  const second = order.add(() => told.push('second'));
  second.push(0, bytes('c'));
  const third = order.add(() => told.push('third'));
  third.push(1, bytes('e'));
  second.end();
  first.push(1, bytes('b'));

  first.end();
  third.push(0, bytes('f'));

  assert.deepEqual(told, ['first', '0:a', '1:b', 'second', '0:c', 'third', '1:e', '0:f']);
});

test('an encoder that keeps up has speed 1, in spite of where in a frame it is looked at', () => {
  const speed = createEncoderSpeed();
  const readings = Array.from({ length: 20 }, (_, index) =>
    speed.take(index * 500, index * 15, index * 15 - 2 - (index % 2)),
  );

  assert(
    readings.every((reading) => reading === 1),
    readings.join(' '),
  );
});

test('an encoder that falls behind, and one that catches up, show by how much', () => {
  const slow = createEncoderSpeed();
  const fast = createEncoderSpeed();
  const readings = Array.from({ length: 20 }, (_, index) => [
    slow.take(index * 500, index * 15, Math.round(index * 15 * 0.8)),
    fast.take(index * 500, index * 15, Math.round(index * 15 * 1.2) - 100),
  ]);

  assert.deepEqual(readings.at(-1), [0.8, 1.2]);
});

const COMMAND: EncoderCommand = { executable: 'ffmpeg', args: [], tracks: [], offsetSeconds: 10 };

test('a fresh mixer is told what holds: the canvas with the present time first, levels before sources', () => {
  const state = createMixerState();
  const canvas = { width: 2, height: 2, frameRate: { numerator: 30, denominator: 1 } };
  state.remember({ type: 'start-encoder', encoding: 'a', command: COMMAND });
  state.remember({ type: 'scene', scene: { kind: 'slate' } });
  state.remember({ type: 'scene', scene: { kind: 'single', source: 'x' } });
  const image = { width: 2, height: 2, picture: '', alpha: '' };
  state.remember({ type: 'image', id: 'logo', image });
  state.remember({ type: 'image', id: 'gone', image });
  state.remember({ type: 'image', id: 'gone' });
  state.remember({ type: 'sketch', request: 1, scene: { kind: 'slate' }, overlays: [], width: 320 });
  state.remember({ type: 'audio', id: 'x', gainDb: 0, muted: false });
  state.remember({ type: 'audio', id: 'x', gainDb: -3, muted: true });
  state.remember({ type: 'configure', canvas, wallNowMs: 1 });
  state.remember({ type: 'loudness', target: -16 });
  state.remember({ type: 'loudness', target: -23 });
  state.remember({ type: 'sources', sources: [] });
  state.remember({ type: 'start-encoder', encoding: 'b', command: COMMAND });
  state.remember({ type: 'replace-encoder', encoding: 'a', command: { ...COMMAND, args: ['fast'] } });
  state.remember({ type: 'replace-encoder', encoding: 'unknown', command: COMMAND });
  state.remember({ type: 'retry-source', id: 'x' });
  state.forgetEncoding('b');

  assert.deepEqual(state.commands(42), [
    { type: 'configure', canvas, wallNowMs: 42 },
    { type: 'audio', id: 'x', gainDb: -3, muted: true },
    { type: 'image', id: 'logo', image },
    { type: 'scene', scene: { kind: 'single', source: 'x' } },
    { type: 'loudness', target: -23 },
    { type: 'sources', sources: [] },
    { type: 'start-encoder', encoding: 'a', command: { ...COMMAND, args: ['fast'] } },
  ]);
});
