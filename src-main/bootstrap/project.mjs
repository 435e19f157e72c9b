// Runs under Node 20 without a single package installed, as everything in this folder does until `pinned-node.mjs` has taken over.
import { accessSync, constants } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const ROOT = resolve(fileURLToPath(new URL('../..', import.meta.url)));

/**
 * Where these scripts remember something between runs; ignored by git, safe to delete.
 *
 * @param {string} root
 * @param {string} name
 */
export function cachePath(root, name) {
  return join(root, '.cache', 'bootstrap', name);
}

/** Tells the person at the terminal. On stderr, because stdout belongs to the command itself (`--json`). */
export function say(/** @type {string} */ text) {
  process.stderr.write(`${text}\n`);
}

/** A failure that is explained in full by its sentence: what happened and what to do. Printed without a stack. */
export class Stop extends Error {}

/**
 * The body of a command. A `Stop` is printed as it stands, anything else is a mistake of ours and keeps its stack.
 *
 * @param {() => Promise<number>} body gives the exit code
 */
export async function command(body) {
  try {
    process.exitCode = await body();
  } catch (error) {
    if (!(error instanceof Stop)) {
      throw error;
    }
    say(error.message);
    process.exitCode = 1;
  }
}

/** @param {string} path */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Where a program is, or undefined. Looks into the folders for administrators too: Debian keeps nginx there and leaves them out of
 * everybody else's PATH.
 *
 * @param {string} name
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined}
 */
export function findProgram(name, env = process.env) {
  const windows = process.platform === 'win32';
  // Windows spells it `Path`, and only `process.env` itself forgives that.
  const path = env['PATH'] ?? env['Path'] ?? '';
  const folders = [...path.split(delimiter), ...(windows ? [] : ['/usr/sbin', '/sbin'])];
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, windows ? `${name}.exe` : name))
    .find(isExecutable);
}
