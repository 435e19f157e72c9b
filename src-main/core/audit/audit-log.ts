import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../base/clock.ts';
import { type AuditEntry, auditEntry } from '../../shared/api/telemetry.ts';
import type { Logger } from '../ports/logger.ts';
import type { AuditService, EventLog } from '../ports/services.ts';

/** Newest entries that are kept, on the disk and in memory. */
const KEPT = 10_000;
/** The oldest go in lots, so that not every action costs a deletion. */
const LOT = 100;

/**
 * What operators did, in the table `audit_log` of the catalogue. An entry that cannot be written, on a full disk for example, is kept in memory
 * until the end of the run.
 */
export function openAuditLog(options: {
  readonly sqlite: DatabaseSync;
  readonly clock: Clock;
  readonly events: EventLog;
  readonly logger: Logger;
}): AuditService {
  const { sqlite, clock, events, logger } = options;
  const insert = sqlite.prepare(
    'INSERT INTO audit_log (id, time, action, subject, document) VALUES (?, ?, ?, ?, ?)',
  );
  const forget = sqlite.prepare('DELETE FROM audit_log WHERE id <= ?');
  /** Oldest first. */
  let entries = readEntries(sqlite);
  let nextId = Number(sqlite.prepare('SELECT max(id) AS id FROM audit_log').get()?.['id'] ?? 0) + 1;

  function write(entry: AuditEntry): void {
    try {
      insert.run(entry.id, entry.time, entry.action, entry.subject, JSON.stringify(entry));
      if (entry.id % LOT === 0) {
        forget.run(entry.id - KEPT);
      }
    } catch (error) {
      logger.error({ error, action: entry.action }, 'an entry of the audit log could not be written');
    }
  }

  return {
    list: () => entries.slice(-KEPT).toReversed(),
    note(noted) {
      const entry: AuditEntry = { id: nextId, time: new Date(clock.wallMs()).toISOString(), ...noted };
      nextId += 1;
      entries.push(entry);
      if (entries.length >= KEPT + LOT) {
        entries = entries.slice(-KEPT);
      }
      write(entry);
      events.publish('Lectern.OperatorAction', entry.subject, entry);
    },
  };
}

/** An entry that cannot be read is left out: it must not hide the others. */
function readEntries(sqlite: DatabaseSync): AuditEntry[] {
  return sqlite
    .prepare('SELECT document FROM audit_log ORDER BY id DESC LIMIT ?')
    .all(KEPT)
    .flatMap((row) => {
      const read = auditEntry.safeParse(parsed(String(row['document'])));
      return read.success ? [read.data] : [];
    })
    .toReversed();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
