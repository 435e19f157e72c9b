import assert from 'node:assert/strict';
import { mkdtempDisposable, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeFileAtomic } from '../../../src-main/core/archive/write-file-atomic.ts';
import { controlToken } from '../../../src-main/core/platform/control-token.ts';
import { lockDataFolder } from '../../../src-main/core/platform/data-folder-lock.ts';
import { openFileLogger } from '../../../src-main/core/platform/file-logger.ts';
import { createFileSecrets } from '../../../src-main/core/platform/file-secrets.ts';
import { createFileTextCache } from '../../../src-main/core/platform/file-text-cache.ts';

const folderFor = async () => await mkdtempDisposable(join(tmpdir(), 'lectern-platform-'));

test('a data folder belongs to one service at a time, and to the next when that is gone', async () => {
  await using folder = await folderFor();
  const first = lockDataFolder(folder.path);

  assert.throws(() => lockDataFolder(folder.path), { code: 'service/data-folder-locked' });

  first[Symbol.dispose]();
  lockDataFolder(folder.path)[Symbol.dispose]();
});

test('secrets are kept in a file of their owner, and are gone when deleted', async () => {
  await using folder = await folderFor();
  const path = join(folder.path, 'secrets.json');
  const open = () => createFileSecrets({ path, writeFile: writeFileAtomic });
  await open().set('destination/a/streamKey', 'live_123');

  assert.equal(await open().get('destination/a/streamKey'), 'live_123');
  assert.equal((await stat(path)).mode & 0o777, 0o600);

  await open().delete('destination/a/streamKey');
  assert.equal(await open().get('destination/a/streamKey'), undefined);
  assert.doesNotMatch(await readFile(path, 'utf8'), /live_123/);
});

test('the token of the last time goes on; one that somebody spoilt is replaced', async () => {
  await using folder = await folderFor();
  const token = await controlToken(folder.path);
  assert.match(token, /^[\w-]{43}$/);

  await writeFile(join(folder.path, 'control-token'), `${token}\n`);
  assert.equal(await controlToken(folder.path), token);

  await writeFile(join(folder.path, 'control-token'), 'password\n');
  assert.notEqual(await controlToken(folder.path), 'password');
});

test('a cache that is broken is an empty one', async () => {
  await using folder = await folderFor();
  const path = join(folder.path, 'findings.json');
  await writeFile(path, '{ not json');
  const cache = createFileTextCache({ path, writeFile: writeFileAtomic });

  assert.equal(await cache.get('encoder'), undefined);
  await cache.set('encoder', 'libx264');

  assert.equal(await createFileTextCache({ path, writeFile: writeFileAtomic }).get('encoder'), 'libx264');
});

test('a log never grows beyond its limit: the file before is kept beside it', async () => {
  await using folder = await folderFor();
  const path = join(folder.path, 'lectern.log');
  {
    using logger = openFileLogger(path);
    const words = 'x'.repeat(1024 * 1024);
    for (let line = 0; line < 12; line += 1) {
      logger.info({ line }, words);
    }
  }

  assert.ok((await stat(path)).size < 3 * 1024 * 1024);
  assert.ok((await stat(`${path}.1`)).size >= 10 * 1024 * 1024);
  assert.match(await readFile(path, 'utf8'), /"line":11/);
});

test('a file is replaced as a whole: nothing is left beside it', async () => {
  await using folder = await folderFor();
  const path = join(folder.path, 'settings.json');
  await writeFileAtomic(path, 'one');
  await writeFileAtomic(path, 'two', 0o600);

  assert.equal(await readFile(path, 'utf8'), 'two');
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  await assert.rejects(stat(`${path}.new`));
});
