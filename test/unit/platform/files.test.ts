import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeFileAtomic } from '../../../src-main/core/archive/write-file-atomic.ts';
import { controlToken } from '../../../src-main/core/platform/control-token.ts';
import { createFileTextCache } from '../../../src-main/core/platform/file-text-cache.ts';
import { mkdtempDisposable } from '../../support/temporary-folder.ts';

const folderFor = async () => await mkdtempDisposable(join(tmpdir(), 'lectern-platform-'));

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

test('a file is replaced as a whole: nothing is left beside it', async () => {
  await using folder = await folderFor();
  const path = join(folder.path, 'settings.json');
  await writeFileAtomic(path, 'one');
  await writeFileAtomic(path, 'two', 0o600);

  assert.equal(await readFile(path, 'utf8'), 'two');
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  await assert.rejects(stat(`${path}.new`));
});
