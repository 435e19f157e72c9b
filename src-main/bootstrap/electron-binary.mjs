import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runStep } from './foreground.mjs';
import { cachePath, ROOT, say } from './project.mjs';

/** A slow line takes minutes for these 100 MB; a dead one must not hold up the start for longer. */
const FETCH_LIMIT_MS = 5 * 60_000;
/** For so long a failed fetch is not tried again: each start would wait for it. */
const REMEMBER_MS = 24 * 3_600_000;

/**
 * The Electron program. Its package brings none; it is fetched from elsewhere at the first start, where it can be.
 *
 * @param {string} root
 * @returns {Promise<{ readonly path: string } | { readonly problem: string }>}
 */
export async function ensureElectron(root = ROOT) {
  const present = installedElectron(root);
  if (present !== undefined) {
    return { path: present };
  }
  const note = cachePath(root, 'electron-fetch-failed.json');
  const remembered = rememberedFailure(readNote(note), electronVersion(root), Date.now());
  if (remembered !== undefined) {
    return { problem: remembered };
  }

  say('Fetching Electron, the desktop window. This happens once and is about 100 MB.');
  const { code, output, timedOut } = await runStep(
    process.execPath,
    [join(root, 'node_modules', 'electron', 'install.js')],
    {
      cwd: root,
      limitMs: FETCH_LIMIT_MS,
    },
  );
  const path = installedElectron(root);
  if (code === 0 && path !== undefined) {
    rmSync(note, { force: true });
    return { path };
  }
  const problem = fetchProblem({ timedOut, output });
  mkdirSync(dirname(note), { recursive: true });
  writeFileSync(note, JSON.stringify({ version: electronVersion(root), atMs: Date.now(), problem }));
  return { problem };
}

/**
 * Where the program is, told by the same three signs that Electron's own installer goes by.
 *
 * @param {string} root
 */
export function installedElectron(root) {
  const folder = join(root, 'node_modules', 'electron');
  try {
    const version = readFileSync(join(folder, 'dist', 'version'), 'utf8')
      .trim()
      .replace(/^v/, '');
    const name = readFileSync(join(folder, 'path.txt'), 'utf8').trim();
    const path = join(process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(folder, 'dist'), name);
    return version === electronVersion(root) && existsSync(path) && statSync(path).isFile() ? path : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} root
 * @returns {string}
 */
function electronVersion(root) {
  return JSON.parse(readFileSync(join(root, 'node_modules', 'electron', 'package.json'), 'utf8')).version;
}

/**
 * @param {{ readonly timedOut: boolean, readonly output: string }} result
 */
export function fetchProblem(result) {
  if (result.timedOut) {
    return `fetching it took longer than ${FETCH_LIMIT_MS / 60_000} minutes`;
  }
  // The installer prints the stack of what went wrong; its first line says what.
  const words = result.output
    .split('\n')
    .map((line) => line.trim())
    .find((line) => /error|failed/i.test(line));
  return `it could not be fetched${words === undefined ? '' : ` (${words})`}`;
}

/**
 * @param {unknown} note what an earlier failure left
 * @param {string} version of the Electron package now
 * @param {number} nowMs
 * @returns {string | undefined} the problem, if it is still worth believing
 */
export function rememberedFailure(note, version, nowMs) {
  if (typeof note !== 'object' || note === null || !('atMs' in note && 'version' in note && 'problem' in note)) {
    return undefined;
  }
  const { atMs, problem } = note;
  if (typeof atMs !== 'number' || typeof problem !== 'string' || note.version !== version) {
    return undefined;
  }
  // A clock that was set back must not keep the note for years.
  const ageMs = nowMs - atMs;
  return ageMs >= 0 && ageMs < REMEMBER_MS ? problem : undefined;
}

/**
 * @param {string} path
 * @returns {unknown}
 */
function readNote(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
