import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VideoCodecName } from '../../../src-main/core/encode/codecs/video-codec.ts';
import { encoderCommand } from '../../../src-main/core/encode/encoder-args.ts';
import { resolveLadder } from '../../../src-main/core/encode/resolve-ladder.ts';
import { VIDEO_CODECS } from '../../../src-main/core/encode/video-codecs.ts';
import type { LadderChoice } from '../../../src-main/shared/api/ladder.ts';
import { assertGoldenArgs } from '../../support/golden.ts';

const BINARY = { path: '/opt/ffmpeg', major: 7 };

function plan(choice: LadderChoice, frameRate = 30) {
  return resolveLadder(choice, { frameRate, sourceSize: undefined, fits: undefined });
}

const LADDER_720 = plan({ kind: 'preset', preset: '720p-3-Layer' });

function command(codec: VideoCodecName, over: { device?: string; major?: number } = {}) {
  return encoderCommand(LADDER_720, {
    binary: { ...BINARY, major: over.major ?? BINARY.major },
    encoder: { codec, preset: VIDEO_CODECS[codec].presets[0], device: over.device },
    cores: 4,
  });
}

function valuesOf(args: readonly string[], flag: string): string[] {
  return args.flatMap((arg, index) => (arg === flag ? [args[index + 1] ?? ''] : []));
}

for (const codec of Object.values(VIDEO_CODECS)) {
  test(`the command line of ${codec.name} is the one on file`, () => {
    assertGoldenArgs(`encode/${codec.name}`, command(codec.name).args);
  });
}

test('the command line for sound only is the one on file and still takes the frames that come', () => {
  const { args, tracks } = encoderCommand(plan({ kind: 'preset', preset: 'AudioOnly' }), {
    binary: BINARY,
    encoder: { codec: 'h264_vaapi', preset: 'default' },
    cores: 2,
  });

  assertGoldenArgs('encode/audio-only', args);
  assert.deepEqual(
    tracks.map(({ id }) => id),
    ['audio_128000'],
  );
});

test('tracks are named after kind and bitrate, best first and sound last, like the pipes', () => {
  const { tracks, args } = command('libx264');

  assert.deepEqual(tracks, [
    { id: 'video_2500000', kind: 'video', bitrate: 2_500_000 },
    { id: 'video_1000000', kind: 'video', bitrate: 1_000_000 },
    { id: 'video_400000', kind: 'video', bitrate: 400_000 },
    { id: 'audio_128000', kind: 'audio', bitrate: 128_000 },
  ]);
  assert.deepEqual(
    args.filter((arg) => arg.startsWith('pipe:')),
    ['pipe:3', 'pipe:4', 'pipe:5', 'pipe:6', 'pipe:7', 'pipe:8'],
  );
});

test('every layer has the same key frames', () => {
  const { args } = command('libx264');

  assert.deepEqual(new Set(valuesOf(args, '-g')), new Set(['60']));
  assert.equal(new Set(valuesOf(args, '-force_key_frames')).size, 1);
});

test('a short first group changes the forced key frames and nothing else', () => {
  const options = { binary: BINARY, encoder: { codec: 'libx264', preset: 'superfast' }, cores: 2 } as const;
  const usual = encoderCommand(LADDER_720, options).args;
  const short = encoderCommand(LADDER_720, { ...options, firstGopSeconds: 1 }).args;

  const differing = short.filter((arg, index) => arg !== usual[index]);

  assert.deepEqual(new Set(differing), new Set(['expr:gte(n,max(0,n_forced*60-30))']));
});

test('the length of a group is a whole number of frames at every frame rate', () => {
  const gops = [24, 25, 30, 50, 60].map((frameRate) => {
    const { args } = encoderCommand(plan({ kind: 'preset', preset: '480p-2-Layer' }, frameRate), {
      binary: BINARY,
      encoder: { codec: 'libx264', preset: 'ultrafast' },
      cores: 2,
    });
    return valuesOf(args, '-g')[0];
  });

  assert.deepEqual(gops, ['48', '50', '60', '100', '120']);
});

test('an old ffmpeg is not given options that came later', () => {
  assert(!command('h264_amf', { major: 6 }).args.includes('-forced_idr'));
});

test('VA-API opens the render node it is given', () => {
  assert.deepEqual(valuesOf(command('h264_vaapi', { device: '/dev/dri/renderD129' }).args, '-vaapi_device'), [
    '/dev/dri/renderD129',
  ]);
});

test('a preset that the codec does not have is a mistake of ours', () => {
  assert.throws(
    () => encoderCommand(LADDER_720, { binary: BINARY, encoder: { codec: 'libx264', preset: 'p4' }, cores: 2 }),
    /libx264 has preset p4/,
  );
});

test('no rate of any codec may exceed the layer it is for over more than two seconds', () => {
  for (const { name } of Object.values(VIDEO_CODECS)) {
    const { args } = command(name);

    assert.deepEqual(valuesOf(args, '-b:v'), ['2500000', '1000000', '400000'], name);
    assert.deepEqual(valuesOf(args, '-maxrate'), ['2500000', '1000000', '400000'], name);
    assert.deepEqual(valuesOf(args, '-bufsize'), ['5000000', '2000000', '800000'], name);
  }
});
