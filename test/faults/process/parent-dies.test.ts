import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { assertNoneLeft, endLiving, hasProc, livingChildren } from '../../integration/process/children.ts';

const PARENT = fileURLToPath(new URL('parent-with-children.ts', import.meta.url));
/** What the parent has started when it is up: three children, one grandchild, one Node child, one supervised one. */
const CHILDREN = 6;

type Parent = { readonly process: ChildProcess; readonly mark: string };

async function startParent(
  t: { after: (fn: () => unknown) => void },
  ...args: readonly string[]
): Promise<Parent> {
  const parent = spawn(process.execPath, [PARENT, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  t.after(() => parent.kill('SIGKILL'));
  for await (const line of createInterface({ input: parent.stdout })) {
    const [, name, value] = /^up \{"(\w+)":"([^"]+)"\}$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) {
      const mark = `${name}=${value}`;
      t.after(() => endLiving(mark));
      assert.equal((await livingChildren(mark)).length, CHILDREN);
      return { process: parent, mark };
    }
  }
  throw new Error('the parent ended before it was up');
}

async function ended(parent: Parent): Promise<void> {
  if (parent.process.exitCode === null && parent.process.signalCode === null) {
    await once(parent.process, 'exit');
  }
}

async function reaperOf(parent: Parent): Promise<number> {
  const pgrep = spawn('pgrep', ['-P', String(parent.process.pid), '-f', 'lectern-reaper']);
  const reaper = Number((await text(pgrep.stdout)).trim());
  // 0 would be this test itself, and everything that runs it.
  assert.ok(reaper > 1, 'the parent has a reaper');
  return reaper;
}

describe('no child outlives its parent', { skip: hasProc ? false : 'looks for processes in /proc' }, () => {
  test('that is killed with SIGKILL', async (t) => {
    const parent = await startParent(t);

    parent.process.kill('SIGKILL');

    await ended(parent);
    await assertNoneLeft(2000, parent.mark);
  });

  test('whose whole process group is killed with SIGKILL', async (t) => {
    const parent = await startParent(t);

    process.kill(-parent.process.pid!, 'SIGKILL');

    await ended(parent);
    await assertNoneLeft(2000, parent.mark);
  });

  test('that falls over', async (t) => {
    const parent = await startParent(t, 'throw');

    await ended(parent);

    assert.notEqual(parent.process.exitCode, 0);
    await assertNoneLeft(2000, parent.mark);
  });

  test('that exits without stopping anything', async (t) => {
    const parent = await startParent(t, 'exit');

    await ended(parent);

    assert.equal(parent.process.exitCode, 0);
    await assertNoneLeft(2000, parent.mark);
  });

  test('that is killed after its reaper was', async (t) => {
    const parent = await startParent(t);
    const first = await reaperOf(parent);

    process.kill(first, 'SIGKILL');
    await wait(300);
    assert.notEqual(await reaperOf(parent), first);
    parent.process.kill('SIGKILL');

    await ended(parent);
    await assertNoneLeft(2000, parent.mark);
  });

  test('that is killed while its reaper is told to end', async (t) => {
    const parent = await startParent(t);
    const reaper = await reaperOf(parent);

    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      process.kill(reaper, signal);
    }
    parent.process.kill('SIGKILL');

    await ended(parent);
    await assertNoneLeft(2000, parent.mark);
  });
});
