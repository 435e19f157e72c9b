import type { PlacedCue } from './cues.ts';
import type { CaptionChannel, MediaGap, Presentation, Track } from './presentation.ts';
import type { Spoken } from './transcription.ts';

/** How the ids of separate tracks begin; a number follows. */
export const SEPARATE_TRACK_PREFIX = 'separate_';

/** What an asset's recording is made with; kept beside the media, so that the folder explains itself without the catalogue. */
export type RecordingDescription = {
  readonly manifestName: string;
  /** UTC in ms of a media time of 0. */
  readonly epochOffsetMs: number;
  readonly segmentSeconds: number;
  /** As it was asked for; see `Presentation`. */
  readonly fragmentsPerTsSegment?: number | undefined;
  /** Length of the archive window: what is older than this before the end is no part of it. */
  readonly archiveSeconds: number;
  /** Sequence number of the first segment that belongs to it; files may begin before. */
  readonly firstSequence: number;
  readonly tracks: readonly (Pick<Track, 'id' | 'name' | 'kind' | 'bitrate' | 'language' | 'separate'> & {
    /** Captions found in its pictures. */
    readonly captions?: readonly CaptionChannel[] | undefined;
    /** Holes in a separate track. */
    readonly gaps?: readonly MediaGap[] | undefined;
  })[];
};

/** The assets, as live outputs need them. */
export type AssetLedger = {
  /**
   * Takes the asset for one recording, for good: a second is refused with `resource/in-use`. Throws `resource/not-found`.
   */
  beginRecording(assetName: string): Promise<RecordingClaim>;
};

export type RecordingClaim = {
  /** Where the media of the asset goes. */
  readonly folder: string;
  /** When the tracks are known, and again when something of it has changed. */
  describe(description: RecordingDescription): Promise<void>;
  /**
   * Notes cues beside the media: those that are new, and those of the same number in the place of what was noted before. `all` are those
   * that still matter. Never throws and never waits.
   */
  keepCues(changed: readonly PlacedCue[], all: () => readonly PlacedCue[]): void;
  /** Notes text beside the media, to be a track of the finished recording. Never throws and never waits. */
  keepText(spoken: Spoken): void;
  /** Takes text back that was noted of [fromMs, toMs) of media time. Throws what kept it from that. */
  removeText(fromMs: number, toMs: number): Promise<void>;
  /** What plays at the asset's locators from now on. */
  present(presentation: Presentation): void;
  /**
   * The recording is complete; checks it and makes it on-demand. Resolves with what is on the disk when that is done; undefined when that
   * cannot be played. Both sequence numbers are included.
   */
  finish(range: {
    readonly firstSequence: number;
    readonly lastSequence: number;
  }): Promise<Presentation | undefined>;
  /** Nothing was recorded: the asset is empty again. */
  abandon(): Promise<void>;
};
