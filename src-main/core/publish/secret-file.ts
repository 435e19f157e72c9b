import { rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A text that another program is to read from a file, and nobody else. Disposing removes it. */
export type SecretFile = Disposable & { readonly path: string };

/**
 * A file of mode 0600 in a new folder of mode 0700. A pipe would be better still, but Node connects children with sockets, and those cannot be
 * opened by a path.
 */
export async function writeSecretFile(text: string): Promise<SecretFile> {
  const folder = await mkdtemp(join(tmpdir(), 'lectern-push-'));
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
