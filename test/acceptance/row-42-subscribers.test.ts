import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { type ServiceEvent, serviceEvent } from '../../src-main/shared/api/events.ts';
import { fieldsOf } from '../support/fields.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { type MediaRecipe, mediaFile, realTime, rtmpOutputs, send } from '../support/senders.ts';
import { followEvents, ingestUrl, request, segmentsAt, startEvent } from '../support/service-stage.ts';
import { openStage, type Stage, until } from '../support/studio-stage.ts';

const RECIPE: MediaRecipe = { seconds: 60, layers: [{ size: '320x180', kbps: 300 }], gopSeconds: 1 };
const SECRET = 'a secret of the test';
const LATEST_MS = 1000;

type Received = {
  readonly event: ServiceEvent;
  readonly atMs: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

type Receiver = AsyncDisposable & {
  readonly url: string;
  readonly received: Received[];
  status: (event: ServiceEvent) => number;
};

/** A program of somebody else's that is told of events. `status`: what it answers; 200 unless a test says otherwise. */
async function openReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((asked, response) => void answer(asked, response));

  async function answer(asked: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await asked.toArray()).join('');
    const parsed: unknown = JSON.parse(body);
    const sent: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
    if (asked.headers['aeg-event-type'] === 'SubscriptionValidation') {
      const { validationCode } = fieldsOf(fieldsOf(sent)['data']);
      response.end(JSON.stringify({ validationResponse: validationCode }));
      return;
    }
    const event = serviceEvent.parse(sent);
    const status = receiver.status(event);
    if (status === 200) {
      received.push({ event, atMs: Date.now(), headers: asked.headers, body });
    }
    response.writeHead(status).end();
  }

  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const receiver: Receiver = {
    url: `http://127.0.0.1:${String(fieldsOf(server.address())['port'])}/told`,
    received,
    status: () => 200,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
  return receiver;
}

describe('who subscribes to events', { skip: missingPrograms('ffmpeg') }, () => {
  let stage: Stage;
  let file: string;

  before(async () => {
    file = await mediaFile(RECIPE);
    stage = await openStage();
  });
  after(() => stage[Symbol.asyncDispose]());

  test('42: webhooks and server-sent events bring every event within a second, in order, in the envelope', async () => {
    await using plain = await openReceiver();
    await using grid = await openReceiver();
    await using events = followEvents(stage.lectern);
    const arrivedMs = new Map<string, number>();
    const watch = setInterval(() => {
      for (const { id } of events.seen()) {
        if (!arrivedMs.has(id)) {
          arrivedMs.set(id, Date.now());
        }
      }
    }, 10);
    await stage.lectern.call('putWebhook', {
      params: { name: 'plain' },
      body: { url: plain.url, secret: SECRET },
    });
    await stage.lectern.call('putWebhook', {
      params: { name: 'grid' },
      body: { url: grid.url, deliverySchema: 'EventGrid' },
    });

    const event = await startEvent(stage.lectern, 'told');
    const sender = send(rtmpOutputs(ingestUrl(event, 'rtmp'), ['one']), realTime(file));
    const preview = `${stage.lectern.originUrl}/${event.preview.previewLocator}/preview.ism/manifest(format=m3u8-cmaf)`;
    await segmentsAt(preview, 2);
    await sender.stop();
    await events.next('Microsoft.Media.LiveEventEncoderDisconnected');
    await request(stage.lectern, 'POST', '/liveEvents/told/stop', {});
    await request(stage.lectern, 'DELETE', '/liveEvents/told');
    await events.next('Lectern.LiveEventDeleted');
    const last = events.seen().at(-1)?.id;
    for (const { received } of [plain, grid]) {
      await until('everything is delivered', () =>
        received.some(({ event: one }) => Number(one.id) >= Number(last)) ? true : undefined,
      );
    }
    clearInterval(watch);

    const ids = events.seen().map(({ id }) => Number(id));
    assert.deepEqual(
      ids,
      ids.toSorted((a, b) => a - b),
      'in order',
    );
    for (const type of ['EncoderConnected', 'IncomingStreamReceived', 'EncoderDisconnected']) {
      assert.ok(
        events.seen().some(({ eventType }) => eventType === `Microsoft.Media.LiveEvent${type}`),
        type,
      );
    }
    const late = events
      .seen()
      .filter(({ id, eventTime }) => (arrivedMs.get(id) ?? 0) - Date.parse(eventTime) > LATEST_MS);
    assert.deepEqual(late, []);

    const ofEvent = events.seen().filter(({ subject }) => subject.startsWith('liveEvent/told'));
    for (const { received } of [plain, grid]) {
      const told = received.filter(({ event: { subject } }) => subject.startsWith('liveEvent/told'));
      assert.deepEqual(
        told.map(({ event: one }) => one.id),
        ofEvent.map(({ id }) => id),
        'the same ones in the same order',
      );
      for (const { event: one, atMs } of received) {
        assert.deepEqual(Object.keys(one).toSorted(), [
          ...['data', 'dataVersion', 'eventTime', 'eventType', 'id', 'metadataVersion', 'subject', 'topic'],
        ]);
        const ms = atMs - Date.parse(one.eventTime);
        assert.ok(ms < LATEST_MS, `${one.eventType} after ${ms} ms`);
      }
    }
    for (const { headers, body } of plain.received) {
      const [, time = '', signature] =
        /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['lectern-signature'])) ?? [];
      assert.equal(signature, createHmac('sha256', SECRET).update(`${time}.${body}`).digest('hex'));
    }
    assert.ok(grid.received.every(({ headers }) => headers['aeg-event-type'] === 'Notification'));
    assert.doesNotMatch(
      plain.received.map(({ body }) => body).join(),
      new RegExp(event.input.accessToken),
      'no token',
    );
    for (const name of ['plain', 'grid']) {
      assert.equal((await request(stage.lectern, 'DELETE', `/webhooks/${name}`)).status, 204);
    }
  });

  test('42: one that is wanted by type gets that type only', async () => {
    await using receiver = await openReceiver();
    await stage.lectern.call('putWebhook', {
      params: { name: 'chosen' },
      body: { url: receiver.url, eventTypes: ['Lectern.AssetChanged'] },
    });

    await startEvent(stage.lectern, 'other');
    await stage.lectern.call('putAsset', { params: { name: 'wanted' }, body: {} });

    await until('the event of the asset', () => receiver.received[0]);
    assert.deepEqual(
      [...new Set(receiver.received.map(({ event: { eventType, subject } }) => `${eventType} ${subject}`))],
      ['Lectern.AssetChanged asset/wanted'],
    );
    await request(stage.lectern, 'DELETE', '/webhooks/chosen');
  });

  test('42: what a receiver does not take is sent again, and what follows waits for it', async () => {
    await using receiver = await openReceiver();
    let refused = 0;
    receiver.status = ({ subject }) => (subject === 'asset/a' && (refused += 1) <= 2 ? 503 : 200);
    await stage.lectern.call('putWebhook', {
      params: { name: 'stubborn' },
      body: { url: receiver.url, eventTypes: ['Lectern.AssetChanged'] },
    });

    for (const name of ['a', 'b', 'c']) {
      await stage.lectern.call('putAsset', { params: { name }, body: {} });
    }

    await until('all three', () => (receiver.received.length === 3 ? true : undefined));
    assert.deepEqual(
      receiver.received.map(({ event: { subject } }) => subject),
      ['asset/a', 'asset/b', 'asset/c'],
    );
    assert.equal(receiver.received[0]?.headers['lectern-delivery-attempt'], '3');
    const { delivered, dropped, state } = await stage.lectern.call('getWebhook', { params: { name: 'stubborn' } });
    assert.deepEqual({ delivered, dropped, state }, { delivered: 3, dropped: 0, state: 'idle' });
  });

  test('42: who comes back with the last id gets what was missed', async () => {
    const first = followEvents(stage.lectern);
    await stage.lectern.call('putAsset', { params: { name: 'before' }, body: {} });
    const { id } = await first.next('Lectern.AssetChanged');
    await first[Symbol.asyncDispose]();
    await stage.lectern.call('putAsset', { params: { name: 'meanwhile' }, body: {} });

    const answer = await fetch(`${stage.lectern.controlUrl}/api/v1/events`, {
      headers: { Authorization: `Bearer ${stage.lectern.token}`, 'Last-Event-ID': id },
    });
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('asset/meanwhile')) {
      text += (await reader?.read())?.value ?? assert.fail(text);
    }
    await reader?.cancel();

    assert.doesNotMatch(text, /Lectern\.Resync/);
    assert.doesNotMatch(text, /asset\/before/);
  });
});
