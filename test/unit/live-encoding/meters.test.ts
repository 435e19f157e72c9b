import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDelayMeter } from '../../../src-main/core/live-encoding/delay-meter.ts';
import { createFrameRateMeter } from '../../../src-main/core/live-encoding/frame-rate-meter.ts';
import type { Sample } from '../../../src-main/media/cmaf/types.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { VIDEO } from '../media/sample-media.ts';

function samples(durations: readonly number[]): readonly Sample[] {
  return durations.map((duration) => ({
    decodeTime: ticks(0),
    duration,
    compositionOffset: 0,
    sync: true,
    data: new Uint8Array(1),
  }));
}

test('the rate is the one that the stream says', () => {
  const meter = createFrameRateMeter({ ...VIDEO, frameRate: { numerator: 60_000, denominator: 1001 } });

  assert.equal(meter.rate(), 60_000 / 1001);
});

test('a stream that says none, or nonsense, is measured: RTMP rounds to milliseconds', () => {
  const meter = createFrameRateMeter({
    ...VIDEO,
    timescale: 1000,
    frameRate: { numerator: 90_000, denominator: 1 },
  });
  meter.push(samples([33, 34, 33, 33, 34]));
  assert.equal(meter.rate(), undefined);

  meter.push(samples([33, 33, 34, 33, 33, 34, 33]));

  assert(Math.abs((meter.rate() ?? 0) - 30) < 0.2);
});

test('durations from which nothing follows are taken for 30 a second', () => {
  const meter = createFrameRateMeter({ ...VIDEO, timescale: 90_000, frameRate: undefined });
  meter.push(samples(Array.from({ length: 12 }, () => 1)));

  assert.equal(meter.rate(), 30);
});

test('the delay is what pacing takes and what was measured on top', () => {
  const meter = createDelayMeter();
  meter.shown({ pid: 7, delayMs: 350, pacedMs: 100 });

  assert.equal(meter.milliseconds(100), 350);
  assert.equal(meter.milliseconds(600), 850);
});

test('while nothing has been measured it is the usual one', () => {
  assert.equal(createDelayMeter().milliseconds(100), 220);
});

test('reports of a decoder that has been replaced, and miscounted ones, change nothing', () => {
  const meter = createDelayMeter();
  meter.shown({ pid: 7, delayMs: 350, pacedMs: 100 });
  meter.restart();
  meter.shown({ pid: 7, delayMs: 900, pacedMs: 100 });
  meter.shown({ pid: 8, delayMs: 9000, pacedMs: 100 });
  assert.equal(meter.milliseconds(100), 350);

  meter.shown({ pid: 8, delayMs: 300, pacedMs: 100 });

  assert.equal(meter.milliseconds(100), 300);
});
