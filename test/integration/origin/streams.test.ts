import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { Answer } from '../../../src-main/core/ports/packaging.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { fakeDocument, fakeGrowing, fakeNotYet, LOCATOR } from '../../support/fake-packager.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { ask, openTestOrigin, streamPath, until } from '../../support/open-test-origin.ts';

const MADE = Date.UTC(2029, 11, 31, 23, 0, 0);

function media(text: string, parts = 3): Answer {
  const bytes = Buffer.from(text);
  const step = Math.ceil(bytes.length / parts);
  const chunks = Array.from({ length: parts }, (_, index) => bytes.subarray(index * step, (index + 1) * step));
  return {
    kind: 'media',
    contentType: 'video/mp4',
    version: 'm1',
    madeAtMs: MADE,
    size: bytes.length,
    chunks,
    lifetime: 'immutable',
  };
}

test('a segment comes whole, cacheable for three days, and open to every page', async (context) => {
  const clock = manualClock();
  const { origin, answers } = await openTestOrigin(context, { clock });
  answers.set('s', media('0123456789'));

  const reply = await ask(origin, streamPath('s'));

  const { 'keep-alive': _1, connection: _2, 'access-control-expose-headers': exposed, ...headers } = reply.headers;
  assert.equal(reply.status, 200);
  assert.equal(reply.body.toString(), '0123456789');
  assert.deepEqual(headers, {
    date: 'Tue, 01 Jan 2030 00:00:00 GMT',
    server: 'Lectern/1.2.3',
    'access-control-allow-origin': '*',
    'timing-allow-origin': '*',
    'cross-origin-resource-policy': 'cross-origin',
    'x-content-type-options': 'nosniff',
    etag: '"m1"',
    'last-modified': 'Mon, 31 Dec 2029 23:00:00 GMT',
    'cache-control': 'public, max-age=259200, immutable',
    expires: 'Fri, 04 Jan 2030 00:00:00 GMT',
    'accept-ranges': 'bytes',
    'content-type': 'video/mp4',
    'content-length': '10',
  });
  for (const name of ['Date', 'ETag', 'Content-Range', 'Server-Timing']) {
    assert.ok(exposed?.split(', ').includes(name), name);
  }
});

test('HEAD says what GET would, and sends nothing', async (context) => {
  const { origin, answers } = await openTestOrigin(context, { clock: manualClock() });
  answers.set('s', media('0123456789'));
  answers.set('manifest', { kind: 'manifest', document: fakeDocument('#EXTM3U'), lifetime: 2 });

  for (const path of [streamPath('s'), streamPath('manifest'), '/time']) {
    const get = await ask(origin, path);
    const head = await ask(origin, path, { method: 'HEAD' });

    assert.deepEqual([head.status, head.headers, head.body.length], [get.status, get.headers, 0], path);
  }
});

test('ranges of a segment are cut out over chunk borders', async (context) => {
  const { origin, answers } = await openTestOrigin(context, { clock: manualClock() });
  answers.set('s', media('0123456789'));
  const range = (value: string, more = {}) => ask(origin, streamPath('s'), { headers: { range: value, ...more } });

  const middle = await range('bytes=2-6');
  assert.deepEqual(
    [middle.status, middle.headers['content-range'], middle.headers['content-length'], middle.body.toString()],
    [206, 'bytes 2-6/10', '5', '23456'],
  );
  assert.equal((await range('bytes=-3')).body.toString(), '789');
  assert.equal((await range('bytes=8-')).body.toString(), '89');
  const several = await range('bytes=0-1,4-5');
  assert.deepEqual([several.status, several.body.toString()], [200, '0123456789']);
  const beyond = await range('bytes=10-');
  assert.deepEqual(
    [beyond.status, beyond.headers['content-range'], beyond.headers['x-ms-error-code'], beyond.body.length],
    [416, 'bytes */10', 'MPE_STORAGE_INVALID_RANGE', 0],
  );
  assert.equal((await range('bytes=0-1', { 'if-range': '"m1"' })).status, 206);
  assert.equal((await range('bytes=0-1', { 'if-range': '"m0"' })).status, 200);
  assert.equal((await range('bytes=0-1', { 'if-range': new Date(MADE).toUTCString() })).status, 206);
});

test('who has it already is told so', async (context) => {
  const { origin, answers } = await openTestOrigin(context, { clock: manualClock() });
  answers.set('s', media('0123456789'));

  const same = await ask(origin, streamPath('s'), { headers: { 'if-none-match': '"m1"' } });
  assert.deepEqual([same.status, same.body.length, same.headers.etag], [304, 0, '"m1"']);
  assert.equal(same.headers['cache-control'], 'public, max-age=259200, immutable');
  const since = await ask(origin, streamPath('s'), {
    headers: { 'if-modified-since': new Date(MADE).toUTCString() },
  });
  assert.equal(since.status, 304);
  const other = await ask(origin, streamPath('s'), { headers: { 'if-match': '"m0"' } });
  assert.equal(other.status, 412);
});

test('a manifest is packed for who can unpack it, and the two forms have tags of their own', async (context) => {
  const { origin, answers } = await openTestOrigin(context, { clock: manualClock() });
  answers.set('manifest', { kind: 'manifest', document: fakeDocument('#EXTM3U\n'), lifetime: 2.9 });

  const plain = await ask(origin, streamPath('manifest'));
  const packed = await ask(origin, streamPath('manifest'), { headers: { 'accept-encoding': 'br, gzip' } });

  assert.equal(plain.body.toString(), '#EXTM3U\n');
  assert.equal(gunzipSync(packed.body).toString(), '#EXTM3U\n');
  assert.deepEqual(
    [plain, packed].map(({ headers }) => [headers.etag, headers['content-encoding'], headers.vary]),
    [
      ['"v1"', undefined, 'Accept-Encoding'],
      ['"v1-gz"', 'gzip', 'Accept-Encoding'],
    ],
  );
  assert.equal(plain.headers['cache-control'], 'public, max-age=2');
  assert.equal(plain.headers.expires, 'Tue, 01 Jan 2030 00:00:02 GMT');
  const crossed = await ask(origin, streamPath('manifest'), { headers: { 'if-none-match': '"v1-gz"' } });
  assert.equal(crossed.status, 200);
});

test('a manifest has a date only when no other version can bear it', async (context) => {
  const clock = manualClock();
  const { origin, answers } = await openTestOrigin(context, { clock });
  const document = fakeDocument('#EXTM3U', { madeAtMs: clock.wallMs() + 200 });
  answers.set('manifest', { kind: 'manifest', document, lifetime: 2 });

  clock.advance(900);
  assert.equal((await ask(origin, streamPath('manifest'))).headers['last-modified'], undefined);
  clock.advance(100);
  assert.equal(
    (await ask(origin, streamPath('manifest'))).headers['last-modified'],
    'Tue, 01 Jan 2030 00:00:00 GMT',
  );
});

test('the query reaches packaging as it was sent', async (context) => {
  const { origin, answers } = await openTestOrigin(context);
  answers.set('manifest', (query) => ({ kind: 'manifest', document: fakeDocument(query), lifetime: 2 }));

  const reply = await ask(origin, streamPath('manifest?_HLS_msn=7&_HLS_part=2?x'));
  const none = await ask(origin, streamPath('manifest'));
  const proxied = await ask(origin, `http://elsewhere.example${streamPath('manifest?a=b')}`);

  assert.deepEqual(
    [reply, none, proxied].map(({ body }) => body.toString()),
    ['_HLS_msn=7&_HLS_part=2?x', '', 'a=b'],
  );
});

test('errors carry their code in a header and as a problem document', async (context) => {
  const { origin, answers } = await openTestOrigin(context);
  answers.set('early', () => {
    throw new AppError('MPE_FRAGMENT_NOT_READY', 'The fragment is not there yet.');
  });
  answers.set('mistake', () => Promise.reject(new Error('a secret of ours')));
  const cases: readonly (readonly [string, number, string, string | undefined])[] = [
    ['/nothing', 400, 'MPE_BAD_URL_SYNTAX', 'no-store'],
    [`/${LOCATOR}/talk.ism/`, 400, 'MPE_BAD_URL_SYNTAX', 'no-store'],
    [`/${LOCATOR}/other.ism/s`, 404, 'MPE_RESOURCE_NOT_FOUND', 'public, max-age=1'],
    ['/0/talk.ism/s', 404, 'MPE_RESOURCE_NOT_FOUND', 'public, max-age=1'],
    [streamPath('none'), 404, 'MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', 'public, max-age=1'],
    [streamPath('early'), 412, 'MPE_FRAGMENT_NOT_READY', 'public, max-age=1'],
    [`/${LOCATOR}/film.mp4`, 404, 'MPE_RESOURCE_NOT_FOUND', 'public, max-age=1'],
    ['/0/film.mp4', 404, 'MPE_RESOURCE_NOT_FOUND', 'public, max-age=1'],
    [streamPath('mistake'), 500, 'service/internal', 'no-store'],
  ];
  for (const [path, status, code, caching] of cases) {
    const reply = await ask(origin, path);

    assert.deepEqual(
      [reply.status, reply.headers['x-ms-error-code'], reply.headers['cache-control']],
      [status, code, caching],
      path,
    );
    assert.equal(reply.headers['content-type'], 'application/problem+json');
    assert.equal(reply.headers['access-control-allow-origin'], '*');
    const problem: unknown = JSON.parse(reply.body.toString());
    assert.equal(typeof problem === 'object' && problem !== null ? Reflect.get(problem, 'code') : '', code);
    assert.doesNotMatch(reply.body.toString(), /secret|\.ts:/);
  }
});

test('only reading is allowed', async (context) => {
  const { origin } = await openTestOrigin(context);

  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
    const reply = await ask(origin, streamPath('s'), { method });
    assert.deepEqual([reply.status, reply.headers.allow], [405, 'GET, HEAD, OPTIONS'], method);
  }
});

test('a preflight is answered, also into a private network', async (context) => {
  const { origin } = await openTestOrigin(context);
  const headers = {
    origin: 'https://player.example',
    'access-control-request-method': 'GET',
    'access-control-request-headers': 'cmcd-session, range',
  };

  const plain = await ask(origin, streamPath('s'), { method: 'OPTIONS', headers });
  const inwards = await ask(origin, streamPath('s'), {
    method: 'OPTIONS',
    headers: { ...headers, 'access-control-request-private-network': 'true' },
  });

  assert.equal(plain.status, 204);
  assert.equal(plain.headers['access-control-allow-origin'], '*');
  assert.equal(plain.headers['access-control-allow-methods'], 'GET, HEAD, OPTIONS');
  assert.match(plain.headers['access-control-allow-headers'] ?? '', /\*/);
  assert.equal(plain.headers['access-control-allow-private-network'], undefined);
  assert.equal(inwards.headers['access-control-allow-private-network'], 'true');
});

test('the time is that of the service’s clock, and is never kept', async (context) => {
  const clock = manualClock();
  const { origin } = await openTestOrigin(context, { clock });
  clock.advance(1234);

  const reply = await ask(origin, '/time');

  assert.equal(reply.body.toString(), '2030-01-01T00:00:01.234Z');
  assert.equal(reply.headers['cache-control'], 'no-store');
  assert.equal(reply.headers['access-control-allow-origin'], '*');
  assert.equal(reply.headers.date, 'Tue, 01 Jan 2030 00:00:01 GMT');
});

test('a growing segment arrives as it grows', async (context) => {
  const { origin, answers } = await openTestOrigin(context);
  const segment = fakeGrowing();
  segment.push(Buffer.from('first '));
  answers.set('g', segment.answer);

  const reply = ask(origin, streamPath('g'), { headers: { range: 'bytes=0-2' } });
  await until(() => segment.changed.listenerCount() === 1, 'the segment is being sent');
  segment.push(Buffer.from('second '));
  segment.push(Buffer.from('third'));
  segment.end();

  const { status, headers, body, isCut } = await reply;
  assert.deepEqual([status, body.toString(), isCut], [200, 'first second third', false]);
  assert.equal(headers['transfer-encoding'], 'chunked');
  assert.equal(headers['content-length'], undefined);
  assert.equal(headers['cache-control'], 'public, max-age=259200, immutable');
  assert.equal(segment.changed.listenerCount(), 0);
  const head = await ask(origin, streamPath('g'), { method: 'HEAD' });
  assert.deepEqual([head.status, head.body.length], [200, 0]);
});

test('a segment that stops growing is broken off, so that nobody takes it for complete', async (context) => {
  const clock = manualClock();
  const { origin, answers } = await openTestOrigin(context, { clock, limits: { growthMs: 5000 } });
  const segment = fakeGrowing();
  segment.push(Buffer.from('half of it'));
  answers.set('g', segment.answer);
  const reply = ask(origin, streamPath('g'));
  await until(() => clock.pending() > 0, 'the origin waits for more');

  clock.advance(5000);

  const { body, isCut } = await reply;
  assert.deepEqual([body.toString(), isCut], ['half of it', true]);
  await until(() => segment.changed.listenerCount() === 0, 'nobody listens any more');
});

test('a request that comes early is answered when the media is there, and says how long it waited', async (context) => {
  const clock = manualClock();
  const { origin, answers } = await openTestOrigin(context, { clock });
  const part = fakeNotYet();
  answers.set('p', part.answer);
  const reply = ask(origin, streamPath('p'));
  await until(() => origin.metrics().held === 1, 'the request is held');
  part.changed.emit(undefined);
  clock.advance(700);

  part.arrive(media('part'));

  const { status, body, headers } = await reply;
  assert.deepEqual([status, body.toString(), headers['server-timing']], [200, 'part', 'held;dur=700']);
  assert.equal(origin.metrics().held, 0);
  assert.equal(part.changed.listenerCount(), 0);
  assert.equal(clock.pending(), 0);
});

test('media that arrives while it is looked for is not missed', async (context) => {
  const { origin, answers } = await openTestOrigin(context);
  const part = fakeNotYet();
  assert.equal(part.answer.kind, 'not-yet');
  answers.set('p', async () => {
    // There is no further change after this one, which comes before anybody listens.
    part.arrive(media('part'));
    return await Promise.resolve(part.answer);
  });

  assert.equal((await ask(origin, streamPath('p'))).body.toString(), 'part');
});

test('a request that waited in vain gets the error that packaging has for it', async (context) => {
  const clock = manualClock();
  const { origin, answers } = await openTestOrigin(context, { clock });
  const part = fakeNotYet(6);
  answers.set('p', part.answer);
  const reply = ask(origin, streamPath('p'));
  await until(() => origin.metrics().held === 1, 'the request is held');

  clock.advance(6000);

  const { status, headers } = await reply;
  assert.deepEqual(
    [status, headers['x-ms-error-code'], headers['retry-after']],
    [412, 'MPE_FRAGMENT_NOT_READY', '1'],
  );
  assert.equal(part.changed.listenerCount(), 0);
});

test('more requests than may wait are turned away, of one address and of all', async (context) => {
  const { origin, answers } = await openTestOrigin(context, { limits: { heldRequests: 10, heldPerAddress: 2 } });
  const part = fakeNotYet();
  answers.set('p', part.answer);
  const first = [ask(origin, streamPath('p')), ask(origin, streamPath('p'))];
  await until(() => origin.metrics().held === 2, 'two are held');

  const third = await ask(origin, streamPath('p'));

  assert.deepEqual(
    [third.status, third.headers['x-ms-error-code'], third.headers['retry-after']],
    [503, 'origin/too-many-held', '1'],
  );
  assert.equal(origin.metrics().heldRefused, 1);
  part.arrive(media('part'));
  assert.deepEqual(
    (await Promise.all(first)).map(({ status }) => status),
    [200, 200],
  );
  assert.equal((await ask(origin, streamPath('p'))).status, 200);
});

test('viewers are who asks for media; a look at the manifest is none', async (context) => {
  const { origin, answers } = await openTestOrigin(context);
  answers.set('s', media('0123456789'));
  answers.set('manifest', { kind: 'manifest', document: fakeDocument('#EXTM3U'), lifetime: 2 });

  await ask(origin, streamPath('manifest'));
  await ask(origin, streamPath('s'), { method: 'HEAD' });
  assert.equal(origin.viewers(), 0);
  await ask(origin, streamPath('s'), { headers: { 'cmcd-session': 'sid="a"' } });
  await ask(origin, streamPath('s'), { headers: { 'cmcd-session': 'sid="b"' } });

  assert.equal(origin.viewers(LOCATOR), 2);
  assert.equal(origin.viewers('other'), 0);
  assert.ok(origin.egressBitrate() > 0);
});
