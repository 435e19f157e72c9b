import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UNTREATED } from '../../../../src-main/shared/sound-limits.ts';
import { createApi, fillPath } from '../../../../src-renderer/api/client.ts';
import { ApiError } from '../../../../src-renderer/api/problem.ts';
import { createServerTime } from '../../../../src-renderer/api/server-time.ts';

type Sent = { readonly url: string; readonly init: RequestInit };

function apiAnswering(...responses: (Response | Error)[]) {
  const sent: Sent[] = [];
  const api = createApi({
    access: { baseUrl: 'http://here', token: 'secret' },
    nowMs: () => 0,
    serverTime: createServerTime(),
    fetch(url, init) {
      sent.push({ url, init });
      const next = responses.shift() ?? new Error('nothing left to answer');
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
    },
  });
  return { api, sent };
}

function json(value: unknown, status = 200): Response {
  return new Response(JSON.stringify(value), { status, headers: { 'Content-Type': 'application/json' } });
}

const operation = {
  id: '7',
  action: 'streamingEndpoints/stop',
  subject: 'default',
  startTime: '2026-01-01T00:00:00Z',
};
const endpoint = {
  name: 'default',
  description: '',
  resourceState: 'Stopped',
  hostName: 'x',
  port: 8480,
  urls: ['http://x:8480'],
  customHostNames: [],
  viewers: 0,
  egressBitrate: 0,
};

async function problemOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    assert(error instanceof ApiError);
    return error.problem.code;
  }
  return assert.fail('nothing was thrown');
}

test('a service that cannot be reached is told apart from one that refuses', async () => {
  const { api } = apiAnswering(
    new TypeError('fetch failed'),
    json({ type: 'x', title: 'x', status: 409, detail: 'No.', code: 'live/no-source' }, 409),
  );

  assert.equal(await problemOf(api.call('goLive')), 'page/unreachable');
  assert.equal(await problemOf(api.call('goLive')), 'live/no-source');
});

test('an error without a problem document still becomes a problem', async () => {
  const { api } = apiAnswering(new Response('<h1>Bad gateway</h1>', { status: 502 }));

  assert.equal(await problemOf(api.call('getStudio')), 'page/bad-answer');
});

test('an answer of another shape than agreed is refused', async () => {
  const { api } = apiAnswering(json({ phase: 'flying' }));

  assert.equal(await problemOf(api.call('getStudio')), 'page/bad-answer');
});

test('a call without a token asks nobody', async () => {
  const api = createApi({
    access: { baseUrl: '', token: undefined },
    nowMs: () => 0,
    serverTime: createServerTime(),
    fetch: () => assert.fail('asked without a token'),
  });

  assert.equal(await problemOf(api.call('getStudio')), 'page/no-token');
});

test('an aborted call throws the reason of its signal, not a problem', async () => {
  const { api } = apiAnswering(new TypeError('aborted'));
  const reason = new Error('the person left');

  await assert.rejects(api.call('getStudio', { signal: AbortSignal.abort(reason) }), reason);
});

test('a call sends its method, its path, its query, its body and the token', async () => {
  const { api, sent } = apiAnswering(
    json({ id: 'mic', label: 'Mic', gainDb: 1, muted: true, ...UNTREATED, separateTrack: 'off' }),
    json({ value: [] }),
  );

  await api.call('patchAudio', { params: { input: 'mic' }, body: { muted: true } });
  await api.call('listAssets', { query: { $top: 5, search: 'a b', $filter: undefined } });

  assert.deepEqual(
    sent.map(({ url, init }) => [init.method, url, init.body, new Headers(init.headers).get('Authorization')]),
    [
      ['PATCH', 'http://here/api/v1/studio/audio/mic', '{"muted":true}', 'Bearer secret'],
      ['GET', 'http://here/api/v1/assets?%24top=5&search=a+b', undefined, 'Bearer secret'],
    ],
  );
});

test('a long operation is waited for and gives what it made', async () => {
  const { api, sent } = apiAnswering(
    json({ ...operation, status: 'InProgress' }, 202),
    json({ ...operation, status: 'Succeeded', result: '/api/v1/streamingEndpoints/default' }),
    json(endpoint),
  );

  assert.deepEqual(await api.call('stopEndpoint', { params: { name: 'default' } }), endpoint);
  assert.deepEqual(
    sent.map(({ url }) => url),
    [
      'http://here/api/v1/streamingEndpoints/default/stop?wait=PT30S',
      'http://here/api/v1/operations/7?wait=PT30S',
      'http://here/api/v1/streamingEndpoints/default',
    ],
  );
});

test('a long operation that fails throws its own problem', async () => {
  const error = { type: 'x', title: 'x', status: 409, detail: 'No.', code: 'resource/busy' };
  const { api } = apiAnswering(json({ ...operation, status: 'Failed', error }, 202));

  assert.equal(await problemOf(api.call('stopEndpoint', { params: { name: 'default' } })), 'resource/busy');
});

test('names in a path are encoded', () => {
  assert.equal(
    fillPath('/assets/{name}/exports/{id}', { name: 'a/b ü', id: '1' }),
    '/assets/a%2Fb%20%C3%BC/exports/1',
  );
});
