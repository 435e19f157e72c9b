import type { ChannelMode } from '../../shared/sound-limits.ts';
import { RAMP_SAMPLES } from './ramp.ts';

/** Left and right of what comes out, each made of left and right of what comes in. */
type Matrix = readonly [number, number, number, number];

const MATRICES: Readonly<Record<ChannelMode, Matrix>> = {
  stereo: [1, 0, 0, 1],
  mono: [0.5, 0.5, 0.5, 0.5],
  left: [1, 0, 1, 0],
  right: [0, 1, 0, 1],
};

/** Which channels of a sound are heard on which side. A change takes 20 ms, without a step. */
export type ChannelMixer = {
  set(mode: ChannelMode): void;
  process(samples: Float32Array, count: number): void;
};

export function createChannelMixer(initial: ChannelMode): ChannelMixer {
  let mode = initial;
  let before = MATRICES[initial];
  let left = 0;
  let now: Matrix = before;

  return {
    set(next) {
      if (next !== mode) {
        mode = next;
        before = now;
        left = RAMP_SAMPLES;
      }
    },
    process(samples, count) {
      if (mode === 'stereo' && left === 0) {
        return;
      }
      const target = MATRICES[mode];
      let [ll, lr, rl, rr] = now;
      for (let i = 0; i < count; i += 1) {
        if (left > 0) {
          left -= 1;
          const rest = left / RAMP_SAMPLES;
          ll = target[0] + (before[0] - target[0]) * rest;
          lr = target[1] + (before[1] - target[1]) * rest;
          rl = target[2] + (before[2] - target[2]) * rest;
          rr = target[3] + (before[3] - target[3]) * rest;
        }
        const inLeft = samples[i * 2] ?? 0;
        const inRight = samples[i * 2 + 1] ?? 0;
        samples[i * 2] = ll * inLeft + lr * inRight;
        samples[i * 2 + 1] = rl * inLeft + rr * inRight;
      }
      now = [ll, lr, rl, rr];
    },
  };
}
