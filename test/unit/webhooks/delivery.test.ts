import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import { createDelivery, type Delivery, type Target } from '../../../src-main/core/webhooks/delivery.ts';
import { type Post, type PostAnswer, signatureOf } from '../../../src-main/core/webhooks/post-event.ts';
import type { WaitingEvents } from '../../../src-main/core/webhooks/waiting-events.ts';
import type { ServiceEvent } from '../../../src-main/shared/api/events.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import { waitingEvents } from '../../support/waiting-events.ts';

type Answer = number | 'dead' | PostAnswer;

type Stage = {
  readonly clock: ManualClock;
  readonly delivery: Delivery;
  /** What lasts. */
  readonly waiting: WaitingEvents;
  /** What the receiver saw: id, and the attempt. */
  readonly seen: string[];
  readonly bodies: string[];
  readonly headers: Readonly<Record<string, string>>[];
  /** What it answers from now on. */
  answer: Answer;
  /** Answers wait for this. */
  gate: Promise<unknown>;
  changes: number;
};

const target = (values: Partial<Target> = {}): Target => ({
  name: 'hook',
  url: 'http://receiver/',
  deliverySchema: 'Event',
  enabled: true,
  secret: () => Promise.resolve(undefined),
  ...values,
});

function openStage(
  values: Partial<Target> = {},
  random = () => 1,
  clock = manualClock(),
  waiting = waitingEvents().of('hook'),
): Stage {
  const post: Post = async ({ headers, body }) => {
    stage.seen.push(`${headers['Lectern-Event-Id'] ?? ''}#${headers['Lectern-Delivery-Attempt'] ?? ''}`);
    stage.bodies.push(body);
    stage.headers.push(headers);
    await stage.gate;
    if (stage.answer === 'dead') {
      throw new AppError('webhook/unreachable', 'The receiver does not answer: ECONNREFUSED.');
    }
    return typeof stage.answer === 'number'
      ? { status: stage.answer, retryAfterSeconds: undefined, text: '' }
      : stage.answer;
  };
  const stage: Stage = {
    clock,
    seen: [],
    bodies: [],
    headers: [],
    answer: 200,
    gate: Promise.resolve(),
    changes: 0,
    waiting,
    delivery: createDelivery(target(values), {
      clock,
      random,
      post,
      logger: silentLogger,
      waiting,
      onChanged() {
        stage.changes += 1;
      },
    }),
  };
  return stage;
}

function push({ delivery }: Stage, ...ids: readonly number[]): void {
  for (const id of ids) {
    const event: ServiceEvent = {
      id: String(id),
      topic: 'lectern',
      subject: 'liveEvent/news',
      eventType: 'Lectern.Problem',
      eventTime: '2030-01-01T00:00:00.000Z',
      data: {},
      dataVersion: '1.0',
      metadataVersion: '1',
    };
    delivery.push(event, JSON.stringify(event));
  }
}

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) {
    await nextTurn();
  }
};

test('events arrive one by one in their order', async () => {
  const stage = openStage();

  push(stage, 1, 2, 3);
  await settled();

  assert.deepEqual(stage.seen, ['1#1', '2#1', '3#1']);
  const { state, queued, delivered, failures, lastDelivery } = stage.delivery.status();
  assert.deepEqual([state, queued, delivered, failures, lastDelivery?.eventId], ['idle', 0, 3, 0, '3']);
});

test('a receiver that is dead is tried again after 1, 2, 4 … 60 s, and nothing overtakes the event that waits', async () => {
  const stage = openStage();
  stage.answer = 'dead';
  push(stage, 1, 2);
  await settled();

  const waits: number[] = [];
  for (let attempt = 2; attempt <= 9; attempt += 1) {
    const { retryAt, state } = stage.delivery.status();
    assert.equal(state, 'waiting');
    const waitMs = Date.parse(retryAt ?? '') - stage.clock.wallMs();
    waits.push(waitMs);
    await stage.clock.advanceAsync(waitMs);
    await settled();
    assert.equal(stage.seen.at(-1), `1#${attempt}`);
  }

  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  const { queued, failures, error } = stage.delivery.status();
  assert.deepEqual([queued, failures, error?.code], [2, 9, 'webhook/unreachable']);
  stage.answer = 204;
  await stage.clock.advanceAsync(60_000);
  await settled();
  assert.deepEqual(stage.seen.slice(-2), ['1#10', '2#1']);
  const after = stage.delivery.status();
  assert.deepEqual([after.state, after.failures, after.error, after.delivered], ['idle', 0, undefined, 2]);
  assert.equal(stage.changes, 2, 'told when it began to fail and when it was well again');
});

test('chance takes up to half of a wait away', async () => {
  const stage = openStage({}, () => 0);
  stage.answer = 'dead';
  push(stage, 1);
  await settled();

  assert.equal(Date.parse(stage.delivery.status().retryAt ?? '') - stage.clock.wallMs(), 500);
});

test('a receiver that says how long to wait is heard, up to five minutes', async () => {
  const stage = openStage();
  const waitMs = (): number => Date.parse(stage.delivery.status().retryAt ?? '') - stage.clock.wallMs();
  stage.answer = { status: 429, retryAfterSeconds: 90, text: '' };
  push(stage, 1);
  await settled();

  assert.equal(waitMs(), 90_000);
  stage.answer = { status: 503, retryAfterSeconds: 86_400, text: '' };
  await stage.clock.advanceAsync(90_000);
  await settled();
  assert.equal(waitMs(), 300_000);
});

for (const status of [400, 413, 415, 422]) {
  test(`an event that is answered with ${status} is given up, and the next one goes out`, async () => {
    const stage = openStage();
    stage.answer = status;
    push(stage, 1);
    await settled();
    stage.answer = 200;
    push(stage, 2);
    await settled();

    assert.deepEqual(stage.seen, ['1#1', '2#1']);
    const { dropped, delivered, failures } = stage.delivery.status();
    assert.deepEqual([dropped, delivered, failures], [1, 1, 0]);
  });
}

for (const status of [301, 302, 307, 308, 404, 500, 503]) {
  test(`an event that is answered with ${status} is tried again`, async () => {
    const stage = openStage();
    stage.answer = status;
    push(stage, 1);
    await settled();

    const { queued, lastDelivery, error } = stage.delivery.status();
    assert.deepEqual([queued, lastDelivery?.status], [1, status]);
    assert.match(error?.detail ?? '', status < 400 ? /redirection/ : new RegExp(`status ${status}`));
  });
}

test('an event that is a day old is given up', async () => {
  const stage = openStage();
  stage.answer = 'dead';
  push(stage, 1);
  await settled();
  for (let hour = 0; hour < 25; hour += 1) {
    await stage.clock.advanceAsync(3_600_000);
  }
  await settled();

  assert.deepEqual([stage.delivery.status().queued, stage.delivery.status().dropped], [0, 1]);
});

test('a row that is full drops the oldest that is not under way', async () => {
  const stage = openStage();
  stage.answer = 'dead';
  push(stage, ...Array.from({ length: 1005 }, (_, index) => index + 1));
  await settled();

  const { queued, dropped } = stage.delivery.status();
  assert.deepEqual([queued, dropped], [1000, 5]);
  stage.answer = 200;
  await stage.clock.advanceAsync(1000);
  for (let turn = 0; turn < 300; turn += 1) {
    await settled();
  }
  assert.deepEqual(stage.seen.slice(0, 3), ['1#1', '1#2', '7#1']);
  assert.equal(stage.seen.at(-1), '1005#1');
});

test('what is signed can be checked: the HMAC of time and body', async () => {
  const stage = openStage({ secret: () => Promise.resolve('a good secret') });
  push(stage, 1);
  await settled();

  const [headers] = stage.headers;
  const [body = ''] = stage.bodies;
  const signature = String(headers?.['Lectern-Signature']);
  assert.equal(signature, signatureOf('a good secret', body, stage.clock.wallMs()));
  assert.match(signature, /^t=1893456000,v1=[0-9a-f]{64}$/);
});

test('nothing is sent unsigned because the key store does not answer', async () => {
  let works = false;
  const stage = openStage({
    secret: () =>
      works
        ? Promise.resolve('secret')
        : Promise.reject(new AppError('secrets/unavailable', 'The key store is locked.')),
  });
  push(stage, 1);
  await settled();
  assert.deepEqual([stage.seen, stage.delivery.status().error?.code], [[], 'secrets/unavailable']);

  works = true;
  await stage.clock.advanceAsync(1000);
  await settled();
  assert.deepEqual(stage.seen, ['1#2']);
});

test('Event Grid gets a list of one and its own headers', async () => {
  const stage = openStage({ deliverySchema: 'EventGrid' });
  push(stage, 1);
  await settled();

  assert.match(stage.bodies[0] ?? '', /^\[\{.*\}\]$/);
  assert.deepEqual(
    [stage.headers[0]?.['aeg-event-type'], stage.headers[0]?.['aeg-delivery-count']],
    ['Notification', '0'],
  );
});

test('another address is tried at once, and gets the event that waits', async () => {
  const stage = openStage();
  stage.answer = 'dead';
  push(stage, 1);
  await settled();
  stage.answer = 200;

  stage.delivery.retarget(target({ url: 'http://other/' }));
  await settled();

  assert.deepEqual(stage.seen, ['1#1', '1#2']);
  assert.equal(stage.delivery.status().state, 'idle');
});

test('one that is switched off forgets what waits, and takes nothing until it is on again', async () => {
  const stage = openStage();
  stage.answer = 'dead';
  push(stage, 1);
  await settled();

  stage.delivery.retarget(target({ enabled: false }));
  push(stage, 2);
  await settled();
  assert.deepEqual([stage.delivery.status().state, stage.delivery.status().queued], ['off', 0]);

  stage.answer = 200;
  stage.delivery.retarget(target());
  push(stage, 3);
  await settled();
  assert.deepEqual(stage.seen, ['1#1', '3#1']);
});

test('closing waits for nobody: not for a back-off and not for an answer', async () => {
  const stage = openStage();
  stage.answer = 'dead';
  push(stage, 1);
  await settled();

  await stage.delivery[Symbol.asyncDispose]();
  push(stage, 2);
  await settled();

  assert.deepEqual(stage.seen, ['1#1']);
  assert.equal(stage.clock.pending(), 0);
});

test('what a receiver had not taken when the service ended is sent by the next one, in order and before all that is new', async () => {
  const before = openStage();
  before.answer = 'dead';
  push(before, 1, 2, 3);
  await settled();
  await before.delivery[Symbol.asyncDispose]();

  const after = openStage({}, () => 1, before.clock, before.waiting);
  push(after, 4);
  await settled();

  assert.deepEqual(after.seen, ['1#1', '2#1', '3#1', '4#1']);
  assert.deepEqual(after.bodies[0], before.bodies[0]);
  assert.deepEqual(after.waiting.list(), []);
});

test('an event whose answer the service did not live to see is sent again', async () => {
  const before = openStage();
  before.gate = new Promise(() => undefined);
  push(before, 1);
  await settled();

  const after = openStage({}, () => 1, before.clock, before.waiting);
  await settled();

  assert.deepEqual([before.seen, after.seen], [['1#1'], ['1#1']]);
});

test('what has waited for a day over a restart is tried once more and given up', async () => {
  const before = openStage();
  before.answer = 'dead';
  push(before, 1);
  await settled();
  await before.delivery[Symbol.asyncDispose]();
  before.clock.advance(25 * 3_600_000);

  const after = openStage({}, () => 1, before.clock, before.waiting);
  after.answer = 'dead';
  // It is at its first await already.
  await settled();

  const { queued, dropped } = after.delivery.status();
  assert.deepEqual([after.seen.length + before.seen.length, queued, dropped], [2, 0, 1]);
  assert.deepEqual(after.waiting.list(), []);
});

test('a loss is told once, until everything that waits has been delivered', () => {
  const stage = openStage();
  stage.gate = new Promise(() => undefined);
  push(stage, ...Array.from({ length: 1010 }, (_, index) => index + 1));

  assert.deepEqual([stage.changes, stage.delivery.status().dropped], [1, 10]);
  assert.deepEqual(
    stage.waiting
      .list()
      .map(({ event }) => event.id)
      .slice(0, 2),
    ['1', '12'],
  );
});

test('one that is switched off, or is off when the service starts, keeps nothing', async () => {
  const stage = openStage();
  stage.answer = 'dead';
  push(stage, 1);
  await settled();

  stage.delivery.retarget(target({ enabled: false }));

  assert.deepEqual(stage.waiting.list(), []);
});
