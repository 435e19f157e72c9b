import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { runToEnd } from '../../../src-main/core/process/run-to-end.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { type FakeChild, fakeSpawn, fakeSpec } from './fake-spawn.ts';

const LIMITS = { timeoutMs: 5000, maxOutputBytes: 1000 };

test('a run that takes too long is killed and tells so', async () => {
  const clock = manualClock();
  const { spawn, children } = fakeSpawn();
  const latest = (): FakeChild => children.at(-1)!;

  const rejected = assert.rejects(runToEnd({ spawn, clock }, fakeSpec('probe'), LIMITS), (error) => {
    assert.ok(error instanceof AppError);
    assert.equal(error.code, 'process/stalled');
    assert.deepEqual(error.details, { name: 'probe', timeoutMs: 5000, lastLines: [] });
    return true;
  });
  await clock.advanceAsync(4999);
  assert.equal(latest().wasKilled(), false);
  await clock.advanceAsync(1);

  await rejected;
  assert.equal(latest().wasKilled(), true);
});

test('a run that fails tells its exit and its last words', async () => {
  const { spawn, children } = fakeSpawn();

  const run = runToEnd({ spawn, clock: manualClock() }, fakeSpec('probe'), LIMITS);
  await nextTurn();
  children[0]?.exit(1, ['Unknown encoder']);

  await assert.rejects(run, (error) => {
    assert.ok(error instanceof AppError);
    assert.equal(error.code, 'process/exited');
    assert.deepEqual(error.details, { name: 'probe', reason: 'code 1', lastLines: ['Unknown encoder'] });
    return true;
  });
});

test('the caller says which codes are a success', async () => {
  const { spawn, children } = fakeSpawn();

  const run = runToEnd({ spawn, clock: manualClock() }, fakeSpec(), { ...LIMITS, successCodes: [0, 1] });
  await nextTurn();
  children[0]?.exit(1, ['fine']);

  assert.deepEqual((await run).lastLines, ['fine']);
});

test('an aborted run is killed, rejects with the reason, and leaves no timer and no listener', async () => {
  const clock = manualClock();
  const { spawn, children, alive } = fakeSpawn();
  const controller = new AbortController();
  const reason = new Error('not wanted any more');

  const run = runToEnd({ spawn, clock }, fakeSpec(), { ...LIMITS, signal: controller.signal });
  await nextTurn();
  controller.abort(reason);

  await assert.rejects(run, reason);
  assert.deepEqual([children[0]?.wasKilled(), alive(), clock.pending()], [true, 0, 0]);
});

test('an abort while it is being started ends it', async () => {
  const { spawn, hold, release, alive } = fakeSpawn();
  const controller = new AbortController();
  hold();

  const run = runToEnd({ spawn, clock: manualClock() }, fakeSpec(), { ...LIMITS, signal: controller.signal });
  controller.abort(new Error('too late'));
  release();

  await assert.rejects(run, /too late/);
  assert.equal(alive(), 0);
});

test('a run that was aborted before starts nothing', async () => {
  const { spawn, children } = fakeSpawn();
  const signal = AbortSignal.abort(new Error('never'));

  await assert.rejects(runToEnd({ spawn, clock: manualClock() }, fakeSpec(), { ...LIMITS, signal }), /never/);
  assert.equal(children.length, 0);
});

test('a program that is not there fails as it does when it is spawned', async () => {
  const { spawn, failNext } = fakeSpawn();
  const missing = new AppError('process/not-found', 'No ffprobe.');
  failNext(missing);

  await assert.rejects(runToEnd({ spawn, clock: manualClock() }, fakeSpec(), LIMITS), missing);
});
