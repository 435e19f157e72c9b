import { createSegmentTable, type SegmentRef } from '../../media/cmaf/segment-table.ts';
import type { Ticks } from '../../media/time.ts';
import type { Presentation, TrackWindow } from '../ports/presentation.ts';
import { removalsOf } from '../ports/removed-media.ts';

/**
 * The rows of a track that have just left the window that is shown. A manifest that somebody holds still lists them (8216bis §6.2.2), and DASH
 * lists runs of segments until their last one has left.
 */
export type RowMemory = {
  /** To be called as the window moves; `first` and `last` are the sequence numbers it shows. */
  remember(first: number, last: number): void;
  /** A row of the window, or one that has left it. */
  rowAt(sequence: number): SegmentRef;
  /** Sequence number of the oldest row there is without a gap before the window, which begins at `first`. */
  firstKnown(first: number): number;
  /** Sequence number of a segment that has left, by its first tick. */
  leftAt(time: Ticks): number | undefined;
};

/** How many rows are kept behind the window, and how many at its beginning are copied before they leave. */
export const REMEMBERED_ROWS = 64;

export function createRowMemory(
  { segments }: Pick<TrackWindow, 'segments'>,
  presentation: Pick<Presentation, 'removed'>,
): RowMemory {
  let copies = createSegmentTable(REMEMBERED_ROWS * 4);
  let removals = removalsOf(presentation);

  const end = (): number => copies.firstSequence + copies.length;

  return {
    remember(first, last) {
      if (removalsOf(presentation) !== removals) {
        // They may be of what was taken back.
        removals = removalsOf(presentation);
        copies = createSegmentTable(REMEMBERED_ROWS * 4);
      }
      if (copies.length > 0 && end() < first) {
        // Nobody has asked for so long that rows have left unseen.
        copies = createSegmentTable(REMEMBERED_ROWS * 4);
      }
      const from = copies.length === 0 ? first : end();
      for (let next = from; next < Math.min(last + 1, first + REMEMBERED_ROWS); next += 1) {
        copies.append(segments.at(next - segments.firstSequence), { file: 0, offset: 0 });
      }
      copies.dropFirst(Math.max(0, first - REMEMBERED_ROWS - copies.firstSequence));
    },
    rowAt(sequence) {
      return sequence >= segments.firstSequence
        ? segments.at(sequence - segments.firstSequence)
        : copies.at(sequence - copies.firstSequence);
    },
    firstKnown: (first) => (copies.length === 0 || end() < first ? first : Math.min(copies.firstSequence, first)),
    leftAt(time) {
      const index = copies.indexAtTime(time);
      return index < 0 || copies.at(index).size === 0 ? undefined : copies.firstSequence + index;
    },
  };
}
