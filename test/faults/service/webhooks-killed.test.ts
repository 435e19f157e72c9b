import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { test } from 'node:test';
import type { Settings } from '../../../src-main/shared/api/settings.ts';
import { listen } from '../../support/free-port.ts';
import type { Lectern } from '../../support/lectern-process.ts';
import { openStage, until } from '../../support/studio-stage.ts';

type Envelope = { readonly id: string; readonly data: Settings };
type Call = { readonly event: Envelope; readonly body: string; readonly signature: string };
type Receiver = AsyncDisposable & { readonly url: string; readonly calls: Call[]; takes: boolean };

const SECRET = 'a good secret';

/** Another program that takes nothing until it is told to. */
async function openReceiver(): Promise<Receiver> {
  const calls: Call[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts).toString();
      // Only settings are asked for.
      // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
      const event = JSON.parse(body) as Envelope;
      calls.push({ event, body, signature: String(request.headers['lectern-signature']) });
      response.writeHead(receiver.takes ? 200 : 503).end();
    });
  });
  const receiver: Receiver = {
    url: `http://127.0.0.1:${await listen(server)}/hook`,
    calls,
    takes: false,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}

async function setQuota({ call }: Lectern, liveEvents: number): Promise<void> {
  await call('patchSettings', { body: { service: { quotas: { liveEvents } } } });
}

const quotaOf = ({ event }: Call): number => event.data.service.quotas.liveEvents;

test('the service is killed while a receiver takes nothing: started again it delivers all of it once, in order, before what is new', async () => {
  await using receiver = await openReceiver();
  await using stage = await openStage();
  await stage.lectern.call('putWebhook', {
    params: { name: 'hook' },
    body: { url: receiver.url, secret: SECRET, eventTypes: ['Lectern.SettingsChanged'] },
  });
  for (const liveEvents of [11, 12, 13, 14, 15]) {
    await setQuota(stage.lectern, liveEvents);
  }
  await until('the first was refused', () => (receiver.calls.length > 0 ? true : undefined));

  await stage.lectern.kill();
  const refused = receiver.calls.splice(0);
  receiver.takes = true;
  const { call } = await stage.restart();
  await setQuota(stage.lectern, 16);
  const calls = await until('all have come', () => (receiver.calls.length >= 6 ? receiver.calls : undefined));

  assert.deepEqual(calls.map(quotaOf), [11, 12, 13, 14, 15, 16]);
  assert.deepEqual(
    new Set(refused.map(({ body }) => body)),
    new Set([calls[0]?.body]),
    'id and body are the same',
  );
  const ids = calls.map(({ event }) => Number(event.id));
  assert.deepEqual(
    ids,
    ids.toSorted((a, b) => a - b),
  );
  for (const { body, signature } of calls) {
    const [, seconds = '', hash] = /^t=(\d+),v1=(\w+)$/.exec(signature) ?? [];
    assert.equal(hash, createHmac('sha256', SECRET).update(`${seconds}.${body}`).digest('hex'));
  }
  const { queued, delivered, dropped } = await call('getWebhook', { params: { name: 'hook' } });
  assert.deepEqual({ queued, delivered, dropped }, { queued: 0, delivered: 6, dropped: 0 });
});

test('a service that is ended in order keeps what waits, too', async () => {
  await using receiver = await openReceiver();
  await using stage = await openStage();
  await stage.lectern.call('putWebhook', {
    params: { name: 'hook' },
    body: { url: receiver.url, eventTypes: ['Lectern.SettingsChanged'] },
  });
  await setQuota(stage.lectern, 21);
  await setQuota(stage.lectern, 22);

  assert.equal(await stage.lectern.stop(), 0);
  receiver.calls.length = 0;
  receiver.takes = true;
  await stage.restart();
  const calls = await until('all have come', () => (receiver.calls.length >= 2 ? receiver.calls : undefined));

  assert.deepEqual(calls.map(quotaOf), [21, 22]);
});
