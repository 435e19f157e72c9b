import { AppError } from '../../shared/app-error.ts';

const DISK_FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** What the operating system said about the file of an export, as a failure that names the file and the cure. */
export function fileError(path: string, error: unknown): AppError {
  if (error instanceof AppError) {
    return error;
  }
  const code = errorCode(error);
  const details = { path, reason: code };
  if (code === 'EFBIG') {
    const message = `The disk of ${path} takes no file as large as that. Choose another disk; nothing was left behind.`;
    return new AppError('export/target-unwritable', message, { details, cause: error });
  }
  if (DISK_FULL.has(code)) {
    const message = `The disk became full while ${path} was being written. Nothing was left behind.`;
    return new AppError('archive/disk-full', message, { details, cause: error });
  }
  if (code === 'EEXIST') {
    return targetExists(path);
  }
  return new AppError('export/target-unwritable', `${path} cannot be written (${code}).`, {
    details,
    cause: error,
  });
}

export function targetExists(path: string): AppError {
  return new AppError(
    'export/target-exists',
    `${path} is already there. It was not touched; choose another name.`,
    {
      details: { path },
    },
  );
}

/** `ENOENT` and the like; the words of anything else. */
export function errorCode(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    return error.code;
  }
  return error instanceof Error ? error.message : String(error);
}
