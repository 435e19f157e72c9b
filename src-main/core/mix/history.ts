import type { PooledPicture } from './picture.ts';
import { createSoundRing } from './sound-ring.ts';

/** How much picture is kept for an encoder that has to begin again: its death is noticed and the next one runs in about 0.2 s. */
const PICTURE_MS = 700;
const LEAST_PICTURES = 20;

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
  const sounds = createSoundRing(sample);

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

    pushSound: sounds.push,
    oldestSample: sounds.oldest,
    nextSample: sounds.next,
    sound: sounds.slices,

    jump(toFrame, toSample) {
      for (const picture of pictures) {
        picture.release();
      }
      pictures.length = 0;
      nextFrame = toFrame;
      sounds.jump(toSample);
    },
  };
}
