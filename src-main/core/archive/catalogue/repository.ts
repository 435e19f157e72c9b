import type { z } from 'zod';
import type { Repository } from '../../ports/catalogue.ts';
import type { Database } from './database.ts';

export type RepositoryTable =
  | 'assets'
  | 'live_events'
  | 'live_outputs'
  | 'locators'
  | 'destinations'
  | 'markers'
  | 'studio';

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
): Repository<T> {
  const { sqlite } = database;
  const upsert = sqlite.prepare(
    `INSERT INTO ${table} (name, document) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET document = excluded.document`,
  );
  const remove = sqlite.prepare(`DELETE FROM ${table} WHERE name = ?`);
  const rows = new Map<string, T>();
  for (const row of sqlite.prepare(`SELECT name, document FROM ${table} ORDER BY rowid`).all()) {
    const result = schema.safeParse(JSON.parse(String(row['document'])));
    if (result.success) {
      rows.set(String(row['name']), result.data);
    } else {
      onDamaged(table, String(row['name']), result.error.message);
    }
  }

  return {
    list: () => [...rows.values()],
    get: (key) => rows.get(key),
    put(key, value) {
      upsert.run(key, JSON.stringify(value));
      rows.set(key, value);
    },
    delete(key) {
      remove.run(key);
      return rows.delete(key);
    },
  };
}
