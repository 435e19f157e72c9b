import { parseChunks } from '../../../media/cmaf/chunk.ts';
import type { SegmentRef } from '../../../media/cmaf/segment-table.ts';
import type { Sample } from '../../../media/cmaf/types.ts';
import { emptyTrex } from '../../../media/isobmff/trex.ts';
import type { ViewContext } from '../format-view.ts';
import { readShownSegment } from '../media.ts';
import type { ShownTrack } from '../shown-tracks.ts';

/** The fragments of a presentation's tracks, by their sequence numbers. */
export type Fragments = {
  /** Also one that has just left the window. Undefined: none, or not yet. */
  row(window: ShownTrack, sequence: number): SegmentRef | undefined;
  /** Empty where the track has nothing. Rejects with `MPE_FRAGMENT_TIMESTAMP_NOT_FOUND` when it cannot be read any more. */
  samples(window: ShownTrack, sequence: number): Promise<readonly Sample[]>;
};

/** Our own chunks leave nothing to their header. */
const DEFAULTS = { trex: emptyTrex(1) };

export function createFragments({
  presentation,
  rowsOf,
}: Pick<ViewContext, 'presentation' | 'rowsOf'>): Fragments {
  function row(window: ShownTrack, sequence: number): SegmentRef | undefined {
    const { segments } = window;
    const index = sequence - segments.firstSequence;
    if (segments.length === 0 || index >= segments.length) {
      return undefined;
    }
    if (index >= 0) {
      return segments.at(index);
    }
    const rows = rowsOf(window);
    return sequence >= rows.firstKnown(segments.firstSequence) ? rows.rowAt(sequence) : undefined;
  }

  return {
    row,
    async samples(window, sequence) {
      const found = row(window, sequence);
      if (found === undefined || found.size === 0) {
        return [];
      }
      const chunks = await readShownSegment(presentation, window, sequence);
      return chunks.flatMap((bytes) => parseChunks(bytes, DEFAULTS).flat());
    },
  };
}
