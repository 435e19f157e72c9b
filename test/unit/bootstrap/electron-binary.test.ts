import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  ensureElectron,
  fetchProblem,
  installedElectron,
  rememberedFailure,
} from '../../../src-main/bootstrap/electron-binary.mjs';

const DAY_MS = 24 * 3_600_000;

/** A checkout whose Electron package has this installer. */
async function inCheckout(installer: string, run: (root: string) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'lectern-electron-'));
  const folder = join(root, 'node_modules', 'electron');
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'electron', version: '45.4.1' }));
    await writeFile(join(folder, 'install.js'), installer);
    await run(root);
  } finally {
    await rm(root, { recursive: true });
  }
}

async function place(root: string, version: string): Promise<string> {
  const dist = join(root, 'node_modules', 'electron', 'dist');
  await mkdir(dist, { recursive: true });
  await writeFile(join(dist, 'version'), version);
  await writeFile(join(root, 'node_modules', 'electron', 'path.txt'), 'electron');
  await writeFile(join(dist, 'electron'), '');
  await chmod(join(dist, 'electron'), 0o755);
  return join(dist, 'electron');
}

const SUCCEEDS = `
  const fs = require('node:fs');
  const path = require('node:path');
  fs.mkdirSync(path.join(__dirname, 'dist'));
  fs.writeFileSync(path.join(__dirname, 'dist', 'version'), 'v45.4.1');
  fs.writeFileSync(path.join(__dirname, 'dist', 'electron'), '');
  fs.writeFileSync(path.join(__dirname, 'path.txt'), 'electron');`;
const FAILS = `
  require('node:fs').appendFileSync(__dirname + '/tries', 'x');
  console.error('TypeError: fetch failed\\n    at somewhere');
  process.exit(1);`;

test('an Electron that is there is used without asking anybody', () =>
  inCheckout('process.exit(9)', async (root) => {
    const path = await place(root, '45.4.1');

    assert.deepEqual(await ensureElectron(root), { path });
  }));

test('an Electron of another version, or half of one, is none', () =>
  inCheckout('', async (root) => {
    assert.equal(installedElectron(root), undefined);

    const path = await place(root, 'v44.0.0');
    assert.equal(installedElectron(root), undefined);

    await place(root, 'v45.4.1');
    await rm(path);
    assert.equal(installedElectron(root), undefined);
  }));

test('a missing Electron is fetched once', () =>
  inCheckout(SUCCEEDS, async (root) => {
    const result = await ensureElectron(root);

    assert.deepEqual(result, { path: join(root, 'node_modules', 'electron', 'dist', 'electron') });
  }));

test('a failed fetch is said with its reason and not tried again at the next start', () =>
  inCheckout(FAILS, async (root) => {
    const first = await ensureElectron(root);
    const second = await ensureElectron(root);

    assert.deepEqual(first, { problem: 'it could not be fetched (TypeError: fetch failed)' });
    assert.deepEqual(second, first);
    assert.equal(await readFile(join(root, 'node_modules', 'electron', 'tries'), 'utf8'), 'x');
  }));

test('a failed fetch is forgotten when Electron is there after all', () =>
  inCheckout(FAILS, async (root) => {
    await ensureElectron(root);
    const path = await place(root, '45.4.1');

    assert.deepEqual(await ensureElectron(root), { path });
  }));

test('a fetch that takes too long says how long was waited', () => {
  assert.equal(fetchProblem({ timedOut: true, output: '' }), 'fetching it took longer than 5 minutes');
});

test('a failure is remembered for a day, for that version, and not over a clock that was set back', () => {
  const note = { version: '45.4.1', atMs: 10 * DAY_MS, problem: 'no net' };

  assert.equal(rememberedFailure(note, '45.4.1', 10 * DAY_MS + DAY_MS - 1), 'no net');
  assert.equal(rememberedFailure(note, '45.4.1', 11 * DAY_MS), undefined);
  assert.equal(rememberedFailure(note, '45.4.2', 10 * DAY_MS + 1), undefined);
  assert.equal(rememberedFailure(note, '45.4.1', 9 * DAY_MS), undefined);
});

for (const damaged of [undefined, null, 'text', {}, { version: '45.4.1', atMs: 'x', problem: 'no net' }]) {
  test(`a note that is ${JSON.stringify(damaged)} is no note`, () => {
    assert.equal(rememberedFailure(damaged, '45.4.1', 0), undefined);
  });
}
