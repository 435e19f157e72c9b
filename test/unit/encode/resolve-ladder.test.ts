import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkCustomLadder, resolveLadder } from '../../../src-main/core/encode/resolve-ladder.ts';
import type { CustomLadder, LadderChoice } from '../../../src-main/shared/api/ladder.ts';
import { LADDER_PRESETS } from '../../../src-main/shared/api/ladder.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';

const AUDIO = { bitrate: 128_000, sampleRate: 48_000, channels: 2 } as const;
const UNKNOWN = { frameRate: 30, sourceSize: undefined, fits: undefined };

function preset(name: (typeof LADDER_PRESETS)[number]): LadderChoice {
  return { kind: 'preset', preset: name };
}

function heights(choice: LadderChoice, sourceSize: { width: number; height: number } | undefined): number[] {
  return resolveLadder(choice, { ...UNKNOWN, sourceSize }).video.map(({ height }) => height);
}

function custom(video: CustomLadder['video'], over: Partial<CustomLadder> = {}): CustomLadder {
  return { frameRate: 30, video, audio: AUDIO, ...over };
}

function refusal(ladder: CustomLadder): { field: unknown; message: string } {
  try {
    checkCustomLadder(ladder);
  } catch (error) {
    assert(error instanceof AppError);
    assert.equal(error.code, 'encode/ladder-invalid');
    return { field: error.details['field'], message: error.message };
  }
  assert.fail('the ladder was accepted');
}

test('the canvas is the top layer at the frame rate of the settings', () => {
  const plan = resolveLadder(preset('1080p-4-Layer'), { ...UNKNOWN, frameRate: 25 });

  assert.deepEqual(plan.canvas, { width: 1920, height: 1080, frameRate: { numerator: 25, denominator: 1 } });
});

test('layers above the source are left out: 720p into the 1080p preset gives five layers', () => {
  assert.deepEqual(heights(preset('Default1080p'), { width: 1280, height: 720 }), [720, 540, 360, 270, 180]);
});

test('360p into the 720p preset gives three layers and the canvas of the largest of them', () => {
  const plan = resolveLadder(preset('Default720p'), { ...UNKNOWN, sourceSize: { width: 640, height: 360 } });

  assert.deepEqual(
    plan.video.map(({ height }) => height),
    [288, 216, 192],
  );
  assert.deepEqual([plan.canvas.width, plan.canvas.height], [512, 288]);
});

test('a source smaller than every layer gets one layer in its own size with the smallest bitrate', () => {
  const plan = resolveLadder(preset('Default720p'), { ...UNKNOWN, sourceSize: { width: 160, height: 90 } });

  assert.deepEqual(plan.video, [{ width: 160, height: 90, bitrate: 200_000 }]);
});

test('a source of odd size gets a layer of even size, and a tiny one the least that can be encoded', () => {
  assert.deepEqual(
    [
      { width: 161, height: 91 },
      { width: 20, height: 10 },
    ].map((sourceSize) => resolveLadder(preset('480p-2-Layer'), { ...UNKNOWN, sourceSize }).video[0]),
    [
      { width: 160, height: 90, bitrate: 400_000 },
      { width: 64, height: 64, bitrate: 400_000 },
    ],
  );
});

test('a laptop screen of 1440x900 is not scaled up to 1080p but keeps 720p', () => {
  assert.deepEqual(heights(preset('1080p-4-Layer'), { width: 1440, height: 900 }), [720, 540, 360]);
});

test('an upright phone picture keeps the layers that are as wide or as high as it', () => {
  assert.deepEqual(heights(preset('1080p-4-Layer'), { width: 720, height: 1280 }), [1080, 720, 540, 360]);
});

test('auto takes what fits this computer, and a cautious ladder before it was measured', () => {
  const measured = resolveLadder({ kind: 'auto' }, { ...UNKNOWN, fits: '1080p-4-Layer' });
  const unmeasured = resolveLadder({ kind: 'auto' }, UNKNOWN);

  assert.deepEqual([measured.video.length, measured.canvas.height], [4, 1080]);
  assert.deepEqual([unmeasured.video.length, unmeasured.canvas.height], [3, 720]);
});

test('sound only has no layers, and a small canvas for the preview', () => {
  const plan = resolveLadder(preset('AudioOnly'), UNKNOWN);

  assert.deepEqual([plan.video, plan.canvas.width, plan.canvas.height], [[], 640, 360]);
});

test('an own ladder brings its own frame rate', () => {
  const ladder = custom([{ width: 1280, height: 720, bitrate: 2_000_000 }], { frameRate: 50 });

  assert.deepEqual(resolveLadder({ kind: 'custom', ladder }, UNKNOWN).canvas.frameRate, {
    numerator: 50,
    denominator: 1,
  });
});

test('layers in the wrong order are refused by name', () => {
  const { field, message } = refusal(
    custom([
      { width: 1280, height: 720, bitrate: 1_000_000 },
      { width: 640, height: 360, bitrate: 2_000_000 },
    ]),
  );

  assert.equal(field, 'video.1.bitrate');
  assert.match(message, /best layer first/);
});

test('a layer larger than the one before it is refused', () => {
  const { field, message } = refusal(
    custom([
      { width: 640, height: 360, bitrate: 2_000_000 },
      { width: 1280, height: 720, bitrate: 1_000_000 },
    ]),
  );

  assert.equal(field, 'video.1');
  assert.match(message, /larger than the layer before it \(640x360\)/);
});

test('a layer of another shape is refused, because it would be stretched', () => {
  const { field, message } = refusal(
    custom([
      { width: 1280, height: 720, bitrate: 2_000_000 },
      { width: 640, height: 480, bitrate: 1_000_000 },
    ]),
  );

  assert.equal(field, 'video.1');
  assert.match(message, /640x480 has another shape than the top layer \(1280x720\)/);
});

test('what the schema refuses is refused here too: equal bitrates, odd sizes', () => {
  const twice = custom([
    { width: 1280, height: 720, bitrate: 1_000_000 },
    { width: 640, height: 360, bitrate: 1_000_000 },
  ]);
  const odd = custom([{ width: 1281, height: 720, bitrate: 1_000_000 }]);

  assert.deepEqual([refusal(twice).field, refusal(odd).field], ['video', 'video.0.width']);
});

test('whatever the source, at least one layer stays and none but the last resort is larger both ways', () => {
  const sizes = fc.record({ width: fc.integer({ min: 1, max: 4096 }), height: fc.integer({ min: 1, max: 2160 }) });
  const presets = fc.constantFrom(...LADDER_PRESETS.filter((name) => name !== 'AudioOnly'));

  fc.assert(
    fc.property(presets, sizes, (name, sourceSize) => {
      const { video, canvas } = resolveLadder(preset(name), { ...UNKNOWN, sourceSize });

      assert(video.length >= 1);
      assert.deepEqual([canvas.width, canvas.height], [video[0]?.width, video[0]?.height]);
      for (const { width, height } of video) {
        assert(width % 2 === 0 && height % 2 === 0);
        assert(width <= sourceSize.width || height <= sourceSize.height || Math.min(width, height) === 64);
      }
    }),
  );
});
