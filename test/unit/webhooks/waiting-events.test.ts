import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabase } from '../../../src-main/core/archive/catalogue/database.ts';
import { type Logger, silentLogger } from '../../../src-main/core/ports/logger.ts';
import { createWaitingEvents, type WaitingEvent } from '../../../src-main/core/webhooks/waiting-events.ts';

function waiting(id: number): WaitingEvent {
  const event = {
    id: String(id),
    topic: 'lectern',
    subject: 'liveEvent/news',
    eventType: 'Lectern.Problem',
    eventTime: '2030-01-01T00:00:00.000Z',
    data: { id },
    dataVersion: '1.0',
    metadataVersion: '1',
  } as const;
  return { event, text: JSON.stringify(event), sinceMs: 1000 + id };
}

test('events of each receiver come out in the order in which they went in, without those that are done with', () => {
  using database = openDatabase(':memory:');
  const store = createWaitingEvents(database.sqlite, silentLogger);
  const [one, other] = [store.of('one'), store.of('other')];
  one.add(waiting(3));
  const second = one.add(waiting(1));
  other.add(waiting(1));
  one.add(waiting(2));

  one.remove(second);

  const left = createWaitingEvents(database.sqlite, silentLogger).of('one').list();
  assert.deepEqual(
    left.map(({ number: _, ...kept }) => kept),
    [waiting(3), waiting(2)],
  );
  one.clear();
  assert.deepEqual([one.list().length, other.list().length], [0, 1]);
});

test('what waits for a receiver that is gone is forgotten', () => {
  using database = openDatabase(':memory:');
  const store = createWaitingEvents(database.sqlite, silentLogger);
  store.of('one').add(waiting(1));
  store.of('gone').add(waiting(1));

  store.keepOnly(['one', 'new']);

  assert.deepEqual([store.of('one').list().length, store.of('gone').list().length], [1, 0]);
});

test('a row that cannot be read hides no other', () => {
  using database = openDatabase(':memory:');
  const store = createWaitingEvents(database.sqlite, silentLogger);
  database.sqlite.exec(`INSERT INTO webhook_events (webhook, since_ms, document) VALUES ('one', 1, '{"id":7}')`);
  store.of('one').add(waiting(2));

  assert.deepEqual(
    store
      .of('one')
      .list()
      .map(({ event }) => event.id),
    ['2'],
  );
});

test('a disk that takes nothing costs the restart, not the delivery, and is told once', () => {
  using database = openDatabase(':memory:');
  let told = 0;
  const logger: Logger = { ...silentLogger, error: () => void (told += 1) };
  const events = createWaitingEvents(database.sqlite, logger).of('one');
  database.sqlite.exec('PRAGMA query_only = ON');

  const kept = events.add(waiting(1));
  events.remove({ ...kept, number: 1 });
  events.clear();

  assert.deepEqual([kept.event.id, kept.number, told], ['1', undefined, 1]);
});
