import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createSoundStrip, type InputLevel } from '../../../../src-main/core/mix/sound-strip.ts';
import {
  CHANNEL_MODES,
  NOISE_SUPPRESSIONS,
  type SoundTreatment,
  UNTREATED,
} from '../../../../src-main/shared/sound-limits.ts';
import {
  constant,
  largestStep,
  near,
  noise,
  RATE,
  rmsDb,
  type Signal,
  sine,
  speech,
  stereo,
  sum,
  through,
} from './signals.ts';

const BLOCK = 1600;
const level = (treatment: Partial<SoundTreatment> = {}, gainDb = 0, muted = false): InputLevel => ({
  gainDb,
  muted,
  treatment: { ...UNTREATED, ...treatment },
});

/** Plays a signal into a strip of that level for seconds; what comes out on the left. */
function play(initial: InputLevel, signal: Signal, seconds: number): number[] {
  const strip = createSoundStrip(BLOCK, initial);
  return through((samples, count) => strip.process(samples, count), signal, 0, seconds * RATE);
}

/** Different on both sides. */
function playSides(initial: InputLevel, left: number, right: number): readonly [number, number] {
  const strip = createSoundStrip(BLOCK, initial);
  const samples = Float32Array.from({ length: BLOCK * 2 }, (_, i) => (i % 2 === 0 ? left : right));
  strip.process(samples, BLOCK);
  return [samples[BLOCK]!, samples[BLOCK + 1]!];
}

test('a strip that is set to nothing changes no bit', () => {
  const signal = noise(-12, 3);

  assert.deepEqual(
    play(level(), signal, 1),
    through(() => undefined, signal, 0, RATE),
  );
});

test('the reference tone of −18 dBFS is shown as what it is, behind the gain and before the mute', () => {
  const strip = createSoundStrip(BLOCK, level({}, 6, true));

  const heard = through((samples, count) => strip.process(samples, count), sine(1000, -18), 0, 4 * RATE);

  const { peakDb, rmsDb: average, lufs, shortTermLufs, clips } = strip.take();
  near(peakDb, -12, 0.02, 'peak');
  near(average, -15.01, 0.02, 'RMS');
  near(lufs, -12, 0.1, 'momentary loudness: a stereo sine of 1 kHz has its level');
  near(shortTermLufs, -12, 0.1, 'short-term loudness');
  assert.equal(clips, 0);
  assert(heard.every((value) => value === 0));
});

test('channels: as they come, mixed, or one of them on both sides', () => {
  assert.deepEqual(playSides(level(), 0.5, 0.25), [0.5, 0.25]);
  assert.deepEqual(playSides(level({ channels: 'mono' }), 0.5, 0.25), [0.375, 0.375]);
  assert.deepEqual(playSides(level({ channels: 'left' }), 0.5, 0.25), [0.5, 0.5]);
  assert.deepEqual(playSides(level({ channels: 'right' }), 0.5, 0.25), [0.25, 0.25]);
});

test('the high pass takes hum and bumps, and leaves voices', () => {
  const loss = (hertz: number): number =>
    rmsDb(play(level({ highPass: true }), sine(hertz, -20), 2).slice(RATE)) -
    rmsDb(through(() => undefined, sine(hertz, -20), RATE, RATE));

  // A Butterworth filter of the fourth order: 10 log₁₀(1 + (80/f)⁸).
  near(loss(20), -48.2, 0.5, 'at 20 Hz');
  near(loss(50), -16.4, 0.2, 'at 50 Hz');
  near(loss(80), -3.01, 0.1, 'at 80 Hz');
  near(loss(160), 0, 0.05, 'at 160 Hz');
  near(loss(1000), 0, 0.02, 'at 1 kHz');
});

test('noise suppression takes its time out of the delay where there is one', () => {
  const voice = speech(-20, 4);
  const plain = play(level({ delayMs: 100 }), voice, 4);
  const clean = play(level({ delayMs: 100, noiseSuppression: 'gentle' }), voice, 4);

  const likeness = (lag: number): number => {
    let total = 0;
    for (let sample = 2 * RATE; sample < 4 * RATE - 1000; sample += 1) {
      total += plain[sample]! * clean[sample + lag]!;
    }
    return total;
  };

  const best = Array.from({ length: 41 }, (_, i) => i - 20).reduce((most, lag) =>
    likeness(lag) > likeness(most) ? lag : most,
  );
  assert.equal(best, 0);
});

test('gentle suppression turns noise down by 9 dB, strong one by 20', () => {
  const heard = (noiseSuppression: SoundTreatment['noiseSuppression']): number =>
    rmsDb(play(level({ noiseSuppression }), noise(-40, 2), 6).slice(4 * RATE));

  near(heard('off'), -40, 0.2, 'off');
  near(heard('gentle'), -49, 1.5, 'gentle');
  near(heard('strong'), -60, 3, 'strong');
});

/** What can be changed, from and to, and the seconds it may take to settle. */
const CHANGES: Readonly<Record<string, readonly [InputLevel, InputLevel]>> = {
  gain: [level(), level({}, -30)],
  mute: [level(), level({}, 0, true)],
  'a longer delay': [level({ delayMs: 20 }), level({ delayMs: 730 })],
  'no delay': [level({ delayMs: 100 }), level()],
  mono: [level(), level({ channels: 'mono' })],
  'one side': [level({ channels: 'right' }), level({ channels: 'left' })],
  'high pass': [level(), level({ highPass: true })],
  'no high pass': [level({ highPass: true }), level()],
  suppression: [level(), level({ noiseSuppression: 'strong' })],
  'no suppression': [level({ delayMs: 50, noiseSuppression: 'gentle' }), level({ delayMs: 50 })],
  everything: [level(), level({ delayMs: 250, channels: 'mono', highPass: true, noiseSuppression: 'strong' }, 6)],
};
for (const [what, [before, after]] of Object.entries(CHANGES)) {
  test(`${what}: changed while it plays, it makes no click`, () => {
    const strip = createSoundStrip(BLOCK, before);
    // No whole number of periods in a second, so that changes meet it where it is loud.
    const signal = sine(110.3, -8);
    const run = (from: number, seconds: number): number[] =>
      through((samples, count) => strip.process(samples, count), signal, from, seconds * RATE);
    const heard = run(0, 1);
    strip.setLevel(after);
    heard.push(...run(RATE, 1));
    strip.setLevel(before);
    heard.push(...run(2 * RATE, 1));

    // A ramp of 20 ms from one value to any other in the range of the signal, on top of what the signal itself does. A click is a step of a tenth.
    const steady = heard.slice(RATE / 2);
    assert(largestStep(steady) < 0.02, `a step of ${largestStep(steady)}`);
  });
}

test('whatever is set in whatever order, the sound has no step and stays a number', () => {
  const change = fc.record({
    gainDb: fc.integer({ min: -60, max: 6 }),
    muted: fc.boolean(),
    treatment: fc.record({
      delayMs: fc.integer({ min: 0, max: 2000 }),
      channels: fc.constantFrom(...CHANNEL_MODES),
      highPass: fc.boolean(),
      noiseSuppression: fc.constantFrom(...NOISE_SUPPRESSIONS),
    }),
  });
  fc.assert(
    fc.property(
      fc.array(change, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 6 }),
      (changes, blocks) => {
        const strip = createSoundStrip(BLOCK, { gainDb: 0, muted: false });
        const heard: number[] = [];
        let at = 0;
        for (const next of [undefined, ...changes]) {
          if (next !== undefined) {
            strip.setLevel(next);
          }
          heard.push(
            ...through((samples, count) => strip.process(samples, count), sine(90, -12), at, blocks * BLOCK),
          );
          at += blocks * BLOCK;
        }
        assert(heard.every(Number.isFinite));
        assert(largestStep(heard.slice(1)) < 0.03, `a step of ${largestStep(heard)}`);
      },
    ),
    { numRuns: 25 },
  );
});

test('an input that begins muted and delayed lets nothing through', () => {
  const heard = play(level({ delayMs: 200 }, 0, true), constant(0.5), 1);

  assert(heard.every((value) => value === 0));
});

test('waves that came cut off are counted; loud ones that are whole are not', () => {
  const strip = createSoundStrip(BLOCK, level());
  const clipped: Signal = (sample) => Math.max(-1, Math.min(1, sine(100, 6)(sample)));

  through((samples, count) => strip.process(samples, count), clipped, 0, RATE);
  const { clips } = strip.take();
  through((samples, count) => strip.process(samples, count), sine(1000, -0.1), 0, RATE);

  // Two crests a period, of each channel.
  near(clips, 400, 4, 'clips');
  assert.equal(strip.take().clips, 0);
});

test('what came cut off is counted as it came, whatever the gain', () => {
  const strip = createSoundStrip(BLOCK, level({ highPass: true }, -40));
  const clipped: Signal = (sample) => Math.max(-1, Math.min(1, sum(sine(100, 6))(sample)));

  strip.process(stereo(clipped, 0, BLOCK), BLOCK);

  assert(strip.take().clips > 0);
});
