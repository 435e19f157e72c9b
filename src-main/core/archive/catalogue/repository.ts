import type { z } from 'zod';
import { AppError } from '../../../shared/app-error.ts';
import type { Repository } from '../../ports/catalogue.ts';
import type { Database } from './database.ts';

export type RepositoryTable =
  | 'assets'
  | 'live_events'
  | 'live_outputs'
  | 'locators'
  | 'destinations'
  | 'uploads'
  | 'markers'
  | 'studio'
  | 'studio_events'
  | 'throughputs'
  | 'webhooks'
  | 'streaming_policies'
  | 'content_key_policies'
  | 'content_keys'
  | 'token_uses'
  | 'programs'
  | 'streaming_endpoints'
  | 'remote_devices'
  | 'transport_ports'
  | 'filters';

/** A repository with what its owner has to know: whether something still waits to be written, and when to try. */
export type StoredRepository<T> = Repository<T> & {
  /** Writes what could not be written yet; whether nothing waits any more. Never throws. */
  settle(): boolean;
};

/** `SQLITE_FULL`. */
const FULL = 13;

/**
 * Reads the table once and then answers from memory, because the origin asks for locators and assets with every viewer's request; this
 * process is the only writer (the data folder is locked). A row that an older or broken program left is skipped and told to `onDamaged`, so
 * that one bad row never hides the others.
 */
export function createRepository<T>(
  database: Database,
  table: RepositoryTable,
  schema: z.ZodType<T>,
  onDamaged: (table: string, key: string, problem: string) => void,
): StoredRepository<T> {
  const { sqlite } = database;
  const upsert = sqlite.prepare(
    `INSERT INTO ${table} (name, document) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET document = excluded.document`,
  );
  const remove = sqlite.prepare(`DELETE FROM ${table} WHERE name = ?`);
  const rows = new Map<string, T>();
  /** Keys whose row on the disk is not what it is here. */
  const waiting = new Set<string>();
  for (const row of sqlite.prepare(`SELECT name, document FROM ${table} ORDER BY rowid`).all()) {
    const result = schema.safeParse(parseJson(String(row['document'])));
    if (result.success) {
      rows.set(String(row['name']), result.data);
    } else {
      onDamaged(table, String(row['name']), result.error.message);
    }
  }

  function settle(): boolean {
    for (const key of waiting) {
      try {
        const value = rows.get(key);
        if (value === undefined) {
          remove.run(key);
        } else {
          upsert.run(key, JSON.stringify(value));
        }
        waiting.delete(key);
      } catch {
        // Another time.
        return false;
      }
    }
    return true;
  }

  return {
    list: () => [...rows.values()],
    get: (key) => rows.get(key),
    put(key, value) {
      try {
        upsert.run(key, JSON.stringify(value));
      } catch (error) {
        throw writeError(error);
      }
      rows.set(key, value);
      waiting.delete(key);
      settle();
    },
    keep(key, value) {
      rows.set(key, value);
      waiting.add(key);
      settle();
    },
    delete(key) {
      const was = rows.delete(key);
      waiting.add(key);
      settle();
      return was;
    },
    settle,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The schema refuses it and says which row.
    return undefined;
  }
}

function writeError(error: unknown): AppError {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'errcode') : undefined;
  const isFull = typeof code === 'number' && (code & 0xff) === FULL;
  const words = error instanceof Error ? error.message : String(error);
  return isFull
    ? new AppError(
        'archive/disk-full',
        'The disk is full: the catalogue takes nothing more. Nothing was changed.',
        {
          cause: error,
        },
      )
    : new AppError('archive/write-failed', `The catalogue cannot be written: ${words}. Nothing was changed.`, {
        cause: error,
      });
}
