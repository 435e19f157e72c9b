import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openShell, until } from './shell.ts';

async function withRecording() {
  const shell = await openShell();
  shell.onOpen = ({ services }) => void services.addAsset('talk');
  const files = async (): Promise<string[]> =>
    (await readdir(shell.folder)).filter((name) => name !== 'data').toSorted();
  return Object.assign(shell, { files });
}

test('a file that fails its check is a failure and is not left behind', async () => {
  await using shell = await withRecording();
  shell.onOpen = ({ services }) => {
    services.addAsset('talk');
    services.exportEnd = 'failed';
  };

  const { code, out, err } = await shell.run('export', 'talk', '--out', 'a.mp4');

  assert.deepEqual([code, out], [1, '']);
  assert.match(err, /^The file has 3 frames too few\.$/m);
  assert.deepEqual(await shell.files(), []);
});

test('a file that is there is not overwritten', async () => {
  await using shell = await withRecording();
  await writeFile(join(shell.folder, 'a.mp4'), 'precious');

  const { code, err } = await shell.run('export', 'talk', '--out', 'a.mp4');

  assert.equal(code, 1);
  assert.match(err, /a\.mp4 is already there\. Choose another name, or replace it with --force\.\n$/);
  assert.equal(await readFile(join(shell.folder, 'a.mp4'), 'utf8'), 'precious');
  assert.equal(shell.opened.length, 0);
});

test('--force replaces a file, but only by a good one', async () => {
  await using shell = await withRecording();
  await writeFile(join(shell.folder, 'a.mp4'), 'precious');
  shell.onOpen = ({ services }) => {
    services.addAsset('talk');
    services.exportEnd = 'failed';
  };
  const failed = await shell.run('export', 'talk', '--out', 'a.mp4', '--force');
  assert.equal(await readFile(join(shell.folder, 'a.mp4'), 'utf8'), 'precious');
  shell.onOpen = ({ services }) => void services.addAsset('talk');

  const good = await shell.run('export', 'talk', '--out', 'a.mp4', '--force');

  assert.deepEqual([failed.code, good.code], [1, 0]);
  assert.equal(await readFile(join(shell.folder, 'a.mp4'), 'utf8'), 'exported');
  assert.deepEqual(await shell.files(), ['a.mp4']);
});

test('a folder, or a place in a folder that is not there, is no target', async () => {
  await using shell = await withRecording();
  await mkdir(join(shell.folder, 'sub'));

  const folder = await shell.run('export', 'talk', '--out', 'sub', '--force');
  const nowhere = await shell.run('export', 'talk', '--out', 'none/a.mp4');

  assert.deepEqual([folder.code, nowhere.code], [1, 1]);
  assert.match(folder.err, /sub is a folder; --out must name a file\.\n$/);
  assert.match(nowhere.err, /^There is no folder .*none\.\n$/);
});

test('a recording that is not there is named', async () => {
  await using shell = await withRecording();

  const { code, err } = await shell.run('export', 'tlak', '--out', 'a.mp4');

  assert.deepEqual([code, err], [1, 'There is no asset tlak.\n']);
});

test('Ctrl-C cancels and leaves nothing behind', async () => {
  await using shell = await withRecording();
  shell.onOpen = ({ services }) => {
    services.addAsset('talk');
    services.stallExports = true;
  };

  const running = shell.run('export', 'talk', '--out', 'a.mp4');
  const { services } = await shell.service();
  await until(() => services.exports.list('talk').length === 1);
  shell.interrupt();
  const { code, err } = await running;

  assert.equal(code, 130);
  assert.match(err, /^The export was cancelled; nothing was left behind\.$/m);
  assert.deepEqual(services.exports.list('talk'), []);
  assert.deepEqual(await shell.files(), []);
});

test('the whole recording in its best quality is written, with progress, and the path printed', async () => {
  await using shell = await withRecording();

  const { code, out, err } = await shell.run('export', 'talk', '--out', 'a.mp4');

  assert.deepEqual([code, out], [0, `${join(shell.folder, 'a.mp4')}\n`]);
  assert.match(err, /^\[\.{30}\] {3}0 % {2}queued$/m);
  assert.match(err, /^Written and checked: 8 B\.$/m);
  const [job] = shell.opened[0]?.services.exports.list('talk') ?? [];
  assert.deepEqual([job?.format, job?.quality], ['mp4', 'top']);
});

test('format, quality and range are those that were asked for', async () => {
  await using shell = await withRecording();

  await shell.run('export', 'talk', '--out', 'a.m4a');
  await shell.run(
    'export',
    'talk',
    '--out',
    'b.bin',
    '--format',
    'm4a',
    '--quality',
    '2500',
    '--start',
    '1:00',
    '--end=90.5',
  );

  const jobs = shell.opened.flatMap(({ services }) => services.exports.list('talk'));
  assert.deepEqual(
    jobs.map(({ format, quality }) => [format, quality]),
    [
      ['m4a', 'top'],
      ['m4a', '2500'],
    ],
  );
});

test('every format and quality of the contract is passed on, with exact ranges', async () => {
  await using shell = await withRecording();
  const folder = join(shell.folder, 'web');

  await shell.run('export', 'talk', '--out', 'a.MKV', '--quality', 'all');
  await shell.run('export', 'talk', '--out', 'web', '--format', 'hls', '--quality', 'all');
  const exact = await shell.run('export', 'talk', '--out', 'b.mp4', '--start', '1.5', '--end', '2', '--exact');
  const taken = await shell.run('export', 'talk', '--out', 'web', '--format', 'hls', '--force');

  const jobs = shell.opened.flatMap(({ services }) => services.exports.list('talk'));
  assert.deepEqual(
    jobs.map(({ format, quality }) => [format, quality]),
    [
      ['mkv', 'all'],
      ['hls', 'all'],
      ['mp4', 'top'],
    ],
  );
  assert.match(exact.err, /^It holds 1\.500 s to 2\.000 s, to the picture\.$/m);
  assert.equal(taken.code, 1);
  assert.match(
    taken.err,
    /web is already there\. Choose another name: --force does not replace it by a folder\.\n$/,
  );
  assert.equal(await readFile(folder, 'utf8'), 'exported');
});

test('an export through a running service ends the same way and leaves it running', async () => {
  await using shell = await withRecording();
  await using other = await shell.startElsewhere();
  other.services.addAsset('talk');

  const { code } = await shell.run('export', 'talk', '--out', 'a.mp4');

  assert.equal(code, 0);
  assert.equal(shell.opened.length, 0);
  assert.deepEqual(await shell.files(), ['a.mp4']);
  assert.equal((await fetch(`${other.controlUrl}/`)).status, 503);
});
