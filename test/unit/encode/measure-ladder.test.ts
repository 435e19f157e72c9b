import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MeasureLadderOptions, measureLadder } from '../../../src-main/core/encode/measure-ladder.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { ChildSpec } from '../../../src-main/core/ports/process.ts';
import { type FakeEncoder, fakeEncoderSpawn } from '../../support/fake-encoder.ts';
import { paperBinary } from '../../support/ffmpeg-binary.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { memoryCache } from '../../support/text-cache.ts';

/** The height of the canvas a command line is for. */
function heightOf({ args }: ChildSpec): number {
  return Number((args[args.indexOf('-video_size') + 1] ?? '').split('x')[1]);
}

/** How much faster the cheaper preset is on these computers. */
const ULTRAFAST_GAIN = 1.3;

/** A computer that encodes each canvas at a speed of its own; speeds of superfast by height. */
function computer(
  speeds: Readonly<Record<number, number>>,
  over: Partial<MeasureLadderOptions> & { readonly fake?: FakeEncoder } = {},
): MeasureLadderOptions & { readonly measured: () => number[] } {
  const clock = manualClock();
  const frameRate = over.frameRate ?? 30;
  const speedOf = (spec: ChildSpec): number =>
    (speeds[heightOf(spec)] ?? 1) * (spec.args.includes('ultrafast') ? ULTRAFAST_GAIN : 1);
  const spawn = fakeEncoderSpawn(
    (spec) => over.fake ?? { onFrame: () => clock.advance(1000 / frameRate / speedOf(spec)) },
  );
  return {
    encoder: { codec: 'libx264', preset: 'superfast' },
    ffmpeg: paperBinary(),
    frameRate,
    cores: 2,
    cpuModel: 'Test CPU',
    spawn,
    clock,
    cache: memoryCache(),
    log: silentLogger,
    // The fake does not look at them, and making real ones takes longer than all of these tests.
    frames: ({ width, height }) => [new Uint8Array((width * height * 3) / 2)],
    ...over,
    measured: () => spawn.specs.map(heightOf),
  };
}

function rounded(speeds: readonly { ladder: string; preset: string; speed: number }[]): string[] {
  return speeds.map(({ ladder, preset, speed }) => `${ladder} ${preset} ${speed.toFixed(1)}`);
}

test('the largest ladder that reaches one and a half times real time is chosen, and no smaller one is measured', async () => {
  const strong = computer({ 1080: 1.6, 720: 3 });

  const { ladder, fits, preset, speeds } = await measureLadder(strong);

  assert.deepEqual(
    { ladder, fits, preset, speeds: rounded(speeds) },
    { ladder: '1080p-4-Layer', fits: true, preset: 'superfast', speeds: ['1080p-4-Layer superfast 1.6'] },
  );
  assert.deepEqual(strong.measured(), [1080]);
});

test('a ladder that nearly fits is taken with a cheaper preset rather than with fewer pixels', async () => {
  const { ladder, fits, preset, speeds } = await measureLadder(computer({ 1080: 1.2, 720: 2.7 }));

  assert.deepEqual({ ladder, fits, preset }, { ladder: '1080p-4-Layer', fits: true, preset: 'ultrafast' });
  assert.deepEqual(rounded(speeds), ['1080p-4-Layer superfast 1.2', '1080p-4-Layer ultrafast 1.6']);
});

test('a ladder that no preset brings within reach is left to a smaller one', async () => {
  const { ladder, preset, speeds } = await measureLadder(computer({ 1080: 0.9, 720: 2 }));

  assert.deepEqual({ ladder, preset }, { ladder: '720p-3-Layer', preset: 'superfast' });
  assert.deepEqual(rounded(speeds), ['1080p-4-Layer superfast 0.9', '720p-3-Layer superfast 2.0']);
});

test('a computer too slow for all gets the smallest ladder with the cheapest preset and is told', async () => {
  const { ladder, fits, preset } = await measureLadder(computer({ 1080: 0.2, 720: 0.5, 480: 1.1 }));

  assert.deepEqual({ ladder, fits, preset }, { ladder: '480p-2-Layer', fits: false, preset: 'ultrafast' });
});

test('four measurements are the most, whatever the computer', async () => {
  // Layers of half the size are a bit more than twice as fast everywhere.
  for (const speed of [0.15, 0.35, 0.45, 0.6, 0.95, 1.45]) {
    const { speeds } = await measureLadder(computer({ 1080: speed, 720: 2.1 * speed, 480: 4.5 * speed }));

    assert(speeds.length <= 4, `${speeds.length} for ${speed}`);
  }
});

test('the speed counts against the frame rate that is wanted', async () => {
  const at60 = await measureLadder(computer({ 1080: 0.8, 720: 1.6 }, { frameRate: 60 }));

  assert.deepEqual(rounded(at60.speeds), ['1080p-4-Layer superfast 0.8', '720p-3-Layer superfast 1.6']);
});

test('an encoder that ends while it is measured counts as not working for that ladder', async () => {
  const broken = computer({}, { fake: { failsWith: { code: 1, lines: ['out of sessions'] } } });

  const { fits, speeds } = await measureLadder(broken);

  assert.equal(fits, false);
  assert.deepEqual(
    speeds.map(({ speed }) => speed),
    [0, 0, 0],
  );
});

test('a kept result is used again for the same binary, processor, encoder and frame rate', async () => {
  const first = computer({ 1080: 2 });
  const result = await measureLadder(first);
  const again = computer({ 1080: 2 }, { cache: first.cache });
  const other = computer({ 1080: 2 }, { cache: first.cache, cpuModel: 'Other CPU' });
  const asked = computer({ 1080: 2 }, { cache: first.cache, ignoreCache: true });

  assert.deepEqual(await measureLadder(again), result);
  await measureLadder(other);
  await measureLadder(asked);

  assert.deepEqual([again.measured(), other.measured(), asked.measured()], [[], [1080], [1080]]);
});

for (const kept of ['', 'nonsense', '{}', '{"ladder":"8K","fits":true,"preset":"superfast","speeds":[]}']) {
  test(`a kept result that is none is measured again: ${kept}`, async () => {
    const damaged = computer({ 1080: 2 }, { cache: { ...memoryCache(), get: () => Promise.resolve(kept) } });

    const { ladder } = await measureLadder(damaged);

    assert.equal(ladder, '1080p-4-Layer');
  });
}

test('an abort ends the measurement with the reason given and kills the encoder', async () => {
  const abort = new AbortController();
  const stopped = computer(
    {},
    {
      signal: abort.signal,
      fake: { onFrame: (frame) => frame === 5 && abort.abort(new Error('go live pressed')) },
    },
  );

  await assert.rejects(measureLadder(stopped), /go live pressed/);

  assert.deepEqual(stopped.measured(), [1080]);
});
