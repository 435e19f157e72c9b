import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEventLog } from '../../../src-main/core/control/event-log.ts';
import { keepAwake } from '../../../src-main/core/platform/keep-awake.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { Child, ChildExit, ChildSpec } from '../../../src-main/core/ports/process.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { manualClock } from '../../support/manual-clock.ts';

/** Nothing in a child of this but that it runs and can be stopped. */
function fakeChild(onStop: () => void): Child {
  const { promise: exited, resolve } = Promise.withResolvers<ChildExit>();
  return {
    pid: 1,
    stdin: undefined,
    stdout: undefined,
    pipe: () => {
      throw new Error('it has no pipes');
    },
    lines: { on: () => ({ [Symbol.dispose]: () => undefined }) },
    exited,
    stop() {
      onStop();
      resolve({ code: null, signal: 'SIGTERM', asked: true, lastLines: [] });
      return exited;
    },
    kill: () => undefined,
  };
}

function rig(platform: NodeJS.Platform, options: { readonly isMissing?: boolean } = {}) {
  const clock = manualClock();
  const events = createEventLog({ clock });
  const started: ChildSpec[] = [];
  let stops = 0;
  let isBusy = false;
  const awake = keepAwake({
    clock,
    platform,
    events,
    logger: silentLogger,
    isBusy: () => isBusy,
    spawn: (spec) => {
      started.push(spec);
      return options.isMissing === true
        ? Promise.reject(new AppError('process/not-found', 'There is no such program.'))
        : Promise.resolve(fakeChild(() => void (stops += 1)));
    },
  });
  return {
    awake,
    started,
    stops: () => stops,
    set: async (busy: boolean) => {
      isBusy = busy;
      events.publish('Lectern.StudioChanged', 'studio', {});
      clock.advance(1000);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test('the computer is kept awake from when something is live until nothing is, once', async () => {
  const { awake, started, stops, set } = rig('linux');
  await set(false);
  assert.equal(started.length, 0);

  await set(true);
  await set(true);
  assert.deepEqual(
    started.map(({ executable, args }) => [executable, args.at(-1)]),
    [['systemd-inhibit', 'cat']],
  );
  assert.equal(stops(), 0);

  await set(false);
  assert.equal(stops(), 1);
  await set(true);
  await awake[Symbol.asyncDispose]();
  assert.deepEqual([started.length, stops()], [2, 2]);
});

test('where there is nothing that could, or it is missing, nothing else changes', async () => {
  const missing = rig('linux', { isMissing: true });
  await missing.set(true);
  await missing.set(false);
  await missing.awake[Symbol.asyncDispose]();

  const windows = rig('win32');
  await windows.set(true);
  assert.equal(windows.started.length, 0);
  await windows.awake[Symbol.asyncDispose]();
});

test('a Mac has a program of its own for it', async () => {
  const { awake, started, set } = rig('darwin');
  await set(true);
  assert.equal(started[0]?.executable, 'caffeinate');
  await awake[Symbol.asyncDispose]();
});
