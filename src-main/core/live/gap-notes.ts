import type { MediaGap } from '../ports/presentation.ts';

/** Where tracks have holes, by track. */
export type GapNotes = {
  note(trackId: string, gap: MediaGap): void;
  readonly of: (trackId: string) => readonly MediaGap[];
  /** Goes up with each. */
  revision(): number;
};

/** A track that breaks off more often is noted no further: what is written of it must not grow without end. */
const MOST_GAPS = 500;

export function createGapNotes(): GapNotes {
  const gaps = new Map<string, readonly MediaGap[]>();
  let revision = 0;

  const of = (trackId: string): readonly MediaGap[] => gaps.get(trackId) ?? [];

  return {
    note(trackId, gap) {
      if (of(trackId).length < MOST_GAPS) {
        gaps.set(trackId, [...of(trackId), gap]);
        revision += 1;
      }
    },
    of,
    revision: () => revision,
  };
}
