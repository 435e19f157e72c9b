import assert from 'node:assert/strict';
import { chmod, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../../../src-main/bootstrap/project.mjs';
import { parseDesktopArgs } from '../../../src-main/desktop/desktop-args.ts';
import { CHROMIUM, noChromium } from '../../support/browser.ts';
import { openInElectron } from '../../support/studio-window.ts';
import { mkdtempDisposable } from '../../support/temporary-folder.ts';

const STAND_IN = join(import.meta.dirname, '../../support/electron-stand-in.ts');

/** A program in the place of Electron's, which Playwright takes from the same variable as the package itself. */
async function placeStandIn(folder: string): Promise<void> {
  const program = join(folder, 'electron');
  await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' --inspect=0 '${STAND_IN}' '${CHROMIUM}' "$@"\n`);
  await chmod(program, 0o755);
  process.env['ELECTRON_OVERRIDE_DIST_PATH'] = folder;
}

type Started = { readonly argv: readonly string[]; readonly pid: number; readonly display: string };
type Asked = { readonly bounds: unknown; readonly saves: { readonly filePath: string } };

test('the end-to-end tests drive an Electron: its window, its dialogs, its service, and its end', {
  skip: noChromium,
}, async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'lectern-electron-'));
  await placeStandIn(folder.path);
  let started: Started;
  {
    await using studio = await openInElectron({ display: ':7', environment: {}, top: 50 });
    started = await studio.page.evaluate('started');
    const { dataDir = '', ports } = parseDesktopArgs(started.argv.slice(2));
    const asked: Asked = await studio.page.evaluate('fetch("/asked").then((answer) => answer.json())');
    await studio.page.evaluate('fetch("/nothing").then((answer) => answer.text())');

    assert.equal(started.argv[1], ROOT);
    assert.deepEqual(Object.values(ports), [0, 0, 0, 0, 0, 0, 0]);
    assert.equal(started.display, ':7');
    assert.deepEqual(asked.bounds, { x: 0, y: 50, width: 1180, height: 600 });
    assert.equal(await studio.takeExport(), asked.saves.filePath);
    assert.equal(dirname(asked.saves.filePath), dirname(dataDir));
    assert.equal(`${studio.lectern.controlUrl}/`, studio.page.url());
    await assert.rejects(studio.lectern.call('getStudio', {}), /It came with Bearer its token\./);
    assert.equal(studio.complaints[0], 'no picture');
    assert.ok(studio.complaints.includes(`401 ${studio.lectern.controlUrl}/nothing`));
  }

  assert.throws(() => process.kill(started.pid, 0), { code: 'ESRCH' });
});
