import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { systemClock } from '../../../src-main/base/clock.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { RestartPolicy } from '../../../src-main/core/ports/process.ts';
import { createProcesses } from '../../../src-main/core/process/create-processes.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import {
  assertNoneLeft,
  childSpec,
  fixture,
  isPosix,
  lineOf,
  MARKED_ENVIRONMENT,
  openProcesses,
} from './children.ts';

const POLICY: RestartPolicy = {
  delaysMs: [20],
  jitter: 0.2,
  healthyAfterMs: 1000,
  maxAttempts: Infinity,
  stallAfterMs: 300,
  startWithinMs: 5000,
};

function closing(error: unknown): boolean {
  return error instanceof AppError && error.code === 'service/closing';
}

test('closing stops every child, however it came to be, and resolves when none is left', async () => {
  const processes = openProcesses();
  const child = await processes.spawn(childSpec('idles'));
  const stubborn = await processes.spawn(childSpec('ignores-sigterm'));
  await lineOf(stubborn, /ready/);
  const node = await processes.launchNode({
    name: 'node',
    entry: fixture('node-entry'),
    env: MARKED_ENVIRONMENT,
  });
  const supervised = processes.supervise({
    spec: () => childSpec('exits', ['1']),
    policy: POLICY,
    onStart: () => undefined,
  });

  const closed = processes[Symbol.asyncDispose]();
  assert.equal(processes[Symbol.asyncDispose](), closed);
  await closed;

  assert.equal((await child.exited).asked, true);
  assert.equal((await stubborn.exited).asked, true);
  await node.exited;
  assert.equal(supervised.state().kind, 'stopped');
  await assertNoneLeft(0);
});

test('after closing nothing starts any more', async () => {
  const processes = openProcesses();
  await processes[Symbol.asyncDispose]();

  await assert.rejects(processes.spawn(childSpec('idles')), closing);
  await assert.rejects(processes.runToEnd(childSpec('idles'), { timeoutMs: 1000, maxOutputBytes: 1 }), closing);
  await assert.rejects(processes.launchNode({ name: 'x', entry: fixture('node-entry'), env: {} }), closing);
  assert.throws(
    () => processes.supervise({ spec: () => childSpec('idles'), policy: POLICY, onStart: () => undefined }),
    closing,
  );
});

test('a child that is being started while all are stopped is stopped too', async () => {
  const processes = openProcesses();

  const starting = processes.spawn(childSpec('idles'));
  await processes[Symbol.asyncDispose]();

  assert.equal((await (await starting).exited).asked, true);
  await assertNoneLeft(0);
});

test('a supervised child that stalls is killed and replaced by another', async () => {
  await using processes = openProcesses();
  const pids: number[] = [];
  const { promise: twice, resolve } = Promise.withResolvers<undefined>();
  const supervised = processes.supervise({
    spec: () => childSpec('idles'),
    policy: POLICY,
    onStart(child) {
      pids.push(child.pid);
      child.lines.on(() => {
        supervised.progress();
        if (pids.length === 2) {
          resolve(undefined);
        }
      });
    },
  });
  const stalls: string[] = [];
  supervised.changed.on((state) => {
    if (state.kind === 'backing-off') {
      stalls.push(state.error.code);
    }
  });

  await twice;
  await supervised.stop();

  assert.deepEqual(stalls, ['process/stalled']);
  assert.notEqual(pids[0], pids[1]);
});

test('a run is ended when it says too much or takes too long, with all that it has started', {
  skip: !isPosix,
}, async () => {
  await using processes = openProcesses();

  await assert.rejects(
    processes.runToEnd(childSpec('prints-for-ever', [], { stdout: 'pipe' }), {
      timeoutMs: 10_000,
      maxOutputBytes: 1_000_000,
    }),
    (error) => error instanceof AppError && error.code === 'process/unusable',
  );
  await assert.rejects(
    processes.runToEnd(childSpec('forks-grandchild', ['stay'], { stdout: 'pipe' }), {
      timeoutMs: 300,
      maxOutputBytes: 1,
    }),
    (error) => error instanceof AppError && error.code === 'process/stalled',
  );

  await assertNoneLeft(500);
});

test('a run hands over stdin and gives back stdout and the lines of stderr', async () => {
  await using processes = openProcesses();
  const limits = { timeoutMs: 10_000, maxOutputBytes: 100 };
  const lines: string[] = [];

  const echoed = await processes.runToEnd(childSpec('echoes', [], { stdin: 'pipe', stdout: 'pipe' }), {
    ...limits,
    stdin: Buffer.from('abc'),
  });
  const spoken = await processes.runToEnd(childSpec('exits', ['2', 'one', 'two'], { stdout: 'pipe' }), {
    ...limits,
    successCodes: [2],
    onLine: (line) => void lines.push(line),
  });

  assert.equal(Buffer.from(echoed.stdout).toString(), 'abc');
  assert.deepEqual([spoken.stdout.byteLength, spoken.lastLines, lines], [0, ['one', 'two'], ['one', 'two']]);
});

test('the process that ends children if we are killed goes with us and holds nothing up', async () => {
  // A program that starts a child, waits for its end and does not close anything must still end by itself.
  const script = `
    import { systemClock } from ${JSON.stringify(new URL('../../../src-main/base/clock.ts', import.meta.url).href)};
    import { createProcesses } from ${JSON.stringify(new URL('../../../src-main/core/process/create-processes.ts', import.meta.url).href)};
    const logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => logger };
    const processes = createProcesses({ clock: systemClock(), random: () => 0.5, logger, platform: process.platform });
    const spec = ${JSON.stringify(childSpec('exits', ['0']))};
    const child = await processes.spawn(spec);
    const exit = await child.exited;
    process.exitCode = exit.code === 0 ? 42 : 1;
  `;
  await using processes = createProcesses({
    clock: systemClock(),
    random: () => 0.5,
    logger: silentLogger,
    platform: process.platform,
  });
  const child = await processes.spawn(
    childSpec('exits', [], {
      args: ['--input-type=module', '-e', script],
      graceMs: 100,
    }),
  );
  const timer = setTimeout(() => child.kill(), 10_000);

  const exit = await child.exited;
  clearTimeout(timer);

  assert.deepEqual([exit.code, exit.lastLines], [42, []]);
});

after(() => assertNoneLeft());
