import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { openLine } from '../../../src-main/core/studio/fire-drill/line.ts';
import { listen } from '../../support/free-port.ts';

/** What comes of one attempt to have an answer through the line. */
async function ask(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write('ping');
  return await answerOn(socket);
}

async function answerOn(socket: Socket): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  socket.once('data', (bytes: Buffer) => resolve(bytes.toString()));
  socket.once('error', () => resolve('broken'));
  socket.once('close', () => resolve('broken'));
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}

test('a line that is cut breaks off what goes over it and takes nothing new, until it is mended', async () => {
  await using opened = new AsyncDisposableStack();
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => socket.write('pong'));
  });
  const target = await listen(server);
  opened.defer(() => void server.close());
  const line = opened.use(await openLine(target));
  const standing = connect(line.port, '127.0.0.1');
  await once(standing, 'connect');
  const before = await ask(line.port);

  line.cut();

  assert.equal(await answerOn(standing), 'broken');
  assert.equal(await ask(line.port), 'broken');
  line.mend();
  assert.deepEqual([before, await ask(line.port)], ['pong', 'pong']);
});
