import assert from 'node:assert/strict';

export const RATE = 48_000;

/** The value of a sample, −1…1, by its place. */
export type Signal = (sample: number) => number;

export const silence: Signal = () => 0;
export const constant =
  (value: number): Signal =>
  () =>
    value;
/** `dbfs` is its peak, so that −18 dBFS is a reference tone. */
export const sine = (hertz: number, dbfs: number): Signal => {
  const amplitude = 10 ** (dbfs / 20);
  return (sample) => amplitude * Math.sin((2 * Math.PI * hertz * sample) / RATE);
};

/** White noise of an RMS; the same for the same seed, at whatever place it is looked at first. */
export const noise = (dbfs: number, seed: number): Signal => {
  const scale = 10 ** (dbfs / 20) * Math.sqrt(3);
  return (sample) => scale * (random(seed * 7_919 + sample) * 2 - 1);
};

/** Noise in syllables of 80 to 250 ms with pauses between, as people talk; the loudness goes up and down by 30 dB. */
export const speech = (dbfs: number, seed: number): Signal => {
  const carrier = noise(dbfs, seed);
  const syllables: { readonly from: number; readonly to: number; readonly level: number }[] = [];
  for (let at = 0, i = 0; at < 60 * RATE; i += 1) {
    const length = (0.08 + 0.17 * random(seed * 31 + i * 3)) * RATE;
    syllables.push({ from: at, to: at + length, level: 0.2 + 0.8 * random(seed * 31 + i * 3 + 1) });
    at += length + (0.03 + 0.25 * random(seed * 31 + i * 3 + 2)) * RATE;
  }
  let last = 0;
  return (sample) => {
    if (sample < (syllables[last]?.from ?? 0)) {
      last = 0;
    }
    while (sample >= (syllables[last]?.to ?? Infinity)) {
      last += 1;
    }
    const syllable = syllables[last];
    if (syllable === undefined || sample < syllable.from) {
      return carrier(sample) * 0.01;
    }
    const phase = (sample - syllable.from) / (syllable.to - syllable.from);
    return carrier(sample) * syllable.level * Math.sin(Math.PI * phase);
  };
};

export const sum =
  (...signals: readonly Signal[]): Signal =>
  (sample) =>
    signals.reduce((total, signal) => total + signal(sample), 0);

export const later =
  (signal: Signal, seconds: number): Signal =>
  (sample) =>
    sample < seconds * RATE ? 0 : signal(Math.round(sample - seconds * RATE));

export const louder = (signal: Signal, db: number): Signal => {
  const factor = 10 ** (db / 20);
  return (sample) => signal(sample) * factor;
};

/** One signal after the other, each for its seconds. */
export const inTurn =
  (...parts: readonly (readonly [number, Signal])[]): Signal =>
  (sample) => {
    let from = 0;
    for (const [seconds, signal] of parts) {
      if (sample < from + seconds * RATE) {
        return signal(sample);
      }
      from += seconds * RATE;
    }
    return 0;
  };

/** The same in both channels. */
export function stereo(signal: Signal, from: number, count: number): Float32Array {
  const samples = new Float32Array(count * 2);
  for (let i = 0; i < count; i += 1) {
    samples[i * 2] = signal(from + i);
    samples[i * 2 + 1] = samples[i * 2]!;
  }
  return samples;
}

/** Runs stereo samples of a signal through `process`, block by block; what comes out, left channel. */
export function through(
  process: (samples: Float32Array, count: number) => void,
  signal: Signal,
  from: number,
  count: number,
  block = 1600,
): number[] {
  const heard: number[] = [];
  for (let at = from; at < from + count; at += block) {
    const length = Math.min(block, from + count - at);
    const samples = stereo(signal, at, length);
    process(samples, length);
    for (let i = 0; i < length; i += 1) {
      heard.push(samples[i * 2]!);
    }
  }
  return heard;
}

export function rmsDb(samples: readonly number[]): number {
  const square = samples.reduce((total, value) => total + value * value, 0) / samples.length;
  return 10 * Math.log10(square + 1e-30);
}

/** The most that two neighbours differ. */
export function largestStep(samples: readonly number[]): number {
  return samples.slice(1).reduce((most, value, index) => Math.max(most, Math.abs(value - samples[index]!)), 0);
}

export function near(actual: number, expected: number, tolerance: number, what: string): void {
  assert(Math.abs(actual - expected) <= tolerance, `${what}: ${actual} is not ${expected} ± ${tolerance}`);
}

/** 0…1, by a number (splitmix32). */
function random(index: number): number {
  let z = (index + 0x9e3779b9) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
}
