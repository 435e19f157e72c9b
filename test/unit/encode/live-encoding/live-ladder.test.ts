import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encoderCommand } from '../../../../src-main/core/encode/encoder-args.ts';
import { resolveLiveLadder } from '../../../../src-main/core/encode/live-encoding/live-ladder.ts';
import type { IncomingMedia } from '../../../../src-main/core/ports/live-encoding.ts';
import type { LiveEvent } from '../../../../src-main/shared/api/live-events.ts';
import { assertGoldenArgs } from '../../../support/golden.ts';

type Encoding = LiveEvent['encoding'];

const STANDARD: Encoding = { encodingType: 'Standard', presetName: 'Default720p' };
const PREMIUM: Encoding = { encodingType: 'Premium1080p', presetName: 'Default1080p' };
const FOUR_TO_THREE = { width: 640, height: 480 };

function incoming(over: Partial<IncomingMedia> = {}): IncomingMedia {
  const full = { width: 1920, height: 1080, pixelAspectRatio: undefined, frameRate: 30 };
  return { ...full, bitrate: 6_000_000, sampleRate: 48_000, ...over };
}

/** `3500 1280x720`, as the specification's table has it. */
function rows(encoding: Encoding, over: Partial<IncomingMedia> = {}): readonly string[] {
  const { plan } = resolveLiveLadder(encoding, incoming(over));
  return plan.video.map(({ bitrate, width, height }) => `${bitrate / 1000} ${width}x${height}`);
}

const TABLE: readonly { readonly encoding: Encoding; readonly rows: readonly string[] }[] = [
  {
    encoding: STANDARD,
    rows: ['3500 1280x720', '2200 960x540', '1350 704x396', '850 512x288', '550 384x216', '200 340x192'],
  },
  {
    encoding: PREMIUM,
    rows: ['5500 1920x1080', '3000 1280x720', '1600 960x540', '800 640x360', '400 480x270', '200 320x180'],
  },
  {
    encoding: { encodingType: 'Standard', presetName: '720p-3-Layer' },
    rows: ['2500 1280x720', '1000 960x540', '400 640x360'],
  },
  {
    encoding: { encodingType: 'Premium1080p', presetName: '1080p-4-Layer' },
    rows: ['4500 1920x1080', '2200 1280x720', '1000 960x540', '400 640x360'],
  },
];

for (const { encoding, rows: wanted } of TABLE) {
  test(`${encoding.presetName} is the specification's, to the kilobit`, () => {
    assert.deepEqual(rows(encoding), wanted);
    assert.deepEqual(resolveLiveLadder(encoding, incoming()).plan.audio, {
      bitrate: 128_000,
      sampleRate: 48_000,
      channels: 2,
    });
  });
}

test('an event that names no preset gets the default one of its type', () => {
  assert.deepEqual(rows({ encodingType: 'Standard' }), rows(STANDARD));
  assert.deepEqual(rows({ encodingType: 'Premium1080p' }), rows(PREMIUM));
});

test('nothing is scaled up: 720p into Default1080p gives five layers, 360p into Default720p three', () => {
  assert.deepEqual(rows(PREMIUM, { width: 1280, height: 720 }), TABLE[1]!.rows.slice(1));
  assert.deepEqual(rows(STANDARD, { width: 640, height: 360 }), TABLE[0]!.rows.slice(3));
});

test('160x90 gives one layer in the size and with the bitrate of what comes in', () => {
  assert.deepEqual(rows(STANDARD, { width: 160, height: 90, bitrate: 123_000 }), ['123 160x90']);
});

test('without a known bitrate the one layer has the smallest of the preset, and odd sides lose a pixel', () => {
  assert.deepEqual(rows(STANDARD, { width: 161, height: 91, bitrate: 0 }), ['200 160x90']);
});

test('the bitrates of the preset are kept also when less comes in', () => {
  assert.deepEqual(rows(STANDARD, { width: 1280, height: 720, bitrate: 500_000 }), TABLE[0]!.rows);
});

const RATES: readonly (readonly [came: number, gives: string])[] = [
  [60, '30/1'],
  [59.94, '30000/1001'],
  [50, '25/1'],
  [48, '24/1'],
  [120, '30/1'],
  [30, '30/1'],
  [30.00003, '30/1'],
  [29.97, '30000/1001'],
  [25, '25/1'],
  [24, '24/1'],
  [23.976, '24000/1001'],
  [15, '24000/1001'],
];

for (const [came, gives] of RATES) {
  test(`${came} pictures a second come out as ${gives}`, () => {
    const { frameRate } = resolveLiveLadder(STANDARD, incoming({ frameRate: came })).plan.canvas;

    assert.equal(`${frameRate.numerator}/${frameRate.denominator}`, gives);
  });
}

test('the canvas is the top layer, and the length of a group is the key frame interval: two seconds when not given', () => {
  const given = resolveLiveLadder({ ...STANDARD, keyFrameInterval: 'PT0.5S' }, incoming());

  assert.deepEqual([given.plan.canvas.width, given.plan.canvas.height, given.gopSeconds], [1280, 720, 0.5]);
  assert.equal(resolveLiveLadder(STANDARD, incoming()).gopSeconds, 2);
});

test('stretch mode None keeps the exact sizes whatever the shape, AutoFit too', () => {
  const kept = ['1350 704x396', '850 512x288', '550 384x216', '200 340x192'];

  assert.deepEqual(rows(STANDARD, FOUR_TO_THREE), kept);
  assert.deepEqual(rows({ ...STANDARD, stretchMode: 'None' }, FOUR_TO_THREE), kept);
  assert.deepEqual(rows({ ...STANDARD, stretchMode: 'AutoFit' }, FOUR_TO_THREE), kept);
});

test('AutoSize gives each layer the shape of what comes in, inside of its own size', () => {
  const auto: Encoding = { ...STANDARD, stretchMode: 'AutoSize' };

  assert.deepEqual(rows(auto, FOUR_TO_THREE), ['1350 528x396', '850 384x288', '550 288x216', '200 256x192']);
  assert.deepEqual(rows(auto, { width: 1080, height: 1920 }).slice(0, 2), ['3500 406x720', '2200 304x540']);
});

test('the shape is the one that is shown: anamorphic 720x576 is 1024x576', () => {
  const pixelAspectRatio = { horizontal: 64, vertical: 45 };
  const auto: Encoding = { ...STANDARD, stretchMode: 'AutoSize' };

  assert.deepEqual(rows(auto, { width: 720, height: 576, pixelAspectRatio })[0], '2200 960x540');
});

test('an own preset may come in any order and with several bitrates of sound, a track each', () => {
  const { plan } = resolveLiveLadder(
    {
      encodingType: 'Standard',
      customPreset: {
        layers: [
          { width: 320, height: 180, bitrate: 300_000 },
          { width: 640, height: 360, bitrate: 900_000 },
        ],
        audioBitrates: [96, 256, 128],
      },
    },
    incoming({ sampleRate: 44_100 }),
  );

  assert.deepEqual(
    plan.video.map(({ width }) => width),
    [640, 320],
  );
  assert.deepEqual(
    [plan.audio, ...(plan.furtherAudio ?? [])].map(({ bitrate, sampleRate }) => [bitrate, sampleRate]),
    [
      [256_000, 44_100],
      [128_000, 44_100],
      [96_000, 44_100],
    ],
  );
});

test('the command line of a ladder with several sounds at 29.97 is the one on file', () => {
  const { plan, gopSeconds } = resolveLiveLadder(
    {
      encodingType: 'Standard',
      customPreset: { layers: [{ width: 640, height: 360, bitrate: 900_000 }], audioBitrates: [128, 96] },
      keyFrameInterval: 'PT4S',
    },
    incoming({ frameRate: 59.94 }),
  );

  const { args, tracks } = encoderCommand(plan, {
    binary: { path: '/opt/ffmpeg', major: 7 },
    encoder: { codec: 'libx264', preset: 'superfast' },
    cores: 4,
    gopSeconds,
    firstGopSeconds: 1,
  });

  assertGoldenArgs('encode/live-two-sounds', args);
  assert.deepEqual(
    tracks.map(({ id }) => id),
    ['video_900000', 'audio_128000', 'audio_96000'],
  );
});

test('whatever comes in there is a layer, all sides are even, and none but the last resort is larger both ways', () => {
  const stretchMode = fc.constantFrom('None', 'AutoSize', 'AutoFit');
  const side = fc.integer({ min: 16, max: 4096 });
  fc.assert(
    fc.property(side, side, stretchMode, fc.constantFrom(STANDARD, PREMIUM), (width, height, mode, encoding) => {
      const { plan } = resolveLiveLadder({ ...encoding, stretchMode: mode }, incoming({ width, height }));

      assert(plan.video.length >= 1);
      for (const layer of plan.video) {
        assert(layer.width % 2 === 0 && layer.height % 2 === 0 && layer.width >= 16 && layer.height >= 16);
        assert(layer.width <= Math.max(16, width) || layer.height <= Math.max(16, height));
      }
    }),
  );
});
