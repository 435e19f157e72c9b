import type { LiveEvent } from '../../shared/api/live-events.ts';
import type { AppError } from '../../shared/app-error.ts';
import type { CueInput } from './cues.ts';
import type { IngestEndCode } from './ingest.ts';
import type { TimelineInput } from './timeline.ts';

/** Why a feed was ended from here: what its encoders are told (spec 2.16, 2.17). */
export type FeedEnd = Extract<
  IngestEndCode,
  'MPI_REST_API_CHANNEL_RESET' | 'MPI_REST_API_CHANNEL_STOP' | 'MPI_SYSTEM_MAINTENANCE'
>;

/** What brings samples into a live event for as long as it runs: the encoder of this computer, or the ways in from outside. */
export type Feed = {
  /** Ends every encoder session with that reason, `MPI_REST_API_CHANNEL_STOP` when left out. Resolves when the last sample has been pushed. Idempotent. */
  stop(reason?: FeedEnd): Promise<void>;
};

/** The encoder of this computer. */
export type OpenFeed = (options: {
  readonly liveEvent: string;
  readonly input: TimelineInput;
  /** Where sound inputs go that are recorded by themselves; left out: they are not. */
  readonly separate?: TimelineInput | undefined;
  /** Told when it cannot go on and has given up; it is stopped then. */
  readonly onFailed: (error: AppError) => void;
}) => Promise<Feed>;

/** What one run of a live event offers to what feeds it. */
export type FeedSession = {
  readonly input: TimelineInput;
  /** For sound inputs of the studio that are recorded by themselves. */
  readonly separate?: TimelineInput | undefined;
  readonly cues: CueInput;
  /** The default slate of an encoding event, a JPEG; undefined: the stock picture. */
  readonly slate: Uint8Array | undefined;
  /** Told when it cannot go on and has given up; it is stopped then. */
  readonly onFailed: (error: AppError) => void;
};

/** The feed of one run of a live event, whatever its protocol and kind of encoding. */
export type EventFeed = Feed & {
  /** Of an encoding event only. */
  readonly encoding?: EventFeedEncoding | undefined;
};

export type EventFeedEncoding = {
  /** Puts a picture over the programme and silences it, for `seconds`; 0 ends it. `picture`: a JPEG; undefined: the event's default. */
  showSlate(seconds: number, picture: Uint8Array | undefined): Promise<void>;
  hideSlate(): void;
  /** Media time from an incoming frame to the same frame in the ladder, in seconds. */
  delaySeconds(): number;
  /** The newest incoming picture as a JPEG; without it the picture is taken from what the event puts out. */
  thumbnail?(): Promise<Uint8Array>;
};

/** Opens what feeds an event, chosen by its `input.streamingProtocol` and `encoding.encodingType`; nothing is open when it throws. */
export type OpenEventFeed = (event: LiveEvent, session: FeedSession) => Promise<EventFeed>;

/**
 * What an event in StandBy holds ready, so that its start has little left to do: the mixer process of an encoding event, for example. No
 * encoder is let in by it. `open` hands it over to the feed, which owns it from then on, also when it throws; disposing gives it up, and
 * after `open` does nothing.
 */
export type HeldFeed = AsyncDisposable & { readonly open: OpenEventFeed };

export type HoldFeed = (event: LiveEvent) => Promise<HeldFeed>;
