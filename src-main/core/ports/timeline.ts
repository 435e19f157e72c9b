import type { Sample } from '../../media/cmaf/types.ts';
import type { Track } from './presentation.ts';

/** Where every way in ends: the door of one live event's timeline. */
export type TimelineInput = {
  /**
   * With the tracks that are known, before their samples; again for any that come later. A late one joins at a cut of those before it, so
   * what can be known in time comes with the first call.
   */
  open(tracks: readonly Track[]): void;
  /**
   * Samples of a track in decode order, on the media time of the event. Overlaps are dropped, gaps are kept as gaps, differences below half a
   * frame are closed.
   */
  push(trackId: string, samples: readonly Sample[]): void;
};
