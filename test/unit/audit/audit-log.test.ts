import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openDatabase } from '../../../src-main/core/archive/catalogue/database.ts';
import { openAuditLog } from '../../../src-main/core/audit/audit-log.ts';
import { createEventLog } from '../../../src-main/core/control/event-log.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { ServiceEvent } from '../../../src-main/shared/api/events.ts';
import { manualClock } from '../../support/manual-clock.ts';

const folder = mkdtempSync(join(tmpdir(), 'lectern-audit-'));
let files = 0;
after(() => rmSync(folder, { recursive: true }));

const nextPath = (): string => join(folder, `${(files += 1)}.sqlite`);

function open(path: string) {
  const database = openDatabase(path);
  const clock = manualClock();
  const events = createEventLog({ clock });
  const told: ServiceEvent[] = [];
  events.published.on((event) => told.push(event));
  return {
    database,
    told,
    audit: openAuditLog({ sqlite: database.sqlite, clock, events, logger: silentLogger }),
    [Symbol.dispose]: () => database[Symbol.dispose](),
  };
}

const start = { action: 'liveEvents/start', subject: 'liveEvent/news', from: '127.0.0.1', status: 202 };
const refused = { ...start, status: 409, code: 'resource/wrong-state' };

test('what operators did is listed newest first, and told', () => {
  using rig = open(nextPath());

  rig.audit.note(start);
  rig.audit.note(refused);

  const time = '2030-01-01T00:00:00.000Z';
  assert.deepEqual(rig.audit.list(), [
    { id: 2, time, ...refused },
    { id: 1, time, ...start },
  ]);
  assert.deepEqual(
    rig.told.map(({ eventType, subject, data }) => [eventType, subject, data]),
    [
      ['Lectern.OperatorAction', 'liveEvent/news', { id: 1, time, ...start }],
      ['Lectern.OperatorAction', 'liveEvent/news', { id: 2, time, ...refused }],
    ],
  );
});

test('it is there after a restart, and numbers go on', () => {
  const path = nextPath();
  {
    using rig = open(path);
    rig.audit.note(start);
  }
  using rig = open(path);
  rig.audit.note(refused);

  assert.deepEqual(
    rig.audit.list().map(({ id, code }) => [id, code]),
    [
      [2, 'resource/wrong-state'],
      [1, undefined],
    ],
  );
});

test('the newest ten thousand are kept, in memory and on the disk', () => {
  const path = nextPath();
  {
    using rig = open(path);
    rig.database.sqlite.exec('BEGIN');
    for (let number = 1; number <= 10_250; number += 1) {
      rig.audit.note({ ...start, subject: String(number) });
    }
    rig.database.sqlite.exec('COMMIT');
    const list = rig.audit.list();
    assert.deepEqual([list.length, list[0]?.subject, list.at(-1)?.subject], [10_000, '10250', '251']);
    const rows = rig.database.sqlite.prepare('SELECT count(*) AS count FROM audit_log').get();
    assert.ok(Number(rows?.['count']) < 10_100);
  }
  using rig = open(path);
  const list = rig.audit.list();
  assert.deepEqual([list.length, list.at(-1)?.subject], [10_000, '251']);
});

test('a damaged entry hides no other, and its number is not given again', () => {
  using rig = open(nextPath());
  rig.audit.note(start);
  rig.database.sqlite.exec(`INSERT INTO audit_log VALUES (7, 'x', 'x', 'x', '{"a":1}')`);

  const again = openAuditLog({
    sqlite: rig.database.sqlite,
    clock: manualClock(),
    events: createEventLog({ clock: manualClock() }),
    logger: silentLogger,
  });
  again.note(refused);

  assert.deepEqual(
    again.list().map(({ id }) => id),
    [8, 1],
  );
});

test('an action is not undone because it cannot be noted', () => {
  using rig = open(nextPath());
  rig.database.sqlite.exec('DROP TABLE audit_log');

  rig.audit.note(start);

  assert.equal(rig.audit.list().length, 1);
  assert.equal(rig.told.length, 1);
});
