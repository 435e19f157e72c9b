import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { withLock } from '../../../src-main/bootstrap/lock.mjs';

/** No process has it: the kernel's own highest is far below. */
const DEAD_PID = '4194305';

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'lectern-lock-'));
  try {
    await run(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const never = (): void => assert.fail('there was nobody to wait for');

test('the lock is gone after the step, also after one that fails', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'deep', 'a.lock');

    const result = await withLock(path, { onWait: never }, () => Promise.resolve(5));
    await assert.rejects(
      withLock(path, { onWait: never }, () => Promise.reject(new Error('no'))),
      /no/,
    );

    assert.equal(result, 5);
    assert.equal(existsSync(path), false);
  }));

test('a second step waits for the first and is told for whom', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'a.lock');
    const order: string[] = [];
    const first = Promise.withResolvers<undefined>();
    const waiting = Promise.withResolvers<number>();

    const one = withLock(path, { onWait: never }, async () => {
      await first.promise;
      order.push('first');
    });
    const two = withLock(path, { onWait: waiting.resolve, pollMs: 5 }, () => {
      order.push('second');
      return Promise.resolve();
    });
    const holder = await waiting.promise;
    first.resolve(undefined);
    await Promise.all([one, two]);

    assert.equal(holder, process.pid);
    assert.deepEqual(order, ['first', 'second']);
  }));

test('a lock that a killed process left behind is taken over', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'a.lock');
    await writeFile(path, DEAD_PID);

    const held = await withLock(path, { onWait: never }, () => readFile(path, 'utf8'));

    assert.equal(held, String(process.pid));
  }));

test('a takeover that was itself cut short does not block the lock for ever', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'a.lock');
    await writeFile(path, DEAD_PID);
    await writeFile(`${path}.takeover`, DEAD_PID);

    const result = await withLock(path, { onWait: never, pollMs: 5 }, () => Promise.resolve('in'));

    assert.equal(result, 'in');
  }));

test('processes that start together over a dead lock never run a step at the same time', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'a.lock');
    const counter = join(folder, 'counter');
    await writeFile(path, DEAD_PID);
    await writeFile(counter, '0');
    const module = new URL('../../../src-main/bootstrap/lock.mjs', import.meta.url).href;
    const script = `
      import { readFileSync, writeFileSync } from 'node:fs';
      import { setTimeout as sleep } from 'node:timers/promises';
      import { withLock } from ${JSON.stringify(module)};
      for (let turn = 0; turn < 5; turn += 1) {
        await withLock(${JSON.stringify(path)}, { onWait: () => undefined, pollMs: 1 }, async () => {
          const before = Number(readFileSync(${JSON.stringify(counter)}, 'utf8'));
          await sleep(2);
          writeFileSync(${JSON.stringify(counter)}, String(before + 1));
        });
      }`;

    const processes = Array.from({ length: 3 }, () =>
      once(spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' }), 'close'),
    );
    const codes = (await Promise.all(processes)).map(([code]) => code as unknown);

    assert.deepEqual(codes, [0, 0, 0]);
    assert.equal(await readFile(counter, 'utf8'), '15');
  }));
