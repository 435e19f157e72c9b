import { mkdir } from 'node:fs/promises';
import { AppError } from '../../../shared/app-error.ts';

/** Not with its parents. One that is there already is as good. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') {
      throw error;
    }
  }
}

/** What a disk says, as an error of ours; others as they are. */
export function diskError(error: unknown, path: string): unknown {
  const code = codeOf(error);
  if (error instanceof AppError || code === undefined) {
    return error;
  }
  const words = error instanceof Error ? error.message : '';
  return code === 'ENOSPC' || code === 'EDQUOT'
    ? new AppError('archive/disk-full', 'The disk takes nothing more. The track was not added.', {
        details: { path },
        cause: error,
      })
    : new AppError('archive/write-failed', `The track cannot be written: ${words}.`, {
        details: { path },
        cause: error,
      });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
