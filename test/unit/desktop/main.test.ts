import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const hook = new URL('electron-module.mjs', import.meta.url).href;
const main = new URL('../../../src-main/desktop/main.ts', import.meta.url).href;
/** As Electron does it: it is ready when the module has been evaluated to its end, and no sooner. */
const ELECTRON = `await import('${main}'); (await import('electron')).app.emit('ready');`;

/** Starts the desktop app over an Electron that only prints, and gives what it printed and wrote into its log. */
async function start(args: readonly string[], options: { readonly second?: boolean } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'lectern-desktop-'));
  const env = {
    ...process.env,
    LECTERN_TEST_FOLDER: folder,
    LECTERN_TEST_SECOND: options.second === true ? '1' : '0',
  };
  try {
    const printed = Promise.withResolvers<string>();
    const node = ['--import', hook, '--input-type=module', '--eval', ELECTRON];
    execFile(process.execPath, [...node, '.', ...args], { env }, (_error, stdout) => printed.resolve(stdout));
    const lines = (await printed.promise).trim().split('\n');
    return {
      lines,
      log: options.second === true ? '' : await readFile(join(folder, 'logs', 'desktop.log'), 'utf8'),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test('the app is put together: sandbox first, then the service, the window, and the reason why it could not start', async () => {
  const { lines, log } = await start(['--control-port', '0']);

  assert.deepEqual(lines, [
    'sandbox',
    'path userData /appData/Lectern Window',
    'fork service-process.js',
    'post open 0 1.2.3',
    'window preload.cjs',
    'load Lectern is starting',
    'load Lectern could not start',
    'box Lectern could not start | Port 8400 is taken.',
    'exit 0',
  ]);
  assert.match(log, /Port 8400 is taken/);
});

test('a wrong option is said in a dialog, because nobody sees the terminal of a desktop app', async () => {
  const { lines, log } = await start(['--control-port', 'many']);

  assert.deepEqual(lines.slice(2), [
    'error --control-port must be a port from 0 to 65535, and “many” is not.',
    'exit 1',
  ]);
  assert.match(log, /could not start/);
});

test('a second start leaves everything to the first', async () => {
  const { lines } = await start([], { second: true });

  assert.deepEqual(lines, ['sandbox', 'path userData /appData/Lectern Window', 'exit 0']);
});
