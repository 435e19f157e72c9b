import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLimiter, LIMITER_DELAY } from '../../../src-main/core/mix/limiter.ts';
import { createLoudnessMeter } from '../../../src-main/core/mix/loudness.ts';
import { createSoundMixer, type SoundMixer } from '../../../src-main/core/mix/sound.ts';
import { later, louder, speech } from './sound/signals.ts';

const RATE = 48_000;
const BLOCK = 1600;

type Signal = (sample: number) => number;

const sine =
  (hertz: number, dbfs: number): Signal =>
  (sample) =>
    10 ** (dbfs / 20) * Math.sin((2 * Math.PI * hertz * sample) / RATE);
const constant =
  (value: number): Signal =>
  () =>
    value;

/** Stereo samples of a signal. */
function stereo(signal: Signal, from: number, count: number): Float32Array {
  return Float32Array.from({ length: count * 2 }, (_, index) => signal(from + (index >> 1)));
}

/** Runs a mixer over signals for a time; what comes out, left channel. */
function run(
  mixer: SoundMixer,
  signals: Readonly<Record<string, Signal>>,
  from: number,
  samples: number,
): number[] {
  const out = new Int16Array(BLOCK * 2);
  const heard: number[] = [];
  for (let at = from; at < from + samples; at += BLOCK) {
    mixer.mix(out, BLOCK, (id, target, count) => {
      const signal = signals[id];
      if (signal === undefined) {
        return false;
      }
      target.set(stereo(signal, at + LIMITER_DELAY, count));
      return true;
    });
    for (let i = 0; i < BLOCK; i += 1) {
      heard.push(out[i * 2]! / 32_768);
    }
  }
  return heard;
}

const near = (actual: number, expected: number, tolerance: number, what: string): void =>
  assert(Math.abs(actual - expected) <= tolerance, `${what}: ${actual} is not ${expected} ± ${tolerance}`);
const largestStep = (heard: readonly number[]): number =>
  heard.slice(1).reduce((most, value, index) => Math.max(most, Math.abs(value - heard[index]!)), 0);

test('a mixer without inputs, and an input without sound, give silence and -120 dB', () => {
  const mixer = createSoundMixer(BLOCK);
  mixer.setInputs(['quiet']);

  const heard = run(mixer, {}, 0, RATE);

  assert(heard.every((value) => value === 0));
  assert.deepEqual(mixer.takeReadings(), [
    { id: 'quiet', peakDb: -120, rmsDb: -120, lufs: -120, shortTermLufs: -120, clips: 0 },
    { id: 'programme', peakDb: -120, rmsDb: -120, lufs: -120, shortTermLufs: -120, loudnessGainDb: 0 },
  ]);
});

test('one input at 0 dB comes out sample for sample, in time', () => {
  const mixer = createSoundMixer(BLOCK);
  mixer.setInputs(['a']);
  const signal: Signal = (sample) => ((sample * 37) % 20_000) / 32_768 - 0.25;

  const heard = run(mixer, { a: signal }, 0, RATE);

  for (let sample = LIMITER_DELAY; sample < RATE; sample += 1) {
    assert.equal(heard[sample], Math.round(signal(sample) * 32_768) / 32_768, `sample ${sample}`);
  }
});

test('inputs are added and each has its own gain', () => {
  const mixer = createSoundMixer(BLOCK);
  mixer.setLevel('a', { gainDb: -6.0206, muted: false });
  mixer.setInputs(['a', 'b']);

  const heard = run(mixer, { a: constant(0.5), b: constant(0.125) }, 0, RATE);

  near(heard.at(-1)!, 0.375, 1e-3, 'sum');
});

test('a muted input that comes back with a change of the list does not let a single sample through', () => {
  const mixer = createSoundMixer(BLOCK);
  mixer.setLevel('mic', { gainDb: 0, muted: true });
  mixer.setInputs(['mic']);

  const heard = run(mixer, { mic: constant(0.5) }, 0, RATE);

  assert(heard.every((value) => value === 0));
});

test('a change of gain takes 20 ms, without a step', () => {
  const mixer = createSoundMixer(BLOCK);
  mixer.setInputs(['a']);
  run(mixer, { a: constant(0.5) }, 0, BLOCK * 3);

  mixer.setLevel('a', { gainDb: -20, muted: false });
  const heard = run(mixer, { a: constant(0.5) }, BLOCK * 3, BLOCK * 2);

  assert(largestStep(heard) < 0.0006, `a step of ${largestStep(heard)}`);
  near(heard[LIMITER_DELAY + 480]!, 0.275, 0.01, 'half way');
  near(heard[LIMITER_DELAY + 961]!, 0.05, 0.001, 'at the end');
});

test('muting and unmuting in quick turns never clicks', () => {
  const mixer = createSoundMixer(BLOCK);
  mixer.setInputs(['a']);
  const heard: number[] = run(mixer, { a: constant(0.5) }, 0, BLOCK);
  for (let turn = 0; turn < 20; turn += 1) {
    mixer.setLevel('a', { gainDb: 0, muted: turn % 2 === 0 });
    heard.push(...run(mixer, { a: constant(0.5) }, 0, BLOCK));
  }

  assert(largestStep(heard.slice(LIMITER_DELAY + 1)) < 0.0006);
});

test('a muted input still shows on its own meter and not on the programme’s', () => {
  const mixer = createSoundMixer(BLOCK);
  mixer.setLevel('mic', { gainDb: 0, muted: true });
  mixer.setInputs(['mic']);
  run(mixer, { mic: sine(1000, -18) }, 0, RATE);

  const [mic, programme] = mixer.takeReadings();

  near(mic!.peakDb, -18, 0.05, 'peak');
  near(mic!.rmsDb, -21.01, 0.05, 'RMS of a sine is 3 dB below its peak');
  assert.equal(programme!.peakDb, -120);
});

test('a reading covers the time since the one before', () => {
  const mixer = createSoundMixer(BLOCK);
  mixer.setInputs(['a']);
  run(mixer, { a: sine(1000, -6) }, 0, RATE);
  mixer.takeReadings();

  run(mixer, { a: sine(1000, -40) }, RATE, RATE);

  near(mixer.takeReadings()[0]!.peakDb, -40, 0.1, 'peak');
});

test('readings come in the order of the list, whatever came before', () => {
  const mixer = createSoundMixer(BLOCK);
  mixer.setInputs(['a', 'b', 'c']);
  mixer.setInputs(['c', 'a']);

  assert.deepEqual(
    mixer.takeReadings().map(({ id }) => id),
    ['c', 'a', 'programme'],
  );
});

test('two loud inputs together stay at −1 dBFS without being clipped flat', () => {
  const mixer = createSoundMixer(BLOCK);
  mixer.setInputs(['a', 'b']);

  const heard = run(mixer, { a: sine(200, -1), b: sine(200, -1) }, 0, RATE * 2);

  const ceiling = 10 ** (-1 / 20);
  assert(heard.every((value) => Math.abs(value) <= ceiling + 1e-4));
  const flat = heard.filter((value, index) => index > 0 && value === heard[index - 1] && value !== 0);
  assert(flat.length < heard.length / 50, `${flat.length} flat samples`);
  near(Math.max(...heard.slice(-BLOCK)), ceiling, 0.02, 'the peak');
});

test('the limiter leaves what is below its ceiling exactly as it is, and recovers', () => {
  const limiter = createLimiter();
  const quiet = stereo(sine(440, -3), 0, RATE * 2);
  const all = Float32Array.from([...stereo(constant(2), 0, 4800), ...quiet]);
  const given = Float32Array.from(all);

  for (let at = 0; at < all.length; at += 3202) {
    limiter.process(all.subarray(at, at + 3202), Math.min(3202, all.length - at) / 2);
  }

  assert(all.every((value) => Math.abs(value) <= 10 ** (-1 / 20) + 1e-6));
  const from = all.length - 4800;
  for (let i = from; i < all.length; i += 1) {
    assert.equal(all[i], given[i - LIMITER_DELAY * 2]);
  }
});

test('the limiter turns down before the peak, not at it', () => {
  const limiter = createLimiter();
  const samples = stereo((sample) => (sample >= 2400 ? 1.5 : 0.5), 0, 4800);

  limiter.process(samples, 4800);

  const left = Array.from(samples).filter((_, index) => index % 2 === 0);
  // The step itself is the signal's; the gain has arrived by then.
  const steps = left.slice(1).map((value, index) => Math.abs(value - left[index]!));
  const atPeak = 2400 + LIMITER_DELAY - 1;
  assert(steps.every((step, index) => step < 0.02 || index === atPeak || index === LIMITER_DELAY - 1));
});

// EBU Tech 3341 table 1, cases 1 and 2: sines of 1 kHz in both channels.
for (const dbfs of [-23, -33]) {
  test(`a stereo sine of 1 kHz at ${dbfs} dBFS has ${dbfs} LUFS`, () => {
    const meter = createLoudnessMeter();

    meter.push(stereo(sine(1000, dbfs), 0, RATE), RATE);

    near(meter.momentary(), dbfs, 0.1, 'momentary loudness');
  });
}

test('momentary loudness looks back 400 ms and no further', () => {
  const meter = createLoudnessMeter();
  meter.push(stereo(sine(1000, -10), 0, RATE), RATE);

  meter.push(new Float32Array(0.55 * RATE * 2), 0.55 * RATE);

  assert(meter.momentary() < -90, `${meter.momentary()} LUFS`);
});

test('the weighting turns bass down and treble up', () => {
  const loudness = (hertz: number): number => {
    const meter = createLoudnessMeter();
    meter.push(stereo(sine(hertz, -20), 0, RATE), RATE);
    return meter.momentary();
  };

  near(loudness(30) - loudness(1000), -9, 0.3, 'at 30 Hz');
  near(loudness(10_000) - loudness(1000), 3.3, 0.3, 'at 10 kHz');
});

test('the programme is brought to its target over all inputs, and never beyond the ceiling', () => {
  const mixer = createSoundMixer(BLOCK);
  mixer.setInputs(['a', 'b']);
  mixer.setLoudnessTarget(-16);
  const signals = { a: sine(1000, -26), b: sine(1000, -26) };
  run(mixer, signals, 0, RATE * 20);
  mixer.takeReadings();

  const heard = run(mixer, signals, RATE * 20, RATE * 4);

  const programme = mixer.takeReadings().at(-1)!;
  near(programme.shortTermLufs!, -16, 0.3, 'short-term loudness');
  near(programme.loudnessGainDb!, 4, 0.3, 'the gain');
  assert(heard.every((value) => Math.abs(value) <= 10 ** (-1 / 20) + 1e-4));
});

test('a microphone that hears what the computer plays is found in the mix', () => {
  const mixer = createSoundMixer(BLOCK);
  mixer.setInputs(['mic', 'computer']);
  mixer.setEchoRoles([
    { id: 'mic', role: 'microphone' },
    { id: 'computer', role: 'loudspeaker' },
  ]);
  const played = speech(-18, 11);

  run(mixer, { computer: played, mic: later(louder(played, -15), 0.1) }, 0, RATE * 13);

  assert.deepEqual(mixer.echoes(), [{ id: 'mic', of: 'computer' }]);
});
