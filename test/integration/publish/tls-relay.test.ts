import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { openTlsRelay } from '../../../src-main/core/publish/tls-relay.ts';
import { listen } from '../../support/free-port.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { startTlsFront, type TlsFront } from '../../support/tls-front.ts';

const skip = missingPrograms('openssl');
const opened = new AsyncDisposableStack();
let front: TlsFront;
let authority: string;

before(async () => {
  if (skip !== false) {
    return;
  }
  const echo = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  const port = await listen(echo);
  opened.defer(() => void echo.close());
  front = opened.use(await startTlsFront(port));
  authority = await readFile(front.certificatePath, 'utf8');
});
after(async () => await opened.disposeAsync());

/** What comes back for what is sent, or what the relay says of why nothing does. */
async function say(url: string, authorities: readonly string[], words = 'hello'): Promise<string | undefined> {
  using relay = await openTlsRelay({ url, authorities });
  const socket = connect(relay.port, '127.0.0.1');
  socket.on('error', () => undefined);
  let heard = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    heard += text;
    if (heard.length >= words.length) {
      socket.end();
    }
  });
  socket.write(words);
  await closed(socket);
  return relay.failure()?.code ?? heard;
}

/** `once` would reject with the error that comes before. */
async function closed(socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  socket.once('close', () => resolve(undefined));
  await promise;
}

test('what is sent arrives, and the answer comes back', { skip }, async () => {
  assert.equal(
    await say(`rtmps://localhost:${front.port}/app`, [authority], 'x'.repeat(200_000)),
    'x'.repeat(200_000),
  );
});

test('a good certificate of another name is not good: nobody in between is given the key', { skip }, async () => {
  assert.equal(await say(`rtmps://127.0.0.1:${front.port}/app`, [authority]), 'publish/tls');
});

test('a certificate that nobody trusts is not good', { skip }, async () => {
  assert.equal(await say(`rtmps://localhost:${front.port}/app`, []), 'publish/tls');
});

test('a server without TLS is not spoken to', { skip }, async () => {
  const plain = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end('I speak no TLS');
  });
  const port = await listen(plain);
  try {
    assert.equal(await say(`rtmps://localhost:${port}/app`, [authority]), 'publish/tls');
  } finally {
    plain.close();
  }
});

test('a server that does not answer and a name that nobody has are told apart', { skip }, async () => {
  assert.equal(await say('rtmps://localhost:1/app', []), 'publish/unreachable');
  assert.equal(await say('rtmps://nobody.invalid/app', []), 'publish/dns');
});

test('only one connection is taken, and none after the end', { skip }, async () => {
  const relay = await openTlsRelay({ url: `rtmps://localhost:${front.port}/app`, authorities: [authority] });
  const first = connect(relay.port, '127.0.0.1');
  first.on('error', () => undefined);
  first.write('hello');
  await once(first, 'data');

  const second = connect(relay.port, '127.0.0.1');
  const { promise, resolve } = Promise.withResolvers<Error>();
  second.once('error', resolve);
  const error = await promise;
  assert.match(String(error), /ECONNREFUSED|ECONNRESET/);

  relay[Symbol.dispose]();
  await closed(first);
});
