import { test } from 'node:test';
import { createLoudnessMeter, type LoudnessMeter } from '../../../../src-main/core/mix/loudness.ts';
import { inTurn, near, RATE, type Signal, silence, sine, stereo } from './signals.ts';

const TONE_HERTZ = 1000;
const tone = (dbfs: number): Signal => sine(TONE_HERTZ, dbfs);

/** Plays a signal and looks every 10 ms, as the meter itself does. */
function play(
  meter: LoudnessMeter,
  signal: Signal,
  seconds: number,
  look: (meter: LoudnessMeter, second: number) => void = () => undefined,
): void {
  const step = RATE / 100;
  for (let at = 0; at < seconds * RATE; at += step) {
    meter.push(stereo(signal, at, step), step);
    look(meter, (at + step) / RATE);
  }
}

/** The tones of EBU Tech 3341 table 1 one after the other, again and again. */
const repeated = (parts: readonly (readonly [number, Signal])[], times: number): Signal =>
  inTurn(...Array.from({ length: times }, () => parts).flat());

for (const [number, dbfs] of [
  [1, -23],
  [2, -33],
] as const) {
  test(`EBU Tech 3341 case ${number}: a stereo sine of 1 kHz at ${dbfs} dBFS has M = S = ${dbfs} LUFS`, () => {
    const meter = createLoudnessMeter();

    play(meter, tone(dbfs), 20);

    near(meter.momentary(), dbfs, 0.1, 'M');
    near(meter.shortTerm(), dbfs, 0.1, 'S');
  });
}

test('EBU Tech 3341 case 9: −20 and −30 dBFS in turn within 3 s have a constant S of −23 LUFS', () => {
  const signal = repeated(
    [
      [1.34, tone(-20)],
      [1.66, tone(-30)],
    ],
    5,
  );

  play(createLoudnessMeter(), signal, 15, (meter, second) => {
    if (second >= 3) {
      near(meter.shortTerm(), -23, 0.1, `S after ${second} s`);
    }
  });
});

test('EBU Tech 3341 case 10: a tone of 3 s behind whatever silence reaches a largest S of −23 LUFS', () => {
  for (let i = 1; i <= 20; i += 6) {
    let largest = -Infinity;

    play(
      createLoudnessMeter(),
      inTurn([i * 0.15, silence], [3, tone(-23)], [1, silence]),
      i * 0.15 + 4,
      (meter) => (largest = Math.max(largest, meter.shortTerm())),
    );

    near(largest, -23, 0.1, `the largest S of signal ${i}`);
  }
});

test('EBU Tech 3341 case 12: −20 and −30 dBFS in turn within 400 ms have a constant M of −23 LUFS', () => {
  const signal = repeated(
    [
      [0.18, tone(-20)],
      [0.22, tone(-30)],
    ],
    10,
  );

  play(createLoudnessMeter(), signal, 4, (meter, second) => {
    if (second >= 1) {
      near(meter.momentary(), -23, 0.1, `M after ${second} s`);
    }
  });
});

test('EBU Tech 3341 case 13: a tone of 400 ms behind whatever silence reaches a largest M of −23 LUFS', () => {
  for (let i = 1; i <= 20; i += 1) {
    let largest = -Infinity;

    play(
      createLoudnessMeter(),
      inTurn([i * 0.02, silence], [0.4, tone(-23)], [1, silence]),
      i * 0.02 + 1.4,
      (meter) => (largest = Math.max(largest, meter.momentary())),
    );

    near(largest, -23, 0.1, `the largest M of signal ${i}`);
  }
});

test('EBU Tech 3341 case 14: tones of 400 ms from −38 to −19 dBFS reach these as their largest M', () => {
  const meter = createLoudnessMeter();
  for (let i = 1; i <= 20; i += 1) {
    let largest = -Infinity;

    play(
      meter,
      inTurn([i * 0.02, silence], [0.4, tone(-39 + i)], [0.8 - i * 0.02, silence]),
      1.2,
      () => (largest = Math.max(largest, meter.momentary())),
    );

    near(largest, -39 + i, 0.1, `the largest M of tone ${i}`);
  }
});

test('one channel alone is 3 LU less than both', () => {
  const meter = createLoudnessMeter();
  const samples = stereo(tone(-23), 0, RATE);
  for (let i = 1; i < samples.length; i += 2) {
    samples[i] = 0;
  }

  meter.push(samples, RATE);

  near(meter.momentary(), -26.01, 0.1, 'M');
});
