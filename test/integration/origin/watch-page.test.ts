import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { fakePublication, LOCATOR } from '../../support/fake-packager.ts';
import { ask, openTestOrigin } from '../../support/open-test-origin.ts';

async function builtPage(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lectern-watch-'));
  context.after(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'assets'));
  await writeFile(
    join(folder, 'index.html'),
    '<!doctype html><title>Lectern</title><script src="./assets/a.js"></script>',
  );
  await writeFile(join(folder, 'assets', 'index-abc.js'), 'console.log("watch")');
  await writeFile(join(folder, 'secret.js'), 'not for viewers');
  return folder;
}

test('the page has the title of what is watched, and a policy that lets in nothing foreign', async (context) => {
  const publication = fakePublication({ title: 'Q&A <b>"$&"</b>' });
  const { origin } = await openTestOrigin(context, { watchFolder: await builtPage(context), publication });

  const reply = await ask(origin, `/watch/${LOCATOR}`);

  assert.equal(reply.status, 200);
  assert.equal(reply.headers['content-type'], 'text/html; charset=utf-8');
  assert.match(reply.body.toString(), /<title>Q&amp;A &lt;b&gt;&quot;\$&amp;&quot;&lt;\/b&gt;<\/title>/);
  const policy = String(reply.headers['content-security-policy']);
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe|https?:|\*/);
  assert.equal(reply.headers['referrer-policy'], 'no-referrer');
  assert.match(reply.headers['cache-control'] ?? '', /max-age=0/);
});

test('what the page is built of may be kept for ever, and nothing else of the folder is shown', async (context) => {
  const { origin } = await openTestOrigin(context, { watchFolder: await builtPage(context) });

  const reply = await ask(origin, '/watch/assets/index-abc.js', { headers: { 'accept-encoding': 'gzip' } });

  assert.equal(gunzipSync(reply.body).toString(), 'console.log("watch")');
  assert.equal(reply.headers['cache-control'], 'public, max-age=31536000, immutable');
  assert.equal(reply.headers['content-type'], 'text/javascript; charset=utf-8');
  const etag = reply.headers.etag ?? '';
  const again = await ask(origin, '/watch/assets/index-abc.js', {
    headers: { 'accept-encoding': 'gzip', 'if-none-match': etag },
  });
  assert.equal(again.status, 304);
  for (const path of [
    'assets/none.js',
    'assets/..%2Fsecret.js',
    'assets/../secret.js',
    'secret.js/x',
    'assets/',
    '',
  ]) {
    assert.equal((await ask(origin, `/watch/${path}`)).status, 404, path);
  }
});

test('the open page learns what there is to play', async (context) => {
  const { origin, publications } = await openTestOrigin(context, { watchFolder: await builtPage(context) });
  const status = async (): Promise<unknown> => {
    const reply = await ask(origin, `/watch/${LOCATOR}/status.json`);
    assert.equal(reply.headers['cache-control'], 'no-store');
    return JSON.parse(reply.body.toString());
  };
  const hls = `/${LOCATOR}/my%20talk.ism/manifest(format=m3u8-cmaf)`;
  const manifestName = 'my talk';

  publications.set(LOCATOR, fakePublication({ manifestName, segments: 0 }));
  assert.deepEqual(await status(), { title: 'A talk', state: 'waiting', hls, downloads: [] });
  publications.set(LOCATOR, fakePublication({ manifestName }));
  assert.deepEqual(await status(), { title: 'A talk', state: 'live', hls, downloads: [] });
  publications.set(
    LOCATOR,
    fakePublication({ manifestName, state: 'ended', files: new Map([['a b.mp4', '/x']]) }),
  );
  assert.deepEqual(await status(), {
    title: 'A talk',
    state: 'ended',
    hls,
    downloads: [{ name: 'a b.mp4', url: `/${LOCATOR}/a%20b.mp4` }],
  });
  publications.set(
    LOCATOR,
    fakePublication({
      state: 'ended',
      segments: 0,
      files: new Map([['a.mp4', '/x']]),
      protocols: { hls: false, dash: true, smoothStreaming: false, download: false },
    }),
  );
  assert.deepEqual(await status(), { title: 'A talk', state: 'empty', hls: null, downloads: [] });
  publications.delete(LOCATOR);
  assert.equal((await ask(origin, `/watch/${LOCATOR}/status.json`)).status, 404);
});

test('a link that leads nowhere still shows the page, which says so and keeps looking', async (context) => {
  const { origin } = await openTestOrigin(context, { watchFolder: await builtPage(context) });

  const reply = await ask(origin, '/watch/99999999-0000-0000-0000-000000000000');

  assert.equal(reply.status, 404);
  assert.match(reply.body.toString(), /<title>Lectern<\/title>/);
});

test('a stopped endpoint still shows the page', async (context) => {
  const { origin } = await openTestOrigin(context, { watchFolder: await builtPage(context) });
  origin.stop();

  assert.equal((await ask(origin, `/watch/${LOCATOR}`)).status, 200);
});

test('without a built page the viewer is told what to do', async (context) => {
  const { origin } = await openTestOrigin(context);

  const reply = await ask(origin, `/watch/${LOCATOR}`);

  assert.equal(reply.status, 503);
  assert.match(reply.body.toString(), /npm run build/);
});
