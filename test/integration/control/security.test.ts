import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';
import { test } from 'node:test';
import { openControlServer } from '../../../src-main/core/control/control-server.ts';
import { problem } from '../../../src-main/shared/api/common.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { openFixture, TOKEN } from './control-fixture.ts';

/** What comes back for bytes that `fetch` would not send, until the other side ends or `enough` has come. */
async function raw(url: string, parts: readonly (string | Buffer)[], enough = /\r\n\r\n[^]*\}$/): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let answer = '';
  const done = Promise.withResolvers<undefined>();
  socket.setEncoding('latin1').on('data', (text: string) => {
    answer += text;
    if (enough.test(answer)) {
      done.resolve(undefined);
    }
  });
  socket.on('error', () => done.resolve(undefined)).on('close', () => done.resolve(undefined));
  for (const part of parts) {
    socket.write(part);
  }
  await done.promise;
  socket.destroy();
  return answer;
}

const get = (path: string, ...headers: readonly string[]): string =>
  [`GET ${path} HTTP/1.1`, ...headers, `Authorization: Bearer ${TOKEN}`, '', ''].join('\r\n');

test('no call of the API is answered without the token', async () => {
  await using server = await openFixture();

  for (const authorization of [
    undefined,
    '',
    'Bearer',
    'Bearer wrong',
    `Bearer ${TOKEN}x`,
    `Bearer ${TOKEN.slice(1)}`,
    `Basic ${TOKEN}`,
    TOKEN,
  ]) {
    for (const path of [
      '/api/v1/studio',
      '/api/v1/openapi.json',
      '/api/v1/events',
      '/api/v1/nothing',
      '/api',
      '/api/',
    ]) {
      const response = await fetch(`${server.url}${path}`, {
        headers: authorization === undefined ? {} : { Authorization: authorization },
      });
      assert.equal(response.status, 401, `${path} with ${authorization ?? 'nothing'}`);
      assert.match(response.headers.get('www-authenticate') ?? '', /^Bearer/);
      assert.equal(problem.parse(await response.json()).code, 'request/unauthorized');
    }
  }
});

test('a token in the query is no token', async () => {
  await using server = await openFixture();

  assert.equal((await fetch(`${server.url}/api/v1/studio?token=${TOKEN}`)).status, 401);
});

test('a host name that is not this computer is refused, whatever it resolves to', async () => {
  await using server = await openFixture();
  const { port } = new URL(server.url);

  for (const host of [
    'attacker.example',
    `attacker.example:${port}`,
    '127.0.0.1.attacker.example',
    '0.0.0.0',
    'localhost.x',
    '127.0.0.1@x',
    '',
  ]) {
    for (const path of ['/api/v1/studio', '/']) {
      assert.match(await raw(server.url, [get(path, `Host: ${host}`)]), /^HTTP\/1\.1 403 /, host);
    }
  }
  assert.match(await raw(server.url, [get('/api/v1/studio')]), /^HTTP\/1\.1 400 /);
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`, 'LOCALHOST:9000', '127.0.0.1']) {
    assert.match(await raw(server.url, [get('/api/v1/studio', `Host: ${host}`)]), /^HTTP\/1\.1 200 /, host);
  }
});

test('a page of another origin is refused even with the token, and gets no permission to read', async () => {
  await using server = await openFixture();

  for (const origin of [
    'http://localhost:3000',
    'https://attacker.example',
    'null',
    server.url.replace('http', 'https'),
  ]) {
    for (const method of ['GET', 'OPTIONS']) {
      const response = await server.call(method, '/studio', { headers: { Origin: origin } });
      assert.equal(response.status, 403, origin);
      assert.equal(problem.parse(await response.json()).code, 'request/forbidden-origin');
      assert.equal(response.headers.get('access-control-allow-origin'), null);
    }
  }
  assert.equal((await server.call('GET', '/studio', { headers: { Origin: server.url } })).status, 200);
});

test('a body over a mebibyte is a 413 that the caller gets to read, announced or not', async () => {
  await using server = await openFixture();
  const body = Buffer.alloc(3 * 1024 * 1024, 32);
  const head = (length: string): string =>
    `PATCH /api/v1/studio HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TOKEN}\r\n${length}\r\n\r\n`;

  const announced = await raw(server.url, [head(`Content-Length: ${body.length}`), body]);
  const chunk = [`${body.length.toString(16)}\r\n`, body, '\r\n0\r\n\r\n'];
  const unannounced = await raw(server.url, [head('Transfer-Encoding: chunked'), ...chunk]);

  for (const answer of [announced, unannounced]) {
    assert.match(answer, /^HTTP\/1\.1 413 /);
    assert.match(answer, /"code":"request\/too-large"/);
    assert.match(answer, /connection: close/i);
  }
  assert.equal((await server.json('PATCH', '/studio', { title: 'still there' })).status, 200);
});

test('headers over 16 KiB and a request that is no HTTP end the connection', async () => {
  await using server = await openFixture();

  const large = await raw(
    server.url,
    [get('/', 'Host: localhost', `X-Large: ${'x'.repeat(20_000)}`)],
    /\r\n\r\n$/,
  );
  const garbage = await raw(server.url, ['\u0016\u0003\u0001 hello\r\n\r\n'], /\r\n\r\n$/);
  const proxy = await raw(server.url, [get('http://attacker.example/', 'Host: localhost')]);

  assert.match(large, /^HTTP\/1\.1 431 /);
  assert.match(garbage, /^HTTP\/1\.1 400 /);
  assert.match(proxy, /^HTTP\/1\.1 404 /);
});

test('a caller that sends its request too slowly is cut off', async () => {
  await using server = await openFixture({
    limits: { headersTimeoutMs: 200, requestTimeoutMs: 400, checkIntervalMs: 50 },
  });
  const started = performance.now();

  const head = await raw(server.url, ['GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: '], /never/);
  const body = await raw(
    server.url,
    [
      `PATCH /api/v1/studio HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Length: 9\r\n\r\n{`,
    ],
    /never/,
  );

  assert.match(head, /^HTTP\/1\.1 408 /);
  assert.match(body, /^HTTP\/1\.1 408 /);
  assert(performance.now() - started < 5000);
});

test('every answer says that it is nothing else than it says, and is for no other page', async () => {
  await using server = await openFixture();

  for (const path of ['/', '/nothing.js', '/api/v1/studio', '/api/v1/none', '/api/v1/metrics']) {
    const { headers } = await fetch(`${server.url}${path}`, { headers: { Authorization: `Bearer ${TOKEN}` } });
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
    assert.equal(headers.get('x-frame-options'), 'DENY', path);
    assert.equal(headers.get('referrer-policy'), 'no-referrer', path);
    assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin', path);
    assert.equal(headers.get('access-control-allow-origin'), null, path);
  }
});

test('nothing answers at addresses that others have, and what is said there tells nothing', async () => {
  await using server = await openFixture();
  const probes = [
    ...[
      '/.env',
      '/.git/config',
      '/control-token',
      '/content-keys',
      '/settings.json',
      '/package.json',
      '/etc/passwd',
    ],
    ...['/admin', '/metrics', '/api/v2/studio', '/api/v1', '/api/v1/', '/api/v1/nothing', '/API/v1/studio'],
    ...[
      '/api/v1/../../control-token',
      '/api/v1/..%2f..%2fcontrol-token',
      '/..%2f..%2fcontrol-token',
      '/%2e%2e/control-token',
    ],
    ...[
      '/..%5ccontrol-token',
      '/%252e%252e%252fcontrol-token',
      '/assets/..%2f..%2fpackage.json',
      '/%00',
      '/index.html%00.js',
    ],
    ...['/api/v1/liveEvents/..%2fsettings', '/api/v1/liveEvents/a%00b', '/keydelivery/', '/watch/x', '/time'],
  ];

  for (const probe of probes) {
    for (const method of ['GET', 'POST', 'DELETE']) {
      const answer = await raw(
        server.url,
        [get(probe, 'Host: localhost', 'Connection: close').replace('GET', method)],
        /$^/,
      );
      assert.match(answer, /^HTTP\/1\.1 40[0345] /, `${method} ${probe}: ${answer.slice(0, 200)}`);
      assert.doesNotMatch(answer, new RegExp(`${TOKEN}|root:|node_modules|\\.ts:\\d`), `${method} ${probe}`);
    }
  }
});

test('a port that is taken is a clear error that names port and setting', async () => {
  await using server = await openFixture();
  const port = Number(new URL(server.url).port);

  await assert.rejects(openFixture({ port }), (error) => {
    assert(error instanceof AppError);
    assert.equal(error.code, 'service/port-taken');
    assert(error.message.includes(String(port)) && error.message.includes('network.controlPort'));
    assert.deepEqual(error.details['port'], port);
    return true;
  });
});

test('the server listens on loopback only', async () => {
  await using server = await openFixture();

  assert.equal(new URL(server.url).hostname, '127.0.0.1');
  // Compiles only as long as nothing else can be asked for.
  const host: Parameters<typeof openControlServer>[0]['host'] = '127.0.0.1';
  assert.equal(host, '127.0.0.1');
});

test('closing ends streams, idle and stuck connections within a second and a half, and twice does no harm', async () => {
  const server = await openFixture();
  const events = await server.call('GET', '/events');
  const preview = await server.call('GET', '/studio/preview');
  const stuck = connect(Number(new URL(server.url).port), '127.0.0.1');
  stuck.write('GET / HTTP/1.1\r\nHost: localhost\r\n');
  await once(stuck, 'connect');
  assert.equal(server.services.previews.size, 1);
  const started = performance.now();

  await Promise.all([server[Symbol.asyncDispose](), server[Symbol.asyncDispose]()]);

  assert(performance.now() - started < 1500);
  assert.equal(server.services.previews.size, 0);
  assert.match(await events.text(), /^retry: /);
  assert.equal((await preview.arrayBuffer()).byteLength, 0);
  await assert.rejects(server.call('GET', '/studio'));
});

test('closing lets an answer in progress come to its end', async () => {
  const server = await openFixture();
  await server.json('PUT', '/liveEvents/a', { input: { streamingProtocol: 'Studio' } });
  server.services.hold();
  const starting = server.json('POST', '/liveEvents/a/start?wait=PT10S');
  while (server.services.liveEvents.get('a').resourceState !== 'Starting') {
    await new Promise((resolve) => setImmediate(resolve));
  }

  const closed = server[Symbol.asyncDispose]();
  server.services.release();

  assert.equal((await starting).status, 200);
  await closed;
});
