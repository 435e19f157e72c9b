import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { TOKEN } from './fake-service.ts';
import { openShell, until } from './shell.ts';

test('serve says where everything is, and ends cleanly when it is interrupted', async () => {
  await using shell = await openShell();

  const running = shell.run('serve');
  const service = await shell.service();
  await until(() => shell.out().includes('Ctrl-C'));
  const page = await fetch(new URL(/http:\S+#token=\S+/.exec(shell.out())?.[0] ?? ''));
  shell.interrupt();
  const { code, out } = await running;

  assert.equal(code, 0);
  assert.equal(page.status, 503);
  assert(out.includes(`${service.controlUrl}/#token=${TOKEN}`));
  assert(out.includes(service.originUrl) && out.includes(shell.dataDir));
  assert.equal(await service.closed, undefined);
  await assert.rejects(fetch(service.controlUrl));
});

test('with --json the first line is ready, and each event is one line', async () => {
  await using shell = await openShell();

  const running = shell.run('serve', '--json', '--origin-port=0');
  const service = await shell.service();
  await until(() => shell.out().includes('"ready"'));
  await service.services.studio.patch({ title: 'two\nlines' });
  shell.interrupt();
  const { code, out } = await running;
  const [ready, event, ...rest] = out
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));

  assert.equal(code, 0);
  assert.deepEqual(ready, {
    event: 'ready',
    controlUrl: service.controlUrl,
    originUrl: service.originUrl,
    rtmpUrl: null,
    token: TOKEN,
  });
  assert.deepEqual(event, service.events.since(String(Number(service.events.lastId()) - 1))?.[0]);
  assert.deepEqual(rest, []);
});

test('a program that does not read the events does not make the service remember them', async () => {
  let out = '';
  let waiting = 0;
  await using shell = await openShell({
    out: { write: (text) => (out += text), isTerminal: false, columns: () => 80, waiting: () => waiting },
  });

  const running = shell.run('serve', '--json');
  const { services } = await shell.service();
  await until(() => out.includes('"ready"'));
  waiting = 9 * 1024 * 1024;
  services.events.publish('Lectern.Problem', 'studio', 'lost 1');
  services.events.publish('Lectern.Problem', 'studio', 'lost 2');
  waiting = 0;
  services.events.publish('Lectern.Problem', 'studio', 'read');
  shell.interrupt();
  await running;

  const [, dropped, event = ''] = out.split('\n');
  assert.equal(dropped, '{"event":"dropped","count":2}');
  assert.match(event, /"data":"read"/);
});

test('ports, data folder and page are those of the command line', async () => {
  await using shell = await openShell({ pagesFolder: '/pages' });

  const running = shell.run('serve', '--data-dir', 'other', '--control-port', '0', '--rtmp-port=1935');
  const { options } = await shell.service();
  shell.interrupt();
  await running;

  assert.equal(options.dataDir, `${shell.folder}/other`);
  assert.deepEqual(
    [options.controlPort, options.originPort, options.rtmpPort, options.pagesFolder, options.lock, options.host],
    [0, undefined, 1935, '/pages', true, 'headless'],
  );
});

test('the passphrase is that of the process, and its file that of the command line', async () => {
  await using shell = await openShell({ passphrase: { text: 'of the environment' } });

  const running = shell.run('serve', '--passphrase-file', 'keys/passphrase');
  const { options } = await shell.service();
  shell.interrupt();
  await running;

  assert.deepEqual(options.passphrase, { text: 'of the environment', file: `${shell.folder}/keys/passphrase` });
});

test('--open opens the page, and a browser that does not open is no reason to end', async () => {
  await using shell = await openShell();
  const first = shell.run('serve', '--open');
  const service = await shell.service();
  shell.interrupt();
  await first;

  await using unable = await openShell({ openInBrowser: () => Promise.reject(new Error('no xdg-open')) });
  const second = unable.run('serve', '--open');
  await unable.service();
  unable.interrupt();
  const { code, err } = await second;

  assert.deepEqual(shell.browsed, [`${service.controlUrl}/#token=${TOKEN}`]);
  assert.equal(code, 0);
  assert.match(err, /^The browser could not be opened: no xdg-open\./);
});

test('a second service on the same data folder is told so and changes nothing', async () => {
  await using shell = await openShell();
  await using _other = await shell.startElsewhere();

  const { code, out, err } = await shell.run('serve');

  assert.deepEqual([code, out], [1, '']);
  assert.match(err, /^Another Lectern uses /);
});

test('a port that is taken is named in a sentence', async () => {
  await using shell = await openShell();
  await using other = await shell.startElsewhere();
  const { port } = new URL(other.controlUrl);

  const { code, err } = await shell.run('serve', '--control-port', port, '--data-dir', 'another');

  assert.equal(code, 1);
  assert(err.includes(`Port ${port}`) && err.includes('network.controlPort'), err);
});

test('a service that ends by itself is a failure with its reason', async () => {
  await using shell = await openShell();

  const running = shell.run('serve');
  (await shell.service()).fail(new AppError('archive/disk-full', 'The disk is full.'));
  const { code, err } = await running;

  assert.equal(code, 1);
  assert.match(err, /^The disk is full\.$/m);
});
