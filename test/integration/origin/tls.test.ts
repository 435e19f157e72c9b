import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { type TLSSocket, connect as tlsConnect } from 'node:tls';
import type { OriginLimits } from '../../../src-main/core/origin/limits.ts';
import type { Answer } from '../../../src-main/core/ports/packaging.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { fakeDocument, fakeGrowing, fakeNotYet, fakePublication, LOCATOR } from '../../support/fake-packager.ts';
import { type Http2Viewer, http2Viewer } from '../../support/http2-viewer.ts';
import { openTestOrigin, type Reply, streamPath, type TestOrigin, until } from '../../support/open-test-origin.ts';
import { type TestCertificate, testCertificate } from '../../support/test-certificate.ts';

const MIB = 1024 * 1024;
const certificate = await testCertificate();
const words = { details: {}, cure: '' };

type SecureOrigin = TestOrigin & { readonly viewer: Http2Viewer; readonly port: number };

async function openSecure(
  context: TestContext,
  options: Parameters<typeof openTestOrigin>[1] = {},
): Promise<SecureOrigin> {
  const opened = await openTestOrigin(context, options);
  await opened.origin.setTls({ ...certificate, port: 0, portWords: words });
  const port = opened.origin.tlsPort() ?? 0;
  return { ...opened, port, viewer: http2Viewer(context, port, { ca: certificate.cert }) };
}

function media(bytes: Uint8Array): Answer {
  const half = bytes.length >> 1;
  return {
    kind: 'media',
    contentType: 'video/mp4',
    version: 'm1',
    madeAtMs: 0,
    size: bytes.length,
    chunks: [bytes.subarray(0, half), bytes.subarray(half)],
    lifetime: 'immutable',
  };
}

/** A connection with HTTP/1.1 over TLS that says exactly `text`. */
async function talkTls(context: TestContext, port: number, text: string): Promise<TLSSocket> {
  const socket = tlsConnect({ port, host: '127.0.0.1', servername: 'localhost', ca: certificate.cert });
  socket.on('error', () => undefined);
  context.after(() => socket.destroy());
  await once(socket, 'secureConnect');
  socket.write(text);
  return socket;
}

function nextPart(stream: Readable): Promise<Buffer> {
  return new Promise((resolve) => stream.once('data', (part: Buffer) => resolve(part)));
}

function closed(socket: TLSSocket): Promise<unknown> {
  return new Promise((resolve) => socket.once('close', resolve));
}

test('manifests, segments, ranges and conditions are over HTTP/2 what they are over HTTP/1.1', async (context) => {
  const { answers, viewer } = await openSecure(context);
  answers.set('manifest', { kind: 'manifest', document: fakeDocument('#EXTM3U\n'), lifetime: 2 });
  answers.set('s', media(Buffer.from('0123456789')));

  const manifest = await viewer.ask(streamPath('manifest'), { headers: { 'accept-encoding': 'gzip' } });
  const segment = await viewer.ask(streamPath('s'));
  const range = await viewer.ask(streamPath('s'), { headers: { range: 'bytes=2-6' } });
  const beyond = await viewer.ask(streamPath('s'), { headers: { range: 'bytes=99-' } });
  const same = await viewer.ask(streamPath('s'), { headers: { 'if-none-match': '"m1"' } });
  const missing = await viewer.ask(streamPath('none'));
  const options = await viewer.ask(streamPath('s'), { method: 'OPTIONS' });
  const post = await viewer.ask(streamPath('s'), { method: 'POST', body: 'x'.repeat(100_000) });

  assert.deepEqual([manifest.status, manifest.headers['content-encoding']], [200, 'gzip']);
  assert.deepEqual([segment.status, segment.body.toString()], [200, '0123456789']);
  assert.equal(segment.headers['content-length'], '10');
  assert.deepEqual(
    [range.status, range.headers['content-range'], range.body.toString()],
    [206, 'bytes 2-6/10', '23456'],
  );
  assert.deepEqual([beyond.status, beyond.headers['content-range']], [416, 'bytes */10']);
  assert.deepEqual([same.status, same.body.length], [304, 0]);
  assert.deepEqual(
    [missing.status, missing.headers['x-ms-error-code']],
    [404, 'MPE_FRAGMENT_TIMESTAMP_NOT_FOUND'],
  );
  assert.deepEqual([options.status, options.headers['access-control-allow-origin']], [204, '*']);
  assert.deepEqual([post.status, post.headers.allow], [405, 'GET, HEAD, OPTIONS']);
});

test('HEAD over HTTP/2 says what GET would, and sends nothing', async (context) => {
  const { answers, viewer } = await openSecure(context);
  answers.set('manifest', { kind: 'manifest', document: fakeDocument('#EXTM3U\n'), lifetime: 2 });
  answers.set('s', media(Buffer.from('0123456789')));

  for (const path of [streamPath('manifest'), streamPath('s'), '/time', streamPath('none')]) {
    const get = await viewer.ask(path);
    const head = await viewer.ask(path, { method: 'HEAD' });
    assert.deepEqual(
      [head.status, head.headers['content-length'], head.headers['content-type'], head.body.length, head.isCut],
      [get.status, get.headers['content-length'], get.headers['content-type'], 0, false],
      path,
    );
  }
});

test('a growing segment arrives over HTTP/2 as it grows, and one that breaks off is not taken for complete', async (context) => {
  const { answers, viewer, origin } = await openSecure(context, { limits: { growthMs: 300 } });
  const segment = fakeGrowing();
  answers.set('g', segment.answer);
  segment.push(Buffer.from('first '));

  const stream = viewer.open(streamPath('g'));
  const first = await nextPart(stream);
  segment.push(Buffer.from('second'));
  const second = await nextPart(stream);
  segment.end();
  await once(stream, 'end');

  assert.deepEqual([first.toString(), second.toString()], ['first ', 'second']);
  const stuck = fakeGrowing();
  answers.set('stuck', stuck.answer);
  stuck.push(Buffer.from('half of it'));
  const broken = await viewer.ask(streamPath('stuck'));
  assert.deepEqual([broken.body.toString(), broken.isCut, broken.resetCode], ['half of it', true, 2]);
  assert.equal(stuck.changed.listenerCount(), 0);
  assert.equal(origin.metrics().failures, 0);
});

test('requests of one connection wait side by side, and who goes away leaves nothing behind', async (context) => {
  const { answers, viewer, origin } = await openSecure(context);
  const part = fakeNotYet();
  answers.set('p', part.answer).set('s', media(Buffer.from('0123456789')));
  const waiting = [viewer.ask(streamPath('p')), viewer.ask(streamPath('p'))];
  const gone = viewer.open(streamPath('p'));
  await until(() => origin.metrics().held === 3, 'three wait');

  gone.close(8);
  await until(() => origin.metrics().held === 2, 'the one that went away waits no longer');
  assert.equal((await viewer.ask(streamPath('s'))).status, 200, 'another is answered meanwhile');
  part.arrive(media(Buffer.from('part')));

  assert.deepEqual(
    (await Promise.all(waiting)).map(({ status, body }) => [status, body.toString()]),
    [
      [200, 'part'],
      [200, 'part'],
    ],
  );
  assert.equal(part.changed.listenerCount(), 0);
});

test('requests that are broken off as fast as they come cost nothing that lasts', async (context) => {
  const { answers, viewer, origin, port } = await openSecure(context);
  const part = fakeNotYet();
  answers.set('p', part.answer);
  for (let count = 0; count < 300; count += 1) {
    const method = count % 2 === 0 ? 'GET' : 'HEAD';
    const stream = viewer.session.request({ ':path': streamPath('p'), ':method': method });
    stream.on('error', () => undefined);
    await new Promise((resolve) => setImmediate(resolve));
    stream.close(8);
  }

  await until(() => origin.metrics().held === 0, 'nothing is held');
  assert.equal(part.changed.listenerCount(), 0);
  assert.equal(origin.metrics().failures, 0);
  assert.equal((await http2Viewer(context, port, { ca: certificate.cert }).ask('/time')).status, 200);
});

test('the caller of a HEAD that goes away is not waited for', async (context) => {
  const { answers, viewer, origin } = await openSecure(context);
  answers.set('p', fakeNotYet().answer);
  const stream = viewer.session.request({ ':path': streamPath('p'), ':method': 'HEAD' });
  stream.on('error', () => undefined);
  await until(() => origin.metrics().held === 1, 'it waits');

  stream.close(8);

  await until(() => origin.metrics().held === 0, 'it waits no longer');
});

test('a viewer of HTTP/2 that never reads is cut, and what it was sent is let go', async (context) => {
  const { answers, viewer, origin } = await openSecure(context, { limits: { stallMs: 300 } });
  answers.set('s', media(randomBytes(16 * MIB)));

  const stream = viewer.open(streamPath('s'));
  stream.pause();

  await until(() => origin.metrics().inFlightBytes === 16 * MIB, 'the segment is in flight');
  await until(() => origin.metrics().slowCut === 1, 'it is cut');
  await until(() => origin.metrics().connections === 0, 'its connection is gone');
  assert.equal(origin.metrics().inFlightBytes, 0);
});

test('slow viewers of HTTP/2 are cut for others one by one, by request', async (context) => {
  const { answers, viewer, origin } = await openSecure(context, {
    limits: { inFlightBytes: 8 * MIB, slowAfterMs: 50, stallMs: 60_000 },
  });
  answers.set('s', () => media(Buffer.allocUnsafeSlow(8 * MIB).fill(1)));
  const deaf = viewer.open(streamPath('s'));
  deaf.pause();
  await until(() => origin.metrics().inFlightBytes === 8 * MIB, 'the first is being sent');
  await new Promise((resolve) => setTimeout(resolve, 60));

  const healthy = await viewer.ask(streamPath('s'));

  assert.deepEqual([healthy.status, healthy.body.length], [200, 8 * MIB]);
  assert.equal(origin.metrics().slowCut, 1);
  await until(() => origin.metrics().inFlightBytes === 0, 'all is let go');
});

test('many large segments at once on one connection all arrive', async (context) => {
  const { answers, viewer } = await openSecure(context);
  const bytes = randomBytes(2 * MIB);
  answers.set('s', media(bytes));

  const replies = await Promise.all(Array.from({ length: 20 }, () => viewer.ask(streamPath('s'))));

  assert.ok(replies.every(({ status, body }) => status === 200 && body.equals(bytes)));
});

test('files are downloaded over HTTP/2, in pieces too, and a download that is broken off closes its file', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'lectern-tls-'));
  context.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'film.mp4');
  const bytes = randomBytes(4 * MIB);
  await writeFile(path, bytes);
  const publication = fakePublication({ files: new Map([['film.mp4', path]]) });
  const limits: Partial<OriginLimits> = { downloads: 1 };
  const { viewer, origin } = await openSecure(context, { publication, limits });
  const address = `/${LOCATOR}/film.mp4`;

  /** The origin learns of the end of a download a little after its viewer: then there is room for the next. */
  const asked = async (headers: Record<string, string> = {}): Promise<Reply> => {
    for (let step = 0; step < 100; step += 1) {
      const reply = await viewer.ask(address, { headers });
      if (reply.status !== 503) {
        return reply;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error('there is never room for a download');
  };

  assert.ok((await asked()).body.equals(bytes));
  const tail = await asked({ range: 'bytes=-4' });
  assert.deepEqual([tail.status, tail.body.equals(bytes.subarray(-4))], [206, true]);
  const opened = async (): Promise<ReturnType<Http2Viewer['open']>> => {
    for (;;) {
      const stream = viewer.open(address);
      stream.pause();
      const status = await new Promise<unknown>((resolve) =>
        stream.once('response', ({ ':status': code }) => resolve(code)),
      );
      if (status === 200) {
        return stream;
      }
      stream.close();
    }
  };
  const stream = await opened();
  const second = await viewer.ask(address);
  stream.close(8);

  assert.deepEqual([second.status, second.headers['x-ms-error-code']], [503, 'origin/busy']);
  assert.equal((await asked()).status, 200);
  const counted = origin
    .requests()
    .find(({ outputFormat, status }) => outputFormat === 'download' && status === 206);
  assert.equal(counted?.bytes, 4);
});

test('who does not speak HTTP/2 is answered in HTTP/1.1, on one connection after the other', async (context) => {
  const { answers, port, origin } = await openSecure(context);
  answers.set('s', media(Buffer.from('0123456789')));
  const { promise, resolve, reject } = Promise.withResolvers<readonly unknown[]>();
  httpsRequest(
    {
      host: '127.0.0.1',
      port,
      path: streamPath('s'),
      servername: 'localhost',
      ca: certificate.cert,
      agent: false,
    },
    (reply) => {
      const parts: Buffer[] = [];
      reply.on('data', (part: Buffer) => parts.push(part));
      reply.on('end', () =>
        resolve([reply.httpVersion, reply.statusCode, Buffer.concat(parts).toString(), reply.headers.etag]),
      );
    },
  )
    .on('error', reject)
    .end();

  assert.deepEqual(await promise, ['1.1', 200, '0123456789', '"m1"']);
  await until(
    () => origin.metrics().connections === 1,
    'its connection is gone, and that of the other viewer is not',
  );
});

test('limits hold with TLS: connections of an address, slow heads, and garbage in the place of a handshake', async (context) => {
  const { port, origin, viewer } = await openSecure(context, {
    limits: { connectionsPerAddress: 2, headersTimeoutMs: 300 },
  });
  await viewer.ask('/time');
  const slow = await talkTls(context, port, 'GET /time HTTP/1.1\r\nHost: x\r\n');
  const third = tlsConnect({ port, host: '127.0.0.1', ca: certificate.cert, servername: 'localhost' });
  third.on('error', () => undefined);

  await closed(third);
  assert.equal(origin.metrics().connectionsRefused, 1);
  const answer = await nextPart(slow);
  assert.match(answer.toString(), /^HTTP\/1\.1 408 /);
  await until(() => origin.metrics().connections === 1, 'only the viewer is left');

  const garbage = tlsConnect({
    port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    minVersion: 'TLSv1.1',
    maxVersion: 'TLSv1.1',
  });
  garbage.on('error', () => undefined);
  await closed(garbage);
  await until(() => origin.metrics().connections === 1, 'the one with old TLS is gone');
  assert.equal((await viewer.ask('/time')).status, 200);
});

test('a certificate is replaced while viewers are connected; new ones see the new one', async (context) => {
  const { origin, viewer, port } = await openSecure(context);
  const next = await testCertificate(['localhost']);
  await viewer.ask('/time');

  await origin.setTls({ ...next, port, portWords: words });

  assert.equal(origin.tlsPort(), port);
  assert.equal((await viewer.ask('/time')).status, 200);
  const newcomer = http2Viewer(context, port, { ca: next.cert });
  assert.equal((await newcomer.ask('/time')).status, 200);
  const refusing = http2Viewer(context, port, { ca: certificate.cert });
  await assert.rejects(refusing.ask('/time'));
});

test('TLS on another port, on none, and on one that is taken', async (context) => {
  const { origin, port } = await openSecure(context);
  const other = await openTestOrigin(context);

  await assert.rejects(
    origin.setTls({ ...certificate, port: other.origin.port, portWords: { details: { field: 'x' }, cure: 'Y.' } }),
    (error) => {
      assert.ok(error instanceof AppError);
      assert.deepEqual(
        [error.code, error.details],
        ['service/port-taken', { port: other.origin.port, field: 'x' }],
      );
      return true;
    },
  );
  assert.equal(origin.tlsPort(), port);
  await origin.setTls(undefined);
  assert.equal(origin.tlsPort(), undefined);
  await origin.setTls({ ...certificate, port, portWords: words });
  assert.equal(origin.tlsPort(), port);
  assert.equal((await http2Viewer(context, port, { ca: certificate.cert }).ask('/time')).status, 200);
});

test('sharing on the network moves TLS too, and closing ends it', async (context) => {
  const { origin, port, viewer } = await openSecure(context);
  await viewer.ask('/time');

  await origin.setHost('0.0.0.0');
  assert.equal(origin.tlsPort(), port);
  assert.equal((await http2Viewer(context, port, { ca: certificate.cert }).ask('/time')).status, 200);

  await origin[Symbol.asyncDispose]();
  await until(() => viewer.session.destroyed, 'viewers are let go');
  const again: TestCertificate = await testCertificate();
  const next = await openTestOrigin(context);
  await next.origin.setTls({ ...again, port, portWords: words });
  assert.equal(next.origin.tlsPort(), port);
});

test('keys are given out over HTTP/2, for a POST with a body', async (context) => {
  const { viewer } = await openSecure(context, {
    keyDelivery: {
      deliver: ({ ids, token }) =>
        token === 'T'
          ? Promise.resolve(ids.map((id) => ({ id, value: Buffer.alloc(16, 7) })))
          : Promise.reject(new AppError('keys/token-missing', 'No.')),
    },
  });
  const body = JSON.stringify({ kids: ['ESIzRERVZneImaq7zN3u_w'], type: 'temporary' });
  const headers = { authorization: 'Bearer T' };

  const licence = await viewer.ask('/keydelivery/clearkey', { method: 'POST', headers, body });
  const refused = await viewer.ask('/keydelivery/clearkey', { method: 'POST', body });
  const flood = await viewer.ask('/keydelivery/clearkey', { method: 'POST', headers, body: 'x'.repeat(50_000) });

  assert.equal(licence.status, 200);
  assert.match(licence.body.toString(), /"kty":"oct"/);
  assert.deepEqual([refused.status, refused.headers['x-ms-error-code']], [401, 'keys/token-missing']);
  assert.equal(flood.status, 413);
});
