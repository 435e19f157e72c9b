import { SILENCE_DB } from './loudness.ts';

export type LevelMeter = {
  /** Takes the next `length` values, −1…1 or beyond. */
  push(samples: Float32Array, length: number): void;
  /** Since the last call, in dBFS: a sine of full scale has −3.01 dB RMS. */
  take(): { readonly peakDb: number; readonly rmsDb: number };
};

export function createLevelMeter(): LevelMeter {
  let peak = 0;
  let energy = 0;
  let total = 0;
  return {
    push(samples, length) {
      // Of its own, because variables of the closure would make each of their values an object.
      let most = 0;
      let sum = 0;
      for (let i = 0; i < length; i += 1) {
        const value = samples[i] ?? 0;
        if (value > most) {
          most = value;
        } else if (-value > most) {
          most = -value;
        }
        sum += value * value;
      }
      peak = Math.max(peak, most);
      energy += sum;
      total += length;
    },
    take() {
      const reading = { peakDb: decibels(peak), rmsDb: decibels(Math.sqrt(energy / Math.max(1, total))) };
      peak = 0;
      energy = 0;
      total = 0;
      return reading;
    },
  };
}

/** What a converter gives when it cannot count further, less what resampling on the way takes off it. */
const FULL_SCALE = 0.998;
/** Music that was mastered loud touches full scale; a wave that stays there was cut off. */
const FLAT_SAMPLES = 3;

/** Counts waves that were cut off before they came here: no gain can mend them. */
export type ClipCounter = {
  /** Takes the next `count` stereo samples. */
  push(samples: Float32Array, count: number): void;
  /** Since the last call. */
  take(): number;
};

export function createClipCounter(): ClipCounter {
  const runs = [0, 0];
  let clips = 0;
  return {
    push(samples, count) {
      for (let channel = 0; channel < 2; channel += 1) {
        let run = runs[channel] ?? 0;
        for (let i = channel; i < count * 2; i += 2) {
          const value = samples[i] ?? 0;
          if (value < FULL_SCALE && value > -FULL_SCALE) {
            run = 0;
          } else {
            run += 1;
            clips += run === FLAT_SAMPLES ? 1 : 0;
          }
        }
        runs[channel] = run;
      }
    },
    take() {
      const taken = clips;
      clips = 0;
      return taken;
    },
  };
}

export function amplitude(db: number): number {
  return 10 ** (db / 20);
}

function decibels(value: number): number {
  return Math.max(SILENCE_DB, 20 * Math.log10(value + 1e-30));
}
