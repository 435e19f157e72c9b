import assert from 'node:assert/strict';
import { test } from 'node:test';
import { taskkillCommand } from '../../../src-main/core/process/signal-group.ts';

test('Windows ends a tree with its own taskkill, whatever else is called that', () => {
  assert.deepEqual(taskkillCommand(4711, 'D:\\Windows'), {
    file: 'D:\\Windows\\System32\\taskkill.exe',
    args: ['/PID', '4711', '/T', '/F'],
  });
  assert.equal(taskkillCommand(1, undefined).file, 'C:\\Windows\\System32\\taskkill.exe');
});
