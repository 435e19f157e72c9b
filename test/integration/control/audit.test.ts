import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditEntry } from '../../../src-main/shared/api/telemetry.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { openFixture, TOKEN } from './control-fixture.ts';

type Log = { readonly value: readonly AuditEntry[]; readonly nextLink?: string };

const RTMP = { input: { streamingProtocol: 'RTMP' } };

const shown = ({ body }: { readonly body: Log }) =>
  body.value.map(({ action, subject, status, code }) => [
    action,
    subject,
    status,
    ...(code === undefined ? [] : [code]),
  ]);

test('every call that changes something is noted with what came of it, refusals too, and no other', async () => {
  await using server = await openFixture();
  server.services.addAsset('My talk');

  await server.json('PUT', '/liveEvents/news', RTMP);
  await server.json('POST', '/liveEvents/news/start');
  await server.json('POST', '/liveEvents/news/start?wait=PT5S');
  await server.json('PUT', '/liveEvents/news', { input: {} });
  await server.json('PATCH', '/assets/My%20talk', { title: 'x' });
  await server.json('DELETE', '/assets/none');
  await server.json('GET', '/liveEvents');
  await server.json('POST', '/liveEvents/news/getStatus');
  await server.call('HEAD', '/liveEvents');

  assert.deepEqual(shown(await server.json<Log>('GET', '/auditLog?$orderby=id')), [
    ['liveEvents/create', 'liveEvent/news', 201],
    ['liveEvents/start', 'liveEvent/news', 202],
    ['liveEvents/start', 'liveEvent/news', 409, 'resource/wrong-state'],
    ['PUT /liveEvents/{name}', 'liveEvents/news', 400, 'request/invalid'],
    ['PATCH /assets/{name}', 'assets/My talk', 200],
    ['DELETE /assets/{name}', 'assets/none', 404, 'resource/not-found'],
  ]);
});

test('an operation that fails after it was accepted is noted again, with why', async () => {
  await using server = await openFixture();
  await server.json('PUT', '/liveEvents/news', RTMP);
  const gate = Promise.withResolvers<never>();
  Object.assign(server.services.liveEvents, { start: () => gate.promise });

  const { status } = await server.json('POST', '/liveEvents/news/start');
  gate.reject(new AppError('process/not-found', 'There is no ffmpeg.'));
  await new Promise(setImmediate);

  assert.equal(status, 202);
  assert.deepEqual(shown(await server.json<Log>('GET', '/auditLog?$top=2')), [
    ['liveEvents/start', 'liveEvent/news', 409, 'process/not-found'],
    ['liveEvents/start', 'liveEvent/news', 202],
  ]);
});

test('a call without the right token is nobody’s action', async () => {
  await using server = await openFixture();

  await server.call('PUT', '/liveEvents/news', { body: RTMP, headers: { Authorization: 'Bearer wrong' } });
  await server.call('PUT', '/nothing/news', { body: RTMP });

  assert.deepEqual((await server.json<Log>('GET', '/auditLog')).body, { value: [] });
});

test('the log says who it was, and nothing that was sent', async () => {
  await using server = await openFixture();

  await server.json('PUT', '/destinations/d', { url: 'rtmp://host/live', streamKey: 'planted-key' });
  const { body } = await server.json<Log>('GET', '/auditLog');

  assert.equal(body.value[0]?.from, '127.0.0.1');
  assert.ok(!JSON.stringify(body).includes('planted-key'));
  assert.ok(!JSON.stringify(body).includes(TOKEN));
});

test('the log is filtered, sorted and read page by page, newest first', async () => {
  await using server = await openFixture();
  for (let number = 0; number < 5; number += 1) {
    await server.json('PATCH', '/studio', { title: `${number}` });
    await server.json('DELETE', `/assets/a${number}`);
  }

  const refused = await server.json<Log>('GET', `/auditLog?$filter=${encodeURIComponent('status ge 400')}`);
  const first = await server.json<Log>('GET', '/auditLog?$top=4');
  const next = new URL(first.body.nextLink ?? '');
  const second = await server.json<Log>('GET', `${next.pathname.replace('/api/v1', '')}${next.search}`);

  assert.deepEqual(
    refused.body.value.map(({ subject }) => subject),
    ['assets/a4', 'assets/a3', 'assets/a2', 'assets/a1', 'assets/a0'],
  );
  assert.deepEqual(
    [...first.body.value, ...second.body.value].map(({ id }) => id),
    [10, 9, 8, 7, 6, 5, 4, 3],
  );
});
