import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  createReceiveBuffer,
  WINDOW_PACKETS,
} from '../../../../../src-main/core/ingest/transport-stream/srt/receive-buffer.ts';

const LATENCY_MS = 100;
/** Close to where the 31 bits begin anew. */
const FIRST = 2 ** 31 - 5;
const sequence = (index: number): number => (FIRST + index) % 2 ** 31;
const payload = (index: number): Uint8Array => Uint8Array.of(index);
const marks = (ready: readonly Uint8Array[]): readonly (number | undefined)[] => ready.map(([mark]) => mark);

test('packets in any order come out in theirs, each once', () => {
  const order = fc.shuffledSubarray(
    Array.from({ length: 40 }, (_, index) => index),
    { minLength: 40 },
  );
  fc.assert(
    fc.property(order, fc.array(fc.nat(39)), (indexes, again) => {
      const buffer = createReceiveBuffer(FIRST, LATENCY_MS);

      const ready = [...indexes, ...again].flatMap((index) => [
        ...buffer.push(sequence(index), payload(index), 0).ready,
      ]);

      assert.deepEqual(
        marks(ready),
        indexes.toSorted((a, b) => a - b),
      );
      assert.equal(buffer.next(), sequence(40));
      assert.deepEqual(buffer.missing(10), []);
      assert.equal(buffer.lost(), 0);
    }),
  );
});

test('what is missing is told when it is noticed, and as long as it is', () => {
  const buffer = createReceiveBuffer(FIRST, LATENCY_MS);
  buffer.push(sequence(0), payload(0), 0);

  const { lost } = buffer.push(sequence(4), payload(4), 0);
  buffer.push(sequence(6), payload(6), 0);

  assert.deepEqual(lost, [sequence(1), sequence(3)]);
  assert.deepEqual(buffer.missing(10), [
    [sequence(1), sequence(3)],
    [sequence(5), sequence(5)],
  ]);
  assert.deepEqual(buffer.missing(1), [[sequence(1), sequence(3)]]);
  buffer.push(sequence(2), payload(2), 0);
  assert.deepEqual(buffer.missing(10), [
    [sequence(1), sequence(1)],
    [sequence(3), sequence(3)],
    [sequence(5), sequence(5)],
  ]);
});

test('what does not come within the latency is given up, and no later gap with it', () => {
  const buffer = createReceiveBuffer(FIRST, LATENCY_MS);
  buffer.push(sequence(0), payload(0), 0);
  buffer.push(sequence(3), payload(3), 10);
  buffer.push(sequence(6), payload(6), 50);

  assert.deepEqual(marks(buffer.expire(109)), []);
  assert.deepEqual(marks(buffer.expire(110)), [3]);
  assert.equal(buffer.lost(), 2);
  assert.deepEqual(marks(buffer.push(sequence(2), payload(2), 120).ready), []);
  assert.deepEqual(marks(buffer.push(sequence(4), payload(4), 120).ready), [4]);
  assert.deepEqual(marks(buffer.expire(150)), [6]);
});

test('what the sender has given up is not waited for', () => {
  const buffer = createReceiveBuffer(FIRST, LATENCY_MS);
  buffer.push(sequence(0), payload(0), 0);
  buffer.push(sequence(4), payload(4), 0);

  assert.deepEqual(marks(buffer.drop([sequence(1), sequence(3)], 1)), [4]);
  assert.equal(buffer.next(), sequence(5));
  assert.deepEqual(marks(buffer.drop([sequence(3), sequence(1)], 1)), []);
});

test('packets from far outside of the window change nothing', () => {
  const buffer = createReceiveBuffer(FIRST, LATENCY_MS);

  const far = buffer.push(sequence(WINDOW_PACKETS), payload(1), 0);
  const past = buffer.push(FIRST - 1, payload(1), 0);

  assert.deepEqual([far, past], Array(2).fill({ ready: [], lost: undefined }));
  assert.equal(buffer.room(), WINDOW_PACKETS);
  assert.deepEqual(marks(buffer.drop([0, 2 ** 31 - 1], 0)), []);
});
