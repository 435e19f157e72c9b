import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEmitter } from '../../../src-main/base/emitter.ts';

test('listeners hear every value in order until they leave; leaving twice does no harm', () => {
  const emitter = createEmitter<number>();
  const heard: number[] = [];
  const listening = emitter.on((value) => heard.push(value));
  emitter.emit(1);
  emitter.emit(2);

  listening[Symbol.dispose]();
  listening[Symbol.dispose]();
  emitter.emit(3);

  assert.deepEqual(heard, [1, 2]);
  assert.equal(emitter.listenerCount(), 0);
});

test('one function added twice is heard twice and removed one at a time', () => {
  const emitter = createEmitter<number>();
  let count = 0;
  const listener = (): void => {
    count += 1;
  };
  const first = emitter.on(listener);
  emitter.on(listener);

  first[Symbol.dispose]();
  emitter.emit(1);

  assert.equal(count, 1);
});

test('a listener that throws keeps nobody else from hearing, and the first error is thrown at the end', () => {
  const emitter = createEmitter<number>();
  const heard: string[] = [];
  emitter.on(() => {
    throw new Error('first');
  });
  emitter.on(() => {
    heard.push('second');
    throw new Error('second');
  });

  assert.throws(() => emitter.emit(1), /first/);
  assert.deepEqual(heard, ['second']);
});

test('a listener that leaves while others are being told takes nobody with it', () => {
  const emitter = createEmitter<number>();
  const heard: string[] = [];
  const own = emitter.on(() => own[Symbol.dispose]());
  emitter.on(() => heard.push('still here'));

  emitter.emit(1);

  assert.deepEqual(heard, ['still here']);
});
