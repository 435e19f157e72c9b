import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEventLog } from '../../../src-main/core/control/event-log.ts';
import type { EventLog } from '../../../src-main/core/ports/services.ts';
import { type ServiceEvent, serviceEvent } from '../../../src-main/shared/api/events.ts';
import { manualClock } from '../../support/manual-clock.ts';

function publishMany(log: EventLog, count: number): readonly ServiceEvent[] {
  const seen: ServiceEvent[] = [];
  using _listening = log.published.on((event) => seen.push(event));
  for (let index = 0; index < count; index += 1) {
    log.publish('Lectern.StudioChanged', 'studio', { index });
  }
  return seen;
}

test('an event has the whole envelope, and ids go up by one', () => {
  const log = createEventLog({ clock: manualClock(Date.UTC(2030, 0, 1)) });

  const [first, second] = publishMany(log, 2);

  assert.deepEqual(serviceEvent.parse(first), first);
  assert.equal(first?.eventTime, '2030-01-01T00:00:00.000Z');
  assert.equal(Number(second?.id), Number(first.id) + 1);
  assert.equal(log.lastId(), second?.id);
});

test('a reader gets exactly what it has missed', () => {
  const log = createEventLog({ clock: manualClock() });
  const before = log.lastId();
  const events = publishMany(log, 5);

  assert.deepEqual(log.since(before), events);
  assert.deepEqual(log.since(events[2]?.id ?? ''), events.slice(3));
  assert.deepEqual(log.since(log.lastId()), []);
});

test('five hundred events are kept, and who missed more is told so', () => {
  const log = createEventLog({ clock: manualClock() });
  const events = publishMany(log, 501);

  assert.equal(log.since(events[0]?.id ?? '')?.length, 500);
  assert.equal(log.since(String(Number(events[0]?.id) - 1)), undefined);
});

test('ids that this run has not given lead nowhere', () => {
  const log = createEventLog({ clock: manualClock() });
  publishMany(log, 3);

  for (const id of [
    '',
    'x',
    '-1',
    '1.5',
    '0',
    `${log.lastId()}0`,
    String(Number(log.lastId()) + 1),
    '9'.repeat(40),
  ]) {
    assert.equal(log.since(id), undefined, id);
  }
});

test('an id of an earlier run is not taken for one of this run', () => {
  const clock = manualClock();
  const earlier = createEventLog({ clock });
  publishMany(earlier, 100);
  clock.advance(1000);

  const later = createEventLog({ clock });
  publishMany(later, 200);

  assert.equal(later.since(earlier.lastId()), undefined);
});
