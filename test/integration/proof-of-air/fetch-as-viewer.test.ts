import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { test } from 'node:test';
import { systemClock } from '../../../src-main/base/clock.ts';
import { createFetchAsViewer, ViewerFault } from '../../../src-main/core/proof-of-air/fetch-as-viewer.ts';
import { manualClock } from '../../support/manual-clock.ts';

async function serve(
  listener: RequestListener,
): Promise<AsyncDisposable & { readonly url: string; readonly port: number }> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- a TCP server's
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function viewer(typedUrl: string, lookup?: LookupFunction) {
  return createFetchAsViewer({ typedUrl, authorities: () => [], clock: systemClock(), lookup });
}

/** What the name server of an attacker, or of a CDN, would say. */
function resolving(address: string): LookupFunction {
  return (_hostname, options, done) => {
    if (options.all === true) {
      done(null, [{ address, family: 4 }]);
    } else {
      done(null, address, 4);
    }
  };
}

async function faultOf(fetching: Promise<unknown>): Promise<string> {
  try {
    await fetching;
  } catch (error) {
    assert(error instanceof ViewerFault, String(error));
    return error.kind;
  }
  throw new Error('nothing was thrown');
}

test('a file is read, with its address after redirections', async () => {
  await using server = await serve((request, response) => {
    if (request.url === '/a') {
      response.writeHead(302, { Location: '/b?x=1' }).end();
    } else {
      response.end('#EXTM3U');
    }
  });

  const file = await viewer(server.url)({ url: `${server.url}/a`, maxBytes: 100 });

  assert.deepEqual([Buffer.from(file.bytes).toString(), file.url], ['#EXTM3U', `${server.url}/b?x=1`]);
});

test('a range is asked for, and cut out where the server knows none', async () => {
  const ranges: unknown[] = [];
  await using server = await serve((request, response) => {
    ranges.push(request.headers.range);
    response.end('0123456789');
  });

  const file = await viewer(server.url)({ url: server.url, maxBytes: 100, range: { first: 2, last: 4 } });

  assert.deepEqual([Buffer.from(file.bytes).toString(), ranges], ['234', ['bytes=2-4']]);
});

test('what a server says is told apart: gone, refused, in trouble', async () => {
  await using server = await serve((request, response) => {
    response.writeHead(Number(request.url?.slice(1))).end();
  });
  const kinds: Record<number, string> = {};
  for (const status of [404, 410, 401, 403, 451, 500, 503]) {
    kinds[status] = await faultOf(viewer(server.url)({ url: `${server.url}/${status}`, maxBytes: 10 }));
  }

  assert.deepEqual(kinds, {
    404: 'offline',
    410: 'offline',
    401: 'refused',
    403: 'refused',
    451: 'refused',
    500: 'unreachable',
    503: 'unreachable',
  });
});

test('more bytes than a viewer would take are not taken', async () => {
  await using server = await serve((_request, response) => {
    response.on('error', () => undefined);
    const timer = setInterval(() => response.write(Buffer.alloc(1000)), 1);
    response.on('close', () => clearInterval(timer));
  });

  assert.equal(await faultOf(viewer(server.url)({ url: server.url, maxBytes: 5000 })), 'unreadable');
});

test('a server that says nothing, or never ends, is given up', async () => {
  await using server = await serve((request, response) => {
    if (request.url === '/half') {
      response.write('#EXTM3U');
    }
  });
  for (const path of ['/silent', '/half']) {
    const clock = manualClock();
    const fetching = faultOf(
      createFetchAsViewer({ typedUrl: server.url, authorities: () => [], clock })({
        url: `${server.url}${path}`,
        maxBytes: 100,
      }),
    );
    clock.advance(8000);
    assert.equal(await fetching, 'unreachable', path);
    assert.equal(clock.pending(), 0);
  }
});

test('a loop of redirections comes to an end', async () => {
  await using server = await serve((_request, response) => response.writeHead(302, { Location: '/again' }).end());

  assert.equal(await faultOf(viewer(server.url)({ url: server.url, maxBytes: 10 })), 'unreachable');
});

test('nothing answers at all', async () => {
  const server = await serve(() => undefined);
  await server[Symbol.asyncDispose]();

  assert.equal(await faultOf(viewer(server.url)({ url: server.url, maxBytes: 10 })), 'unreachable');
});

test('the typed address may be in one’s own network; what it leads to may not, by number, by name or by another port', async () => {
  let asked = 0;
  await using inside = await serve((_request, response) => {
    asked += 1;
    response.end('secret');
  });
  await using server = await serve((request, response) => {
    const to = new URL(request.url ?? '/', 'http://x').searchParams.get('to') ?? '';
    response.writeHead(302, { Location: to }).end();
  });
  const fetch = viewer(server.url, resolving('127.0.0.1'));
  const kindFor = (to: string): Promise<string> =>
    faultOf(fetch({ url: `${server.url}/?to=${encodeURIComponent(to)}`, maxBytes: 10 }));

  assert.equal(await kindFor(`${inside.url}/`), 'refused');
  assert.equal(await kindFor(`http://cdn.example:${inside.port}/`), 'refused', 'the name means this computer');
  assert.equal(await kindFor(`http://[::1]:${inside.port}/`), 'refused');
  assert.equal(await kindFor('http://169.254.169.254/latest/meta-data'), 'refused');
  assert.equal(await kindFor('file:///etc/passwd'), 'unreadable');
  assert.equal(await kindFor('gopher://127.0.0.1/'), 'unreadable');
  // The same for what a playlist names: no redirection is needed.
  assert.equal(await faultOf(fetch({ url: `${inside.url}/segment.ts`, maxBytes: 10 })), 'refused');
  assert.equal(asked, 0);
});

test('a name that means one’s own network is fetched when it is the one that was typed', async () => {
  await using server = await serve((_request, response) => response.end('ok'));
  const typed = `http://my-nas.example:${server.port}/live.m3u8`;

  const file = await viewer(typed, resolving('127.0.0.1'))({ url: typed, maxBytes: 10 });

  assert.equal(Buffer.from(file.bytes).toString(), 'ok');
});
