import { MIXER_SAMPLE_RATE } from '../ports/mixer.ts';

/** Below all voices: steps on the floor, bumps against the table, wind, and the hum of the mains (50 Hz is 16 dB down). */
const CUT_OFF_HERTZ = 80;
/** The two halves of a Butterworth filter of the fourth order: 24 dB an octave, flat above. */
const QUALITIES = [0.541_196_1, 1.306_563] as const;

/** Takes away what is deeper than voices, from interleaved stereo in place. */
export type HighPass = {
  process(samples: Float32Array, count: number): void;
};

export function createHighPass(): HighPass {
  const sections = QUALITIES.flatMap((quality) => [section(quality, 0), section(quality, 1)]);
  return {
    process(samples, count) {
      for (const process of sections) {
        process(samples, count);
      }
    },
  };
}

/** One channel through one biquad in transposed direct form II. */
function section(quality: number, channel: 0 | 1): (samples: Float32Array, count: number) => void {
  // The audio EQ cookbook (W3C note), high-pass filter.
  const omega = (2 * Math.PI * CUT_OFF_HERTZ) / MIXER_SAMPLE_RATE;
  const alpha = Math.sin(omega) / (2 * quality);
  const scale = 1 + alpha;
  const b0 = (1 + Math.cos(omega)) / 2 / scale;
  const a1 = (-2 * Math.cos(omega)) / scale;
  const a2 = (1 - alpha) / scale;
  // Variables of a closure would make each of their values an object.
  const memory = new Float64Array(2);
  return (samples, count) => {
    let first = memory[0] ?? 0;
    let second = memory[1] ?? 0;
    for (let i = channel; i < count * 2; i += 2) {
      const sample = samples[i] ?? 0;
      const passed = b0 * sample + first;
      first = -2 * b0 * sample - a1 * passed + second;
      // The constant keeps the decaying tail out of the denormal numbers, which are many times slower.
      second = b0 * sample - a2 * passed + 1e-20;
      samples[i] = passed;
    }
    memory[0] = first;
    memory[1] = second;
  };
}
