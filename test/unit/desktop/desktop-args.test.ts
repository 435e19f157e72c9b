import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDesktopArgs } from '../../../src-main/desktop/desktop-args.ts';

test('the command line takes the data folder and every port, and leaves Chromium’s options alone', () => {
  const args = [
    '--data-dir',
    '/tmp/d',
    '--control-port=0',
    '--rtmp-port',
    '1940',
    '--enable-logging',
    '--lang=de',
    'x',
  ];

  assert.deepEqual(parseDesktopArgs(args), {
    dataDir: '/tmp/d',
    ports: { controlPort: 0, rtmpPort: 1940 },
  });
  assert.deepEqual(parseDesktopArgs([]), { ports: {} });
});

for (const wrong of [['--control-port', '65536'], ['--origin-port=-1'], ['--srt-port', 'x'], ['--ingest-port']]) {
  test(`“${wrong.join(' ')}” is refused by its name`, () => {
    assert.throws(() => parseDesktopArgs(wrong), { code: 'request/invalid', message: /-port must be a port/ });
  });
}
