import { BYTES_PER_MS } from './command.ts';

/** A piece of sound, and the media time in ms at which it begins. */
export type Sound = { readonly pcm: Uint8Array; readonly mediaMs: number };

/** Sound on its way to a recogniser. When there is too much the oldest is left out: text that comes too late is of no use to viewers. */
export type SoundQueue = {
  push(sound: Sound): void;
  next(): Sound | undefined;
  isEmpty(): boolean;
  /** Ms of sound left out since this was asked last. */
  takeDropped(): number;
};

export function createSoundQueue(limitMs: number): SoundQueue {
  const waiting: Sound[] = [];
  let waitingMs = 0;
  let droppedMs = 0;
  const lengthOf = ({ pcm }: Sound): number => pcm.length / BYTES_PER_MS;

  function shift(): Sound | undefined {
    const sound = waiting.shift();
    waitingMs -= sound === undefined ? 0 : lengthOf(sound);
    return sound;
  }

  return {
    push(sound) {
      waiting.push(sound);
      waitingMs += lengthOf(sound);
      while (waitingMs > limitMs && waiting.length > 1) {
        const dropped = shift();
        droppedMs += dropped === undefined ? 0 : lengthOf(dropped);
      }
    },
    next: shift,
    isEmpty: () => waiting.length === 0,
    takeDropped() {
      const dropped = droppedMs;
      droppedMs = 0;
      return dropped;
    },
  };
}
