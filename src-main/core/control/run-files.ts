import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const TOKEN_FILE = 'control-token';
const SERVICE_FILE = 'service.json';

/** How a service that runs on a data folder is found and spoken to. */
export type RunningService = {
  readonly pid: number;
  readonly controlUrl: string;
  readonly originUrl: string;
  readonly token: string;
};

const serviceFile = z.object({ pid: z.number(), controlUrl: z.url(), originUrl: z.url() });

/**
 * Leaves word of a service in its data folder, readable for this user only: `control-token`, and `service.json` with where it answers.
 * Disposing takes `service.json` away again.
 */
export async function writeRunFiles(dataDir: string, running: RunningService): Promise<AsyncDisposable> {
  const { token, ...rest } = running;
  await writePrivately(join(dataDir, TOKEN_FILE), `${token}\n`);
  // Last, because who reads it takes the token for written.
  await writePrivately(join(dataDir, SERVICE_FILE), `${JSON.stringify(rest, undefined, 2)}\n`);
  return { [Symbol.asyncDispose]: () => rm(join(dataDir, SERVICE_FILE), { force: true }) };
}

/** What the last service on a data folder left; undefined when there is none, or nothing that can be read. It may be gone without a word. */
export async function readRunFiles(dataDir: string): Promise<RunningService | undefined> {
  try {
    const found = serviceFile.parse(JSON.parse(await readFile(join(dataDir, SERVICE_FILE), 'utf8')));
    const token = await readFile(join(dataDir, TOKEN_FILE), 'utf8');
    return { pid: found.pid, controlUrl: found.controlUrl, originUrl: found.originUrl, token: token.trim() };
  } catch {
    return undefined;
  }
}

/** A new file that takes the place of the old: nobody reads half of it, and the mode is right from its first byte on. */
async function writePrivately(path: string, text: string): Promise<void> {
  const fresh = `${path}.${process.pid}`;
  await rm(fresh, { force: true });
  await writeFile(fresh, text, { mode: 0o600, flag: 'wx' });
  await rename(fresh, path);
}
