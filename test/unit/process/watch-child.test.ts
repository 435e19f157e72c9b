import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../../../src-main/base/clock.ts';
import { type ChildWatch, createChildWatch } from '../../../src-main/core/process/watch-child.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';

const POLICY = { startWithinMs: 20_000, stallAfterMs: 5000, healthyAfterMs: 10_000 };

function watching(
  policy: Partial<typeof POLICY> = {},
  clock: ManualClock = manualClock(),
  seen: Clock = clock,
): { clock: ManualClock; watch: ChildWatch; news: string[] } {
  const news: string[] = [];
  const watch = createChildWatch({
    clock: seen,
    policy: { ...POLICY, ...policy },
    onStalled: (silentMs, hadStarted) => void news.push(`stalled ${silentMs} ${hadStarted}`),
    onHealthy: () => void news.push('healthy'),
  });
  return { clock, watch, news };
}

test('a child that never begins is stalled after its time to start, once', () => {
  const { clock, news } = watching();

  clock.advance(19_999);
  assert.deepEqual(news, []);
  clock.advance(600_000);

  assert.deepEqual(news, ['stalled 20000 false']);
});

test('a child that begins has the shorter limit from then on', () => {
  const { clock, watch, news } = watching();

  clock.advance(19_999);
  watch.progress();
  clock.advance(4999);
  assert.deepEqual(news, []);
  clock.advance(1);

  assert.deepEqual(news, ['stalled 5000 true']);
});

test('a child is healthy by what it did, not by the time it was silent', () => {
  const { clock, watch, news } = watching({ stallAfterMs: 60_000 });

  watch.progress();
  clock.advance(59_000);
  assert.deepEqual(news, []);
  watch.progress();
  watch.progress();

  assert.deepEqual(news, ['healthy']);
});

test('a child that only has to begin is healthy a while after it began', () => {
  const { clock, watch, news } = watching({ stallAfterMs: Infinity });

  clock.advance(15_000);
  watch.progress();
  clock.advance(9999);
  assert.deepEqual(news, []);
  clock.advance(1);

  assert.deepEqual(news, ['healthy']);
});

test('a watch that is over says nothing and leaves no timer', () => {
  const { clock, watch, news } = watching({ stallAfterMs: Infinity });
  watch.progress();

  watch[Symbol.dispose]();
  clock.advance(600_000);

  assert.deepEqual([news, clock.pending()], [[], 0]);
});

test('time in which this program itself did not run is not held against the child', () => {
  const clock = manualClock();
  let asleepMs = 0;
  // The laptop sleeps: nothing runs, and when it wakes up an hour has passed at once.
  const seen: Clock = {
    monotonicMs: () => clock.monotonicMs() + asleepMs,
    wallMs: () => clock.wallMs() + asleepMs,
    after: (delayMs, action) => clock.after(delayMs, action),
  };
  const { watch, news } = watching({}, clock, seen);
  watch.progress();
  clock.advance(2000);

  asleepMs = 3_600_000;
  clock.advance(2999);
  assert.deepEqual(news, []);
  clock.advance(2000);

  assert.equal(news.length, 1);
});
