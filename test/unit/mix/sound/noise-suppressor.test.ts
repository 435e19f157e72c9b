import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createNoiseSuppressor } from '../../../../src-main/core/mix/noise-suppressor.ts';
import {
  largestStep,
  near,
  noise,
  RATE,
  rmsDb,
  type Signal,
  silence,
  sine,
  speech,
  stereo,
  sum,
  through,
} from './signals.ts';

const DELAY = 512;
const STRONG = 0.1;

function suppressed(signal: Signal, seconds: number, floor = STRONG, block = 1600): number[] {
  const suppressor = createNoiseSuppressor(floor);
  return through((samples, count) => suppressor.process(samples, count), signal, 0, seconds * RATE, block);
}

test('with nothing to turn down, what comes out is what went in, 512 samples later', () => {
  const signal = speech(-20, 1);

  const heard = suppressed(signal, 1, 1);

  for (let sample = DELAY * 2; sample < RATE; sample += 1) {
    assert(Math.abs(heard[sample]! - Math.fround(signal(sample - DELAY))) < 1e-6, `sample ${sample}`);
  }
});

test('how the samples are cut into blocks makes no difference', () => {
  const signal = sum(speech(-20, 1), noise(-50, 2));

  assert.deepEqual(suppressed(signal, 1, STRONG, 333), suppressed(signal, 1, STRONG, 1601));
});

test('a fan that runs all the time is 17 dB quieter after three seconds', () => {
  const heard = suppressed(noise(-45, 4), 6);

  assert(rmsDb(heard.slice(4 * RATE)) < -62, `${rmsDb(heard.slice(4 * RATE))} dBFS`);
});

test('hum of the mains is turned down, too', () => {
  const heard = suppressed(sine(100, -40), 6);

  assert(rmsDb(heard.slice(4 * RATE)) < -43 - 15, `${rmsDb(heard.slice(4 * RATE))} dBFS`);
});

test('a voice in noise keeps its loudness within 1 dB while the noise between goes', () => {
  const voice = speech(-20, 7);
  const heard = suppressed(sum(voice, noise(-50, 8)), 8);
  const clean = through(() => undefined, voice, 0, 8 * RATE);
  const from = 4 * RATE;

  near(rmsDb(heard.slice(from)), rmsDb(clean.slice(from - DELAY, -DELAY)), 1, 'the voice');
  const pauses = heard.filter(
    (_, i) => i > from && Math.abs(clean[i - DELAY]!) < 0.002 && quiet(clean, i - DELAY),
  );
  assert(rmsDb(pauses) < -60, `${rmsDb(pauses)} dBFS in the pauses`);
});

/** Whether 15 ms about a place have nothing of a voice. */
function quiet(clean: readonly number[], at: number): boolean {
  for (let i = at - 720; i <= at + 720; i += 48) {
    if (Math.abs(clean[i] ?? 0) > 0.002) {
      return false;
    }
  }
  return true;
}

test('left and right are turned down alike: a voice stays where it is', () => {
  const suppressor = createNoiseSuppressor(STRONG);
  const signal = sum(speech(-20, 7), noise(-55, 8));
  let most = 0;
  for (let at = 0; at < 4 * RATE; at += 1600) {
    const samples = stereo(signal, at, 1600);
    for (let i = 1; i < samples.length; i += 2) {
      samples[i]! *= 0.25;
    }
    suppressor.process(samples, 1600);
    for (let i = 0; i < 1600; i += 1) {
      most = Math.max(most, Math.abs(samples[i * 2]! * 0.25 - samples[i * 2 + 1]!));
    }
  }
  assert(most < 1e-6, `${most}`);
});

test('silence stays silence, and what begins behind it comes through', () => {
  assert(suppressed(silence, 1).every((value) => value === 0));

  const heard = suppressed((sample) => (sample < RATE ? 0 : speech(-20, 3)(sample)), 3);

  near(
    rmsDb(heard.slice(RATE + DELAY)),
    rmsDb(through(() => undefined, speech(-20, 3), RATE, 2 * RATE - DELAY)),
    1.5,
    'it',
  );
});

test('another floor comes without a step', () => {
  const suppressor = createNoiseSuppressor(1);
  const signal = sine(200, -20);
  const run = (from: number, seconds: number): number[] =>
    through((samples, count) => suppressor.process(samples, count), signal, from, seconds * RATE);
  const heard = run(0, 4);
  suppressor.setFloor(STRONG);
  heard.push(...run(4 * RATE, 1));

  assert(largestStep(heard.slice(DELAY * 2)) < largestStep(through(() => undefined, signal, 0, RATE)) * 1.5);
});
