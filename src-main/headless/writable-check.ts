import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Why a folder cannot be used, or be made, for writing into it; undefined when it can. Changes nothing. */
export async function checkWritable(folder: string): Promise<string | undefined> {
  const there = await nearestThere(folder);
  try {
    if (!(await stat(there)).isDirectory()) {
      return `${there} is not a folder`;
    }
    await access(there, constants.W_OK | constants.X_OK);
    return undefined;
  } catch {
    return `nothing can be written into ${there}`;
  }
}

/** The folder itself, or the nearest one above it that exists: the others would be made. */
export async function nearestThere(folder: string): Promise<string> {
  try {
    await stat(folder);
    return folder;
  } catch {
    const above = dirname(folder);
    return above === folder ? folder : await nearestThere(above);
  }
}
