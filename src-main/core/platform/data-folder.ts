import { mkdir } from 'node:fs/promises';
import { AppError } from '../../shared/app-error.ts';

/** Throws `service/data-folder-unusable`. */
export async function makeDataFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw new AppError(
      'service/data-folder-unusable',
      `The data folder ${path} cannot be made: ${error instanceof Error ? error.message : String(error)}. Give another with --data-dir.`,
      { details: { folder: path }, cause: error },
    );
  }
}
