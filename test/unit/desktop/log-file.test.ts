import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openLogFile } from '../../../src-main/desktop/log-file.ts';

async function inFolder(run: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'lectern-log-'));
  try {
    await run(join(folder, 'logs', 'desktop.log'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('a line is in the file when the call returns: the next thing may be a crash', () =>
  inFolder(async (path) => {
    openLogFile(path).child({ child: 'service' }).warn({ code: 7 }, 'ended');

    assert.match(
      await readFile(path, 'utf8'),
      /^\{"level":40,"time":"\d{4}-\d\d-\d\dT[\d:.]+Z","child":"service","code":7,"msg":"ended"\}\n$/,
    );
  }));

test('a later run goes on in the same file until that has grown large', () =>
  inFolder(async (path) => {
    openLogFile(path).info({}, 'first run');
    openLogFile(path).info({}, 'second run');
    assert.equal((await readFile(path, 'utf8')).trim().split('\n').length, 2);
    await truncate(path, 6 * 1024 * 1024);

    openLogFile(path).info({}, 'third run');

    assert.equal((await readFile(path, 'utf8')).trim().split('\n').length, 1);
    assert.equal((await stat(`${path}.1`)).size, 6 * 1024 * 1024);
  }));
