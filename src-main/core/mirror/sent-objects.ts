import type { DatabaseSync } from 'node:sqlite';
import { createAttempts } from '../../base/attempts.ts';
import type { Logger } from '../ports/logger.ts';

/**
 * What of one mirror is in the storage, over restarts: the name of each object, and which version of it. Nothing of it throws: a disk that takes
 * no more costs sending it again after a restart.
 */
export type SentObjects = {
  /** Undefined: it is not there. */
  readonly versionOf: (name: string) => string | undefined;
  names(): Iterable<string>;
  add(name: string, version: string): void;
  remove(name: string): void;
  clear(): void;
};

export type SentObjectStore = {
  of(upload: string): SentObjects;
  /** Forgets those of uploads that are not among these. */
  keepOnly(uploads: readonly string[]): void;
};

/** The table `uploaded_objects` of the catalogue. */
export function createSentObjects(sqlite: DatabaseSync, logger: Logger): SentObjectStore {
  const select = sqlite.prepare('SELECT name, version FROM uploaded_objects WHERE upload = ?');
  const insert = sqlite.prepare(
    'INSERT INTO uploaded_objects (upload, name, version) VALUES (?, ?, ?) ON CONFLICT (upload, name) DO UPDATE SET version = excluded.version',
  );
  const remove = sqlite.prepare('DELETE FROM uploaded_objects WHERE upload = ? AND name = ?');
  const clear = sqlite.prepare('DELETE FROM uploaded_objects WHERE upload = ?');
  const names = sqlite.prepare('SELECT DISTINCT upload FROM uploaded_objects');
  const attempt = createAttempts((error) =>
    logger.error({ error }, 'what was sent to object storage cannot be noted: a restart would send it again'),
  );

  return {
    of(upload) {
      const versions = new Map(
        (attempt(() => select.all(upload)) ?? []).map((row) => [String(row['name']), String(row['version'])]),
      );
      return {
        versionOf: (name) => versions.get(name),
        names: () => versions.keys(),
        add(name, version) {
          versions.set(name, version);
          attempt(() => insert.run(upload, name, version));
        },
        remove(name) {
          versions.delete(name);
          attempt(() => remove.run(upload, name));
        },
        clear() {
          versions.clear();
          attempt(() => clear.run(upload));
        },
      };
    },
    keepOnly(uploads) {
      for (const name of (attempt(() => names.all()) ?? []).map((row) => String(row['upload']))) {
        if (!uploads.includes(name)) {
          attempt(() => clear.run(name));
        }
      }
    },
  };
}
