import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { openFixture, openFolder } from './control-fixture.ts';

async function openPages() {
  const folder = await openFolder();
  const pagesFolder = join(folder.path, 'renderer');
  const helpFolder = join(folder.path, 'help');
  await mkdir(join(pagesFolder, 'assets'), { recursive: true });
  await mkdir(helpFolder);
  await writeFile(join(pagesFolder, 'index.html'), '<!doctype html><title>Lectern</title>');
  await writeFile(join(pagesFolder, 'assets', 'main-abc123.js'), 'export {};');
  await writeFile(join(helpFolder, 'index.html'), '<!doctype html><title>Help</title>');
  await writeFile(join(folder.path, 'control-token.txt'), 'the token');
  const server = await openFixture({ pagesFolder, helpFolder });
  return {
    url: server.url,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Sends a path as it is; `fetch` would tidy it up first. */
async function rawGet(url: string, path: string): Promise<{ readonly status: number; readonly text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  request(`${url}/`, { path }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
  })
    .on('error', reject)
    .end();
  return await promise;
}

test('nothing outside of the folder of the page can be read', async () => {
  await using pages = await openPages();

  for (const path of [
    '/../control-token.txt',
    '/assets/../../control-token.txt',
    '/%2e%2e/control-token.txt',
    '/..%2fcontrol-token.txt',
    '/assets/..%5c..%5ccontrol-token.txt',
    '/help/../control-token.txt',
    '/help/..%2f../control-token.txt',
    '//control-token.txt',
    '/.hidden.js',
    '/assets/main-abc123.js%00.txt',
    '/%E0%A4%A',
    '/C:%5Cwindows%5Cwin.ini',
  ]) {
    const { status, text } = await rawGet(pages.url, path);
    assert.equal(status, 404, path);
    assert(!text.includes('the token'), path);
  }
});

test('the page is never taken from a cache unasked, its hashed files for a year', async () => {
  await using pages = await openPages();

  const page = await fetch(`${pages.url}/`);
  const script = await fetch(`${pages.url}/assets/main-abc123.js`);
  const head = await fetch(`${pages.url}/`, { method: 'HEAD' });

  assert.deepEqual(
    [page.status, page.headers.get('content-type'), page.headers.get('cache-control')],
    [200, 'text/html; charset=utf-8', 'no-cache'],
  );
  assert.deepEqual(
    [script.status, script.headers.get('content-type'), script.headers.get('cache-control')],
    [200, 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable'],
  );
  assert.deepEqual([head.status, await head.text()], [200, '']);
});

test('the places of the window lead to the page, other addresses to a 404 that says so', async () => {
  await using pages = await openPages();

  for (const path of ['/', '/?x=1', '/studio', '/archive/My%20talk', '/service/', '/settings']) {
    assert.match(await (await fetch(`${pages.url}${path}`)).text(), /<title>Lectern<\/title>/, path);
  }
  for (const path of ['/admin', '/assets/none.js', '/assets/', '/assets', '/favicon.ico', '/studio.js']) {
    const response = await fetch(`${pages.url}${path}`);
    assert.equal(response.status, 404, path);
    assert.match(await response.text(), /There is no such page/, path);
  }
});

test('the page may run its own scripts only and load media from the origin only', async () => {
  await using pages = await openPages();

  const policy = (await fetch(`${pages.url}/`)).headers.get('content-security-policy') ?? '';
  const directives = new Map(
    policy.split('; ').map((text) => [text.split(' ')[0], text.split(' ').slice(1).join(' ')]),
  );

  assert.equal(directives.get('default-src'), "'none'");
  assert.equal(directives.get('script-src'), "'self'");
  assert.equal(directives.get('connect-src'), "'self' http://127.0.0.1:8480");
  assert.equal(directives.get('media-src'), "'self' blob: http://127.0.0.1:8480");
  assert.equal(directives.get('img-src'), "'self' data: blob: http://127.0.0.1:8480");
  assert.equal(directives.get('frame-ancestors'), "'none'");
});

test('the help is beside the page', async () => {
  await using pages = await openPages();

  const help = await fetch(`${pages.url}/help`);

  assert.equal(help.url, `${pages.url}/help/`);
  assert.match(await help.text(), /<title>Help<\/title>/);
});

test('a page that has not been built says so and how to build it', async () => {
  await using server = await openFixture({ pagesFolder: '/nowhere/at/all' });

  const response = await fetch(`${server.url}/`);

  assert.equal(response.status, 503);
  assert.match(await response.text(), /npm run build/);
});

test('a page can only be read', async () => {
  await using pages = await openPages();

  const response = await fetch(`${pages.url}/`, { method: 'POST' });

  assert.equal(response.status, 405);
  assert.equal(response.headers.get('allow'), 'GET, HEAD');
});
