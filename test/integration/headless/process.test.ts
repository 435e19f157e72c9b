import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { access, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createControlClient, findRunningService } from '../../../src-main/core/control/client/control-client.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { mkdtempDisposable } from '../../support/temporary-folder.ts';
import { TOKEN } from './fake-service.ts';

function start(...args: readonly string[]) {
  const child: ChildProcessWithoutNullStreams = spawn(process.execPath, [
    join(import.meta.dirname, 'fake-main.ts'),
    ...args,
  ]);
  let [out, err] = ['', ''];
  const ended = Promise.withResolvers<{ code: number | null; out: string; err: string }>();
  const watchers: { readonly pattern: RegExp; readonly seen: () => void }[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    for (const { pattern, seen } of watchers) {
      if (pattern.test(out)) {
        seen();
      }
    }
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  child.on('close', (code) => ended.resolve({ code, out, err }));
  return {
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    ended: ended.promise,
    /** Waits until stdout has something. */
    async saw(pattern: RegExp): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      watchers.push({ pattern, seen: () => resolve(undefined) });
      if (!pattern.test(out)) {
        await Promise.race([promise, ended.promise]);
      }
      assert.match(out, pattern, err);
    },
  };
}

async function openFolder() {
  const folder = await mkdtempDisposable(join(tmpdir(), 'lectern-process-'));
  return { path: folder.path, [Symbol.asyncDispose]: () => folder.remove() };
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} ends serve cleanly, also when it comes twice at once`, async () => {
    await using folder = await openFolder();
    const serve = start('serve', '--json', '--control-port=0', '--data-dir', folder.path);
    await serve.saw(/"event":"ready"/);

    serve.kill(signal);
    serve.kill(signal);

    assert.equal((await serve.ended).code, 0);
    await assert.rejects(access(join(folder.path, 'service.json')));
  });
}

test('a running service is found through its data folder, by its user only', async () => {
  await using folder = await openFolder();
  assert.equal(await findRunningService(folder.path), undefined);
  const serve = start('serve', '--control-port=0', '--data-dir', folder.path);
  await serve.saw(/Ctrl-C/);

  const running = await findRunningService(folder.path);
  const modes = await Promise.all(
    ['control-token', 'service.json'].map(async (name) => (await stat(join(folder.path, name))).mode & 0o777),
  );
  const second = await start('serve', '--control-port=0', '--data-dir', folder.path).ended;
  const archives = await start('archives', '--json', '--data-dir', folder.path).ended;
  serve.kill('SIGTERM');
  await serve.ended;

  assert.equal(running?.token, TOKEN);
  assert.equal(await readFile(join(folder.path, 'control-token'), 'utf8'), `${TOKEN}\n`);
  assert.deepEqual(modes, [0o600, 0o600]);
  assert.deepEqual([second.code, second.out], [1, '']);
  assert.deepEqual([archives.code, JSON.parse(archives.out)], [0, { value: [] }]);
  assert.equal(await findRunningService(folder.path), undefined);
});

test('the passphrase of the environment is for the service alone: a browser that is opened does not get it', async (t) => {
  await using folder = await openFolder();
  process.env['LECTERN_PASSPHRASE'] = 'planted passphrase';
  t.after(() => delete process.env['LECTERN_PASSPHRASE']);

  const serve = start('serve', '--open', '--control-port=0', '--data-dir', folder.path);
  await serve.saw(/Ctrl-C/);
  serve.kill('SIGTERM');
  const { out, err } = await serve.ended;

  assert.match(err, /it would know .*\bPATH\b/);
  assert.equal(/LECTERN_PASSPHRASE|planted/.test(out + err), false, err);
});

test('what a dead service left behind counts as none', async () => {
  await using folder = await openFolder();
  const serve = start('serve', '--control-port=0', '--data-dir', folder.path);
  await serve.saw(/Ctrl-C/);
  serve.kill('SIGKILL');
  await serve.ended;

  await access(join(folder.path, 'service.json'));
  assert.equal(await findRunningService(folder.path), undefined);
});

test('a service that does not answer is a clear error of the client', async () => {
  const client = createControlClient({ controlUrl: 'http://127.0.0.1:1', token: 'x' });

  await assert.rejects(
    client.call('getStudio', {}),
    (error) => error instanceof AppError && error.code === 'service/not-running',
  );
});

test('a reader that goes away early is no failure', async () => {
  const help = spawn('sh', [
    '-c',
    `"${process.execPath}" "${join(import.meta.dirname, 'fake-main.ts')}" --help | true; echo done`,
  ]);
  let out = '';
  help.stdout.on('data', (text: Buffer) => {
    out += text.toString();
  });
  const { promise, resolve } = Promise.withResolvers<number | null>();
  help.on('close', resolve);

  assert.equal(await promise, 0);
  assert.equal(out, 'done\n');
});

test('the command line starts in well under a second and a half', async () => {
  const version = await start('--version').ended;

  assert.match(version.out, /^\d+\.\d+\.\d+\n$/);
  assert.equal(version.code, 0);
});
