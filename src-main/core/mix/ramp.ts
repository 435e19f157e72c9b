import { MIXER_SAMPLE_RATE } from '../ports/mixer.ts';

/** A change takes so long: at once for the ear, slow enough not to click. */
export const RAMP_SAMPLES = MIXER_SAMPLE_RATE * 0.02;

/** A factor that moves to a new value in a straight line. */
export type Ramp = {
  set(target: number): void;
  /** Multiplies the first `count` stereo samples, and those of another sound of the same time. */
  apply(samples: Float32Array, count: number, also?: Float32Array): void;
  /** Turns the first `count` stereo samples into the other ones, as far as the factor says: 0 leaves them, 1 replaces them. */
  blend(samples: Float32Array, other: Float32Array, count: number): void;
  /** It is 0 and stays so. */
  isZero(): boolean;
  /** It is 1 and stays so. */
  isOne(): boolean;
};

export function createRamp(initial: number): Ramp {
  let value = initial;
  let target = initial;
  let step = 0;
  let left = 0;

  function next(): number {
    left -= 1;
    value = left === 0 ? target : value + step;
    return value;
  }

  return {
    set(wanted) {
      if (wanted !== target) {
        target = wanted;
        left = RAMP_SAMPLES;
        step = (target - value) / RAMP_SAMPLES;
      }
    },
    apply(samples, count, also) {
      let i = 0;
      for (; i < count && left > 0; i += 1) {
        const by = next();
        scale(samples, i, i + 1, by);
        if (also !== undefined) {
          scale(also, i, i + 1, by);
        }
      }
      scale(samples, i, count, value);
      if (also !== undefined) {
        scale(also, i, count, value);
      }
    },
    blend(samples, other, count) {
      let i = 0;
      for (; i < count && left > 0; i += 1) {
        const by = next();
        for (let j = i * 2; j < i * 2 + 2; j += 1) {
          const sample = samples[j] ?? 0;
          samples[j] = sample + ((other[j] ?? 0) - sample) * by;
        }
      }
      if (value === 1) {
        samples.set(other.subarray(i * 2, count * 2), i * 2);
      } else if (value !== 0) {
        for (let j = i * 2; j < count * 2; j += 1) {
          const sample = samples[j] ?? 0;
          samples[j] = sample + ((other[j] ?? 0) - sample) * value;
        }
      }
    },
    isZero: () => value === 0 && left === 0,
    isOne: () => value === 1 && left === 0,
  };
}

/** Multiplies the stereo samples from `from` to before `to`. */
function scale(samples: Float32Array, from: number, to: number, by: number): void {
  if (by === 0) {
    samples.fill(0, from * 2, to * 2);
  } else if (by !== 1) {
    for (let i = from * 2; i < to * 2; i += 1) {
      samples[i] = (samples[i] ?? 0) * by;
    }
  }
}
