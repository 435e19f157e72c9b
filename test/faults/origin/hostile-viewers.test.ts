import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import type { Answer } from '../../../src-main/core/ports/packaging.ts';
import { fakeDocument, fakeGrowing, fakeNotYet } from '../../support/fake-packager.ts';
import { ask, openTestOrigin, streamPath, type TestOrigin, talk, until } from '../../support/open-test-origin.ts';

const MIB = 1024 * 1024;

/** More than the buffers of both kernels take. */
const SEGMENT_BYTES = 16 * MIB;

function segment(bytes: Uint8Array): Answer {
  const chunks = Array.from({ length: 16 }, (_, index) => {
    const step = bytes.length / 16;
    return bytes.subarray(index * step, (index + 1) * step);
  });
  return {
    kind: 'media',
    contentType: 'video/mp4',
    version: 'm1',
    madeAtMs: 0,
    size: bytes.length,
    chunks,
    lifetime: 'immutable',
  };
}

function get(path: string, ...more: readonly string[]): string {
  return `${[`GET ${path} HTTP/1.1`, 'Host: x', ...more].join('\r\n')}\r\n\r\n`;
}

/** Viewers that ask and then never read. */
function deafViewers(context: TestContext, { origin }: TestOrigin, count: number, path: string) {
  const viewers = Array.from({ length: count }, () => {
    const { socket, said } = talk(origin, get(path));
    socket.pause();
    return { socket, said };
  });
  context.after(() => {
    for (const { socket } of viewers) {
      socket.destroy();
    }
  });
  return viewers;
}

test('a viewer that never reads is cut, and what it was sent is let go', async (context) => {
  const opened = await openTestOrigin(context, { limits: { stallMs: 300 } });
  const { origin, answers } = opened;
  answers.set('s', segment(randomBytes(SEGMENT_BYTES)));

  deafViewers(context, opened, 3, streamPath('s'));

  await until(() => origin.metrics().inFlightBytes === SEGMENT_BYTES, 'one shared segment is in flight');
  await until(() => origin.metrics().slowCut === 3, 'all three are cut');
  await until(() => origin.metrics().connections === 0, 'their connections are gone');
  assert.equal(origin.metrics().inFlightBytes, 0);
});

test('viewers that cling to different media never hold more memory than the limit', async (context) => {
  const limit = 4 * SEGMENT_BYTES;
  const opened = await openTestOrigin(context, {
    limits: { inFlightBytes: limit, slowAfterMs: 50, stallMs: 60_000 },
  });
  const { origin, answers } = opened;
  // As for old segments read from disk: each request has bytes of its own.
  answers.set('s', () => segment(Buffer.allocUnsafeSlow(SEGMENT_BYTES).fill(1)));
  const before = process.memoryUsage().rss;
  let peak = 0;

  for (let round = 0; round < 8; round += 1) {
    deafViewers(context, opened, 4, streamPath('s'));
    await until(() => origin.metrics().requests === (round + 1) * 4, 'all of the round have asked');
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.ok(origin.metrics().inFlightBytes <= limit);
    peak = Math.max(peak, process.memoryUsage().rss - before);
  }

  // 32 × 16 MiB were asked for. What is cut is freed when the collector comes by, so the bound has room for that.
  assert.ok(peak < 400 * MIB, `grew by ${Math.round(peak / MIB)} MiB`);
  assert.ok(origin.metrics().slowCut >= 24, `${origin.metrics().slowCut} cut`);
  const healthy = await ask(origin, streamPath('s'));
  assert.deepEqual([healthy.status, healthy.body.length], [200, SEGMENT_BYTES]);
});

test('viewers are not cut for others before they have had their time', async (context) => {
  const opened = await openTestOrigin(context, {
    limits: { inFlightBytes: SEGMENT_BYTES, slowAfterMs: 60_000, stallMs: 60_000 },
  });
  const { origin, answers } = opened;
  answers.set('s', () => segment(Buffer.allocUnsafeSlow(SEGMENT_BYTES).fill(1)));
  deafViewers(context, opened, 1, streamPath('s'));
  await until(() => origin.metrics().inFlightBytes === SEGMENT_BYTES, 'the first is being sent');

  const second = await ask(origin, streamPath('s'));

  assert.deepEqual(
    [second.status, second.headers['x-ms-error-code'], second.headers['retry-after']],
    [503, 'origin/busy', '1'],
  );
  assert.equal(origin.metrics().slowCut, 0);
});

test('a slow reader of a growing segment holds one chunk of it', async (context) => {
  const opened = await openTestOrigin(context, { limits: { stallMs: 500 } });
  const { origin, answers } = opened;
  const growing = fakeGrowing();
  answers.set('g', growing.answer);
  const [viewer] = deafViewers(context, opened, 1, streamPath('g'));
  await until(() => growing.changed.listenerCount() === 1, 'it is being sent');
  for (let index = 0; index < 64; index += 1) {
    growing.push(Buffer.alloc(MIB));
  }

  await until(() => origin.metrics().slowCut === 1, 'it is cut');

  assert.ok(viewer !== undefined);
  await until(() => growing.changed.listenerCount() === 0, 'nobody listens to the segment any more');
  assert.ok(origin.metrics().bytes < 32 * MIB, 'most of it was never handed to the connection');
});

test('a thousand requests wait at once and are all answered', async (context) => {
  const { origin, answers } = await openTestOrigin(context);
  const part = fakeNotYet();
  answers.set('p', part.answer);
  const waiting = Array.from({ length: 1000 }, () => ask(origin, streamPath('p')));
  await until(() => origin.metrics().held === 1000, 'all are held');

  part.arrive({ kind: 'manifest', document: fakeDocument('now'), lifetime: 0 });

  const replies = await Promise.all(waiting);
  assert.ok(replies.every(({ status, body }) => status === 200 && body.toString() === 'now'));
  assert.deepEqual([origin.metrics().held, part.changed.listenerCount()], [0, 0]);
});

test('viewers that go away while they wait leave nothing behind', async (context) => {
  const { origin, answers } = await openTestOrigin(context);
  const part = fakeNotYet();
  const growing = fakeGrowing();
  answers.set('p', part.answer).set('g', growing.answer);
  const given = new AbortController();
  const asked = ['p', 'p', 'g', 'g'].map((name) => ask(origin, streamPath(name), { signal: given.signal }));
  await until(() => origin.metrics().held === 2 && growing.changed.listenerCount() === 2, 'all four wait');

  given.abort();

  await Promise.allSettled(asked);
  await until(() => origin.metrics().held === 0, 'nothing is held');
  await until(() => origin.metrics().connections === 0, 'the connections are gone');
  assert.deepEqual([part.changed.listenerCount(), growing.changed.listenerCount()], [0, 0]);
  assert.equal(origin.metrics().failures, 0);
});

test('a viewer that breaks off in the middle of a segment costs nothing further', async (context) => {
  const { origin, answers } = await openTestOrigin(context);
  answers.set('s', segment(randomBytes(SEGMENT_BYTES)));
  const { socket, said } = talk(origin, get(streamPath('s')));
  socket.once('data', () => socket.resetAndDestroy());

  await said;

  await until(() => origin.metrics().connections === 0, 'the connection is gone');
  assert.deepEqual([origin.metrics().inFlightBytes, origin.metrics().failures], [0, 0]);
  assert.equal((await ask(origin, streamPath('s'))).body.length, SEGMENT_BYTES);
});

test('garbage is answered 400 and the connection ended', async (context) => {
  const { origin } = await openTestOrigin(context);
  const garbage: readonly (string | Uint8Array)[] = [
    'hello\r\n\r\n',
    Uint8Array.of(0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03),
    'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    'GET / HTTP/1.1\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n',
    'GET /\u0000 HTTP/1.1\r\nHost: x\r\n\r\n',
  ];
  for (const text of garbage) {
    const said = await talk(origin, text).said;
    assert.match(said, /^HTTP\/1\.1 400 /, JSON.stringify(text));
  }
  const flood = await talk(origin, `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(64 * 1024)}\r\n\r\n`).said;
  assert.match(flood, /^HTTP\/1\.1 431 /);
  assert.equal((await ask(origin, '/time')).status, 200);
});

test('who is slow to say what it wants is sent away', async (context) => {
  const { origin } = await openTestOrigin(context, { limits: { headersTimeoutMs: 200, checkIntervalMs: 50 } });

  const silent = talk(origin, '');
  const dripping = talk(origin, 'GET /time HTTP/1.1\r\nHost: x\r\n');
  const drip = setInterval(() => dripping.socket.write('X: y\r\n'), 50);
  context.after(() => clearInterval(drip));

  assert.match(await silent.said, /^(?:HTTP\/1\.1 408 .*|)/s);
  assert.match(await dripping.said, /^HTTP\/1\.1 408 /);
});

test('a body that nobody asked for ends the connection after the answer', async (context) => {
  const { origin } = await openTestOrigin(context);

  const said = await talk(
    origin,
    `GET /time HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n${'x'.repeat(1000)}`,
  ).said;

  assert.match(said, /^HTTP\/1\.1 200 OK/);
  assert.match(said, /Connection: close/);
});

test('requests sent ahead on one connection are answered in their order', async (context) => {
  const { origin, answers } = await openTestOrigin(context);
  const part = fakeNotYet();
  answers.set('p', part.answer);
  answers.set('manifest', { kind: 'manifest', document: fakeDocument('second'), lifetime: 0 });
  const ahead = talk(origin, get(streamPath('p')) + get(streamPath('manifest'), 'Connection: close'));
  await until(() => origin.metrics().held === 1, 'the first is held');
  assert.equal(origin.metrics().requests, 1);

  part.arrive({ kind: 'manifest', document: fakeDocument('first'), lifetime: 0 });

  assert.match(await ahead.said, /first.*second$/s);
});

test('a flood of requests sent ahead ends the connection', async (context) => {
  const { origin, answers } = await openTestOrigin(context);
  answers.set('p', fakeNotYet().answer);

  const flood = talk(origin, get(streamPath('p')).repeat(500));

  await flood.said;
  await until(() => origin.metrics().held === 0, 'nothing is held');
  assert.equal(origin.metrics().requests, 1);
});

test('one address cannot take all connections', async (context) => {
  const { origin } = await openTestOrigin(context, { limits: { connectionsPerAddress: 3 } });
  const first = Array.from({ length: 3 }, () => talk(origin, get('/time')));
  await until(() => origin.metrics().requests === 3, 'three are connected');

  const fourth = await talk(origin, get('/time')).said;

  assert.equal(fourth, '');
  assert.equal(origin.metrics().connectionsRefused, 1);
  for (const { socket } of first) {
    socket.destroy();
  }
  await until(() => origin.metrics().connections === 0, 'the places are free again');
  assert.equal((await ask(origin, '/time')).status, 200);
});
