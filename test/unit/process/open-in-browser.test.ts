import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browserCommand } from '../../../src-main/core/process/open-in-browser.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';

test('only addresses of the web are opened', () => {
  for (const url of [
    'file:///etc/passwd',
    'javascript:alert(1)',
    '--help',
    '/usr/bin/xterm',
    'ms-settings:',
    '',
  ]) {
    assert.throws(
      () => browserCommand(url, 'linux', undefined),
      (error) => error instanceof AppError && error.code === 'request/invalid',
    );
  }
});

test('each system has its own opener, and the address is one argument of it', () => {
  const url = 'http://127.0.0.1:8400/?a=1&b=$(x);c';

  assert.deepEqual(
    (['linux', 'darwin', 'win32'] as const).map((platform) => browserCommand(url, platform, 'D:\\Windows')),
    [
      { file: 'xdg-open', args: [url] },
      { file: '/usr/bin/open', args: [url] },
      { file: 'D:\\Windows\\System32\\rundll32.exe', args: ['url.dll,FileProtocolHandler', url] },
    ],
  );
});
