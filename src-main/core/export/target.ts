import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import type { ExportCreate } from '../../shared/api/assets.ts';
import { AppError } from '../../shared/app-error.ts';
import { errorCode, targetExists } from './file-errors.ts';
import { exists } from './part-file.ts';

export type Target = {
  readonly path: string;
  /** What the file is called for people, also as a download. */
  readonly fileName: string;
  readonly isOurs: boolean;
};

/** Long enough for every title that is read, short enough for every file system with the suffixes of a part. */
const MAX_NAME_CHARACTERS = 100;

/**
 * Where an export goes: to `out`, or into our own folder under its id. Looks whether it can be written there and changes nothing.
 * Throws `request/invalid`, `export/target-exists`, `export/target-unwritable`.
 */
export async function chooseTarget(
  { out, format }: Pick<ExportCreate, 'out' | 'format'>,
  { folder, id, title }: { readonly folder: string; readonly id: string; readonly title: string },
): Promise<Target> {
  if (out === undefined) {
    const name = plainName(title);
    // What is downloaded of a folder is an archive.
    const fileName = format === 'hls' ? `${name}.zip` : `${name}.${format}`;
    return { path: join(folder, `${id}.${format}`), fileName, isOurs: true };
  }
  if (!isAbsolute(out) || out.includes('\0')) {
    throw new AppError(
      'request/invalid',
      'out must be an absolute path: the service has no folder of its own to start from.',
      {
        details: { field: 'out' },
      },
    );
  }
  await checkFolder(out);
  if (await isThere(out)) {
    throw targetExists(out);
  }
  return { path: out, fileName: basename(out), isOurs: false };
}

async function isThere(path: string): Promise<boolean> {
  try {
    return await exists(path);
  } catch (error) {
    throw unwritable(path, `${path} cannot be written (${errorCode(error)}).`, error);
  }
}

async function checkFolder(path: string): Promise<void> {
  const folder = dirname(path);
  try {
    if (!(await stat(folder)).isDirectory()) {
      throw unwritable(path, `${folder} is no folder.`);
    }
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof AppError) {
      throw error;
    }
    const code = errorCode(error);
    throw unwritable(
      path,
      code === 'ENOENT' ? `There is no folder ${folder}.` : `Nothing can be written into ${folder} (${code}).`,
      error,
    );
  }
}

function unwritable(path: string, message: string, cause?: unknown): AppError {
  return new AppError('export/target-unwritable', message, { details: { path }, cause });
}

/** A file name that every file system takes. */
function plainName(title: string): string {
  const plain = title
    .replace(/[\p{Cc}<>:"/\\|?*]/gu, ' ')
    .replace(/\s+/g, ' ')
    .replace(/^[. ]+|[. ]+$/g, '');
  const short = Array.from(plain).slice(0, MAX_NAME_CHARACTERS).join('').trim();
  return short === '' ? 'recording' : short;
}
