import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Something that is built from files.
 *
 * @typedef {{
 *   readonly name: string,
 *   readonly inputs: readonly string[],
 *   readonly except?: readonly string[],
 *   readonly outputs: readonly string[],
 * }} Target paths below the root; an input may be a folder, an output is a file that must be there
 *
 * @typedef {{ readonly times: string, readonly contents: string }} Stamp what the inputs were: by size and time, and by content
 */

/**
 * Whether the target has to be built, and the stamp to leave when that is done. Taken before building, so that a file that changes
 * meanwhile is noticed the next time.
 *
 * Times decide when nothing has changed (a few milliseconds for the whole tree). When they differ, contents decide: a checkout or a
 * branch switched there and back gives new times to the same files.
 *
 * @param {string} root
 * @param {Target} target
 * @returns {{ readonly fresh: boolean, readonly stamp: Stamp }}
 */
export function inspect(root, target) {
  const files = listFiles(root, target);
  const times = digest(files.map(({ path, size, mtimeMs }) => `${path}\0${size}\0${mtimeMs}\n`));
  const last = readStamp(root, target);
  const complete = target.outputs.every((path) => existsSync(join(root, path)));
  if (complete && last?.times === times) {
    return { fresh: true, stamp: last };
  }
  const contents = digest(files.flatMap(({ path }) => [`${path}\0`, readFileSync(join(root, path)), '\0']));
  const stamp = { times, contents };
  if (complete && last?.contents === contents) {
    leaveStamp(root, target, stamp);
    return { fresh: true, stamp };
  }
  return { fresh: false, stamp };
}

/**
 * @param {string} root
 * @param {Target} target
 * @param {Stamp} stamp
 */
export function leaveStamp(root, target, stamp) {
  const path = stampPath(root, target);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(stamp));
}

/**
 * @param {string} root
 * @param {Target} target
 */
function stampPath(root, target) {
  return join(root, 'dist', '.stamps', `${target.name}.json`);
}

/**
 * @param {string} root
 * @param {Target} target
 * @returns {Stamp | undefined}
 */
function readStamp(root, target) {
  try {
    return JSON.parse(readFileSync(stampPath(root, target), 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * @param {string} root
 * @param {Target} target
 */
function listFiles(root, target) {
  /** @type {{ readonly path: string, readonly size: number, readonly mtimeMs: number }[]} */
  const files = [];
  /** @param {string} path */
  function visit(path) {
    if (target.except?.includes(path) === true) {
      return;
    }
    const stat = statSync(join(root, path), { throwIfNoEntry: false });
    if (stat?.isDirectory() === true) {
      readdirSync(join(root, path))
        .sort()
        .forEach((name) => visit(`${path}/${name}`));
    } else if (stat?.isFile() === true) {
      files.push({ path, size: stat.size, mtimeMs: stat.mtimeMs });
    }
  }
  target.inputs.forEach(visit);
  return files;
}

/** @param {readonly (string | Buffer)[]} parts */
function digest(parts) {
  const hash = createHash('sha256');
  parts.forEach((part) => hash.update(part));
  return hash.digest('hex');
}
