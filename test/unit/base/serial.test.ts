import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSerial } from '../../../src-main/base/serial.ts';

test('steps run one after the other in the order they were asked for, whatever they take', async () => {
  const serial = createSerial();
  const seen: string[] = [];
  const gate = Promise.withResolvers<undefined>();

  const slow = serial.run(async () => {
    seen.push('slow begins');
    await gate.promise;
    seen.push('slow ends');
  });
  const quick = serial.run(async () => {
    await Promise.resolve();
    seen.push('quick');
  });
  gate.resolve(undefined);
  await Promise.all([slow, quick]);

  assert.deepEqual(seen, ['slow begins', 'slow ends', 'quick']);
});

test('a step that fails tells its own caller and stops nobody behind it', async () => {
  const serial = createSerial();

  const failing = serial.run(() => Promise.reject(new Error('no')));
  const next = serial.run(() => Promise.resolve('yes'));

  await assert.rejects(failing, /no/);
  assert.equal(await next, 'yes');
});

test('idle waits for everything that was queued and never rejects', async () => {
  const serial = createSerial();
  let ended = false;
  const failing = serial.run(async () => {
    await Promise.resolve();
    ended = true;
    throw new Error('no');
  });

  await serial.idle();

  assert.equal(ended, true);
  await assert.rejects(failing);
});
