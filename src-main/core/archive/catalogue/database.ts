import { DatabaseSync } from 'node:sqlite';
import { AppError } from '../../../shared/app-error.ts';

/**
 * The catalogue: everything but media, one row per resource, the resource itself as a JSON document. WAL, so that a reader never waits; the
 * media index is not in it. Each entry of `MIGRATIONS` brings a database one version up and is never changed once released.
 */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE assets (name TEXT PRIMARY KEY, document TEXT NOT NULL CHECK (json_valid(document))) STRICT;
  CREATE TABLE live_events (name TEXT PRIMARY KEY, document TEXT NOT NULL CHECK (json_valid(document))) STRICT;
  CREATE TABLE live_outputs (name TEXT PRIMARY KEY, document TEXT NOT NULL CHECK (json_valid(document))) STRICT;
  CREATE TABLE locators (name TEXT PRIMARY KEY, document TEXT NOT NULL CHECK (json_valid(document))) STRICT;
  CREATE UNIQUE INDEX locator_ids ON locators (json_extract(document, '$.streamingLocatorId'));
  CREATE TABLE destinations (name TEXT PRIMARY KEY, document TEXT NOT NULL CHECK (json_valid(document))) STRICT;
  CREATE TABLE markers (name TEXT PRIMARY KEY, document TEXT NOT NULL CHECK (json_valid(document))) STRICT;
  CREATE TABLE studio (name TEXT PRIMARY KEY, document TEXT NOT NULL CHECK (json_valid(document))) STRICT;
  CREATE TABLE audit_log (
    id INTEGER PRIMARY KEY,
    time TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    document TEXT NOT NULL CHECK (json_valid(document))
  ) STRICT;
  `,
];

export type Database = Disposable & { readonly sqlite: DatabaseSync };

/** Opens or creates the catalogue file and brings it to the present version. A newer one than we know is refused, not guessed at. */
export function openDatabase(path: string): Database {
  const sqlite = new DatabaseSync(path);
  try {
    // FULL would wait for the disk at every commit; NORMAL with WAL loses at most the last commits in a power cut, never the database.
    sqlite.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 2000;');
    migrate(sqlite, path);
  } catch (error) {
    sqlite.close();
    throw error;
  }
  return { sqlite, [Symbol.dispose]: () => sqlite.close() };
}

function migrate(sqlite: DatabaseSync, path: string): void {
  const version = Number(sqlite.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
  if (version > MIGRATIONS.length) {
    throw new AppError(
      'service/data-folder-unusable',
      `The catalogue ${path} was written by a newer Lectern (version ${version}; this one knows ${MIGRATIONS.length}). Nothing was changed. Use that newer Lectern, or another data folder.`,
      { details: { path, version } },
    );
  }
  for (const [index, script] of MIGRATIONS.entries()) {
    if (index >= version) {
      sqlite.exec(`BEGIN; ${script}; PRAGMA user_version = ${index + 1}; COMMIT;`);
    }
  }
}
