import type { Ticks } from '../time.ts';

/** What one track is: enough to write its init segment, its manifest entries and its file names. */
export type TrackDescription = VideoTrackDescription | AudioTrackDescription;

type TrackCommon = {
  /** Ticks per second of every decode time and duration of the track. 1..4294967295. */
  readonly timescale: number;
  /** RFC 6381 codec string, for example `avc1.64001f` or `mp4a.40.2`. */
  readonly codec: string;
  /** Nominal bits per second: the quality's name in URLs (`QualityLevels({bitrate})`). */
  readonly bitrate: number;
  /** BCP 47 tag; `und` when not known. */
  readonly language: string;
};

export type VideoTrackDescription = TrackCommon & {
  readonly kind: 'video';
  /** Sample entry type of the samples, e.g. `avc1`. */
  readonly fourCc: 'avc1' | 'avc3' | 'hvc1' | 'hev1';
  readonly width: number;
  readonly height: number;
  /** Frames per second as a fraction; undefined when the source does not say. */
  readonly frameRate: { readonly numerator: number; readonly denominator: number } | undefined;
  /** The decoder configuration record as it stands in avcC / hvcC, without the box header. */
  readonly decoderConfig: Uint8Array;
};

export type AudioTrackDescription = TrackCommon & {
  readonly kind: 'audio';
  readonly fourCc: 'mp4a' | 'ec-3' | 'ac-3';
  readonly sampleRate: number;
  readonly channels: number;
  /** AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1) for mp4a; the dac3/dec3 payload otherwise. */
  readonly decoderConfig: Uint8Array;
};

/** One access unit: a coded picture or an audio frame. */
export type Sample = {
  readonly decodeTime: Ticks;
  /** In ticks, at least 1. */
  readonly duration: number;
  /** Presentation time minus decode time, in ticks; may be negative. */
  readonly compositionOffset: number;
  /** A decoder can start here. */
  readonly sync: boolean;
  readonly data: Uint8Array;
};

/**
 * A CMAF chunk (ISO/IEC 23000-19 §7.3.2.3): one `moof` and one `mdat` with samples in a row, about 200 ms. The one currency of the program:
 * every way in ends in chunks, every way out is a view of them.
 */
export type Chunk = {
  readonly decodeTime: Ticks;
  /** Sum of the sample durations, in ticks. */
  readonly duration: number;
  readonly sampleCount: number;
  /** Starts with a sync sample. */
  readonly independent: boolean;
  /** `moof` + `mdat`, ready to be written to a file or a socket. */
  readonly bytes: Uint8Array;
};
