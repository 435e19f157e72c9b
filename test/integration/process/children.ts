import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../../src-main/base/clock.ts';
import type { LogFields, Logger } from '../../../src-main/core/ports/logger.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { Child, ChildSpec } from '../../../src-main/core/ports/process.ts';
import { createProcesses, type OwnedProcesses } from '../../../src-main/core/process/create-processes.ts';

/** In the environment of every child and grandchild of this test file, so that those left behind can be found. */
const MARK = `LECTERN_TEST_MARK=${process.pid}-${Math.round(performance.timeOrigin)}`;
const [MARK_NAME = '', MARK_VALUE = ''] = MARK.split('=');
export const MARKED_ENVIRONMENT = { [MARK_NAME]: MARK_VALUE };

export const isPosix = process.platform !== 'win32';
export const hasProc = process.platform === 'linux';

export function fixture(name: string): URL {
  return new URL(`../../fixtures/children/${name}.mjs`, import.meta.url);
}

/** One of the misbehaving children, run by this Node. */
export function childSpec(name: string, args: readonly string[] = [], over: Partial<ChildSpec> = {}): ChildSpec {
  return {
    name,
    executable: process.execPath,
    args: [fileURLToPath(fixture(name)), ...args],
    stdin: 'none',
    stdout: 'ignore',
    pipes: [],
    priority: 'normal',
    secrets: [],
    quit: 'term',
    graceMs: 300,
    ...over,
    env: { ...over.env, ...MARKED_ENVIRONMENT },
  };
}

export function openProcesses(logger: Logger = silentLogger): OwnedProcesses {
  return createProcesses({
    clock: systemClock(),
    random: () => 0.5,
    logger,
    platform: process.platform,
    nodeGraceMs: 500,
  });
}

export type Logged = { readonly level: string; readonly fields: LogFields; readonly message: string };

export function recordingLogger(): Logger & { readonly logged: Logged[] } {
  const logged: Logged[] = [];
  const at =
    (level: string, own: LogFields) =>
    (fields: LogFields, message: string): void =>
      void logged.push({ level, fields: { ...own, ...fields }, message });
  const make = (own: LogFields): Logger => ({
    debug: at('debug', own),
    info: at('info', own),
    warn: at('warn', own),
    error: at('error', own),
    child: (fields) => make({ ...own, ...fields }),
  });
  return { ...make({}), logged };
}

/** Resolves with the first line that matches, from now on. */
export async function lineOf(child: Child, pattern: RegExp): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const listening = child.lines.on((line) => {
    if (pattern.test(line)) {
      resolve(line);
    }
  });
  const gone = async (): Promise<never> => {
    const { lastLines } = await child.exited;
    throw new Error(`the child ended without saying ${pattern}; it said ${JSON.stringify(lastLines)}`);
  };
  try {
    return await Promise.race([promise, gone()]);
  } finally {
    listening[Symbol.dispose]();
  }
}

type Living = { readonly pid: number; readonly command: string };

/** Living processes that carry the mark; zombies do not live. */
export async function livingChildren(mark = MARK): Promise<Living[]> {
  const found: Living[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry) || entry === String(process.pid)) {
      continue;
    }
    try {
      const environment = (await readFile(`/proc/${entry}/environ`, 'latin1')).split('\0');
      const state = /^State:\s+(\w)/m.exec(await readFile(`/proc/${entry}/status`, 'latin1'))?.[1];
      if (environment.includes(mark) && state !== 'Z') {
        const command = (await readFile(`/proc/${entry}/cmdline`, 'latin1')).replaceAll('\0', ' ');
        found.push({ pid: Number(entry), command });
      }
    } catch {
      // It ended while it was looked at.
    }
  }
  return found;
}

/** For the clean-up after a test that failed: the next one finds the computer as it was. */
export async function endLiving(mark = MARK): Promise<void> {
  for (const { pid } of hasProc ? await livingChildren(mark) : []) {
    process.kill(pid, 'SIGKILL');
  }
}

/** Fails with the processes that are still there when `withinMs` is over, and ends them. */
export async function assertNoneLeft(withinMs = 2000, mark = MARK): Promise<void> {
  if (!hasProc) {
    return;
  }
  const untilMs = performance.now() + withinMs;
  let living = await livingChildren(mark);
  while (living.length > 0 && performance.now() < untilMs) {
    await wait(20);
    living = await livingChildren(mark);
  }
  await endLiving(mark);
  assert.deepEqual(living, []);
}
