import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLoudnessMeter } from '../../../../src-main/core/mix/loudness.ts';
import { createLoudnessControl, type LoudnessControl } from '../../../../src-main/core/mix/loudness-control.ts';
import {
  constant,
  inTurn,
  largestStep,
  louder,
  near,
  noise,
  RATE,
  type Signal,
  sine,
  speech,
  through,
} from './signals.ts';

/** Plays a signal; what came out, and the gain after each tenth of a second. */
function play(
  control: LoudnessControl,
  signal: Signal,
  seconds: number,
  from = 0,
): { readonly heard: number[]; readonly gains: number[] } {
  const heard: number[] = [];
  const gains: number[] = [];
  for (let at = from; at < from + seconds * RATE; at += RATE / 10) {
    heard.push(...through((samples, count) => control.process(samples, count), signal, at, RATE / 10));
    gains.push(control.gainDb());
  }
  return { heard, gains };
}

function loudnessOf(heard: readonly number[]): number {
  const meter = createLoudnessMeter();
  const samples = Float32Array.from({ length: heard.length * 2 }, (_, i) => heard[i >> 1]!);
  meter.push(samples, heard.length);
  return meter.shortTerm();
}

for (const target of [-16, -18, -23]) {
  test(`speech of about −26 LUFS is at ${target} LUFS after 20 s`, () => {
    const control = createLoudnessControl();
    control.setTarget(target);
    play(control, sine(1000, -26), 20);

    const { heard } = play(control, sine(1000, -26), 3, 20 * RATE);

    near(loudnessOf(heard), target, 0.5, 'S');
  });
}

test('without a target nothing is changed, not even a bit', () => {
  const control = createLoudnessControl();
  const signal = speech(-20, 1);

  const { heard } = play(control, signal, 2);

  assert.deepEqual(
    heard,
    through(() => undefined, signal, 0, 2 * RATE, RATE / 10),
  );
});

test('in pauses the gain stands still: the room is not lifted', () => {
  const control = createLoudnessControl();
  control.setTarget(-16);
  const room = noise(-52, 3);
  const talk = louder(speech(-20, 2), -6);
  play(control, talk, 25);
  const before = control.gainDb();

  const { gains } = play(control, room, 30, 25 * RATE);

  assert(before > 3, `a gain of ${before} dB`);
  assert(
    gains.every((gain) => Math.abs(gain - before) < 0.3),
    `from ${before} to ${gains.at(-1)} dB`,
  );
});

test('talk with pauses is not pumped: once it has found its level the gain moves by less than 1.5 dB', () => {
  const control = createLoudnessControl();
  control.setTarget(-18);
  const talk = speech(-22, 5);
  const signal = inTurn(
    ...Array.from(
      { length: 10 },
      () =>
        [
          [3, talk],
          [2, noise(-55, 6)],
        ] as const,
    ).flat(),
  );
  play(control, signal, 25);

  const { gains } = play(control, signal, 20, 25 * RATE);

  assert(Math.max(...gains) - Math.min(...gains) < 1.5, `${Math.min(...gains)} to ${Math.max(...gains)} dB`);
});

test('the gain moves by at most 1 dB a second up and 3 dB down, without a step in the sound', () => {
  const control = createLoudnessControl();
  control.setTarget(-16);
  const up = play(control, constant(0.02), 1).heard;
  const { gains: rising } = play(control, sine(1000, -30), 5);
  const { gains: falling } = play(control, sine(1000, -2), 5, 5 * RATE);

  assert(largestStep(up) < 1e-4);
  rising.slice(1).forEach((gain, i) => assert(gain - rising[i]! <= 0.1001, 'up'));
  falling.slice(1).forEach((gain, i) => assert(falling[i]! - gain <= 0.3001, 'down'));
  assert(falling.at(-1)! < rising.at(-1)!);
});

test('what is very quiet is lifted by 12 dB and no more, and silence is not lifted at all', () => {
  const quiet = createLoudnessControl();
  quiet.setTarget(-16);
  play(quiet, sine(1000, -38), 40);
  near(quiet.gainDb(), 12, 0.1, 'the gain');

  const silent = createLoudnessControl();
  silent.setTarget(-16);
  play(silent, noise(-60, 1), 20);
  assert.equal(silent.gainDb(), 0);
});

test('somebody who talks 15 dB less loud from now on is found again', () => {
  const control = createLoudnessControl();
  control.setTarget(-23);
  play(control, sine(1000, -20), 20);
  near(control.gainDb(), -3, 0.3, 'before');

  play(control, sine(1000, -35), 45, 20 * RATE);

  near(control.gainDb(), 12, 0.5, 'after');
});

test('switched off it goes back to what comes in, and then changes no bit', () => {
  const control = createLoudnessControl();
  control.setTarget(-16);
  play(control, sine(1000, -26), 15);
  control.setTarget(undefined);

  const { heard } = play(control, constant(0.1), 3, 15 * RATE);

  assert(largestStep(heard) < 1e-3);
  assert.equal(control.gainDb(), 0);
  assert.equal(heard.at(-1), Math.fround(0.1));
});
