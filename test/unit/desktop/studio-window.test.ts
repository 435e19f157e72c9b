import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../../../src-main/bootstrap/project.mjs';
import { parseDesktopArgs } from '../../../src-main/desktop/desktop-args.ts';
import { electronLaunch, studioWindows } from '../../support/studio-window.ts';
import { mkdtempDisposable } from '../../support/temporary-folder.ts';

test('the end-to-end tests run in the page always, and in Electron where its program is', async () => {
  await using root = await mkdtempDisposable(join(tmpdir(), 'lectern-windows-'));
  const electron = join(root.path, 'node_modules', 'electron');
  const names = (): readonly string[] => studioWindows(root.path).map(({ name }) => name);

  assert.deepEqual(names(), ['Chromium']);
  await mkdir(join(electron, 'dist'), { recursive: true });
  await writeFile(join(electron, 'package.json'), JSON.stringify({ version: '45.4.1' }));
  assert.deepEqual(names(), ['Chromium'], 'the package alone is not the program');
  await writeFile(join(electron, 'path.txt'), 'electron');
  await writeFile(join(electron, 'dist', 'version'), '45.4.1');
  await writeFile(join(electron, 'dist', 'electron'), '');
  assert.deepEqual(names(), ['Chromium', 'Electron']);
});

test('they start Electron on the checkout, with ports and folders of its own', () => {
  process.env['ELECTRON_RUN_AS_NODE'] = '1';
  const { args, env } = electronLaunch('/own', { DISPLAY: ':7', PULSE_SERVER: 'unix:/sound' });
  delete process.env['ELECTRON_RUN_AS_NODE'];

  // Electron takes the first for the app.
  assert.equal(args[0], ROOT);
  assert.deepEqual(parseDesktopArgs(args.slice(1)), {
    dataDir: join('/own', 'data'),
    ports: {
      controlPort: 0,
      originPort: 0,
      rtmpPort: 0,
      rtmpsPort: 0,
      ingestPort: 0,
      srtPort: 0,
      remotePort: 0,
    },
  });
  assert.equal(env['XDG_CONFIG_HOME'], join('/own', 'config'));
  assert.deepEqual([env['DISPLAY'], env['PULSE_SERVER']], [':7', 'unix:/sound']);
  assert.equal(env['PATH'], process.env['PATH']);
  assert.equal(env['ELECTRON_RUN_AS_NODE'], undefined);
});
