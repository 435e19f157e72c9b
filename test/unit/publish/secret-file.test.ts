import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { removeOldSecretFiles, writeSecretFile } from '../../../src-main/core/publish/secret-file.ts';
import { mkdtempDisposable } from '../../support/temporary-folder.ts';

const isPosix = process.platform !== 'win32';

test('a secret is in a file that only its owner can read, in a folder that only its owner can open, until it is disposed of', async () => {
  const file = await writeSecretFile('key=1\n');
  assert.equal(readFileSync(file.path, 'utf8'), 'key=1\n');
  if (isPosix) {
    assert.equal(statSync(file.path).mode & 0o777, 0o600);
    assert.equal(statSync(dirname(file.path)).mode & 0o777, 0o700);
  }

  file[Symbol.dispose]();
  file[Symbol.dispose]();

  assert.equal(existsSync(dirname(file.path)), false);
});

test('what a killed run left behind is removed, and neither what is in use nor what is not ours', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'secrets-'));
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = folder.path;
  try {
    const nowMs = Date.now();
    const old = makeOld('lectern-push-old', nowMs);
    const strange = makeOld('lectern-other', nowMs);
    using inUse = await writeSecretFile('x');

    await removeOldSecretFiles(nowMs);

    assert.equal(existsSync(old), false);
    assert.equal(existsSync(strange), true);
    assert.equal(existsSync(inUse.path), true);
  } finally {
    if (before === undefined) {
      delete process.env['TMPDIR'];
    } else {
      process.env['TMPDIR'] = before;
    }
  }

  function makeOld(name: string, nowMs: number): string {
    const path = join(folder.path, name);
    mkdirSync(path);
    writeFileSync(join(path, 'options'), 'key');
    utimesSync(path, nowMs / 1000 - 120, nowMs / 1000 - 120);
    return path;
  }
});

test('a folder for temporary files that cannot be read is no reason to fail', async () => {
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = '/no/such/folder';
  try {
    await removeOldSecretFiles(Date.now());
  } finally {
    if (before === undefined) {
      delete process.env['TMPDIR'];
    } else {
      process.env['TMPDIR'] = before;
    }
  }
});
