import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import { after, test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { systemClock } from '../../../src-main/base/clock.ts';
import { openSrtListener } from '../../../src-main/core/ingest/transport-stream/srt/listener.ts';
import { reachDestination } from '../../../src-main/core/publish/reach.ts';
import { testCertificate } from '../../support/test-certificate.ts';

const clock = systemClock();
const servers: Server[] = [];
const sockets = new Set<Socket>();

after(() => {
  for (const socket of sockets) {
    socket.destroy();
  }
  for (const server of servers) {
    server.close();
  }
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  const { promise, resolve } = Promise.withResolvers<undefined>();
  server.listen(0, '127.0.0.1', () => resolve(undefined));
  await promise;
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function reach(url: string, authorities: readonly string[] = [], signal?: AbortSignal): Promise<number> {
  return await reachDestination({
    url,
    authorities: () => authorities,
    clock,
    signal: signal ?? new AbortController().signal,
  });
}

/** Greets as an RTMP server does, and keeps what it was sent. */
function greeter(heard: Buffer[]): (socket: Socket) => void {
  return (socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => heard.push(bytes));
    socket.once('data', () => {
      const greeting = Buffer.alloc(1 + 1536, 7);
      greeting[0] = 3;
      socket.write(greeting.subarray(0, 700));
      socket.write(greeting.subarray(700));
    });
  };
}

test('an RTMP server is greeted, and hears of no application, no stream and no key', async () => {
  const heard: Buffer[] = [];
  const port = await listen(createServer(greeter(heard)));

  const milliseconds = await reach(`rtmp://127.0.0.1:${port}/live?secret=1`);

  assert.ok(milliseconds > 0 && milliseconds < 5000);
  const sent = Buffer.concat(heard);
  assert.equal(sent.length, 1537);
  assert.equal(sent[0], 3);
  assert.equal(sent.includes('live'), false);
});

test('over TLS the server has to prove who it is', async () => {
  const heard: Buffer[] = [];
  const { cert, key } = await testCertificate();
  const port = await listen(createTlsServer({ cert, key }, greeter(heard)));

  await assert.rejects(reach(`rtmps://localhost:${port}/live`), { code: 'publish/tls' });
  assert.equal(heard.length, 0);
  await reach(`rtmps://localhost:${port}/live`, [cert]);

  assert.equal(Buffer.concat(heard).length, 1537);
});

test('who does not answer, is not known, hangs up or speaks something else is told apart', async () => {
  const closed = createServer();
  const closedPort = await listen(closed);
  closed.close();
  const hangsUp = await listen(createServer((socket) => socket.destroy()));
  const speaksHttp = await listen(createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));

  await assert.rejects(reach(`rtmp://127.0.0.1:${closedPort}/live`), { code: 'publish/unreachable' });
  await assert.rejects(reach('rtmp://no-such-host.invalid/live'), { code: 'publish/dns' });
  await assert.rejects(reach(`rtmp://127.0.0.1:${hangsUp}/live`), { code: 'publish/connection-lost' });
  await assert.rejects(reach(`rtmp://127.0.0.1:${speaksHttp}/live`), { code: 'publish/protocol' });
});

test('one that takes the connection and says nothing is let go when it is no longer wanted', async () => {
  const port = await listen(createServer());
  const stop = new AbortController();

  const reached = reach(`rtmp://127.0.0.1:${port}/live`, [], stop.signal);
  stop.abort(new Error('enough'));

  await assert.rejects(reached, { message: 'enough' });
});

test('an SRT listener is asked for its cookie, and hears of no caller and no stream id', async () => {
  let calls = 0;
  await using listener = await openSrtListener({
    host: '127.0.0.1',
    port: 0,
    clock,
    onCall() {
      calls += 1;
      throw new Error('nobody is to call');
    },
  });

  const milliseconds = await reach(`srt://127.0.0.1:${listener.port}`);

  assert.ok(milliseconds > 0 && milliseconds < 5000);
  assert.equal(calls, 0);
});

test('an SRT address where nobody listens is asked until it is no longer wanted', async () => {
  const silent = createSocket('udp4');
  let asked = 0;
  const stop = new AbortController();
  silent.on('message', () => {
    asked += 1;
    if (asked === 2) {
      stop.abort(new Error('enough'));
    }
  });
  const { promise, resolve } = Promise.withResolvers<undefined>();
  silent.bind(0, '127.0.0.1', () => resolve(undefined));
  await promise;

  await assert.rejects(reach(`srt://127.0.0.1:${silent.address().port}`, [], stop.signal), { message: 'enough' });
  await assert.rejects(reach('srt://no-such-host.invalid:9000'), { code: 'publish/dns' });
  silent.close();

  assert.equal(asked, 2);
});
