import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRecovery } from '../../../../src-renderer/player/hls-recovery.ts';

test('each kind of fault has its remedy, and what has none is given up at once', () => {
  const { remedyFor } = createRecovery(() => 0);

  assert.deepEqual(
    [remedyFor('network'), remedyFor('media'), remedyFor('other')],
    ['load-again', 'rebuild', 'give-up'],
  );
});

test('a fourth fault within half a minute is given up, whatever their kinds', () => {
  let now = 0;
  const { remedyFor } = createRecovery(() => now);

  const remedies = [0, 10_000, 20_000, 29_999].map((ms, index) => {
    now = ms;
    return remedyFor(index === 1 ? 'media' : 'network');
  });

  assert.deepEqual(remedies, ['load-again', 'rebuild', 'load-again', 'give-up']);
});

test('a stream that stumbles now and then goes on for ever', () => {
  let now = 0;
  const { remedyFor } = createRecovery(() => now);

  for (let round = 0; round < 50; round += 1) {
    assert.equal(remedyFor('media'), 'rebuild');
    now += 10_000;
  }
});

test('what was given up does not count against what comes later', () => {
  let now = 0;
  const { remedyFor } = createRecovery(() => now);
  for (let fault = 0; fault < 10; fault += 1) {
    remedyFor('network');
  }

  now = 30_000;

  assert.equal(remedyFor('network'), 'load-again');
});
