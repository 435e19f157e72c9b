import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ChooseEncoderOptions,
  chooseEncoder,
  tryEncoders,
} from '../../../src-main/core/encode/choose-encoder.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { ChildSpec, FfmpegBinary } from '../../../src-main/core/ports/process.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { type FakeEncoder, fakeEncoderSpawn } from '../../support/fake-encoder.ts';
import { paperBinary } from '../../support/ffmpeg-binary.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { memoryCache } from '../../support/text-cache.ts';

function binary(...encoders: string[]): FfmpegBinary {
  return paperBinary({ encoders: new Set(encoders) });
}

/** The encoder a command line names. */
function codecOf({ args }: ChildSpec): string {
  return args[args.indexOf('-c:v') + 1] ?? '';
}

function options(
  behaviour: (codec: string) => FakeEncoder,
  over: Partial<ChooseEncoderOptions> = {},
): ChooseEncoderOptions & { readonly tried: () => string[] } {
  const spawn = fakeEncoderSpawn((spec) => behaviour(codecOf(spec)));
  return {
    setting: 'auto',
    platform: 'win32',
    ffmpeg: binary('h264_nvenc', 'h264_qsv', 'h264_amf', 'h264_mf', 'libx264'),
    cores: 4,
    machine: 'test',
    spawn,
    clock: manualClock(),
    cache: memoryCache(),
    log: silentLogger,
    ...over,
    tried: () => spawn.specs.map(codecOf),
  };
}

const WORKS: FakeEncoder = {};
const NO_CARD: FakeEncoder = { failsWith: { code: 1, lines: ['Cannot load nvcuda.dll'] } };

test('the first hardware encoder whose trial succeeds is taken', async () => {
  const choice = options((codec) => (codec === 'h264_nvenc' ? NO_CARD : WORKS));

  const chosen = await chooseEncoder(choice);

  assert.deepEqual(chosen, {
    codec: 'h264_qsv',
    preset: 'fast',
    device: undefined,
    refused: [{ codec: 'h264_nvenc', reason: 'Cannot load nvcuda.dll' }],
  });
});

test('without working hardware x264 is taken', async () => {
  const choice = options((codec) => (codec === 'libx264' ? WORKS : NO_CARD));

  const { codec, preset } = await chooseEncoder(choice);

  assert.deepEqual([codec, preset], ['libx264', 'superfast']);
  assert.deepEqual(choice.tried(), ['h264_nvenc', 'h264_qsv', 'h264_amf', 'h264_mf', 'libx264']);
});

test('encoders that are not compiled in, or belong to another system, are not tried', async () => {
  const choice = options(() => WORKS, { platform: 'darwin', ffmpeg: binary('h264_nvenc', 'libx264') });

  await chooseEncoder(choice);

  assert.deepEqual(choice.tried(), ['libx264']);
});

test('an encoder that puts key frames where it likes is refused', async () => {
  const choice = options((codec) => (codec === 'h264_nvenc' ? { isKeyFrame: (frame) => frame % 5 === 0 } : WORKS));

  const { codec, refused } = await chooseEncoder(choice);

  assert.equal(codec, 'h264_qsv');
  assert.equal(refused[0]?.reason, 'put key frames at 0, 5 instead of 0, 2, 6');
});

test('an encoder that hangs is killed and refused', async () => {
  const clock = manualClock();
  const choice = options((codec) => (codec === 'h264_nvenc' ? { onFrame: () => clock.advance(6000) } : WORKS), {
    clock,
  });

  const { codec, refused } = await chooseEncoder(choice);

  assert.equal(codec, 'h264_qsv');
  assert.equal(refused[0]?.reason, 'did not finish in time');
});

test('a fixed setting is tried first, and software stands in for it', async () => {
  const choice = options((codec) => (codec === 'libx264' ? WORKS : NO_CARD), { setting: 'h264_amf' });

  const { codec } = await chooseEncoder(choice);

  assert.equal(codec, 'libx264');
  assert.deepEqual(choice.tried(), ['h264_amf', 'libx264']);
});

test('a known result saves the trial, for the same binary, machine and setting only', async () => {
  const cache = memoryCache();
  await chooseEncoder(options((codec) => (codec === 'libx264' ? WORKS : NO_CARD), { cache }));
  const again = options(() => WORKS, { cache });
  const updated = options(() => WORKS, { cache, ffmpeg: { ...binary('libx264'), hash: 'def' } });

  const chosen = await chooseEncoder(again);
  await chooseEncoder(updated);

  assert.equal(chosen.codec, 'libx264');
  assert.deepEqual([again.tried(), updated.tried()], [[], ['libx264']]);
});

test('a cache that names what does not exist is not believed, nor one that the caller distrusts', async () => {
  const cache = memoryCache();
  cache.entries.set('encoder:abc:test:auto', 'toString');
  const odd = options(() => WORKS, { cache });
  const distrusted = options(() => WORKS, { cache, ignoreCache: true });

  await chooseEncoder(odd);
  await chooseEncoder(distrusted);

  assert.deepEqual([odd.tried(), distrusted.tried()], [['h264_nvenc'], ['h264_nvenc']]);
});

test('an encoder that failed on air is tried last, and what stands in for it is not kept', async () => {
  const cache = memoryCache(new Map([['encoder:abc:test:auto', 'h264_nvenc']]));
  const other = options(() => WORKS, { cache, avoid: ['h264_nvenc'] });
  const only = options(() => WORKS, { cache, avoid: ['libx264'], ffmpeg: binary('libx264') });

  const chosen = [await chooseEncoder(other), await chooseEncoder(only)].map(({ codec }) => codec);

  assert.deepEqual(chosen, ['h264_qsv', 'libx264']);
  assert.deepEqual([...cache.entries.values()], ['h264_nvenc']);
});

test('each graphics card is tried for VA-API, and the one that works is known the next time, as long as it is there', async () => {
  const cache = memoryCache();
  const deviceOf = ({ args }: ChildSpec): string => args[args.indexOf('-vaapi_device') + 1] ?? '';
  const renderNodes = ['/dev/dri/renderD128', '/dev/dri/renderD129'];
  const linux = (nodes: readonly string[]) => ({
    ...options(() => WORKS, {
      platform: 'linux',
      ffmpeg: binary('h264_vaapi', 'libx264'),
      cache,
      renderNodes: nodes,
      spawn: fakeEncoderSpawn((spec) => (deviceOf(spec) === '/dev/dri/renderD128' ? NO_CARD : WORKS)),
    }),
  });

  const chosen = await chooseEncoder(linux(renderNodes));
  const again = await chooseEncoder(linux(renderNodes));
  const without = await chooseEncoder(linux([]));
  const trials = await tryEncoders(linux(renderNodes));

  assert.deepEqual([chosen.codec, chosen.device], ['h264_vaapi', '/dev/dri/renderD129']);
  assert.deepEqual(chosen.refused, [
    { codec: 'h264_vaapi', reason: '/dev/dri/renderD128: Cannot load nvcuda.dll' },
  ]);
  assert.deepEqual([again.device, again.refused], ['/dev/dri/renderD129', []]);
  assert.equal(without.device, undefined);
  assert.deepEqual(trials, [
    { codec: 'h264_vaapi', refusal: undefined },
    { codec: 'libx264', refusal: undefined },
  ]);
});

test('when none works the error says what was tried and why it failed', async () => {
  const choice = options(() => NO_CARD, { ffmpeg: binary('h264_nvenc', 'libopenh264') });

  await assert.rejects(chooseEncoder(choice), (error) => {
    assert(error instanceof AppError);
    assert.equal(error.code, 'encode/no-encoder');
    assert.deepEqual(error.details['tried'], [
      'h264_nvenc: Cannot load nvcuda.dll',
      'libopenh264: Cannot load nvcuda.dll',
    ]);
    return true;
  });
});

test('a binary that cannot be started at all is a refusal like any other', async () => {
  const choice = options(() => WORKS, {
    ffmpeg: binary('libx264'),
    spawn: () => Promise.reject(new AppError('process/not-found', '/opt/ffmpeg was not found.')),
  });

  await assert.rejects(chooseEncoder(choice), (error) => {
    assert(error instanceof AppError);
    assert.deepEqual(error.details['tried'], ['libx264: /opt/ffmpeg was not found.']);
    return true;
  });
});

test('an abort during a trial ends it with the reason given and keeps nothing', async () => {
  const abort = new AbortController();
  const cache = memoryCache();
  const choice = options(() => ({ onFrame: (frame) => frame === 3 && abort.abort(new Error('window closed')) }), {
    cache,
    signal: abort.signal,
  });

  await assert.rejects(chooseEncoder(choice), /window closed/);

  assert.equal(cache.entries.size, 0);
  assert.equal(choice.tried().length, 1);
});
