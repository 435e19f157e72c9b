import { rmSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A text that another program is to read from a file, and nobody else. Disposing removes it. */
export type SecretFile = Disposable & { readonly path: string };

const PREFIX = 'lectern-push-';

/** None is needed for so long: a push that has not connected is ended before. */
const MAX_AGE_MS = 60_000;

/**
 * A file of mode 0600 in a new folder of mode 0700. A pipe would be better still, but Node connects children with sockets, and those cannot be
 * opened by a path.
 */
export async function writeSecretFile(text: string): Promise<SecretFile> {
  const folder = await mkdtemp(join(tmpdir(), PREFIX));
  const path = join(folder, 'options');
  const file: SecretFile = { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
  try {
    await writeFile(path, text, { mode: 0o600, flag: 'wx' });
    return file;
  } catch (error) {
    file[Symbol.dispose]();
    throw error;
  }
}

/** Removes those of a run that was killed while it connected. Another service of this user may be connecting now, so only old ones. */
export async function removeOldSecretFiles(nowMs: number): Promise<void> {
  for (const name of await namesIn(tmpdir())) {
    const path = join(tmpdir(), name);
    try {
      if (name.startsWith(PREFIX) && (await stat(path)).mtimeMs < nowMs - MAX_AGE_MS) {
        await rm(path, { recursive: true, force: true });
      }
    } catch {
      // Somebody else's, or gone by itself.
    }
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
}
