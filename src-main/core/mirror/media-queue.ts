import type { Media, Progress } from './listing/listing.ts';

/** Media to be sent, in their order. What is settled is passed over once, however often it is asked for the rest. */
export type MediaQueue = {
  /** Those that are not settled. */
  rest(): Iterable<Media>;
  /** How many those are at most. */
  length(): number;
};

export function createMediaQueue(media: readonly Media[], { has, isLost }: Progress): MediaQueue {
  let head = 0;
  const isSettled = ({ name }: Media): boolean => has(name) || isLost(name);

  function toHead(): void {
    for (let next = media[head]; next !== undefined && isSettled(next); next = media[head]) {
      head += 1;
    }
  }

  return {
    *rest() {
      toHead();
      for (let index = head; index < media.length; index += 1) {
        const next = media[index];
        if (next !== undefined && !isSettled(next)) {
          yield next;
        }
      }
    },
    length() {
      toHead();
      return media.length - head;
    },
  };
}
