import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openShell } from './shell.ts';

for (const [args, words] of [
  [['dance'], 'There is no command “dance”. See “lectern --help”.'],
  [['--dance'], 'There is no option “--dance”. See “lectern --help”.'],
  [['serve', '--dance'], 'There is no option --dance for serve. See “lectern serve --help”.'],
  [['serve', 'now'], 'serve has no use for “now”. See “lectern serve --help”.'],
  [['serve', '--control-port', '65536'], '--control-port must be a port from 0 to 65535, and “65536” is not.'],
  [['serve', '--rtmp-port', 'x'], '--rtmp-port must be a port from 0 to 65535, and “x” is not.'],
  [['serve', '--data-dir'], '--data-dir needs a value: --data-dir FOLDER.'],
  [['live'], 'live needs --source: test, screen,'],
  [['live', '--source', 'tset'], '--source must be test, screen,'],
  [['live', '--source', 'test', '--duration', 'long'], '--duration must be a time such as 30s'],
  [['live', '--source', 'test', '--to', 'http://x'], '--to must be an rtmp:// or rtmps:// address'],
  [['export'], 'export needs ASSET: lectern export ASSET --out PATH [options].'],
  [['export', 'a'], 'export needs --out PATH.'],
  [['export', 'a', 'b', '--out', 'x'], 'export has no use for “b”.'],
  [
    ['export', 'a', '--out', 'x', '--format', 'avi'],
    '--format must be one of mp4, mkv, m4a, hls, and “avi” is not.',
  ],
  [
    ['export', 'a', '--out', 'x', '--quality', 'low'],
    '--quality must be top, all or a number of kbit/s, and “low” is not.',
  ],
  [
    ['export', 'a', '--out', 'x', '--start', 'noon'],
    '--start must be seconds or [[hh:]mm:]ss[.fff], and “noon” is not.',
  ],
] as const) {
  test(`“${args.join(' ')}” is refused in one sentence with exit code 2, and nothing is begun`, async () => {
    await using shell = await openShell();

    const { code, out, err } = await shell.run(...args);

    assert.deepEqual([code, out], [2, '']);
    assert(err.startsWith(words), err);
    assert.equal(err.split('\n').length, 2);
    assert.equal(shell.opened.length, 0);
  });
}

test('help tells of every command, and of every option', async () => {
  await using shell = await openShell();

  const overview = await shell.run('--help');
  const serve = await shell.run('serve', '--json', '--help');
  const nothing = await shell.run();

  assert.equal(overview.code, 0);
  for (const name of ['serve', 'live', 'archives', 'export', 'doctor']) {
    assert.match(overview.out, new RegExp(`^ {2}${name} `, 'm'));
    const help = await shell.run(name, '--help');
    assert.equal(help.code, 0);
    assert.match(help.out, new RegExp(`^Usage: lectern ${name} `, 'm'));
    assert.equal((await shell.run('help', name)).out, help.out);
    assert.equal((await shell.run(name, '-h')).out, help.out);
  }
  for (const port of ['control', 'origin', 'rtmp', 'rtmps', 'ingest', 'srt']) {
    assert.match(serve.out, new RegExp(`--${port}-port N +Port `));
  }
  assert.deepEqual([nothing.code, nothing.err], [2, overview.out]);
});

test('the version is that of the program, for every command', async () => {
  await using shell = await openShell();

  for (const args of [['--version'], ['serve', '--version'], ['export', '--version']]) {
    assert.deepEqual(await shell.run(...args), { code: 0, out: '1.2.3\n', err: '' });
  }
});

test('a mistake of the program is told as such, with what a report needs', async () => {
  await using shell = await openShell({
    openService: () => {
      throw new TypeError('undefined is not a function');
    },
  });

  const { code, err } = await shell.run('serve');

  assert.equal(code, 1);
  assert.match(err, /^Lectern made a mistake\. Please report it/);
  assert.match(err, /TypeError: undefined is not a function\n\s+at /);
});
