import { MOST_DELAY_MS } from '../../shared/sound-limits.ts';
import { MIXER_CHANNELS, MIXER_SAMPLE_RATE } from '../ports/mixer.ts';
import { createRamp, type Ramp } from './ramp.ts';

/** The last seconds of a sound, to be heard again later. What was not yet heard when a delay gets longer is there already. */
export type DelayLine = {
  /** Takes the next `count` stereo samples. */
  write(samples: Float32Array, count: number): void;
  /** A place to hear it from, `delayMs` behind what is written. */
  tap(delayMs: number): DelayTap;
};

export type DelayTap = {
  /** Moves the place: what is heard there fades over, so that there is no click. One fade ends before the next begins. */
  set(delayMs: number): void;
  /** The `count` stereo samples at that place, as of the last write, which had as many. */
  read(out: Float32Array, count: number): void;
  /** It gives what was written last, unchanged. */
  isDirect(): boolean;
};

/** `mostSamples` is the largest count that will be asked for. */
export function createDelayLine(mostSamples: number): DelayLine {
  // A power of two, so that a position becomes an index with a mask.
  const capacity = 2 ** Math.ceil(Math.log2(toSamples(MOST_DELAY_MS) + mostSamples));
  const mask = capacity - 1;
  const ring = new Float32Array(capacity * MIXER_CHANNELS);
  let written = 0;

  function copy(out: Float32Array, delay: number, count: number): void {
    const from = (written - count - delay) & mask;
    const first = Math.min(count, capacity - from);
    out.set(ring.subarray(from * 2, (from + first) * 2));
    out.set(ring.subarray(0, (count - first) * 2), first * 2);
  }

  return {
    write(samples, count) {
      const at = written & mask;
      const first = Math.min(count, capacity - at);
      ring.set(samples.subarray(0, first * 2), at * 2);
      ring.set(samples.subarray(first * 2, count * 2), 0);
      written += count;
    },

    tap(initialMs) {
      let delay = toSamples(initialMs);
      let wanted = delay;
      let fade: { readonly to: number; readonly ramp: Ramp; readonly scratch: Float32Array } | undefined;
      return {
        set(delayMs) {
          wanted = toSamples(delayMs);
        },
        read(out, count) {
          copy(out, delay, count);
          if (fade === undefined && wanted !== delay) {
            fade = { to: wanted, ramp: createRamp(0), scratch: new Float32Array(mostSamples * MIXER_CHANNELS) };
            fade.ramp.set(1);
          }
          if (fade !== undefined) {
            copy(fade.scratch, fade.to, count);
            fade.ramp.blend(out, fade.scratch, count);
            if (fade.ramp.isOne()) {
              delay = fade.to;
              fade = undefined;
            }
          }
        },
        isDirect: () => delay === 0 && wanted === 0 && fade === undefined,
      };
    },
  };
}

function toSamples(delayMs: number): number {
  return Math.round((delayMs * MIXER_SAMPLE_RATE) / 1000);
}
