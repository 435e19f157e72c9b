import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultDataFolder } from '../../../src-main/core/control/data-folder.ts';

for (const [platform, environment, wanted] of [
  ['linux', {}, '/home/ann/.local/share/lectern'],
  ['linux', { XDG_DATA_HOME: '/data/ann' }, '/data/ann/lectern'],
  ['linux', { XDG_DATA_HOME: 'relative' }, '/home/ann/.local/share/lectern'],
  ['darwin', {}, '/home/ann/Library/Application Support/Lectern'],
  ['win32', { LOCALAPPDATA: '/local' }, '/local/Lectern'],
] as const) {
  test(`on ${platform} with ${JSON.stringify(environment)} data is kept in ${wanted}`, {
    skip: process.platform === 'win32',
  }, () => {
    assert.equal(defaultDataFolder({ platform, environment, home: '/home/ann' }), wanted);
  });
}
