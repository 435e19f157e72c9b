import type { DatabaseSync } from 'node:sqlite';
import { createAttempts } from '../../base/attempts.ts';
import { type ServiceEvent, serviceEvent } from '../../shared/api/events.ts';
import type { Logger } from '../ports/logger.ts';

/** An event that one receiver has not taken. */
export type WaitingEvent = {
  readonly event: ServiceEvent;
  /** As it is sent. */
  readonly text: string;
  /** When it was put there, UTC. */
  readonly sinceMs: number;
};

/** One that is kept; without a number it is in memory only, because the disk did not take it. */
export type KeptEvent = WaitingEvent & { readonly number: number | undefined };

/** What waits for one receiver, over restarts. Nothing of it throws: a disk that takes no more costs the restart, not the delivery. */
export type WaitingEvents = {
  /** Those of earlier runs, oldest first. */
  list(): readonly KeptEvent[];
  /** On the disk when the call returns. */
  add(event: WaitingEvent): KeptEvent;
  remove(event: KeptEvent): void;
  clear(): void;
};

export type WaitingEventStore = {
  of(webhook: string): WaitingEvents;
  /** Forgets what waits for receivers that are not among these. */
  keepOnly(webhooks: readonly string[]): void;
};

/** The table `webhook_events` of the catalogue: a row for each event and receiver, gone when it is delivered. */
export function createWaitingEvents(sqlite: DatabaseSync, logger: Logger): WaitingEventStore {
  const select = sqlite.prepare(
    'SELECT number, since_ms, document FROM webhook_events WHERE webhook = ? ORDER BY number',
  );
  const insert = sqlite.prepare('INSERT INTO webhook_events (webhook, since_ms, document) VALUES (?, ?, ?)');
  const remove = sqlite.prepare('DELETE FROM webhook_events WHERE number = ?');
  const clear = sqlite.prepare('DELETE FROM webhook_events WHERE webhook = ?');
  const names = sqlite.prepare('SELECT DISTINCT webhook FROM webhook_events');
  const attempt = createAttempts((error) =>
    logger.error({ error }, 'what waits for webhooks cannot be kept: a restart would lose it, or send it again'),
  );

  return {
    of: (webhook) => ({
      list: () => (attempt(() => select.all(webhook)) ?? []).flatMap((row) => readRow(row)),
      add(event) {
        const added = attempt(() => insert.run(webhook, Math.round(event.sinceMs), event.text));
        return { ...event, number: added === undefined ? undefined : Number(added.lastInsertRowid) };
      },
      remove({ number }) {
        if (number !== undefined) {
          attempt(() => remove.run(number));
        }
      },
      clear: () => void attempt(() => clear.run(webhook)),
    }),
    keepOnly(webhooks) {
      for (const name of (attempt(() => names.all()) ?? []).map((row) => String(row['webhook']))) {
        if (!webhooks.includes(name)) {
          attempt(() => clear.run(name));
        }
      }
    },
  };
}

/** A row that cannot be read is left out: it must not hide the others. */
function readRow(row: Readonly<Record<string, unknown>>): readonly KeptEvent[] {
  const text = String(row['document']);
  const read = serviceEvent.safeParse(parsed(text));
  return read.success
    ? [{ event: read.data, text, sinceMs: Number(row['since_ms']), number: Number(row['number']) }]
    : [];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
