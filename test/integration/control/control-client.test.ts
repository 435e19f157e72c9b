import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { createControlClient } from '../../../src-main/core/control/client/control-client.ts';
import type { LiveEvent } from '../../../src-main/shared/api/live-events.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { createFakeServices } from '../../support/fake-services.ts';
import { openFixture, TOKEN } from './control-fixture.ts';

/** Something that listens where Lectern once did. */
async function openStranger(status: number, body: string) {
  const server = createServer((_request, response) => response.writeHead(status).end(body)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    controlUrl: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

test('what the service refuses comes out of the client with its code, its words and its facts', async () => {
  await using server = await openFixture();
  const client = createControlClient({ controlUrl: server.url, token: TOKEN });

  await assert.rejects(client.call('getAsset', { params: { name: 'Käse & more' } }), (error) => {
    assert(error instanceof AppError);
    assert.deepEqual(
      [error.code, error.message, error.details],
      ['resource/not-found', 'There is nothing of that name, and nothing could have it.', {}],
    );
    return true;
  });
  await assert.rejects(client.call('getAsset', { params: { name: 'Käse' } }), (error) => {
    assert(error instanceof AppError);
    assert.deepEqual([error.message, error.details], ['There is no asset Käse.', { name: 'Käse' }]);
    return true;
  });
});

for (const [what, status, body] of [
  ['a page', 200, '<html></html>'],
  ['JSON of another kind', 200, '{"phase":"singing"}'],
  ['an error that is no problem document', 500, 'oops'],
  [
    'a problem with a code of a later version',
    409,
    '{"type":"x","title":"x","status":409,"detail":"x","code":"later/one"}',
  ],
] as const) {
  test(`${what} is not taken for an answer of this version`, async () => {
    await using stranger = await openStranger(status, body);
    const client = createControlClient({ controlUrl: stranger.controlUrl, token: TOKEN });

    await assert.rejects(
      client.call('getStudio', {}),
      (error) =>
        error instanceof AppError &&
        error.code === 'service/internal' &&
        error.message.includes('another version'),
    );
  });
}

test('a long operation is followed to its end, and its outcome given', async () => {
  await using server = await openFixture();
  const client = createControlClient({ controlUrl: server.url, token: TOKEN });
  await server.json('PUT', '/liveEvents/news', { input: { streamingProtocol: 'RTMP' } });

  const started = await client.call('startLiveEvent', { params: { name: 'news' } });
  const waited = await client.call('stopLiveEvent', {
    params: { name: 'news' },
    body: {},
    query: { wait: 'PT5S' },
  });
  await client.call('deleteLiveEvent', { params: { name: 'news' } });

  assert.deepEqual([started.name, started.resourceState], ['news', 'Running']);
  assert.equal(waited.resourceState, 'Stopped');
  assert.equal((await server.json('GET', '/liveEvents/news')).status, 404);
});

test('a long operation that fails after it was begun fails the call, with its code and its words', async () => {
  const fake = createFakeServices();
  const failed = Promise.withResolvers<LiveEvent>();
  let waits = 0;
  const services = {
    ...fake,
    liveEvents: { ...fake.liveEvents, start: () => failed.promise },
    operations: {
      ...fake.operations,
      wait(id: string, timeoutMs: number) {
        waits += 1;
        // Of the event that is made, of the answer that it is started, and asked for.
        if (waits === 3) {
          failed.reject(new AppError('live/encoder-no-output', 'The encoder gives nothing.'));
        }
        return fake.operations.wait(id, timeoutMs);
      },
    },
  };
  await using server = await openFixture({ services });
  const client = createControlClient({ controlUrl: server.url, token: TOKEN });
  await server.json('PUT', '/liveEvents/news', { input: { streamingProtocol: 'RTMP' } });

  await assert.rejects(client.call('startLiveEvent', { params: { name: 'news' } }), {
    code: 'live/encoder-no-output',
    message: 'The encoder gives nothing.',
  });
});
