import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { findProgram } from '../../../src-main/bootstrap/project.mjs';

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

test(
  'a program is found on the PATH, and only as something that can be run',
  { skip: process.platform === 'win32' },
  () =>
    inFolder(async (folder) => {
      await program(join(folder, 'b', 'tool'));
      await mkdir(join(folder, 'a'));
      await writeFile(join(folder, 'a', 'tool'), '', { mode: 0o644 });

      const env = { PATH: `${join(folder, 'a')}::${join(folder, 'b')}` };

      assert.equal(findProgram('tool', env), join(folder, 'b', 'tool'));
      assert.equal(findProgram('no-such-tool', env), undefined);
    }),
);
