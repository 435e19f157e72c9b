import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** 256 bits, base64url. */
const TOKEN = /^[\w-]{43}$/;

/** What calls of the control API must bear: that of the last time, so that a page that is still open goes on, else a new one. */
export async function controlToken(dataDir: string): Promise<string> {
  const known = await readFile(join(dataDir, 'control-token'), 'utf8').catch(() => '');
  return TOKEN.test(known.trim()) ? known.trim() : randomBytes(32).toString('base64url');
}
