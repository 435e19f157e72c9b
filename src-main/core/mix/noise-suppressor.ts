import { MIXER_SAMPLE_RATE } from '../ports/mixer.ts';
import { createFft } from './fft.ts';

/** 10.7 ms: long enough to tell neighbouring bands apart (94 Hz), short enough for lips. */
const FRAME = 512;
const HOP = FRAME / 2;
const BINS = FRAME / 2 + 1;

/** How far what comes out is behind what goes in. */
export const NOISE_SUPPRESSOR_DELAY_MS = (FRAME * 1000) / MIXER_SAMPLE_RATE;

const HOP_SECONDS = HOP / MIXER_SAMPLE_RATE;
/** The weight of what was before, for an average over so many seconds. */
const over = (seconds: number): number => Math.exp(-HOP_SECONDS / seconds);

/** The power of a band is averaged before its minimum is looked for: a single sample of noise varies by 10 dB. */
const POWER_MEMORY = over(0.05);
/** Every voice pauses within this time in every band; what is there all the time is noise. */
const MINIMUM_HOPS = Math.round(1.2 / HOP_SECONDS);
/** Noise varies about its minimum; what stands out by more than this (7 dB) is a voice. */
const STANDS_OUT = 5;
/** 13 dB, as single samples of noise hardly ever do. */
const SURELY_STANDS_OUT = 20;
const PRESENCE_MEMORY = over(0.03);
const NOISE_MEMORY = over(0.15);
/** The decision-directed estimate of Ephraim and Malah: the larger, the less “musical” the noise that is left. */
const DECISION_MEMORY = 0.985;
/** −25 dB: below every floor, and what keeps single peaks of the noise from being let through. */
const LEAST_RATIO = 0.003;
/** Far below 16 bits. Silence is never nothing, so that no average decays into the denormal numbers, which are many times slower. */
const LEAST_POWER = 1e-10;

/**
 * Takes away noise that is always there (fans, hiss, hum, air conditioning) and leaves voices: in each of 257 bands the noise is learned from
 * minima (Cohen's minima controlled recursive averaging), and the band is turned down by what a short-time log-spectral amplitude estimator
 * (Ephraim and Malah 1985) makes of it, but never below the floor. Both channels are turned down alike, so that voices stay where they are. It
 * learns within three seconds. A tone that lasts is noise to it: it is for microphones, not for music.
 */
export type NoiseSuppressor = {
  /** The most that a band is turned down, as a factor. */
  setFloor(floor: number): void;
  /** Cleans the first `count` stereo samples in place; what comes out is `NOISE_SUPPRESSOR_DELAY_MS` behind. */
  process(samples: Float32Array, count: number): void;
};

export function createNoiseSuppressor(initialFloor: number): NoiseSuppressor {
  const fft = createFft(FRAME);
  // Applied before and after, its squares add up to 1 from frame to frame.
  const window = Float64Array.from({ length: FRAME }, (_, i) => Math.sin((Math.PI * (i + 0.5)) / FRAME));
  /** The newest frame of each channel; its second half is being filled. */
  const left = new Float64Array(FRAME);
  const right = new Float64Array(FRAME);
  /** What is finished, in the first half, and what the next frame adds to, in the second. */
  const outLeft = new Float64Array(FRAME);
  const outRight = new Float64Array(FRAME);
  // Two channels in one transform: left as the real part, right as the imaginary one.
  const real = new Float64Array(FRAME);
  const imaginary = new Float64Array(FRAME);
  const gains = createGains(initialFloor);
  let filled = 0;

  function transform(): void {
    for (let i = 0; i < FRAME; i += 1) {
      const weight = window[i] ?? 0;
      real[i] = (left[i] ?? 0) * weight;
      imaginary[i] = (right[i] ?? 0) * weight;
    }
    fft(real, imaginary);
    for (let bin = 0; bin < BINS; bin += 1) {
      const mirror = (FRAME - bin) % FRAME;
      const re = real[bin] ?? 0;
      const im = imaginary[bin] ?? 0;
      const mirrorRe = real[mirror] ?? 0;
      const mirrorIm = imaginary[mirror] ?? 0;
      // |Z(k)|² + |Z(−k)|² is twice the power of both channels together, whatever their phases.
      const gain = gains.of(bin, (re * re + im * im + mirrorRe * mirrorRe + mirrorIm * mirrorIm) / 2);
      real[bin] = re * gain;
      imaginary[bin] = im * gain;
      if (mirror !== bin) {
        real[mirror] = mirrorRe * gain;
        imaginary[mirror] = mirrorIm * gain;
      }
    }
    gains.next();
    fft(imaginary, real);
    outLeft.copyWithin(0, HOP);
    outRight.copyWithin(0, HOP);
    outLeft.fill(0, HOP);
    outRight.fill(0, HOP);
    for (let i = 0; i < FRAME; i += 1) {
      const weight = (window[i] ?? 0) / FRAME;
      outLeft[i] = (outLeft[i] ?? 0) + (real[i] ?? 0) * weight;
      outRight[i] = (outRight[i] ?? 0) + (imaginary[i] ?? 0) * weight;
    }
    left.copyWithin(0, HOP);
    right.copyWithin(0, HOP);
  }

  return {
    setFloor: (floor) => gains.setFloor(floor),
    process(samples, count) {
      for (let i = 0; i < count; i += 1) {
        left[HOP + filled] = samples[i * 2] ?? 0;
        right[HOP + filled] = samples[i * 2 + 1] ?? 0;
        samples[i * 2] = outLeft[filled] ?? 0;
        samples[i * 2 + 1] = outRight[filled] ?? 0;
        filled += 1;
        if (filled === HOP) {
          filled = 0;
          transform();
        }
      }
    },
  };
}

/** What each band is multiplied with, from its power in each frame in turn. */
function createGains(initialFloor: number) {
  const smoothed = new Float64Array(BINS);
  const minimum = new Float64Array(BINS).fill(Infinity);
  const nextMinimum = new Float64Array(BINS).fill(Infinity);
  const presence = new Float64Array(BINS);
  const noise = new Float64Array(BINS);
  /** Signal to noise of the frame before, as it was heard. */
  const heard = new Float64Array(BINS).fill(1);
  let floor = initialFloor;
  let hops = 0;

  function learn(bin: number, power: number): number {
    const before = smoothed[bin] ?? 0;
    const average = hops === 0 ? power : power + (before - power) * POWER_MEMORY;
    smoothed[bin] = average;
    const least = Math.min(minimum[bin] ?? Infinity, average);
    minimum[bin] = least;
    nextMinimum[bin] = Math.min(nextMinimum[bin] ?? Infinity, average);
    // At once when it begins: nothing of a voice must be learned as noise.
    const isVoice = average > STANDS_OUT * least || power > SURELY_STANDS_OUT * least;
    const likely = isVoice ? 1 : (presence[bin] ?? 0) * PRESENCE_MEMORY;
    presence[bin] = likely;
    const memory = NOISE_MEMORY + (1 - NOISE_MEMORY) * likely;
    // From nothing up: somebody who is talking when it begins is not taken for noise.
    const learned = power + ((noise[bin] ?? 0) - power) * memory;
    noise[bin] = learned;
    return learned;
  }

  return {
    setFloor(next: number): void {
      floor = next;
    },
    of(bin: number, measured: number): number {
      const power = measured + LEAST_POWER;
      const level = power / learn(bin, power);
      const guess = Math.max(
        LEAST_RATIO,
        DECISION_MEMORY * (heard[bin] ?? 1) + (1 - DECISION_MEMORY) * Math.max(0, level - 1),
      );
      const wiener = guess / (1 + guess);
      const gain = Math.min(1, wiener * correction(wiener * level));
      heard[bin] = gain * gain * level;
      return Math.max(floor, gain);
    },
    /** All bands of a frame have been given. */
    next(): void {
      hops += 1;
      if (hops % MINIMUM_HOPS === 0) {
        // A minimum is forgotten after one to two of these periods, so that noise that gets louder is learned.
        minimum.set(nextMinimum);
        nextMinimum.set(smoothed);
      }
    },
  };
}

/** Beyond it the correction is less than 0.02 dB. */
const MOST_CORRECTED = 5;
const CORRECTIONS_PER_UNIT = 64;
const CORRECTIONS = Float64Array.from({ length: MOST_CORRECTED * CORRECTIONS_PER_UNIT + 2 }, (_, i) =>
  Math.exp(0.5 * exponentialIntegral(Math.max(1, i) / CORRECTIONS_PER_UNIT)),
);

/** e^(E₁(x)/2), by which the logarithmic estimator is above Wiener's: a table, because it is needed fifty thousand times a second. */
function correction(x: number): number {
  if (x >= MOST_CORRECTED) {
    return 1;
  }
  if (x < 0.1) {
    // E₁(x) = −γ − ln x + x − …
    return (0.749_306 / Math.sqrt(x)) * (1 + x / 2);
  }
  const place = x * CORRECTIONS_PER_UNIT;
  const whole = Math.floor(place);
  const before = CORRECTIONS[whole] ?? 1;
  return before + ((CORRECTIONS[whole + 1] ?? 1) - before) * (place - whole);
}

/** E₁(x) for x > 0 (Abramowitz and Stegun 5.1.53 and 5.1.54). */
function exponentialIntegral(x: number): number {
  if (x <= 1) {
    const series =
      x * (0.999_991_93 + x * (-0.249_910_55 + x * (0.055_199_68 + x * (-0.009_760_04 + x * 0.001_078_57))));
    return series - Math.log(x) - 0.577_215_66;
  }
  return (Math.exp(-x) / x) * ((x * (x + 2.334_733) + 0.250_621) / (x * (x + 3.330_657) + 1.681_534));
}
