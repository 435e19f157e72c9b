import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BackOff, createBackOff, MIRROR_POLICY } from '../../../src-main/core/mirror/back-off.ts';
import { createPacer, createRateMeter } from '../../../src-main/core/mirror/bandwidth.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';

const AWAY = new AppError('upload/unreachable', 'No answer.');

function opened(random = 1): { readonly clock: ManualClock; readonly backOff: BackOff; readonly opens: number[] } {
  const clock = manualClock();
  const opens: number[] = [];
  const backOff = createBackOff({
    clock,
    random: () => random,
    policy: MIRROR_POLICY,
    onOpen: () => opens.push(clock.monotonicMs()),
  });
  return { clock, backOff, opens };
}

test('each failure closes for longer, up to a limit, and a success begins anew', () => {
  const { clock, backOff } = opened();
  const waits = Array.from({ length: 6 }, () => {
    backOff.failed(AWAY, backOff.round());
    const waitMs = (backOff.retryAtMs() ?? 0) - clock.wallMs();
    clock.advance(waitMs);
    return waitMs;
  });

  backOff.succeeded();
  backOff.failed(AWAY, backOff.round());

  assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 8000]);
  assert.equal((backOff.retryAtMs() ?? 0) - clock.wallMs(), 500);
});

test('half of a wait is chance', () => {
  const { clock, backOff } = opened(0);

  backOff.failed(AWAY, backOff.round());

  assert.equal((backOff.retryAtMs() ?? 0) - clock.wallMs(), 250);
});

test('requests that fail together are one failure', () => {
  const { clock, backOff, opens } = opened();
  const round = backOff.round();

  for (let request = 0; request < 4; request += 1) {
    backOff.failed(AWAY, round);
  }
  assert.equal(backOff.allowed(), 0);
  clock.advance(500);

  assert.deepEqual([backOff.allowed(), backOff.failures(), opens], [4, 4, [500]]);
});

test('what the storage asks for is waited for, but not for ever', () => {
  const asking = (seconds: number) =>
    new AppError('upload/slow-down', 'less', { details: { retryAfterSeconds: seconds } });
  const { clock, backOff } = opened();

  backOff.failed(asking(30), backOff.round());
  const first = (backOff.retryAtMs() ?? 0) - clock.wallMs();
  clock.advance(30_000);
  backOff.failed(asking(86_400), backOff.round());

  assert.deepEqual([first, (backOff.retryAtMs() ?? 0) - clock.wallMs()], [30_000, 120_000]);
});

test('after it asked for less, one request more is sent with each that is taken', () => {
  const { clock, backOff } = opened();
  backOff.failed(new AppError('upload/slow-down', 'less'), backOff.round());
  clock.advance(500);

  const allowed = [backOff.allowed()];
  for (let taken = 0; taken < 5; taken += 1) {
    backOff.succeeded();
    allowed.push(backOff.allowed());
  }

  assert.deepEqual(allowed, [1, 2, 3, 4, 4, 4]);
});

test('the network is back: nobody waits, and nothing is left on the clock', () => {
  const { clock, backOff, opens } = opened();
  backOff.failed(AWAY, backOff.round());

  backOff.reset();

  assert.deepEqual([backOff.allowed(), opens.length, clock.pending()], [4, 1, 0]);
});

test('bytes leave no faster than the limit, and a pause is no reason to hurry', async () => {
  const clock = manualClock();
  const pace = createPacer(clock, 800_000);
  const { signal } = new AbortController();
  const left: number[] = [];
  const send = async (bytes: number): Promise<void> => {
    await pace(bytes, signal);
    left.push(clock.monotonicMs());
  };

  // 0.1 s each.
  const sent = Promise.all([send(10_000), send(10_000), send(10_000)]);
  await clock.advanceAsync(1000);
  await sent;
  await clock.advanceAsync(60_000);
  const later = Promise.all([send(10_000), send(10_000)]);
  await clock.advanceAsync(1000);
  await later;

  assert.deepEqual(left, [0, 100, 200, 61_000, 61_100]);
});

test('a wait for room ends when the mirror is closed', async () => {
  const clock = manualClock();
  const pace = createPacer(clock, 100_000);
  const closing = new AbortController();
  await pace(1_000_000, closing.signal);
  const waiting = pace(1, closing.signal);

  closing.abort(new Error('closed'));

  await assert.rejects(waiting, /closed/);
  assert.equal(clock.pending(), 0);
});

test('without a limit nobody waits', async () => {
  const clock = manualClock();
  const pace = createPacer(clock, undefined);

  await pace(1e9, new AbortController().signal);
  await pace(1e9, new AbortController().signal);

  assert.equal(clock.monotonicMs(), 0);
});

test('the bitrate is that of the last ten seconds', () => {
  const clock = manualClock();
  const meter = createRateMeter(clock);

  for (let second = 0; second < 20; second += 1) {
    meter.add(125_000);
    clock.advance(1000);
  }
  const steady = meter.bitrate();
  clock.advance(5000);
  const half = meter.bitrate();
  clock.advance(20_000);

  assert.deepEqual([steady, half, meter.bitrate()], [1_000_000, 500_000, 0]);
});
