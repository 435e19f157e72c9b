import { isRemoved, type RemovedMedia } from '../ports/removed-media.ts';

/** What was taken back of a timeline, by segments, because between two key frames nothing can be cut. */
export type Removals = {
  /** Oldest first; another array after each change. */
  list(): readonly RemovedMedia[];
  has(sequence: number): boolean;
  /** From a segment on, until it is told where what may be shown begins. */
  begin(fromSequence: number, fromMs: number): void;
  /** What lies at that media time in ms, or behind it, may be shown: from the next segment that begins there. */
  endAt(ms: number): void;
  /** A segment begins. */
  cut(sequence: number, ms: number): void;
};

/**
 * Until it is told otherwise everything that comes is taken back too: what was encoded before the picture was cut is still on its way, and nobody
 * may see it because somebody else did not answer.
 */
export function createRemovals(): Removals {
  let ranges: readonly RemovedMedia[] = [];
  let endMs: number | undefined;

  return {
    list: () => ranges,
    has: (sequence) => ranges.length > 0 && isRemoved(ranges, sequence),
    begin(fromSequence, fromMs) {
      ranges = [...ranges, { fromSequence, toSequence: Infinity, fromMs, toMs: Infinity }];
      endMs = undefined;
    },
    endAt(ms) {
      endMs = ms;
    },
    cut(sequence, ms) {
      if (endMs !== undefined && ms >= endMs) {
        endMs = undefined;
        ranges = ranges.map((range) =>
          range.toSequence === Infinity ? { ...range, toSequence: sequence - 1, toMs: ms } : range,
        );
      }
    },
  };
}
