import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';

const windows = process.platform === 'win32' && 'it is a shell script';

/** Runs `.ci/run` with an npm that does what `script` says. */
async function runCi(script: string): Promise<{ readonly code: number; readonly lines: readonly string[] }> {
  const root = await mkdtemp(join(tmpdir(), 'lectern-ci-'));
  try {
    await mkdir(join(root, '.ci'));
    await mkdir(join(root, 'bin'));
    await copyFile(new URL('../../../.ci/run', import.meta.url), join(root, '.ci', 'run'));
    await writeFile(join(root, 'bin', 'npm'), `#!/bin/sh\n${script}\n`);
    await chmod(join(root, 'bin', 'npm'), 0o755);
    const { promise, resolve } = Promise.withResolvers<{ code: number; lines: readonly string[] }>();
    const env = { ...process.env, PATH: `${join(root, 'bin')}${delimiter}${process.env['PATH'] ?? ''}` };
    execFile('bash', [join(root, '.ci', 'run')], { env }, (error, stdout) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, lines: stdout.trimEnd().split('\n') });
    });
    return await promise;
  } finally {
    await rm(root, { recursive: true });
  }
}

const GOOD_TESTS = `if [ "$1" = test ]; then echo "✔ a"; echo "12 passed, 0 failed"; exit 0; fi`;

test('the last line counts the tests and the four steps of the check', { skip: windows }, async () => {
  const { code, lines } = await runCi(GOOD_TESTS);

  assert.equal(lines.at(-1), '16 passed, 0 failed');
  assert.equal(code, 0);
});

test('a failed test and a failed step both count, and all steps are still run', { skip: windows }, async () => {
  const { code, lines } = await runCi(`
    if [ "$1" = test ]; then echo "11 passed, 1 failed"; exit 1; fi
    case "$*" in *lint*) exit 1;; esac`);

  assert.equal(lines.at(-1), '14 passed, 2 failed');
  assert.equal(code, 1);
});

test('tests that end without a closing line are a failure', { skip: windows }, async () => {
  const { code, lines } = await runCi('if [ "$1" = test ]; then echo "npm: killed"; exit 137; fi');

  assert.equal(lines.at(-1), '4 passed, 1 failed');
  assert.equal(code, 1);
});

test('a run that fails although no test did is a failure', { skip: windows }, async () => {
  const { code, lines } = await runCi('if [ "$1" = test ]; then echo "0 passed, 0 failed"; exit 1; fi');

  assert.equal(lines.at(-1), '4 passed, 1 failed');
  assert.equal(code, 1);
});
