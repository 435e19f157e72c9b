import { MIXER_SAMPLE_RATE } from '../ports/mixer.ts';

/** Energies are kept for so long each: the windows begin and end within 5 ms of where they should. */
const BLOCK = MIXER_SAMPLE_RATE / 100;
/** Momentary loudness looks at 400 ms, short-term loudness at 3 s (EBU Tech 3341 §2.2). */
const MOMENTARY_BLOCKS = 40;
const SHORT_TERM_BLOCKS = 300;
export const SILENCE_DB = -120;

/**
 * EBU R128 loudness of a stereo programme at 48 kHz: K-weighting and mean square as in ITU-R BS.1770-5 annex 1. About 0.2 % of a core.
 */
export type LoudnessMeter = {
  /** Takes the next `count` stereo samples, −1…1. */
  push(samples: Float32Array, count: number): void;
  /** LUFS over the last 400 ms; −120 for silence. */
  momentary(): number;
  /** LUFS over the last 3 s; −120 for silence. */
  shortTerm(): number;
};

/** LUFS of a mean square (BS.1770-5 annex 1, equation 2) of both channels together. */
export function loudnessOf(meanSquare: number): number {
  return Math.max(SILENCE_DB, -0.691 + 10 * Math.log10(meanSquare + 1e-30));
}

/** The mean square that has so many LUFS. */
export function meanSquareOf(lufs: number): number {
  return 10 ** ((lufs + 0.691) / 10);
}

export function createLoudnessMeter(): LoudnessMeter {
  const left = createWeighting();
  const right = createWeighting();
  const blocks = new Float64Array(SHORT_TERM_BLOCKS);
  let block = 0;
  let filled = 0;
  let energy = 0;

  function over(count: number): number {
    let sum = 0;
    for (let back = 1; back <= count; back += 1) {
      sum += blocks[(block + SHORT_TERM_BLOCKS - back) % SHORT_TERM_BLOCKS] ?? 0;
    }
    return loudnessOf(sum / (BLOCK * count));
  }

  return {
    push(samples, count) {
      for (let at = 0; at < count; ) {
        const taken = Math.min(count - at, BLOCK - filled);
        energy += left(samples, at * 2, taken) + right(samples, at * 2 + 1, taken);
        at += taken;
        filled += taken;
        if (filled === BLOCK) {
          blocks[block] = energy;
          block = (block + 1) % SHORT_TERM_BLOCKS;
          filled = 0;
          energy = 0;
        }
      }
    },
    momentary: () => over(MOMENTARY_BLOCKS),
    shortTerm: () => over(SHORT_TERM_BLOCKS),
  };
}

/** K-weights every second sample from `from` on and gives the energy of `count` of them. */
function createWeighting(): (samples: Float32Array, from: number, count: number) => number {
  // Variables of a closure would make each of their values an object.
  const memory = new Float64Array(4);
  return (samples, from, count) => {
    let shelf1 = memory[0] ?? 0;
    let shelf2 = memory[1] ?? 0;
    let high1 = memory[2] ?? 0;
    let high2 = memory[3] ?? 0;
    let sum = 0;
    for (let i = from; i < from + count * 2; i += 2) {
      // BS.1770-5 tables 1 and 2, the head as a high shelf and then a high pass, in transposed direct form II. The constants keep the
      // decaying tail out of the denormal numbers, which are many times slower; they are 400 dB down.
      const sample = samples[i] ?? 0;
      const shelved = 1.53512485958697 * sample + shelf1;
      shelf1 = -2.69169618940638 * sample + 1.69065929318241 * shelved + shelf2;
      shelf2 = 1.19839281085285 * sample - 0.73248077421585 * shelved + 1e-20;
      const weighted = shelved + high1;
      high1 = -2 * shelved + 1.99004745483398 * weighted + high2;
      high2 = shelved - 0.99007225036621 * weighted + 1e-20;
      sum += weighted * weighted;
    }
    memory[0] = shelf1;
    memory[1] = shelf2;
    memory[2] = high1;
    memory[3] = high2;
    return sum;
  };
}
