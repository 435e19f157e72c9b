import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { AppError } from '../../shared/app-error.ts';

/** Behind the id in the name of an asset's folder that is being deleted. */
export const DELETED = '.deleted';

/** Throws `resource/in-use` while an asset is recorded or read. */
export function insistOnUnused(
  { name, title, state }: { readonly name: string; readonly title: string; readonly state: string },
  by: { readonly isRecorded: boolean; readonly isInUse: boolean },
): void {
  if (by.isRecorded || state === 'recording' || state === 'finalising') {
    throw new AppError(
      'resource/in-use',
      `The asset ${title} is still being recorded. End the recording first; nothing was deleted.`,
      { details: { asset: name, state } },
    );
  }
  if (by.isInUse) {
    throw new AppError(
      'resource/in-use',
      `The asset ${title} is being exported. Cancel the export first; nothing was deleted.`,
      { details: { asset: name } },
    );
  }
}

/** Gives a folder that is being deleted its other name. Throws `archive/write-failed` when the volume refuses, and has changed nothing. */
export async function setFolderAside(folder: string, title: string): Promise<void> {
  try {
    await rm(`${folder}${DELETED}`, { recursive: true, force: true });
    await rename(folder, `${folder}${DELETED}`);
  } catch (error) {
    // It may never have got a folder.
    if (!isMissing(error)) {
      const words = error instanceof Error ? error.message : String(error);
      throw new AppError('archive/write-failed', `The recording ${title} cannot be deleted: ${words}.`, {
        details: { path: folder },
        cause: error,
      });
    }
  }
}

/** Throws `archive/write-failed` when it cannot be made, `resource/in-use` when something is in it: no recording is mixed with another. */
export async function makeEmptyFolder(folder: string): Promise<void> {
  let names: readonly string[];
  try {
    await mkdir(folder, { recursive: true });
    names = await readdir(folder);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new AppError(
      'archive/write-failed',
      `The folder ${folder} for the recording cannot be made: ${words}.`,
      {
        details: { path: folder },
        cause: error,
      },
    );
  }
  if (names.length > 0) {
    throw new AppError('resource/in-use', `The folder ${folder} for the recording is not empty.`, {
      details: { path: folder },
    });
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
