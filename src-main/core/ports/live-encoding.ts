import type { LiveEvent } from '../../shared/api/live-events.ts';
import type { AppError } from '../../shared/app-error.ts';
import type { Feed } from './feed.ts';
import type { TimelineInput } from './timeline.ts';

/** What comes into an encoding event, as its first picture and sound are described. */
export type IncomingMedia = {
  readonly width: number;
  readonly height: number;
  readonly pixelAspectRatio: { readonly horizontal: number; readonly vertical: number } | undefined;
  /** Pictures per second. */
  readonly frameRate: number;
  /** Bits per second of the picture; 0 when not known. */
  readonly bitrate: number;
  /** Of the sound; undefined without one. */
  readonly sampleRate: number | undefined;
};

/** The live encoder of an encoding event: one incoming picture and sound become the preset's ladder (spec 2.1, 2.2). */
export type LiveEncoding = Feed & {
  /**
   * Where the incoming feed is pushed. One video and one audio track are used, the first ones that give something; others are dropped, but
   * one takes the place of a track that has been silent for two seconds. A track that is announced again with another description is the
   * encoder that came back: its picture is scaled into the ladder that there is. Nothing comes out before the first picture.
   */
  readonly input: TimelineInput;
  /**
   * Puts a picture over the programme and silences it, for `seconds`; 0 ends it. `picture`: a JPEG; undefined: the one of `open`.
   * Throws `live/slate-invalid` when it cannot be decoded; nothing changes then.
   */
  showSlate(seconds: number, picture: Uint8Array | undefined): Promise<void>;
  hideSlate(): void;
  /** Media time from an incoming frame to the same frame in the ladder, in seconds: cues move by as much. */
  delaySeconds(): number;
  /** The newest incoming key frame as a JPEG. Throws `archive/empty` while there is none. */
  thumbnail(): Promise<Uint8Array>;
};

export type OpenLiveEncoding = (options: {
  readonly event: LiveEvent;
  /** Where the ladder goes. */
  readonly output: TimelineInput;
  /** What shows while nothing comes in, a JPEG; undefined: the stock picture. */
  readonly slate: Uint8Array | undefined;
  readonly onFailed: (error: AppError) => void;
}) => Promise<LiveEncoding>;

/**
 * What stands by for an encoding event: its mixer process runs and the encoder has been chosen. `open` hands it over, also when it throws;
 * disposing gives it up, and does nothing after `open`.
 */
export type HeldLiveEncoding = AsyncDisposable & { readonly open: OpenLiveEncoding };
/** Throws what is wrong with ffmpeg (`process/not-found`, `process/unusable`) or its encoders (`encode/no-encoder`). */
export type HoldLiveEncoding = () => Promise<HeldLiveEncoding>;
