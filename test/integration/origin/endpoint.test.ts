import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openOrigin } from '../../../src-main/core/origin/origin.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import {
  fakeDocument,
  fakeGrowing,
  fakeNotYet,
  fakePackager,
  fakePublication,
  LOCATOR,
} from '../../support/fake-packager.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { ask, openTestOrigin, streamPath, talk, until } from '../../support/open-test-origin.ts';

async function takenPort(context: TestContext, host: string): Promise<number> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<undefined>();
  server.listen(0, host, () => resolve(undefined));
  await promise;
  context.after(() => server.close());
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return address.port;
}

function openOn(port: number, host = '127.0.0.1') {
  return openOrigin({
    port,
    host,
    packager: fakePackager(new Map()),
    findPublication: async () => await Promise.resolve(undefined),
    watchFolder: undefined,
    clock: manualClock(),
    logger: silentLogger,
    version: '1',
  });
}

test('a port that is taken is named, with the setting and the flag that change it', async (context) => {
  const port = await takenPort(context, '127.0.0.1');

  await assert.rejects(openOn(port), (error) => {
    assert.ok(error instanceof AppError);
    assert.equal(error.code, 'service/port-taken');
    assert.deepEqual(error.details, { port, setting: 'network.originPort', flag: '--origin-port' });
    assert.match(error.message, new RegExp(`Port ${port} for viewers is already in use`));
    return true;
  });
});

test('an address that is not this computer’s is refused', async () => {
  await assert.rejects(openOn(0, '192.0.2.1'), { code: 'service/port-refused' });
});

test('a stopped endpoint refuses streams, lets go of who waits, and keeps its port', async (context) => {
  const { origin, answers } = await openTestOrigin(context);
  const part = fakeNotYet();
  const segment = fakeGrowing();
  segment.push(Buffer.from('half'));
  answers.set('p', part.answer).set('g', segment.answer);
  answers.set('manifest', { kind: 'manifest', document: fakeDocument('#EXTM3U'), lifetime: 2 });
  const waiting = ask(origin, streamPath('p'));
  const growing = ask(origin, streamPath('g'));
  await until(() => origin.metrics().held === 1 && segment.changed.listenerCount() === 1, 'both are on their way');

  origin.stop();

  assert.equal(origin.state(), 'Stopped');
  assert.deepEqual([(await waiting).status, (await growing).isCut], [503, true]);
  for (const path of [streamPath('manifest'), `/${LOCATOR}/film.mp4`, `/watch/${LOCATOR}/status.json`]) {
    const reply = await ask(origin, path);
    assert.deepEqual(
      [reply.status, reply.headers['x-ms-error-code'], reply.headers['retry-after']],
      [503, 'origin/stopped', '1'],
      path,
    );
  }
  assert.equal((await ask(origin, '/time')).status, 200);

  origin.start();

  assert.equal(origin.state(), 'Running');
  assert.equal((await ask(origin, streamPath('manifest'))).status, 200);
});

test('sharing on the network keeps the port and the answers in progress', async (context) => {
  const { origin, answers } = await openTestOrigin(context);
  const part = fakeNotYet();
  answers.set('p', part.answer);
  const { port } = origin;
  const waiting = ask(origin, streamPath('p'));
  await until(() => origin.metrics().held === 1, 'the request is held');

  await origin.setHost('0.0.0.0');

  assert.deepEqual([origin.host(), origin.port, origin.url()], ['0.0.0.0', port, `http://127.0.0.1:${port}`]);
  assert.equal((await ask(origin, '/time')).status, 200);
  part.arrive({ kind: 'manifest', document: fakeDocument('late'), lifetime: 0 });
  assert.equal((await waiting).body.toString(), 'late');
  await origin.setHost('127.0.0.1');
  assert.equal((await ask(origin, '/time')).status, 200);
});

test('when the other address cannot be had, it goes on where it was', async (context) => {
  const { origin } = await openTestOrigin(context);

  await assert.rejects(origin.setHost('192.0.2.1'), { code: 'service/port-refused' });

  assert.equal(origin.host(), '127.0.0.1');
  assert.equal((await ask(origin, '/time')).status, 200);
});

test('closing ends what waits, frees the port, and twice does no harm', async (context) => {
  const { origin, answers } = await openTestOrigin(context);
  const part = fakeNotYet();
  answers.set('p', part.answer);
  const waiting = ask(origin, streamPath('p'));
  const idle = talk(origin, '');
  await until(() => origin.metrics().held === 1, 'the request is held');

  await Promise.all([origin[Symbol.asyncDispose](), origin[Symbol.asyncDispose]()]);

  assert.equal((await waiting).status, 503);
  await idle.said;
  await using again = await openOn(origin.port);
  assert.equal(again.port, origin.port);
});

test('finished files are downloaded under their name, also in pieces', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'lectern-origin-'));
  context.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'export.mp4');
  await writeFile(path, '0123456789');
  const files = new Map([
    ['Zürich "2".mp4', path],
    ['gone.mp4', join(folder, 'gone.mp4')],
    ['server.ism', path],
  ]);
  const { origin, publications } = await openTestOrigin(context, { publication: fakePublication({ files }) });
  const address = `/${LOCATOR}/${encodeURIComponent('Zürich "2".mp4')}`;

  const whole = await ask(origin, address);
  assert.deepEqual([whole.status, whole.body.toString()], [200, '0123456789']);
  assert.deepEqual([whole.headers['content-type'], whole.headers['accept-ranges']], ['video/mp4', 'bytes']);
  assert.equal(
    whole.headers['content-disposition'],
    `attachment; filename="Z_rich _2_.mp4"; filename*=UTF-8''Z%C3%BCrich%20%222%22.mp4`,
  );
  const tail = await ask(origin, address, { headers: { range: 'bytes=-4' } });
  assert.deepEqual(
    [tail.status, tail.headers['content-range'], tail.body.toString()],
    [206, 'bytes 6-9/10', '6789'],
  );
  assert.equal((await ask(origin, address, { headers: { range: 'bytes=99-' } })).status, 416);
  const etag = whole.headers.etag ?? '';
  assert.equal((await ask(origin, address, { headers: { 'if-none-match': etag } })).status, 304);
  const head = await ask(origin, address, { method: 'HEAD' });
  assert.deepEqual([head.headers['content-length'], head.body.length], ['10', 0]);

  for (const name of ['gone.mp4', 'server.ism', 'never.mp4', '..%2F..%2Fetc%2Fpasswd', '%2e%2e']) {
    assert.equal((await ask(origin, `/${LOCATOR}/${name}`)).status, 404, name);
  }
  assert.equal((await ask(origin, `/${LOCATOR}/%E0%A4%A`)).status, 400);
  publications.set(
    LOCATOR,
    fakePublication({ files, protocols: { hls: true, dash: true, smoothStreaming: false, download: false } }),
  );
  assert.equal((await ask(origin, address)).status, 403);
});
