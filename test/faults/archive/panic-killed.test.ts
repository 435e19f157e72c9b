import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { test } from 'node:test';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openArchiveRig } from '../../support/archive-rig.ts';
import { secondsIn } from '../../support/secret-media.ts';
import { mkdtempDisposable } from '../../support/temporary-folder.ts';
import { SECONDS, TRACKS } from './panicker.ts';

const PANICKER = fileURLToPath(new URL('panicker.ts', import.meta.url));
/** Key frames stand at even seconds: what begins with the one before goes. */
const FROM = 21;
const LEFT = Array.from({ length: FROM - 1 }, (_, second) => second);
/** Milliseconds between the note and the kill: before anything is overwritten, and in the middle of it. */
const DELAYS = [0, 5];

type Panicker = AsyncDisposable & {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  said(line: string): Promise<void>;
};

function startPanicker(dataDir: string): Panicker {
  const child = spawn(process.execPath, [PANICKER, dataDir], { stdio: ['pipe', 'pipe', 'inherit'] });
  // It may be killed while it is written to.
  child.stdin.on('error', () => undefined);
  const exited = once(child, 'exit');
  const lines = new Set<string>();
  createInterface(child.stdout).on('line', (line) => lines.add(line));
  return {
    child,
    async said(line) {
      while (!lines.has(line)) {
        assert.equal(child.exitCode, null, 'it runs');
        await sleep(10);
      }
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** As soon as the intent is there, without giving the disk a moment longer. */
async function noted(dataDir: string): Promise<void> {
  const [asset] = await readdir(join(dataDir, 'assets'));
  const note = join(dataDir, 'assets', asset ?? '', 'removed.json');
  while (!existsSync(note)) {
    await nextTurn();
  }
}

for (const delayMs of DELAYS) {
  test(`killed ${delayMs} ms after a panic was noted, the next start finishes it`, async () => {
    await using root = await mkdtempDisposable(join(tmpdir(), 'lectern-panic-'));
    const dataDir = root.path;
    {
      await using panicker = startPanicker(dataDir);
      await panicker.said('recorded');
      assert.equal((await secondsIn(dataDir)).at(-1), SECONDS - 1);
      panicker.child.stdin.write(`${FROM}\n`);
      await noted(dataDir);
      await sleep(delayMs);
    }

    await using rig = await openArchiveRig({ dataDir });

    assert.deepEqual(await secondsIn(dataDir), LEFT);
    const [asset, ...others] = rig.archive.assets.list();
    assert.deepEqual(others, []);
    assert.deepEqual([asset?.state, asset?.damage], ['ready', undefined]);
    assert.equal(Math.round(asset?.duration ?? 0), LEFT.length);
    const presentation = await rig.archive.assets.presentationOf('live');
    assert.equal(presentation?.tracks().length, TRACKS.length);
  });
}

test('killed when it was done, nothing comes back either', async () => {
  await using root = await mkdtempDisposable(join(tmpdir(), 'lectern-panic-'));
  const dataDir = root.path;
  {
    await using panicker = startPanicker(dataDir);
    await panicker.said('recorded');
    panicker.child.stdin.write(`${FROM}\n`);
    await panicker.said('erased');
    assert.deepEqual(await secondsIn(dataDir), LEFT);
  }

  await using _rig = await openArchiveRig({ dataDir });

  assert.deepEqual(await secondsIn(dataDir), LEFT);
});
