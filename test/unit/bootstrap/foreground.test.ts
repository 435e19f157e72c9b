import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runInForeground, runStep, signalsToPassOn } from '../../../src-main/bootstrap/foreground.mjs';

const windows = process.platform === 'win32';

test('a terminal sends Ctrl-C to everybody in it, so only other signals are passed on there', () => {
  assert.deepEqual(signalsToPassOn({ platform: 'linux', terminal: true }), ['SIGTERM']);
  assert.deepEqual(signalsToPassOn({ platform: 'darwin', terminal: false }), ['SIGINT', 'SIGTERM']);
});

test('nothing is passed on on Windows, where it would end the child in the middle of its work', () => {
  assert.deepEqual(signalsToPassOn({ platform: 'win32', terminal: false }), []);
});

test('the exit code of the child is ours', async () => {
  const code = await runInForeground(process.execPath, ['-e', 'process.exit(7)']);

  assert.equal(code, 7);
});

test('a child that a signal ended gives the code a shell would give', {
  skip: windows && 'no signals',
}, async () => {
  const code = await runInForeground(process.execPath, ['-e', 'process.kill(process.pid, "SIGTERM")']);

  assert.equal(code, 128 + 15);
});

test('a program that is not there rejects, and does not end as if it had run', async () => {
  await assert.rejects(runInForeground(join(tmpdir(), 'no-such-program'), []), { code: 'ENOENT' });
});

test('a signal that comes twice, as npm sends it, reaches the child once', {
  skip: windows && 'no signals',
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lectern-foreground-'));
  try {
    const child = join(folder, 'child.mjs');
    await writeFile(
      child,
      `let count = 0;
       process.on('SIGINT', () => {
         count += 1;
         if (count === 1) setTimeout(() => process.exit(10 + count), 300);
       });
       console.log('ready');
       setInterval(() => undefined, 1000);`,
    );
    const parent = join(folder, 'parent.mjs');
    const module = new URL('../../../src-main/bootstrap/foreground.mjs', import.meta.url).href;
    await writeFile(
      parent,
      `import { runInForeground } from ${JSON.stringify(module)};
       process.exitCode = await runInForeground(process.execPath, [${JSON.stringify(child)}]);`,
    );
    const running = spawn(process.execPath, [parent], { stdio: ['ignore', 'pipe', 'inherit'] });
    const closed = Promise.withResolvers<number | null>();
    running.once('close', closed.resolve);
    await once(running.stdout, 'data');

    running.kill('SIGINT');
    // Two signals of one kind that are both pending are one; these are to be two.
    setTimeout(() => running.kill('SIGINT'), 50);

    assert.equal(await closed.promise, 11);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a step gives back what it wrote on both streams', async () => {
  const result = await runStep(
    process.execPath,
    ['-e', 'console.log("out"); console.error("err"); process.exit(3)'],
    {
      quiet: true,
    },
  );

  assert.deepEqual(
    { ...result, output: result.output.split('\n').sort() },
    {
      code: 3,
      output: ['', 'err', 'out'],
      timedOut: false,
    },
  );
});

test('a step that outlives its limit is ended and says so', async () => {
  const result = await runStep(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], {
    quiet: true,
    limitMs: 300,
  });

  assert.equal(result.timedOut, true);
  assert.equal(result.code, null);
});

test('a step whose program is not there has the reason as its output', async () => {
  const result = await runStep(join(tmpdir(), 'no-such-program'), [], { quiet: true });

  assert.equal(result.code, null);
  assert.match(result.output, /ENOENT/);
});
