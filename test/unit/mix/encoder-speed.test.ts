import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEncoderSpeed } from '../../../src-main/core/mix/encoder-speed.ts';

test('what has not fallen further behind for a second keeps up, whatever was before', () => {
  const speed = createEncoderSpeed();
  // 30 frames a second; from 1 s to 2 s it loses ten of them, and none after that.
  const lagAt = (ms: number): number => 2 + Math.min(10, Math.max(0, (ms - 1000) / 100));
  const speeds = Array.from({ length: 9 }, (_, index) => {
    const ms = index * 500;
    const composed = (ms * 30) / 1000;
    return [ms, speed.take(ms, composed, composed - lagAt(ms))] as const;
  });

  assert.deepEqual(
    speeds.filter(([, is]) => is < 1).map(([ms]) => ms),
    [1500, 2000, 2500],
  );
});
