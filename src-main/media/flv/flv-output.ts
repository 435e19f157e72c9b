import type { Sample, TrackDescription } from '../cmaf/types.ts';
import type { AdCue } from './ad-cue.ts';

export type FlvTrack = {
  readonly description: TrackDescription;
  /** What the encoder says of it, bits per second; undefined when it says nothing. `description.bitrate` is 0 then. */
  readonly declaredBitrate: number | undefined;
};

/** Told in the order in which things came. */
export type FlvOutput = {
  /** At most one of each kind, right before its first sample. */
  readonly onTrack: (track: FlvTrack) => void;
  /** In decode order of its track. */
  readonly onSample: (kind: TrackDescription['kind'], sample: Sample) => void;
  readonly onCue: (cue: AdCue) => void;
};
