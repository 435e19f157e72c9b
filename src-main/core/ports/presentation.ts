import type { EventSource } from '../../base/emitter.ts';
import type { SegmentList } from '../../media/cmaf/segment-table.ts';
import type { TrackDescription } from '../../media/cmaf/types.ts';
import type { TextCue, TimedText } from '../../media/text/cue.ts';
import type { Ticks } from '../../media/time.ts';
import type { PlacedCue } from './cues.ts';
import type { Protection } from './protection.ts';
import type { RemovedMedia } from './removed-media.ts';
import type { SegmentLengths } from './segment-lengths.ts';
import type { EncryptionTag, StreamingFormat } from './streaming-format.ts';

/** A track as it stands in the store. */
export type Track = TrackDescription & {
  /** `video_2500000`, `audio_128000`: unique in its event, names its files. */
  readonly id: string;
  /** Name in URLs: `video`, `audio`, or the encoder's own. With the bitrate it finds the track. */
  readonly name: string;
  /** `ftyp` + `moov`. */
  readonly init: Uint8Array;
  /** Of a track that was added to a finished recording. */
  readonly shownAs?: ShownAs | undefined;
  /** Of a sound input that is recorded by itself: for the archive, never for viewers. */
  readonly separate?: SeparateSound | undefined;
};

/** Which sound input a separate track is of. */
export type SeparateSound = {
  readonly input: string;
  /** What people call it. */
  readonly label: string;
};

/** A separate track as it is kept, beside the tracks of the programme and on their time. */
export type SeparateWindow = TrackWindow & {
  /** Where it has nothing although it goes on behind it, in seconds of media time; while its source was away it is silent. */
  readonly gaps: readonly MediaGap[];
};

export type MediaGap = { readonly from: number; readonly to: number };

/** What was said of an added track when it was added (the Tracks API of AMS). */
export type ShownAs = {
  /** For people. */
  readonly label: string;
  /** In no manifest, but at its addresses. */
  readonly hidden: boolean;
  readonly isDefault: boolean;
  /** Shown whatever the viewer chooses: translations of foreign dialogue. */
  readonly forced: boolean;
  /** Uniform Type Identifiers for HLS. */
  readonly characteristics: readonly string[];
  /** A value of urn:mpeg:dash:role:2011. */
  readonly role: string | undefined;
};

/** A track of text: there as a whole, not in segments. Its times count from the beginning of the recording, gaps included. */
export type TextTrack = {
  readonly kind: 'text';
  readonly id: string;
  readonly name: string;
  /** Bits per second; with the name it is its address. */
  readonly bitrate: number;
  /** BCP 47; `und` when not known. */
  readonly language: string;
  readonly shownAs: ShownAs;
  /** Media time at which its times begin: that of the first segment of the recording. */
  readonly zero: { readonly time: Ticks; readonly timescale: number };
  readonly text: TimedText;
  /** The file as it was given. */
  readonly source: { readonly format: 'vtt' | 'ttml'; readonly bytes: Uint8Array };
};

/**
 * Text that is made of sound while it is broadcast (spec 2.14). It comes seconds later than what it belongs to, so it is shown as far as it is known
 * that no more will come: behind pictures and sound, which never wait for it.
 */
export type LiveText = {
  readonly kind: 'text';
  readonly id: string;
  readonly name: string;
  /** Bits per second; with the name it is its address. */
  readonly bitrate: number;
  /** BCP 47. */
  readonly language: string;
  readonly shownAs: ShownAs;
  /** The track of sound that it is made of; undefined before that has come. */
  sourceTrackId(): string | undefined;
  /**
   * Whether the text up to a media time in ms is there, or is waited for no longer. From the first yes on `within` gives for what lies before it the
   * same for good.
   */
  isFinalUntil(ms: number): boolean;
  /** The same by decision: what comes for that time later is for the recording only. */
  closeUntil(ms: number): void;
  /** Cues of which some of [fromMs, toMs) of media time is, by their beginning. */
  within(fromMs: number, toMs: number): readonly TextCue[];
};

/** A chunk as low-latency players see it. */
export type PartRef = {
  readonly index: number;
  readonly time: Ticks;
  readonly duration: number;
  readonly size: number;
  readonly independent: boolean;
};

/** The segment that is being written. */
export type OpenSegment = {
  readonly sequence: number;
  readonly time: Ticks;
  readonly discontinuity: boolean;
  readonly parts: readonly PartRef[];
};

export type TrackWindow = {
  readonly track: Track;
  readonly segments: SegmentList;
  /** Undefined when ended, or while nothing has come yet. */
  readonly open: OpenSegment | undefined;
  /** Parts of one of the newest complete segments; empty when it is older than low-latency players ask for. */
  partsOf(sequence: number): readonly PartRef[];
  /** Bits per second of the largest segment so far, and the mean, container included. */
  readonly peakBitrate: number;
  readonly averageBitrate: number;
  /** Captions in the pictures, as far as any have come. */
  readonly captions?: readonly CaptionChannel[] | undefined;
};

/** `INSTREAM-ID` of HLS: what a decoder of CEA-608 and of CEA-708 shows first. */
export const CAPTION_CHANNELS = ['CC1', 'SERVICE1'] as const;
export type CaptionChannel = (typeof CAPTION_CHANNELS)[number];

/**
 * One thing that can be watched: a live output in progress, the preview of an event, or a recording. Packaging makes every format from it.
 * It is the same object before and after the end of a broadcast, so that URLs go on.
 */
export type Presentation = {
  /** Unique per run of the service; the key of caches. */
  readonly id: string;
  state(): 'live' | 'ended';
  /** Goes up whenever anything a manifest could show has changed. */
  revision(): number;
  /** Told after each change of `revision`, at most once per chunk. */
  readonly changed: EventSource<undefined>;
  /** Video best first, then audio. Fixed once the first segment is complete. */
  tracks(): readonly TrackWindow[];
  /** Sound inputs that were recorded by themselves. None of what viewers are given knows of them. */
  separate?(): readonly SeparateWindow[];
  /** Text that was added to a finished recording. */
  texts?(): readonly TextTrack[];
  /** Text that is made of its sound as it goes on; also for a while behind its end. The same array as long as it lives. */
  liveTexts?(): readonly LiveText[];
  /** Where the timeline breaks inside the window, oldest first: the sequence number of the first segment behind each break. */
  discontinuities(): readonly number[];
  /** How many breaks had left the window already: EXT-X-DISCONTINUITY-SEQUENCE. */
  discontinuitySequence(): number;
  /**
   * Cues by time: those of the window, and around it at least those that its segments have in them. The same array until something changes.
   */
  cues(): readonly PlacedCue[];
  /**
   * What was taken back of it, oldest first: those segments have no bytes. One more each time; the list of a recording is that of the broadcast
   * it was.
   */
  removed?(): readonly RemovedMedia[];
  /** Nominal length of a segment in seconds: what was wanted of its encoder. */
  readonly segmentSeconds: number;
  /** What they are; without it as is wanted. */
  lengths?(): SegmentLengths;
  /** `hls.fragmentsPerTsSegment` of its live output; undefined: as many as the length of a GOP suggests (spec 3). */
  readonly fragmentsPerTsSegment?: number | undefined;
  /** While it is live, how many seconds viewers can go back, less those they are kept from the edge; undefined: not known. */
  readonly windowSeconds?: number | undefined;
  /** Longest part in seconds when low-latency parts are offered. */
  readonly partSeconds: number | undefined;
  /** While it is live there is no Smooth Streaming of it: `LowLatencyV2` (spec 2.15). */
  readonly isWithoutSmooth?: boolean | undefined;
  /** UTC in ms since 1970 of a media time of 0: what EXT-X-PROGRAM-DATE-TIME and `Period@start` are made with. */
  readonly epochOffsetMs: number;
  /** UTC of the beginning of the window's first segment was once later than this; for `availabilityStartTime`. */
  readonly startedAtMs: number;
  /**
   * The bytes of a complete segment, its chunks in a row. From memory for the newest, else from the files.
   * Throws `MPE_FRAGMENT_TIMESTAMP_NOT_FOUND` when it has left the window.
   */
  readSegment(track: TrackWindow, sequence: number): Promise<Uint8Array>;
  /**
   * Where in a file the bytes of a complete segment are, for who reads a whole recording into buffers of its own. Undefined where only
   * `readSegment` has them, and for a segment of no bytes.
   */
  fileOf?(track: TrackWindow, sequence: number): SegmentFile | undefined;
  /** The bytes of one part of the open or of one of the newest segments; undefined when they are no longer kept apart. */
  readPart(track: TrackWindow, sequence: number, part: number): Uint8Array | undefined;
};

export type SegmentFile = { readonly path: string; readonly offset: number; readonly size: number };

/** What a locator leads to, for the origin. */
export type Publication = {
  readonly presentation: Presentation;
  readonly manifestName: string;
  readonly title: string;
  readonly protocols: {
    readonly hls: boolean;
    readonly dash: boolean;
    readonly smoothStreaming: boolean;
    readonly download: boolean;
  };
  /** What pages of Silverlight and Flash ask for first, by file name: of a preview. */
  readonly policyFiles?: ReadonlyMap<string, string>;
  /** Finished files that may be downloaded, by name. */
  readonly files: ReadonlyMap<string, string>;
  /** Whether viewers of that IP address may watch; without it everybody may. */
  readonly admits?: (address: string) => boolean;
  /**
   * How it is encrypted when that is asked for; undefined when it is clear. The same object until something changes. Throws
   * `MPE_OUTPUT_FORMAT_BLOCKED` and the `MPE_ENC_…` codes of spec 5.5. Without it nothing is encrypted.
   */
  readonly protect?: (format: StreamingFormat, tag: EncryptionTag | undefined) => Protection | undefined;
  /**
   * The presentation as filters show it: those of its locator, and these. The same object for the same filters. Throws
   * `MPE_EGRESS_FILTER_NOT_FOUND` and the `MPE_FILTER_…` codes. Without it there are no filters.
   */
  readonly filtered?: (names: readonly string[]) => Presentation;
};

/** Finds what a streaming locator id (or a preview locator id) leads to; undefined when there is none or it is outside its times. */
export type FindPublication = (locatorId: string) => Promise<Publication | undefined>;
