import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** How often the holder shows that it is alive. */
const BEAT_MS = 2000;
/** A holder whose process cannot be asked for (another container on the same folder) and that shows nothing for so long is gone. */
const DEAD_AFTER_MS = 20_000;

/**
 * Runs `step` while no other process runs one under the same lock file. Waits as long as the holder lives; a lock left behind by a killed
 * process is taken over.
 *
 * @template T
 * @param {string} path
 * @param {{ readonly onWait: (pid: number) => void, readonly pollMs?: number }} options `onWait` is told once when there is somebody to wait for
 * @param {() => Promise<T>} step
 * @returns {Promise<T>}
 */
export async function withLock(path, options, step) {
  mkdirSync(dirname(path), { recursive: true });
  await acquire(path, options);
  const beat = setInterval(() => touch(path), BEAT_MS);
  try {
    return await step();
  } finally {
    clearInterval(beat);
    rmSync(path, { force: true });
  }
}

/**
 * @param {string} path
 * @param {{ readonly onWait: (pid: number) => void, readonly pollMs?: number }} options
 */
async function acquire(path, options) {
  // Counted from when we first saw the mark unchanged, not from its own time: after the laptop slept, a living holder looks old.
  let seen = { mark: -1, sinceMs: 0 };
  let told = false;
  while (!tryCreate(path)) {
    const holder = read(path);
    if (holder !== undefined) {
      const now = performance.now();
      if (holder.mark !== seen.mark) {
        seen = { mark: holder.mark, sinceMs: now };
      }
      if (!isAlive(holder.pid) || now - seen.sinceMs > DEAD_AFTER_MS) {
        takeAway(path, holder);
        continue;
      }
      if (!told) {
        told = true;
        options.onWait(holder.pid);
      }
    }
    await sleep(options.pollMs ?? 250);
  }
}

/** @param {string} path */
function tryCreate(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) {
      return false;
    }
    throw error;
  }
}

/**
 * @param {string} path
 * @returns {{ readonly pid: number, readonly mark: number } | undefined} undefined when it was given back meanwhile
 */
function read(path) {
  try {
    return { pid: Number(readFileSync(path, 'utf8')), mark: statSync(path).mtimeMs };
  } catch {
    return undefined;
  }
}

/**
 * Removes the lock of a dead holder. Two that wait may find it dead together, and the slower one would remove the lock that the faster one
 * has just made: only who holds the second file may remove, and only what it has looked at again.
 *
 * @param {string} path
 * @param {{ readonly pid: number, readonly mark: number }} holder
 */
function takeAway(path, holder) {
  const guard = `${path}.takeover`;
  if (!tryCreate(guard)) {
    const other = read(guard);
    if (other !== undefined && !isAlive(other.pid)) {
      rmSync(guard, { force: true });
    }
    return;
  }
  try {
    const now = read(path);
    if (now?.pid === holder.pid && now.mark === holder.mark) {
      rmSync(path, { force: true });
    }
  } finally {
    rmSync(guard, { force: true });
  }
}

/** @param {number} pid */
function isAlive(pid) {
  if (!Number.isInteger(pid) || pid <= 0) {
    // Between the creation of a lock and its first byte; if nothing follows, its age decides.
    return true;
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, 'EPERM');
  }
}

/** @param {string} path */
function touch(path) {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch {
    // Somebody deleted the cache folder under us; the step itself is not harmed.
  }
}

/**
 * @param {unknown} error
 * @param {string} code
 */
function isCode(error, code) {
  return error instanceof Error && 'code' in error && error.code === code;
}
