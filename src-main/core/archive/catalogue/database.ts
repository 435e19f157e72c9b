import { existsSync, renameSync } from 'node:fs';
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
  `
  CREATE TABLE webhooks (name TEXT PRIMARY KEY, document TEXT NOT NULL CHECK (json_valid(document))) STRICT;
  CREATE TABLE programs (name TEXT PRIMARY KEY, document TEXT NOT NULL CHECK (json_valid(document))) STRICT;
  `,
  `
  CREATE TABLE filters (name TEXT PRIMARY KEY, document TEXT NOT NULL CHECK (json_valid(document))) STRICT;
  `,
  `
  CREATE TABLE streaming_policies (name TEXT PRIMARY KEY, document TEXT NOT NULL CHECK (json_valid(document))) STRICT;
  CREATE TABLE content_key_policies (name TEXT PRIMARY KEY, document TEXT NOT NULL CHECK (json_valid(document))) STRICT;
  CREATE TABLE content_keys (name TEXT PRIMARY KEY, document TEXT NOT NULL CHECK (json_valid(document))) STRICT;
  `,
  `
  CREATE TABLE webhook_events (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    document TEXT NOT NULL CHECK (json_valid(document))
  ) STRICT;
  CREATE INDEX webhook_events_by_webhook ON webhook_events (webhook, number);
  `,
  `
  CREATE TABLE token_uses (name TEXT PRIMARY KEY, document TEXT NOT NULL CHECK (json_valid(document))) STRICT;
  `,
  `
  CREATE TABLE streaming_endpoints (name TEXT PRIMARY KEY, document TEXT NOT NULL CHECK (json_valid(document))) STRICT;
  `,
  `
  CREATE TABLE uploads (name TEXT PRIMARY KEY, document TEXT NOT NULL CHECK (json_valid(document))) STRICT;
  CREATE TABLE uploaded_objects (
    upload TEXT NOT NULL,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    PRIMARY KEY (upload, name)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE throughputs (name TEXT PRIMARY KEY, document TEXT NOT NULL CHECK (json_valid(document))) STRICT;
  `,
  `
  CREATE TABLE remote_devices (name TEXT PRIMARY KEY, document TEXT NOT NULL CHECK (json_valid(document))) STRICT;
  `,
  `
  CREATE TABLE studio_events (name TEXT PRIMARY KEY, document TEXT NOT NULL CHECK (json_valid(document))) STRICT;
  `,
  `
  CREATE TABLE transport_ports (name TEXT PRIMARY KEY, document TEXT NOT NULL CHECK (json_valid(document))) STRICT;
  `,
];

export type Database = Disposable & {
  readonly sqlite: DatabaseSync;
  /** Set when the catalogue could not be read and was set aside: recordings are found again in their folders, the rest has to be entered again. */
  readonly problem: AppError | undefined;
};

/** What SQLite says of a file that is none of its own or is damaged: `SQLITE_CORRUPT`, `SQLITE_NOTADB`. */
const UNREADABLE = new Set([11, 26]);
/** `SQLITE_BUSY`, `SQLITE_LOCKED`. */
const LOCKED = new Set([5, 6]);

/**
 * Opens or creates the catalogue file and brings it to the present version. One that is damaged is set aside beside it, never deleted, and a
 * new one begun. A newer one than we know is refused, not guessed at.
 *
 * Throws `service/data-folder-locked` or `service/data-folder-unusable` and has then changed nothing.
 */
export function openDatabase(path: string): Database {
  try {
    return openSound(path, undefined);
  } catch (error) {
    if (error instanceof AppError) {
      throw error;
    }
    const code = sqliteCode(error);
    if (LOCKED.has(code)) {
      throw new AppError(
        'service/data-folder-locked',
        `Another program has locked the catalogue ${path}. Nothing was changed. Close that program and start again.`,
        { details: { path }, cause: error },
      );
    }
    if (!UNREADABLE.has(code)) {
      const words = error instanceof Error ? error.message : String(error);
      throw new AppError(
        'service/data-folder-unusable',
        `The catalogue ${path} cannot be opened: ${words}. Nothing was changed.`,
        { details: { path }, cause: error },
      );
    }
    const aside = setAside(path);
    const problem = new AppError(
      'archive/damaged',
      `The catalogue was damaged and a new one was begun. The recordings are kept; their links, live events and destinations have to be made again. The old catalogue is kept as ${aside}.`,
      { details: { path: aside }, cause: error },
    );
    return openSound(path, problem);
  }
}

function openSound(path: string, problem: AppError | undefined): Database {
  const sqlite = new DatabaseSync(path);
  try {
    // FULL would wait for the disk at every commit; NORMAL with WAL loses at most the last commits in a power cut, never the database.
    sqlite.exec('PRAGMA busy_timeout = 2000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    checkSound(sqlite);
    migrate(sqlite, path);
  } catch (error) {
    sqlite.close();
    throw error;
  }
  return { sqlite, problem, [Symbol.dispose]: () => sqlite.close() };
}

/** Some milliseconds for a catalogue of thousands of rows; a damaged page would else be met in the middle of a broadcast. */
function checkSound(sqlite: DatabaseSync): void {
  const findings = sqlite
    .prepare('PRAGMA quick_check(1)')
    .all()
    .map((row) => String(Object.values(row)[0]));
  if (findings.join() !== 'ok') {
    throw Object.assign(new Error(findings.join()), { errcode: 11 });
  }
}

/** Moves the catalogue and what belongs to it to the first free name beside it, which it returns. */
function setAside(path: string): string {
  let number = 1;
  while (existsSync(`${path}.damaged-${number}`)) {
    number += 1;
  }
  const aside = `${path}.damaged-${number}`;
  for (const suffix of ['-wal', '-shm', '']) {
    if (existsSync(`${path}${suffix}`)) {
      renameSync(`${path}${suffix}`, `${aside}${suffix}`);
    }
  }
  return aside;
}

/** The primary result code; 0 for what is no error of SQLite. */
function sqliteCode(error: unknown): number {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'errcode') : undefined;
  return typeof code === 'number' ? code & 0xff : 0;
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
