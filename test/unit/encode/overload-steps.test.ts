import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encoderCommand } from '../../../src-main/core/encode/encoder-args.ts';
import { type EncodingStep, encodingSteps, stepSentence } from '../../../src-main/core/encode/overload-steps.ts';
import { type LadderPlan, resolveLadder } from '../../../src-main/core/encode/resolve-ladder.ts';
import { LADDER_PRESETS } from '../../../src-main/shared/api/ladder.ts';

const PRESETS = ['superfast', 'ultrafast'] as const;

function planOf(preset: (typeof LADDER_PRESETS)[number], frameRate = 30): LadderPlan {
  return resolveLadder({ kind: 'preset', preset }, { frameRate, sourceSize: undefined, fits: undefined });
}

function stepsOf(plan: LadderPlan, gopFrames = 60): readonly EncodingStep[] {
  return encodingSteps(plan, { presets: [...PRESETS], gopFrames });
}

/** What a step is, in a word for each of its parts. */
function told({ kind, preset, layers, halfRate }: EncodingStep): string {
  const heights = layers.map(({ height }) => height).join('+');
  return `${kind}: ${preset} ${heights}${halfRate ? ' half the pictures' : ''}`;
}

function commandOf(plan: LadderPlan, step: EncodingStep) {
  const binary = { path: 'ffmpeg', major: 7 };
  return encoderCommand(plan, {
    binary,
    encoder: { codec: 'libx264', preset: step.preset },
    cores: 2,
    reduction: step,
  });
}

test('first the qualities between best and smallest go, then detail, then the smallest; the best keeps all its pictures until nothing else is left', () => {
  const steps = stepsOf(planOf('1080p-4-Layer'));

  assert.deepEqual(steps.map(told), [
    'full: superfast 1080+720+540+360',
    'rungs: superfast 1080+540+360',
    'rungs: superfast 1080+360',
    'preset: ultrafast 1080+360',
    'rungs: ultrafast 1080',
    'frame-rate: ultrafast 1080 half the pictures',
  ]);
});

test('whatever the ladder, the best quality is always there, and each step costs less than the one before', () => {
  fc.assert(
    fc.property(fc.constantFrom(...LADDER_PRESETS), fc.integer({ min: 24, max: 60 }), (preset, frameRate) => {
      const plan = planOf(preset, frameRate);
      const steps = stepsOf(plan, 2 * frameRate);

      for (const [index, step] of steps.entries()) {
        assert.equal(step.layers[0], plan.video[0]);
        assert.ok(!step.halfRate || index === steps.length - 1, told(step));
        assert.ok(index === 0 || step.cost < (steps[index - 1]?.cost ?? 0), told(step));
        assert.ok(commandOf(plan, step).tracks.some(({ kind }) => kind === 'audio'));
      }
    }),
  );
});

test('pictures are not halved where that would look broken, or would not leave whole groups', () => {
  const kinds = (plan: LadderPlan, gopFrames: number): readonly string[] =>
    stepsOf(plan, gopFrames).map(({ kind }) => kind);
  const slow = {
    ...planOf('720p-3-Layer'),
    canvas: { width: 1280, height: 720, frameRate: { numerator: 15, denominator: 1 } },
  };

  assert.equal(kinds(slow, 30).includes('frame-rate'), false);
  assert.equal(kinds(planOf('720p-3-Layer', 25), 25).includes('frame-rate'), false);
  assert.equal(kinds(planOf('720p-3-Layer', 25), 50).includes('frame-rate'), true);
});

test('what turned out to be impossible is in no step', () => {
  const steps = encodingSteps(planOf('720p-3-Layer'), {
    presets: ['superfast', 'ultrafast'],
    gopFrames: 60,
    without: new Set(['frame-rate', 'preset']),
  });

  assert.deepEqual(steps.map(told), [
    'full: superfast 720+540+360',
    'rungs: superfast 720+360',
    'rungs: superfast 720',
  ]);
});

test('sound alone has nothing to be made cheaper', () => {
  assert.equal(stepsOf(planOf('AudioOnly')).length, 1);
});

test('a step encodes what it says: fewer tracks, every second picture with key frames at the same times', () => {
  const plan = planOf('720p-3-Layer');
  const [full, rungs, , , rate] = stepsOf(plan).map((step) => commandOf(plan, step));

  assert.deepEqual(
    rungs?.tracks.map(({ id }) => id),
    ['video_2500000', 'video_400000', 'audio_128000'],
  );
  const text = (command: typeof full): string => command?.args.join(' ') ?? '';
  assert.match(text(full), /-g 60 /);
  assert.match(text(rate), /select='not\(mod\(n,2\)\)'.*-g 30 .*-fps_mode vfr/);
  assert.doesNotMatch(text(full), /select|fps_mode/);
});

test('every step is told in a sentence of its own, down and up, that names what is left out', () => {
  const steps = stepsOf(planOf('1080p-4-Layer'));
  const sentences = steps.slice(1).flatMap((step, index) => {
    const above = steps[index] ?? step;
    return [stepSentence('down', step, above), stepSentence('up', step, above)];
  });

  assert.equal(new Set(sentences).size, sentences.length);
  assert.match(
    stepSentence('down', steps[1]!, steps[0]!),
    /720p is left out for a while; the best one and the recording go on\.$/,
  );
  assert.match(stepSentence('up', steps[1]!, steps[0]!), /720p is back\.$/);
  assert.equal(
    stepSentence('down', steps[3]!, steps[2]!),
    'This computer is too busy for the best picture quality. Viewers and the recording get slightly less detail for a while.',
  );
});
