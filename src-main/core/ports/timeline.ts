import type { Sample } from '../../media/cmaf/types.ts';
import type { Track } from './presentation.ts';

/** Where every way in ends: the door of one live event's timeline. */
export type TimelineInput = {
  /** Once, with every track that will come. */
  open(tracks: readonly Track[]): void;
  /**
   * Samples of a track in decode order, on the media time of the event. Overlaps are dropped, gaps are kept as gaps, differences below half a
   * frame are closed.
   */
  push(trackId: string, samples: readonly Sample[]): void;
};
