import type { VideoTrackDescription } from '../cmaf/types.ts';
import type { FrameRate } from '../codecs/fraction.ts';

/** What tells H.264 and H.265 apart for who makes samples of their NAL units. */
export type VideoFormat = {
  readonly fourCc: 'avc1' | 'hvc1';
  /** Part of a picture. */
  readonly isPicture: (nal: Uint8Array) => boolean;
  /** The first part of a picture, or something that stands before one. */
  readonly canBegin: (nal: Uint8Array) => boolean;
  readonly isDelimiter: (nal: Uint8Array) => boolean;
  /** Says nothing to a decoder that reads samples: delimiters, filler, and parameter sets, which stand in the track's description. */
  readonly isLeftOut: (nal: Uint8Array) => boolean;
  /** A decoder can start with these units. */
  readonly isSync: (units: readonly Uint8Array[]) => boolean;
  /** The same for parameter sets of which the later replaces the earlier; undefined for everything else. May throw `media/malformed`. */
  readonly parameterSetKey: (nal: Uint8Array) => string | undefined;
  /** Undefined while a parameter set is missing. May throw `media/malformed`. */
  readonly describe: (parameterSets: readonly Uint8Array[]) => VideoParameters | undefined;
};

export type VideoParameters = Pick<VideoTrackDescription, 'codec' | 'width' | 'height' | 'decoderConfig'> & {
  /** As the stream says. */
  readonly frameRate: FrameRate | undefined;
};
