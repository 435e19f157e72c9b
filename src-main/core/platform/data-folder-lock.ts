import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError } from '../../shared/app-error.ts';

/**
 * Takes a data folder for this process alone. The lock is SQLite's own on a file of nothing: the operating system lets go of it however the
 * process ends, so there is no stale lock to explain to anybody. Throws `service/data-folder-locked` and has then changed nothing.
 */
export function lockDataFolder(folder: string): Disposable {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(join(folder, 'lock'));
    database.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE;');
  } catch (error) {
    database?.close();
    if (isBusy(error)) {
      throw new AppError(
        'service/data-folder-locked',
        `Another Lectern is using the data folder ${folder}. Nothing was changed. Use that one, or give another folder with --data-dir.`,
        { details: { folder }, cause: error },
      );
    }
    throw new AppError(
      'service/data-folder-unusable',
      `The data folder ${folder} cannot be locked: ${error instanceof Error ? error.message : String(error)}. Nothing was changed.`,
      {
        details: { folder },
        cause: error,
      },
    );
  }
  const held = database;
  return { [Symbol.dispose]: () => held.close() };
}

/** SQLITE_BUSY and SQLITE_LOCKED, with their extended codes in the upper bytes. */
function isBusy(error: unknown): boolean {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'errcode') : undefined;
  return typeof code === 'number' && ((code & 0xff) === 5 || (code & 0xff) === 6);
}
