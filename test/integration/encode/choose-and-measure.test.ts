import assert from 'node:assert/strict';
import { cpus } from 'node:os';
import { after, before, test } from 'node:test';
import { systemClock } from '../../../src-main/base/clock.ts';
import { chooseEncoder } from '../../../src-main/core/encode/choose-encoder.ts';
import { measureLadder } from '../../../src-main/core/encode/measure-ladder.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { FfmpegBinary, SpawnChild } from '../../../src-main/core/ports/process.ts';
import type { OwnedProcesses } from '../../../src-main/core/process/create-processes.ts';
import { localFfmpeg, missingPrograms, openProcesses } from '../../support/real-ffmpeg.ts';
import { memoryCache } from '../../support/text-cache.ts';

const skip = missingPrograms('ffmpeg');

let processes: OwnedProcesses;
let ffmpeg: FfmpegBinary;

before(async () => {
  processes = openProcesses();
  ffmpeg = (await localFfmpeg(processes)) ?? ffmpeg;
});
after(async () => {
  await processes[Symbol.asyncDispose]();
});

function choice(over: { readonly ffmpeg?: FfmpegBinary; readonly spawn?: SpawnChild } = {}) {
  return {
    setting: 'auto',
    platform: process.platform,
    ffmpeg,
    cores: cpus().length,
    machine: 'test',
    spawn: processes.spawn,
    clock: systemClock(),
    cache: memoryCache(),
    log: silentLogger,
    ...over,
  } as const;
}

test('the encoder that is chosen here has really encoded, and every one before it says why it could not', {
  skip,
}, async () => {
  const { codec, refused } = await chooseEncoder(choice());

  assert(ffmpeg.encoders.has(codec));
  assert(
    refused.every(({ reason }) => reason.length > 10),
    JSON.stringify(refused),
  );
});

test('x264 without the forced key frames fails its trial: the cadence is really checked', { skip }, async () => {
  const withoutForce: SpawnChild = (spec) => {
    const args = spec.args.filter(
      (arg, index) => arg !== '-force_key_frames' && spec.args[index - 1] !== '-force_key_frames',
    );
    return processes.spawn({ ...spec, args });
  };

  await assert.rejects(
    chooseEncoder(choice({ ffmpeg: { ...ffmpeg, encoders: new Set(['libx264']) }, spawn: withoutForce })),
    {
      code: 'encode/no-encoder',
      details: { ffmpeg: ffmpeg.path, tried: ['libx264: put key frames at 0, 4, 8 instead of 0, 2, 6'] },
    },
  );
});

test('the ladders are measured in six seconds', { skip }, async () => {
  const begun = performance.now();

  const { speeds } = await measureLadder({
    encoder: { codec: 'libx264', preset: 'superfast' },
    ffmpeg,
    frameRate: 30,
    cores: cpus().length,
    cpuModel: 'test',
    spawn: processes.spawn,
    clock: systemClock(),
    cache: memoryCache(),
    log: silentLogger,
  });

  const tookMs = performance.now() - begun;
  assert(speeds.length >= 1 && speeds.every(({ speed }) => speed > 0), JSON.stringify(speeds));
  // Two of the six are spared for a machine that does other things at the same time.
  assert(tookMs < 8000, `${tookMs} ms`);
});

test('a measurement that is aborted ends at once and leaves no encoder behind', { skip }, async () => {
  const abort = new AbortController();
  const pids: number[] = [];
  const spawn: SpawnChild = async (spec) => {
    const child = await processes.spawn(spec);
    pids.push(child.pid);
    setTimeout(() => abort.abort(new Error('enough')), 300);
    return child;
  };

  await assert.rejects(
    measureLadder({
      encoder: { codec: 'libx264', preset: 'superfast' },
      ffmpeg,
      frameRate: 30,
      cores: 2,
      cpuModel: 'test',
      spawn,
      clock: systemClock(),
      cache: memoryCache(),
      log: silentLogger,
      signal: abort.signal,
    }),
    /enough/,
  );

  assert.equal(pids.length, 1);
  assert.throws(() => process.kill(pids[0] ?? 0, 0), { code: 'ESRCH' });
});
