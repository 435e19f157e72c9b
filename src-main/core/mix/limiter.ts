import { MIXER_SAMPLE_RATE } from '../ports/mixer.ts';

/** −1 dBFS: what lossy coding adds on top of a peak still fits (EBU R128 s2). */
const CEILING = 10 ** (-1 / 20);
/** The gain is decided for one millisecond at a time. */
const STEP = MIXER_SAMPLE_RATE / 1000;
const RELEASE_MS = 100;
const RELEASE = 1 - Math.exp(-1 / RELEASE_MS);

/** How many samples the limiter's output is behind its input: whoever feeds it reads so far ahead. */
export const LIMITER_DELAY = STEP * 2;

/**
 * A look-ahead peak limiter for interleaved stereo. The gain at each boundary between two steps is the smaller of what both need, and
 * runs straight from boundary to boundary: it is always low enough, never jumps, and is exactly 1, sample for sample, below the ceiling.
 */
export type Limiter = {
  /** Limits the first `count` stereo samples in place: in go samples from `LIMITER_DELAY` later than come out. */
  process(samples: Float32Array, count: number): void;
};

export function createLimiter(): Limiter {
  // Three steps in a ring: one coming in, one that waits until the next is known, one that goes out.
  const length = STEP * 3;
  const ring = new Float32Array(length * 2);
  let at = 0;
  let peak = 0;
  let needed = 1;
  let gain = 1;

  /** The step before the one just completed gets its gains: now it is known what follows it. */
  function settle(end: number): void {
    const next = peak > CEILING ? CEILING / peak : 1;
    const released = gain + (1 - gain) * RELEASE;
    // So near to 1 that 16 bits cannot tell.
    const target = Math.min(needed, next, released > 1 - 2 ** -17 ? 1 : released);
    if (gain < 1 || target < 1) {
      const start = (end + length - STEP * 2) % length;
      for (let i = 0; i < STEP; i += 1) {
        const by = gain + ((target - gain) * (i + 1)) / STEP;
        const index = ((start + i) % length) * 2;
        ring[index] = (ring[index] ?? 0) * by;
        ring[index + 1] = (ring[index + 1] ?? 0) * by;
      }
    }
    gain = target;
    needed = next;
    peak = 0;
  }

  return {
    process(samples, count) {
      for (let i = 0; i < count; i += 1) {
        const left = samples[i * 2] ?? 0;
        const right = samples[i * 2 + 1] ?? 0;
        peak = Math.max(peak, Math.abs(left), Math.abs(right));
        const out = ((at + length - LIMITER_DELAY) % length) * 2;
        samples[i * 2] = ring[out] ?? 0;
        samples[i * 2 + 1] = ring[out + 1] ?? 0;
        ring[at * 2] = left;
        ring[at * 2 + 1] = right;
        at = (at + 1) % length;
        if (at % STEP === 0) {
          settle(at);
        }
      }
    },
  };
}
