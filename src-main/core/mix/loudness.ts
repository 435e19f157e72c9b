import { MIXER_SAMPLE_RATE } from '../ports/mixer.ts';

/** Momentary loudness looks at 400 ms (EBU Tech 3341 §2.2), here as four blocks of 100 ms. */
const BLOCK = MIXER_SAMPLE_RATE / 10;
const BLOCKS = 4;
export const SILENCE_DB = -120;

/**
 * EBU R128 momentary loudness of a stereo programme at 48 kHz: K-weighting and mean square as in ITU-R BS.1770-4 annex 1. About 0.3 % of a core.
 */
export type LoudnessMeter = {
  /** Takes the next `count` stereo samples, −1…1. */
  push(samples: Float32Array, count: number): void;
  /** LUFS over the last 400 ms; −120 for silence. */
  momentary(): number;
};

export function createLoudnessMeter(): LoudnessMeter {
  // Filter memories: two for each of the two filters of each channel.
  const memory = new Float64Array(8);
  const blocks = new Float64Array(BLOCKS);
  let block = 0;
  let filled = 0;
  let energy = 0;

  /** K-weights one channel of a run of samples and adds up its energy. */
  function weigh(samples: Float32Array, from: number, count: number, channel: 0 | 1): void {
    const base = channel * 4;
    let shelf1 = memory[base] ?? 0;
    let shelf2 = memory[base + 1] ?? 0;
    let high1 = memory[base + 2] ?? 0;
    let high2 = memory[base + 3] ?? 0;
    let sum = 0;
    for (let i = from; i < from + count; i += 1) {
      // BS.1770-4 tables 1 and 2, the head as a high shelf and then a high pass, in transposed direct form II. The constants keep the
      // decaying tail out of the denormal numbers, which are many times slower; they are 400 dB down.
      const sample = samples[i * 2 + channel] ?? 0;
      const shelved = 1.53512485958697 * sample + shelf1;
      shelf1 = -2.69169618940638 * sample + 1.69065929318241 * shelved + shelf2;
      shelf2 = 1.19839281085285 * sample - 0.73248077421585 * shelved + 1e-20;
      const weighted = shelved + high1;
      high1 = -2 * shelved + 1.99004745483398 * weighted + high2;
      high2 = shelved - 0.99007225036621 * weighted + 1e-20;
      sum += weighted * weighted;
    }
    memory.set([shelf1, shelf2, high1, high2], base);
    energy += sum;
  }

  return {
    push(samples, count) {
      for (let at = 0; at < count; ) {
        const taken = Math.min(count - at, BLOCK - filled);
        weigh(samples, at, taken, 0);
        weigh(samples, at, taken, 1);
        at += taken;
        filled += taken;
        if (filled === BLOCK) {
          blocks[block % BLOCKS] = energy;
          block += 1;
          filled = 0;
          energy = 0;
        }
      }
    },
    momentary() {
      let sum = 0;
      for (const part of blocks) {
        sum += part;
      }
      return Math.max(SILENCE_DB, -0.691 + 10 * Math.log10(sum / (BLOCK * BLOCKS) + 1e-30));
    },
  };
}
