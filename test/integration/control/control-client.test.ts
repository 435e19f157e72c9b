import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { createControlClient } from '../../../src-main/core/control/client/control-client.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
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
