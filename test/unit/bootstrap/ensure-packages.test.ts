import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  findNpm,
  packagesAreFresh,
  sentenceForFailedInstall,
} from '../../../src-main/bootstrap/ensure-packages.mjs';

const LOCK = '{"lockfileVersion":3}';
const EARLY = new Date(Date.UTC(2030, 0, 1));
const LATE = new Date(Date.UTC(2030, 0, 2));

async function inCheckout(
  times: { readonly lock: Date; readonly hidden?: Date },
  run: (root: string) => Promise<void> | void,
): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'lectern-packages-'));
  try {
    await mkdir(join(root, 'node_modules'));
    await writeFile(join(root, 'package-lock.json'), LOCK);
    await utimes(join(root, 'package-lock.json'), times.lock, times.lock);
    if (times.hidden !== undefined) {
      await writeFile(join(root, 'node_modules', '.package-lock.json'), '{}');
      await utimes(join(root, 'node_modules', '.package-lock.json'), times.hidden, times.hidden);
    }
    await run(root);
  } finally {
    await rm(root, { recursive: true });
  }
}

test('a folder of packages without npm’s own mark was cut short', () =>
  inCheckout({ lock: EARLY }, (root) => {
    assert.equal(packagesAreFresh(root), false);
  }));

test('packages that were installed after the lock file was written are fresh', () =>
  inCheckout({ lock: EARLY, hidden: LATE }, (root) => {
    assert.equal(packagesAreFresh(root), true);
  }));

test('packages that are older than the lock file are stale', () =>
  inCheckout({ lock: LATE, hidden: EARLY }, (root) => {
    assert.equal(packagesAreFresh(root), false);
  }));

test('a lock file with a new time and the content that was installed is fresh', () =>
  inCheckout({ lock: LATE, hidden: EARLY }, async (root) => {
    const stamp = createHash('sha256').update(LOCK).digest('hex');
    await writeFile(join(root, 'node_modules', '.lectern-packages'), stamp);

    assert.equal(packagesAreFresh(root), true);
  }));

test('npm is run by its script, which needs no shell on Windows', () =>
  inCheckout({ lock: EARLY }, async (root) => {
    const script = join(root, 'npm-cli.js');
    await writeFile(script, '');

    const npm = findNpm({ npm_execpath: script }, '/somewhere/node');

    assert.deepEqual(npm, { program: '/somewhere/node', args: [script] });
  }));

test('another package manager that says it is npm is not run', () =>
  inCheckout({ lock: EARLY }, async (root) => {
    const other = join(root, 'yarn.js');
    await writeFile(other, '');

    assert.throws(() => findNpm({ npm_execpath: other, PATH: root }, join(root, 'node')), /npm was not found/);
  }));

for (const [output, words] of [
  ['npm error code ENOTFOUND\nnpm error network request to … failed', /registry cannot be reached/],
  ['npm error code EAI_AGAIN', /registry cannot be reached/],
  ['npm error code SELF_SIGNED_CERT_IN_CHAIN', /certificate/],
  ['npm error code ENOSPC', /disk is full/],
  ['npm error code EACCES\nnpm error path node_modules', /cannot be written/],
  ['npm error code EINTEGRITY', /arrived damaged/],
  ['npm error code E404', /refused to give a package/],
  ['npm error code EUSAGE\nnpm error `npm ci` can only install', /do not fit together/],
  ['something nobody has seen', /could not install/],
] as const) {
  test(`“${output.split('\n')[0]}” becomes a sentence that says what to do`, () => {
    const sentence = sentenceForFailedInstall(output);

    assert.match(sentence, words);
    assert.ok(sentence.endsWith(`npm said:\n${output}`));
  });
}
