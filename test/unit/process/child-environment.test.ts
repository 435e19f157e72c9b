import assert from 'node:assert/strict';
import { test } from 'node:test';
import { childEnvironment } from '../../../src-main/core/process/child-environment.ts';

test('only what a child needs is passed on', () => {
  const own = {
    PATH: '/usr/bin',
    DISPLAY: ':0',
    PULSE_SERVER: 'unix:/run/pulse',
    AWS_SECRET_ACCESS_KEY: 'secret',
    FFREPORT: 'file=report.log',
    NODE_OPTIONS: '--inspect',
    LD_PRELOAD: '/tmp/evil.so',
  };

  assert.deepEqual(childEnvironment(own, 'linux'), {
    PATH: '/usr/bin',
    DISPLAY: ':0',
    PULSE_SERVER: 'unix:/run/pulse',
    LC_MESSAGES: 'C',
  });
});

test('messages are English and file names keep their character set', () => {
  const environment = childEnvironment({ LANG: 'de_DE.UTF-8', LC_ALL: 'de_CH.UTF-8' }, 'linux');

  assert.deepEqual(environment, { LANG: 'de_DE.UTF-8', LC_CTYPE: 'de_CH.UTF-8', LC_MESSAGES: 'C' });
});

test('what is added for one child wins', () => {
  const environment = childEnvironment({ PULSE_SERVER: 'a' }, 'linux', { PULSE_SERVER: 'b', KEY: 'c' });

  assert.deepEqual(environment, { PULSE_SERVER: 'b', KEY: 'c', LC_MESSAGES: 'C' });
});

test('Windows programs get the folders they cannot do without', () => {
  const own = { SystemRoot: 'C:\\Windows', APPDATA: 'C:\\Users\\a\\AppData\\Roaming' };

  assert.deepEqual(childEnvironment(own, 'win32'), { ...own, LC_MESSAGES: 'C' });
  assert.deepEqual(childEnvironment(own, 'linux'), { LC_MESSAGES: 'C' });
});
