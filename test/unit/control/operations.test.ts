import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createOperations } from '../../../src-main/core/control/operations.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import { operation as operationSchema } from '../../../src-main/shared/api/common.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { manualClock } from '../../support/manual-clock.ts';

function setUp() {
  const clock = manualClock();
  const operations = createOperations({ clock, logger: silentLogger });
  const start = (run: () => Promise<unknown>, key = 'liveEvent/a') =>
    operations.start({ action: 'liveEvents/start', key, subject: key, result: '/x', run });
  return { clock, operations, start };
}

const coded = (code: string) => (error: unknown) => error instanceof AppError && error.code === code;

test('an operation that fails says why, with its code', async () => {
  const { operations, start } = setUp();

  const { id } = start(() => Promise.reject(new AppError('resource/wrong-state', 'It is running.')));
  const ended = await operations.wait(id, 1000);

  assert.deepEqual(operationSchema.parse(ended), ended);
  assert.equal(ended.status, 'Failed');
  assert.equal(ended.error?.code, 'resource/wrong-state');
});

test('a mistake inside an operation ends it without its words', async () => {
  const { operations, start } = setUp();

  const { id } = start(() => {
    throw new Error('secret words');
  });
  const ended = await operations.wait(id, 1000);

  assert.equal(ended.error?.code, 'service/internal');
  assert(!JSON.stringify(ended).includes('secret'));
});

test('a second operation of the same key is refused until the first has ended; another key is free', async () => {
  const { operations, start } = setUp();
  const gate = Promise.withResolvers<undefined>();
  const { id } = start(() => gate.promise);

  assert.throws(() => start(() => Promise.resolve()), coded('resource/busy'));
  start(() => Promise.resolve(), 'liveEvent/b');
  gate.resolve(undefined);
  await operations.wait(id, 1000);

  assert.doesNotThrow(() => start(() => Promise.resolve()));
});

test('who waits gets the state when the time is over, and the end as soon as it comes', async () => {
  const { clock, operations, start } = setUp();
  const gate = Promise.withResolvers<undefined>();
  const { id } = start(() => gate.promise);

  const short = operations.wait(id, 500);
  await clock.advanceAsync(500);
  assert.equal((await short).status, 'InProgress');
  const long = operations.wait(id, 60_000);
  gate.resolve(undefined);

  assert.equal((await long).status, 'Succeeded');
  assert.equal(clock.pending(), 0);
});

test('an ended operation is forgotten after an hour, a running one is not', async () => {
  const { clock, operations, start } = setUp();
  const ended = start(() => Promise.resolve(), 'ended');
  const running = start(() => new Promise(() => undefined), 'running');
  await nextTurn();

  clock.advance(3_600_000);
  assert.equal(operations.get(ended.id).status, 'Succeeded');
  clock.advance(1);

  assert.throws(() => operations.get(ended.id), coded('resource/not-found'));
  assert.equal(operations.get(running.id).status, 'InProgress');
});

test('of more than a thousand the oldest ended ones are forgotten first', async () => {
  const { operations, start } = setUp();
  const running = start(() => new Promise(() => undefined), 'running');
  const first = start(() => Promise.resolve(), 'k0');
  await nextTurn();
  for (let index = 1; index <= 1000; index += 1) {
    start(() => Promise.resolve(), `k${index}`);
  }
  await nextTurn();

  assert.throws(() => operations.get(first.id), coded('resource/not-found'));
  assert.equal(operations.get(running.id).status, 'InProgress');
});

test('closing releases everybody who waits', async () => {
  const { clock, operations, start } = setUp();
  const { id } = start(() => new Promise(() => undefined));
  const waiting = operations.wait(id, 300_000);

  operations[Symbol.dispose]();

  assert.equal((await waiting).status, 'InProgress');
  assert.equal((await operations.wait(id, 300_000)).status, 'InProgress');
  assert.equal(clock.pending(), 0);
});
