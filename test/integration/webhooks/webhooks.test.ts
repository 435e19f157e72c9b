import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { systemClock } from '../../../src-main/base/clock.ts';
import { createEventLog } from '../../../src-main/core/control/event-log.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { EventLog, WebhookService } from '../../../src-main/core/ports/services.ts';
import { createPost } from '../../../src-main/core/webhooks/post-event.ts';
import { openWebhooks, type StoredWebhook } from '../../../src-main/core/webhooks/webhooks.ts';
import { type WebhookCreate, webhook, webhookCreate } from '../../../src-main/shared/api/webhooks.ts';
import { memoryRows, memorySecrets } from '../../support/memory-rows.ts';
import { waitingEvents } from '../../support/waiting-events.ts';

type Call = {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly path: string;
  readonly atMs: number;
};

/** Another program that wants to be told. */
type Receiver = AsyncDisposable & {
  readonly url: string;
  readonly port: number;
  readonly calls: Call[];
  answer: (call: Call) => {
    readonly status: number;
    readonly headers?: Record<string, string>;
    readonly body?: string;
  };
  /** Resolves when so many calls have come. */
  received(count: number): Promise<readonly Call[]>;
};

async function openReceiver(port = 0): Promise<Receiver> {
  const calls: Call[] = [];
  const waiters = new Set<() => void>();
  const server: Server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const call = {
        headers: request.headers,
        body: Buffer.concat(parts).toString(),
        path: request.url ?? '',
        atMs: performance.now(),
      };
      calls.push(call);
      const { status, headers = {}, body = '' } = receiver.answer(call);
      response.writeHead(status, headers).end(body);
      for (const wake of waiters) {
        wake();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  // A server that listens on TCP has such an address.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
  const address = server.address() as AddressInfo;
  const receiver: Receiver = {
    url: `http://127.0.0.1:${address.port}/hook`,
    port: address.port,
    calls,
    answer: () => ({ status: 200 }),
    async received(count) {
      while (calls.length < count) {
        await new Promise<void>((resolve) => waiters.add(resolve));
      }
      return calls;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}

type Rig = AsyncDisposable & {
  readonly events: EventLog;
  readonly webhooks: WebhookService;
  readonly secrets: ReturnType<typeof memorySecrets>;
  readonly rows: ReturnType<typeof memoryRows<StoredWebhook>>;
};

function openRig(rows = memoryRows<StoredWebhook>(), secrets = memorySecrets(), waiting = waitingEvents()): Rig {
  const clock = systemClock();
  const events = createEventLog({ clock });
  const webhooks = openWebhooks({
    rows,
    waiting,
    secrets,
    events,
    post: createPost(clock),
    clock,
    random: () => 0,
    logger: silentLogger,
  });
  return { events, webhooks, rows, secrets, [Symbol.asyncDispose]: () => webhooks[Symbol.asyncDispose]() };
}

const asked = (request: unknown): WebhookCreate => webhookCreate.parse(request);
const idsOf = (calls: readonly Call[]): readonly unknown[] => calls.map(({ body }) => fieldIn(body, 'data'));

describe('a webhook', () => {
  test('is told the envelope of every event, in order, within a second, signed', async () => {
    await using receiver = await openReceiver();
    await using rig = openRig();
    await rig.webhooks.put('hook', asked({ url: receiver.url, secret: 'a good secret' }));
    receiver.calls.length = 0;

    const startMs = performance.now();
    for (let number = 0; number < 20; number += 1) {
      rig.events.publish('Microsoft.Media.LiveEventEncoderConnected', 'liveEvent/news', number);
    }
    const calls = await receiver.received(20);

    assert.deepEqual(
      idsOf(calls),
      Array.from({ length: 20 }, (_, number) => number),
    );
    assert.ok((calls.at(-1)?.atMs ?? Infinity) - startMs < 1000);
    const [call] = calls;
    const { headers = {}, body = '' }: Partial<Call> = call ?? {};
    assert.deepEqual([...body.matchAll(/[{,]"(\w+)":/g)].map(([, name]) => name).toSorted(), [
      'data',
      'dataVersion',
      'eventTime',
      'eventType',
      'id',
      'metadataVersion',
      'subject',
      'topic',
    ]);
    const [, seconds = '', mac = ''] = /^t=(\d+),v1=([0-9a-f]+)$/.exec(String(headers['lectern-signature'])) ?? [];
    assert.equal(mac, createHmac('sha256', 'a good secret').update(`${seconds}.${body}`).digest('hex'));
    assert.ok(Math.abs(Number(seconds) - Date.now() / 1000) < 5);
    assert.equal(headers['content-type'], 'application/json; charset=utf-8');
  });

  test('is told what it asked for only, and never of webhooks', async () => {
    await using receiver = await openReceiver();
    await using rig = openRig();
    await rig.webhooks.put('hook', asked({ url: receiver.url, eventTypes: ['Lectern.Problem'] }));
    await rig.webhooks.put('other', asked({ url: receiver.url, enabled: false }));

    rig.events.publish('Microsoft.Media.LiveEventIngestHeartbeat', 'liveEvent/news', 'no');
    rig.events.publish('Lectern.WebhookChanged', 'webhook/hook', 'no');
    rig.events.publish('Lectern.Problem', 'studio', 'yes');
    await receiver.received(1);
    rig.events.publish('Lectern.Problem', 'studio', 'last');

    assert.deepEqual(idsOf(await receiver.received(2)), ['yes', 'last']);
    assert.equal(
      webhookCreate.safeParse({ url: receiver.url, eventTypes: ['Lectern.WebhookChanged'] }).success,
      false,
    );
  });

  test('without a list is told everything but what the studio says several times a second', async () => {
    await using receiver = await openReceiver();
    await using rig = openRig();
    await rig.webhooks.put('hook', asked({ url: receiver.url }));

    rig.events.publish('Lectern.StudioChanged', 'studio', 'no');
    rig.events.publish('Lectern.AssetChanged', 'asset/a', 'yes');

    assert.deepEqual(idsOf(await receiver.received(1)), ['yes']);
  });

  test('is not told access tokens', async () => {
    await using receiver = await openReceiver();
    await using rig = openRig();
    await rig.webhooks.put('hook', asked({ url: receiver.url }));

    rig.events.publish('Lectern.LiveEventChanged', 'liveEvent/news', {
      input: { accessToken: 'abcdef', endpoints: [{ url: 'rtmp://h/live/abcdef' }] },
    });
    const [call] = await receiver.received(1);

    assert.ok(!call?.body.includes('abcdef'));
  });

  test('loses nothing and keeps the order when its receiver restarts', async () => {
    await using rig = openRig();
    const first = await openReceiver();
    await rig.webhooks.put('hook', asked({ url: first.url }));
    rig.events.publish('Lectern.Problem', 'studio', 1);
    await first.received(1);
    await first[Symbol.asyncDispose]();
    for (const number of [2, 3, 4]) {
      rig.events.publish('Lectern.Problem', 'studio', number);
    }
    await until(() => rig.webhooks.get('hook').failures > 0);
    assert.equal(rig.webhooks.get('hook').queued, 3);

    await using again = await openReceiver(first.port);

    assert.deepEqual(idsOf(await again.received(3)), [2, 3, 4]);
    await until(() => rig.webhooks.get('hook').state === 'idle');
    const { failures, delivered, error } = rig.webhooks.get('hook');
    assert.deepEqual([failures, delivered, error], [0, 4, undefined]);
  });

  test('does not follow a redirection', async () => {
    await using receiver = await openReceiver();
    await using rig = openRig();
    receiver.answer = () => ({ status: 302, headers: { Location: '/elsewhere' } });
    await rig.webhooks.put('hook', asked({ url: receiver.url }));

    rig.events.publish('Lectern.Problem', 'studio', 1);
    await receiver.received(1);
    await until(() => rig.webhooks.get('hook').failures > 0);

    assert.deepEqual([...new Set(receiver.calls.map(({ path }) => path))], ['/hook']);
    assert.match(rig.webhooks.get('hook').error?.detail ?? '', /redirection \(302\)/);
  });

  test('reads no more of an answer than it needs', async () => {
    await using receiver = await openReceiver();
    await using rig = openRig();
    receiver.answer = () => ({ status: 200, body: 'x'.repeat(10_000_000) });
    await rig.webhooks.put('hook', asked({ url: receiver.url }));

    rig.events.publish('Lectern.Problem', 'studio', 1);
    rig.events.publish('Lectern.Problem', 'studio', 2);

    assert.deepEqual(idsOf(await receiver.received(2)), [1, 2]);
  });

  test('is there again after a restart of the service, with its secret', async () => {
    await using receiver = await openReceiver();
    const rows = memoryRows<StoredWebhook>();
    const secrets = memorySecrets();
    {
      await using rig = openRig(rows, secrets);
      await rig.webhooks.put('hook', asked({ url: receiver.url, secret: 'a good secret' }));
    }
    await using rig = openRig(rows, secrets);

    rig.events.publish('Lectern.Problem', 'studio', 1);
    const [call] = await receiver.received(1);

    assert.match(String(call?.headers['lectern-signature']), /^t=/);
  });
});

describe('the resource of a webhook', () => {
  test('shows everything but the secret, and fits its schema', async () => {
    await using rig = openRig();

    const made = await rig.webhooks.put('hook', asked({ url: 'http://127.0.0.1:1/', secret: 'a good secret' }));

    assert.equal(webhook.safeParse(made).success, true);
    assert.equal(made.hasSecret, true);
    assert.ok(!JSON.stringify(rig.webhooks.list()).includes('a good secret'));
    assert.ok(!JSON.stringify(rig.rows.list()).includes('a good secret'));
    assert.deepEqual([...rig.secrets.values.values()], ['a good secret']);
  });

  test('loses its secret when it is replaced without one, is patched with null, or is deleted', async () => {
    await using rig = openRig();
    const url = 'http://127.0.0.1:1/';
    const withSecret = asked({ url, secret: 'a good secret' });

    await rig.webhooks.put('hook', withSecret);
    await rig.webhooks.put('hook', asked({ url }));
    assert.deepEqual([rig.webhooks.get('hook').hasSecret, rig.secrets.values.size], [false, 0]);
    await rig.webhooks.put('hook', withSecret);
    await rig.webhooks.update('hook', { enabled: false });
    assert.equal(rig.webhooks.get('hook').hasSecret, true);
    await rig.webhooks.update('hook', { secret: null });
    assert.deepEqual([rig.webhooks.get('hook').hasSecret, rig.secrets.values.size], [false, 0]);
    await rig.webhooks.update('hook', { secret: 'another secret' });
    await rig.webhooks.delete('hook');
    assert.equal(rig.secrets.values.size, 0);
    assert.throws(() => rig.webhooks.get('hook'), { code: 'resource/not-found' });
  });

  test('is one of twenty', async () => {
    await using rig = openRig();
    for (let number = 1; number <= 20; number += 1) {
      await rig.webhooks.put(`hook${number}`, asked({ url: 'http://127.0.0.1:1/' }));
    }

    await assert.rejects(rig.webhooks.put('hook21', asked({ url: 'http://127.0.0.1:1/' })), {
      code: 'resource/quota',
      details: { quota: 'webhooks', limit: 20 },
    });
    await rig.webhooks.put('hook20', asked({ url: 'http://127.0.0.1:2/' }));
  });

  for (const url of [
    'ftp://host/',
    'host/path',
    'http://',
    'http://user:pass@host/',
    'http://a b/',
    'javascript:alert(1)',
    '',
  ]) {
    test(`has no address such as ${JSON.stringify(url)}`, () => {
      assert.equal(webhookCreate.safeParse({ url }).success, false);
    });
  }

  for (const url of [
    'https://host/path?code=x',
    'http://[::1]:8080/',
    'http://127.0.0.1',
    'https://host:8443?x=1',
  ]) {
    test(`may have the address ${url}`, () => {
      assert.equal(webhookCreate.safeParse({ url }).success, true);
    });
  }
});

describe('the handshake of Event Grid', () => {
  test('is asked of the receiver before anything is sent, and events then come as a list of one', async () => {
    await using receiver = await openReceiver();
    await using rig = openRig();
    receiver.answer = ({ headers, body }) =>
      headers['aeg-event-type'] === 'SubscriptionValidation'
        ? { status: 200, body: JSON.stringify({ validationResponse: codeIn(body) }) }
        : { status: 200 };

    await rig.webhooks.put('hook', asked({ url: receiver.url, deliverySchema: 'EventGrid' }));
    rig.events.publish('Lectern.Problem', 'studio', 1);
    const [, call] = await receiver.received(2);

    assert.ok(Array.isArray(JSON.parse(call?.body ?? '')));
    assert.equal(call?.headers['aeg-event-type'], 'Notification');
  });

  for (const [what, answer] of [
    ['says nothing', { status: 200 }],
    ['gives another code', { status: 200, body: '{"validationResponse":"x"}' }],
    ['refuses', { status: 403 }],
    ['redirects', { status: 301, headers: { Location: '/' } }],
  ] as const) {
    test(`fails with a receiver that ${what}, and nothing is kept`, async () => {
      await using receiver = await openReceiver();
      await using rig = openRig();
      receiver.answer = () => answer;

      await assert.rejects(
        rig.webhooks.put('hook', asked({ url: receiver.url, deliverySchema: 'EventGrid', secret: '12345678' })),
        {
          code: 'webhook/unreachable',
          status: 502,
        },
      );

      assert.deepEqual([rig.webhooks.list(), rig.secrets.values.size], [[], 0]);
    });
  }

  test('fails with nobody there', async () => {
    await using rig = openRig();

    await assert.rejects(
      rig.webhooks.put('hook', asked({ url: 'http://127.0.0.1:1/', deliverySchema: 'EventGrid' })),
      {
        code: 'webhook/unreachable',
        message: /ECONNREFUSED/,
      },
    );
  });
});

function codeIn(body: string): unknown {
  return /"validationCode":"([^"]+)"/.exec(body)?.[1];
}

/** One field of a JSON object. */
function fieldIn(text: string, field: string): unknown {
  const parsed: unknown = JSON.parse(text);
  return typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, field) : undefined;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
