import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { ROUTES } from '../../../src-main/shared/api/routes.ts';
import { startOrigin } from '../../bench/origin-server.ts';
import { fakeDocument, fakePublication, LOCATOR } from '../../support/fake-packager.ts';
import { ask, openTestOrigin, streamPath, type TestOrigin, talk, until } from '../../support/open-test-origin.ts';
import { protectRig, tokenOption } from '../../support/protect-rig.ts';
import { mkdtempDisposable } from '../../support/temporary-folder.ts';
import { jwt } from '../../support/tokens.ts';

const SECRET_WORDS = 'what nobody may read';
const MIB = 1024 * 1024;

/** An origin with everything that it can have: a stream, a file to download, the watch page, keys. Beside them lies what is nobody's. */
async function openEverything(
  context: TestContext,
  options: Parameters<typeof openTestOrigin>[1] = {},
): Promise<TestOrigin> {
  const folder = await mkdtempDisposable(join(tmpdir(), 'lectern-attacks-'));
  context.after(() => folder.remove());
  const at = (...steps: readonly string[]): string => join(folder.path, ...steps);
  await mkdir(at('watch', 'assets'), { recursive: true });
  await mkdir(at('files'));
  await writeFile(at('secret.txt'), SECRET_WORDS);
  await writeFile(at('watch', 'secret.js'), SECRET_WORDS);
  await writeFile(at('files', 'secret.mp4'), SECRET_WORDS);
  await writeFile(at('watch', 'index.html'), '<title>Lectern</title>');
  await writeFile(at('watch', 'assets', 'app-1.js'), 'run()');
  await writeFile(at('files', 'film.mp4'), 'a film');
  const opened = await openTestOrigin(context, {
    watchFolder: at('watch'),
    publication: fakePublication({ files: new Map([['film.mp4', at('files', 'film.mp4')]]) }),
    keyDelivery: protectRig().delivery,
    ...options,
  });
  opened.answers.set('manifest', { kind: 'manifest', document: fakeDocument('#EXTM3U'), lifetime: 2 });
  return opened;
}

/** What is said to a request line that a client library would not let through. */
async function targeted({ origin }: TestOrigin, target: string, method = 'GET'): Promise<string> {
  return await talk(origin, `${method} ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`).said;
}

function statusOf(said: string): number {
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(said)?.[1]);
}

/** Refused in the way that everything is: a code and a sentence, and nothing of the inside. */
function assertRefused(said: string, what: string): void {
  assert.ok([400, 404].includes(statusOf(said)), `${what}: ${said.slice(0, 200)}`);
  assert.doesNotMatch(said, new RegExp(`${SECRET_WORDS}|root:|node_modules|\\.ts:\\d|${tmpdir()}`), what);
}

test('no spelling of a path leads out of what is published', async (context) => {
  const opened = await openEverything(context);
  const up = [
    '../',
    '..%2f',
    '..%2F',
    '%2e%2e/',
    '%2e%2e%2f',
    '%252e%252e%252f',
    '..%252f',
    '..\\',
    '..%5c',
    '%2e%2e%5c',
    '..%c0%af',
    '%c0%ae%c0%ae%c0%af',
    '..%00/',
    '..;/',
    '....//',
    './../',
    '%u002e%u002e%u2215',
  ];
  const targets = up.flatMap((step) => [
    `/watch/assets/${step}secret.js`,
    `/watch/assets/${step}${step}secret.txt`,
    `/watch/assets/app-1.js/${step}${step}secret.js`,
    `/watch/${step}${step}${step}etc/passwd`,
    `/watch/${LOCATOR}/${step}secret.js`,
    `/${LOCATOR}/${step}secret.mp4`,
    `/${LOCATOR}/film.mp4/${step}secret.mp4`,
    `/${LOCATOR}/${step}${step}secret.txt`,
    `/${LOCATOR}/talk.ism/${step}${step}secret.txt`,
    `/${step}${step}${step}${step}etc/passwd`,
    `http://127.0.0.1/watch/assets/${step}secret.js`,
  ]);
  const others = [
    '//etc/passwd',
    '///etc/passwd',
    '/etc/passwd',
    'file:///etc/passwd',
    'http://169.254.169.254/latest/meta-data',
    'http://127.0.0.1:1/',
    `/${LOCATOR}/secret.mp4`,
    `/${LOCATOR}/film.mp4%00.txt`,
    `/${LOCATOR}/film.mp4%20`,
    `/${LOCATOR}/film.mp4/`,
    `/${LOCATOR}/film.mp4::$DATA`,
    `/${LOCATOR}/FILM.MP4`,
    `/${LOCATOR}/C:%5csecret.mp4`,
    `/${LOCATOR}/%2fetc%2fpasswd`,
    '/watch/assets/app-1.js%00.js',
    '/watch/assets/app-1.js%2f',
    '/watch/assets/%61pp-1.js',
    '/watch/assets/index.html',
    '/watch/assets/.',
    '/watch/assets/',
  ];

  for (const target of [...targets, ...others]) {
    assertRefused(await targeted(opened, target), target);
  }
  assert.match(await targeted(opened, '/watch/assets/app-1.js'), /run\(\)$/);
  assert.match(await targeted(opened, `/${LOCATOR}/film.mp4`), /a film$/);
});

test('nothing but the documented paths answers', async (context) => {
  const opened = await openEverything(context);
  const probes = [
    '/',
    '/index.html',
    '/favicon.ico',
    '/robots.txt',
    '/.env',
    '/.git/config',
    '/.git/HEAD',
    '/.well-known/security.txt',
    '/.aws/credentials',
    '/admin',
    '/api',
    '/api/v1/',
    '/api/v1/studio',
    '/api/v1/settings',
    '/api/v1/openapi.json',
    '/api/v1/metrics',
    '/metrics',
    '/health',
    '/status',
    '/server-status',
    '/nginx_status',
    '/debug/pprof',
    '/actuator/env',
    '/console',
    '/login',
    '/wp-login.php',
    '/phpmyadmin/',
    '/cgi-bin/test.cgi',
    '/package.json',
    '/control-token',
    '/settings.json',
    '/settings',
    '/content-keys',
    '/keys',
    '/keydelivery2',
    '/keydeliveryx/',
    '/keydelivery/admin',
    '/keydelivery/../settings',
    '/keydelivery%2f',
    '/time/',
    '/times',
    '/Time',
    '/watch',
    '/watch/',
    '/watch/assets',
    '/watch/assets/app-1.js.map',
    `/watch/${LOCATOR}/`,
    `/watch/${LOCATOR}/status`,
    `/watch/${LOCATOR}/status.json/`,
    `/watch/${LOCATOR}/index.html`,
    `/${LOCATOR}`,
    `/${LOCATOR}/`,
    `/${LOCATOR}/talk.ism`,
    `/${LOCATOR}/talk.ism/`,
    `/${LOCATOR}/talk.isml/manifest`,
    `/${LOCATOR}/other.ism/manifest`,
    `/${LOCATOR}//talk.ism/manifest`,
    `//${LOCATOR}/talk.ism/manifest`,
    '/0/talk.ism/manifest',
    '*',
  ];

  // The port of viewers knows nothing of the control API.
  const routes = Object.values(ROUTES).map(({ path }) => `/api/v1${path.replaceAll(/\{\w+\}/g, 'default')}`);

  for (const probe of [...probes, ...routes]) {
    assertRefused(await targeted(opened, probe), probe);
    // Keys are not asked for with HEAD.
    assert.ok([400, 404, 405].includes(statusOf(await targeted(opened, probe, 'HEAD'))), probe);
  }
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'SEARCH', 'LOCK']) {
    const said = await targeted(opened, '/time', method);
    assert.equal(statusOf(said), 405, method);
  }
  // A tunnel to somewhere, and another protocol.
  assert.equal(
    await talk(opened.origin, 'CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n').said,
    '',
  );
  const upgrade = 'GET /time HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n';
  assert.doesNotMatch(await talk(opened.origin, upgrade).said, /^HTTP\/1\.1 101 /);
  assert.equal((await ask(opened.origin, '/time')).status, 200);
});

test('an answer says of the program only its name and version', async (context) => {
  const opened = await openEverything(context);
  opened.answers.set('mistake', () => {
    throw new Error(`ENOENT: ${SECRET_WORDS} in ${tmpdir()}`);
  });
  const targets = [
    '/time',
    streamPath('mistake'),
    streamPath('none'),
    '/none',
    `/watch/${LOCATOR}`,
    '/keydelivery/?KID=x',
  ];

  for (const target of targets) {
    const said = await targeted(opened, target);
    assert.match(said, /\r\nServer: Lectern\/1\.2\.3\r\n/, target);
    assert.doesNotMatch(said, /X-Powered-By|node_modules|\.ts:\d/i, target);
    assert.equal(said.includes(SECRET_WORDS), false, target);
  }
});

test('heads of many or of large fields are answered or refused, and cost nobody else anything', async (context) => {
  const { origin } = await openEverything(context);
  const head = (...lines: readonly string[]): string =>
    `GET /time HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`;
  const many = (count: number, line: (index: number) => string): readonly string[] =>
    Array.from({ length: count }, (_, index) => line(index));

  const said = {
    many: await talk(origin, head(...many(300, (index) => `a${index}: b`))).said,
    same: await talk(origin, head(...many(2000, () => 'Cookie: x'))).said,
    tooMany: await talk(origin, head(...many(20_000, (index) => `a${index}: b`))).said,
    large: await talk(origin, head(`X: ${'x'.repeat(MIB)}`)).said,
    name: await talk(origin, head(`${'x'.repeat(MIB)}: y`)).said,
    target: await talk(origin, `GET /${'x'.repeat(MIB)} HTTP/1.1\r\nHost: x\r\n\r\n`).said,
    method: await talk(origin, `${'G'.repeat(MIB)} / HTTP/1.1\r\nHost: x\r\n\r\n`).said,
  };

  assert.deepEqual(Object.fromEntries(Object.entries(said).map(([name, text]) => [name, statusOf(text)])), {
    many: 200,
    same: 431,
    tooMany: 431,
    large: 431,
    name: 431,
    target: 431,
    method: 400,
  });
  assert.equal((await ask(origin, '/time')).status, 200);
  await until(() => origin.metrics().connections === 0, 'all of them are gone');
});

/** In time of the processor, which other programs do not change. */
function assertCheap(began: NodeJS.CpuUsage, what: string): void {
  const tookMs = process.cpuUsage(began).user / 1000;
  assert.ok(tookMs < 300, `${what} took ${Math.round(tookMs)} ms`);
}

test('no value of a header or of a query keeps the origin busy', async (context) => {
  const opened = await openEverything(context);
  const { origin, answers } = opened;
  answers.set('s', {
    kind: 'media',
    contentType: 'video/mp4',
    version: 'm1',
    madeAtMs: 0,
    size: 4,
    chunks: [Buffer.from('abcd')],
    lifetime: 'immutable',
  });
  const long = 14_000;
  const runs = [' ', '\t', ',', '"', ';', '=', '-', '0', 'W/', 'a,', '";', '%25', '&a', '\\"', ', '];
  const headers = [
    'Range',
    'If-Range',
    'If-None-Match',
    'If-Modified-Since',
    'Accept-Encoding',
    'Authorization',
    'CMCD-Session',
  ];
  const starts = ['', 'bytes=', 'bytes=1-', '"', 'gzip;q=', 'Bearer ', 'sid="', 'Bearer'];

  for (const name of headers) {
    for (const run of runs) {
      for (const start of starts) {
        const value = `${start}${run.repeat(Math.floor(long / run.length))}x`;
        const began = process.cpuUsage();
        const said = await talk(
          origin,
          `GET ${streamPath('s')} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${name}: ${value}\r\n\r\n`,
        ).said;
        assert.ok(statusOf(said) < 500, `${name}: ${value.slice(0, 20)}…`);
        assertCheap(began, `${name}: ${JSON.stringify(value.slice(0, 20))}…`);
      }
    }
  }
  for (const run of [...runs.map(encodeURI), '_HLS_msn=1&', 'CMCD=', '?', 'a=1&', '[]', '%', '%%', '(', ')(']) {
    for (const place of ['manifest?_HLS_msn=$', 'manifest?CMCD=$', 'manifest?$', 'manifest($)', '$']) {
      const target = streamPath(place.replace('$', () => run.repeat(Math.floor(long / run.length))));
      const began = process.cpuUsage();
      const said = await targeted(opened, target);
      assert.ok(statusOf(said) < 500, target.slice(0, 80));
      assertCheap(began, target.slice(0, 80));
    }
  }
});

test('of ranges one is given at most, and no number is too large', async (context) => {
  const { origin, answers } = await openEverything(context);
  const bytes = Buffer.from('0123456789');
  answers.set('s', {
    kind: 'media',
    contentType: 'video/mp4',
    version: 'm1',
    madeAtMs: 0,
    size: bytes.length,
    chunks: [bytes.subarray(0, 4), bytes.subarray(4)],
    lifetime: 'immutable',
  });
  const cases: readonly (readonly [string, number, string])[] = [
    ['bytes=0-0', 206, '0'],
    ['bytes=-0', 416, ''],
    ['bytes=10-', 416, ''],
    ['bytes=99999999999999-', 416, ''],
    ['bytes=0-999999999999999', 206, '0123456789'],
    ['bytes=-999999999999999', 206, '0123456789'],
    [`bytes=${'9'.repeat(400)}-`, 200, '0123456789'],
    [`bytes=0-${'9'.repeat(400)}`, 200, '0123456789'],
    ['bytes=5-2', 200, '0123456789'],
    ['bytes=-', 200, '0123456789'],
    ['bytes=0-1,3-4', 200, '0123456789'],
    [`bytes=${Array.from({ length: 2000 }, () => '0-').join(',')}`, 200, '0123456789'],
    [`bytes=${Array.from({ length: 1000 }, (_, index) => `${index}-${index}`).join(',')}`, 200, '0123456789'],
    ['bytes=0x1-0x2', 200, '0123456789'],
    ['bytes=1.5-2', 200, '0123456789'],
    ['bytes=1e1-', 200, '0123456789'],
    ['lines=0-1', 200, '0123456789'],
  ];

  for (const [range, status, body] of cases) {
    for (const path of [streamPath('s')]) {
      const reply = await ask(origin, path, { headers: { Range: range } });
      assert.deepEqual([reply.status, reply.body.toString()], [status, body], range.slice(0, 60));
    }
  }
  const file = await ask(origin, `/${LOCATOR}/film.mp4`, { headers: { Range: 'bytes=0-,0-,0-' } });
  assert.deepEqual([file.status, file.body.toString()], [200, 'a film']);
});

test('what could be two requests to somebody in between is one here, or none', async (context) => {
  const { origin } = await openEverything(context, { limits: { headersTimeoutMs: 500, checkIntervalMs: 50 } });
  const inner = 'GET /none HTTP/1.1\r\nHost: x\r\n\r\n';
  const smuggled: Readonly<Record<string, string>> = {
    'length and chunks': `POST /keydelivery/ HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${inner}`,
    'two lengths': `POST /keydelivery/ HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`,
    'lengths in a list': `POST /keydelivery/ HTTP/1.1\r\nHost: x\r\nContent-Length: 0, ${inner.length}\r\n\r\n${inner}`,
    'a length with a sign': `POST /keydelivery/ HTTP/1.1\r\nHost: x\r\nContent-Length: +0\r\n\r\n${inner}`,
    'chunks in other words': `POST /keydelivery/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${inner}`,
    'chunks not last': `POST /keydelivery/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${inner}`,
    'a space before the colon': `POST /keydelivery/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n${inner}`,
    'a folded line': `POST /keydelivery/ HTTP/1.1\r\nHost: x\r\nX: y\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${inner}`,
    'bare line feeds': 'GET /time HTTP/1.1\nHost: x\n\n',
    'a bare line feed in a field': `GET /time HTTP/1.1\r\nHost: x\r\nX: y\nZ: z\r\n\r\n`,
    'a bare carriage return': `GET /time HTTP/1.1\r\nHost: x\r\nX: y\rTransfer-Encoding: chunked\r\n\r\n`,
    'a chunk size with an extension that does not end': `POST /keydelivery/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;\nx\r\n0\r\n\r\n${inner}`,
    'a chunk size with a prefix': `POST /keydelivery/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\nx\r\n0\r\n\r\n${inner}`,
    'two hosts': 'GET /time HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n',
    'a space in the target': 'GET /time /x HTTP/1.1\r\nHost: x\r\n\r\n',
    'another version': 'GET /time HTTP/3.7\r\nHost: x\r\n\r\n',
  };

  for (const [name, text] of Object.entries(smuggled)) {
    const heard = await talk(origin, text).said;
    // Refused, or cut off in the middle of what cannot be told apart.
    assert.match(heard, /^(?:HTTP\/1\.1 40[08] (?!.*HTTP\/1\.1 ).*|)$/s, `${name}: ${heard}`);
    // The answer to what is inside.
    assert.doesNotMatch(heard, /MPE_BAD_URL_SYNTAX/, name);
  }
  // What follows a body that nobody reads is no request.
  const body = await talk(
    origin,
    `GET /time HTTP/1.1\r\nHost: x\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`,
  ).said;
  assert.equal(body.match(/HTTP\/1\.1 /g)?.length, 1, body);
});

test('viewers are served while many drip their requests, and those are sent away', async (context) => {
  const { origin } = await openEverything(context, { limits: { headersTimeoutMs: 1000, checkIntervalMs: 100 } });
  const beginnings = [
    'GET /time HTTP/1.1\r\nHost: x\r\nX-Slow: ',
    'GET /ti',
    'POST /keydelivery/clearkey HTTP/1.1\r\nHost: x\r\nContent-Length: 4000\r\n\r\n{',
    'POST /keydelivery/clearkey HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n',
  ];
  const slow = Array.from({ length: 200 }, (_, index) =>
    talk(origin, beginnings[index % beginnings.length] ?? ''),
  );
  const drip = setInterval(() => {
    for (const { socket } of slow) {
      if (socket.writable) {
        socket.write('a');
      }
    }
  }, 100);
  context.after(() => clearInterval(drip));
  await until(() => origin.metrics().connections === 200, 'all of them are there');

  const beganMs = performance.now();
  assert.equal((await ask(origin, '/time')).status, 200);
  assert.ok(performance.now() - beganMs < 500, 'others are served meanwhile');
  const heard = await Promise.all(slow.map(({ said }) => said));

  assert.ok(performance.now() - beganMs < 6000);
  for (const [index, said] of heard.entries()) {
    assert.doesNotMatch(said, /^HTTP\/1\.1 [25]/, `${beginnings[index % beginnings.length]}: ${said}`);
  }
  await until(() => origin.metrics().connections === 0, 'their connections are gone');
});

test('a token that may be used so often cannot be used more often in another place or in another spelling', async (context) => {
  const rig = protectRig();
  await rig.putKeyPolicy('viewers', tokenOption());
  const key = '11111111-2222-4333-8444-555555555555';
  await rig.keys.create(
    {
      subject: 'streamingLocator/show',
      streamingPolicyName: 'Predefined_ClearKey',
      defaultContentKeyPolicyName: 'viewers',
    },
    [{ id: key, value: Buffer.from('the key it is 16').toString('base64') }],
  );
  const { origin } = await openTestOrigin(context, { keyDelivery: rig.delivery });
  const address = `${origin.url()}/keydelivery`;
  const token = await jwt(rig.clock.wallMs(), { 'urn:microsoft:azure:mediaservices:maxuses': 3 });
  const kid = Buffer.from(key.replaceAll('-', ''), 'hex').toString('base64url');
  const ways = [
    () => fetch(`${address}/?KID=${key}`, { headers: { Authorization: `Bearer ${token}` } }),
    () => fetch(`${address}/?kid=${key.toUpperCase()}`, { headers: { Authorization: `bearer=${token}` } }),
    () => fetch(`${address}?KID=${key.replaceAll('-', '')}&token=${token}`),
    () => fetch(`${address}/?KID=${key}&token=Bearer%20${token}`, { method: 'POST' }),
    () =>
      fetch(`${address}/clearkey`, {
        method: 'POST',
        headers: { Authorization: `Bearer   ${token}` },
        body: JSON.stringify({ kids: [kid] }),
      }),
    () => fetch(`${address}/clearkey?kid=${key}&token=${token}`),
    () => fetch(`${address}/?KID=${key}&token=${token}=`),
    () => fetch(`${address}/?KID=${key}&token=${token}%20`),
  ];

  const statuses = await Promise.all([...ways, ...ways, ...ways].map(async (way) => (await way()).status));

  assert.equal(statuses.filter((status) => status === 200).length, 3);
  assert.ok(statuses.every((status) => status === 200 || status === 403));
});

test('under all of it at once the memory has a ceiling and viewers do not wait', async (context) => {
  await using origin = await startOrigin(60, MIB);
  const { hostname, port } = new URL(origin.segmentUrl);
  const { pathname: segment } = new URL(origin.segmentUrl);
  const { pathname: playlist } = new URL(origin.playlistUrl);
  const before = await peakMemory(origin.pid);
  const sockets = new Set<ReturnType<typeof connect>>();
  const attack = (text: string, options: { readonly deaf?: boolean } = {}): void => {
    const socket = connect(Number(port), hostname);
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    if (options.deaf === true) {
      socket.pause();
    } else {
      socket.resume();
    }
    socket.write(text);
  };
  const get = (target: string, ...lines: readonly string[]): string =>
    `${[`GET ${target} HTTP/1.1`, 'Host: x', ...lines].join('\r\n')}\r\n\r\n`;
  context.after(() => sockets.forEach((socket) => socket.destroy()));
  const waits: number[] = [];
  const endMs = performance.now() + 4000;

  for (let round = 0; performance.now() < endMs; round += 1) {
    for (let index = 0; index < 10; index += 1) {
      const tag = `${round}-${index}`;
      attack(get(segment), { deaf: true });
      attack('GET /time HTTP/1.1\r\nX: ');
      attack(get(`${playlist}?_HLS_msn=999999999&x=${'y'.repeat(8000)}`, 'Connection: close'));
      attack(
        get(`${segment}?CMCD=sid%3D%22${tag}%22`, `User-Agent: ${tag}`, 'Range: bytes=0-0', 'Connection: close'),
      );
      attack(get(`/${tag}/made.ism/manifest(format=m3u8-cmaf,filter=${tag})`, 'Connection: close'));
      attack(get(segment, `Range: bytes=${' '.repeat(12_000)}x`, 'Connection: close'));
      attack(get('/time').repeat(100));
    }
    const beganMs = performance.now();
    const answer = await fetch(origin.playlistUrl);
    assert.equal(answer.status, 200);
    await answer.arrayBuffer();
    waits.push(performance.now() - beganMs);
    await wait(20);
  }

  const peak = await peakMemory(origin.pid);
  context.diagnostic(
    `${waits.length} rounds; a viewer waited ${Math.round(Math.max(...waits))} ms at most; memory ${before} → ${peak} MiB`,
  );
  assert.ok(peak - before < 300, `${before} → ${peak} MiB`);
  assert.ok(Math.max(...waits) < 5000, `a viewer waited ${Math.round(Math.max(...waits))} ms`);
});

/** MiB, the most that it ever had; Linux only. */
async function peakMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024);
}
