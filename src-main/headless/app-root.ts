import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const packageFile = z.object({ name: z.literal('lectern'), version: z.string() });

/** Where the program lies, and which it is. Found from a file of it, because the sources and the built program lie at different depths. */
export function findAppRoot(from: string): { readonly root: string; readonly version: string } {
  const path = join(from, 'package.json');
  const found = packageFile.safeParse(existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined);
  if (found.success) {
    return { root: from, version: found.data.version };
  }
  if (dirname(from) === from) {
    throw new Error('no package.json of lectern above the program');
  }
  return findAppRoot(dirname(from));
}
