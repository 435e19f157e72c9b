import { assert } from '../../base/assert.ts';
import { MIXER_CHANNELS, MIXER_SAMPLE_RATE } from '../ports/mixer.ts';
import type { PooledPicture } from './picture.ts';

/** How much picture is kept for an encoder that has to begin again: its death is noticed and the next one runs in about 0.2 s. */
const PICTURE_MS = 700;
const LEAST_PICTURES = 20;
/** Sound is small: kept longer than any write queue may be, so that a queued slice is never overwritten. */
const SOUND_SAMPLES = MIXER_SAMPLE_RATE * 10;
const SAMPLE_BYTES = MIXER_CHANNELS * 2;

/** The last of the programme, by frame number and by sample position, for every encoder process to read at its own pace. */
export type History = {
  /** Takes over one hold on the picture. Frames are numbered without gaps. */
  pushFrame(picture: PooledPicture): void;
  /** Undefined when it is not kept any more or not there yet. */
  frame(number: number): PooledPicture | undefined;
  oldestFrame(): number;
  /** The number the next frame will have. */
  nextFrame(): number;
  pushSound(samples: Int16Array, count: number): void;
  oldestSample(): number;
  nextSample(): number;
  /** s16le from `from` to before `to`, as one or two slices of the ring: to be written out within seconds. */
  sound(from: number, to: number): readonly Buffer[];
  /** The programme goes on at another place: nothing before it is kept. */
  jump(frame: number, sample: number): void;
};

export function createHistory(periodMs: number, frame: number, sample: number): History {
  const most = Math.max(LEAST_PICTURES, Math.ceil(PICTURE_MS / periodMs));
  const pictures: PooledPicture[] = [];
  let nextFrame = frame;
  const ring = Buffer.alloc(SOUND_SAMPLES * SAMPLE_BYTES);
  let firstSample = sample;
  let nextSample = sample;

  const oldestSample = (): number => Math.max(firstSample, nextSample - SOUND_SAMPLES);

  return {
    pushFrame(picture) {
      pictures.push(picture);
      nextFrame += 1;
      if (pictures.length > most) {
        pictures.shift()?.release();
      }
    },
    frame: (number) => pictures[number - (nextFrame - pictures.length)],
    oldestFrame: () => nextFrame - pictures.length,
    nextFrame: () => nextFrame,

    pushSound(samples, count) {
      const bytes = Buffer.from(samples.buffer, samples.byteOffset, count * SAMPLE_BYTES);
      const at = (nextSample % SOUND_SAMPLES) * SAMPLE_BYTES;
      const untilEnd = Math.min(bytes.length, ring.length - at);
      bytes.copy(ring, at, 0, untilEnd);
      bytes.copy(ring, 0, untilEnd);
      nextSample += count;
    },
    oldestSample,
    nextSample: () => nextSample,
    sound(from, to) {
      assert(from >= oldestSample() && to <= nextSample, 'only sound that is kept is read');
      if (from >= to) {
        return [];
      }
      const start = (from % SOUND_SAMPLES) * SAMPLE_BYTES;
      const length = (to - from) * SAMPLE_BYTES;
      return start + length <= ring.length
        ? [ring.subarray(start, start + length)]
        : [ring.subarray(start), ring.subarray(0, start + length - ring.length)];
    },

    jump(toFrame, toSample) {
      for (const picture of pictures) {
        picture.release();
      }
      pictures.length = 0;
      nextFrame = toFrame;
      firstSample = toSample;
      nextSample = toSample;
    },
  };
}
