import { assert } from '../../base/assert.ts';
import { MIXER_CHANNELS, MIXER_SAMPLE_RATE } from '../ports/mixer.ts';

/** Sound is small: kept longer than any write queue may be, so that a queued slice is never overwritten. */
const SOUND_SAMPLES = MIXER_SAMPLE_RATE * 10;
const SAMPLE_BYTES = MIXER_CHANNELS * 2;

/** The last ten seconds of a sound, s16le, by sample position. */
export type SoundRing = {
  readonly push: (samples: Int16Array, count: number) => void;
  readonly oldest: () => number;
  /** The position the next sample will have. */
  readonly next: () => number;
  /** From `from` to before `to`, as one or two slices of the ring: to be written out within seconds. */
  readonly slices: (from: number, to: number) => readonly Buffer[];
  /** Makes what is kept from `from` to before `to` silent. */
  silence(from: number, to: number): void;
  /** It goes on at another place: nothing before it is kept. */
  jump(sample: number): void;
};

export function createSoundRing(sample: number): SoundRing {
  const ring = Buffer.alloc(SOUND_SAMPLES * SAMPLE_BYTES);
  let firstSample = sample;
  let nextSample = sample;

  const oldest = (): number => Math.max(firstSample, nextSample - SOUND_SAMPLES);

  function slices(from: number, to: number): readonly Buffer[] {
    assert(from >= oldest() && to <= nextSample, 'only sound that is kept is read');
    if (from >= to) {
      return [];
    }
    const start = (from % SOUND_SAMPLES) * SAMPLE_BYTES;
    const length = (to - from) * SAMPLE_BYTES;
    return start + length <= ring.length
      ? [ring.subarray(start, start + length)]
      : [ring.subarray(start), ring.subarray(0, start + length - ring.length)];
  }

  return {
    push(samples, count) {
      const bytes = Buffer.from(samples.buffer, samples.byteOffset, count * SAMPLE_BYTES);
      const at = (nextSample % SOUND_SAMPLES) * SAMPLE_BYTES;
      const untilEnd = Math.min(bytes.length, ring.length - at);
      bytes.copy(ring, at, 0, untilEnd);
      bytes.copy(ring, 0, untilEnd);
      nextSample += count;
    },
    oldest,
    next: () => nextSample,
    slices,
    silence(from, to) {
      for (const slice of slices(Math.max(from, oldest()), Math.min(to, nextSample))) {
        slice.fill(0);
      }
    },
    jump(to) {
      firstSample = to;
      nextSample = to;
    },
  };
}
