import type { Sample } from '../../media/cmaf/types.ts';

/** Coded samples on their way to the decoder of a source; what waits is bounded, and left out up to a key frame when it is too much. */
export type DecoderFeed = Disposable & {
  /** In decode order. */
  push(kind: 'video' | 'audio', samples: readonly Sample[]): void;
};

export type FeedDescription = {
  /** `ftyp` and `moov` of a fragmented MP4 with the picture as track 1 and the sound as track 2. */
  readonly header: Uint8Array;
  /** Ticks per second. */
  readonly timescales: { readonly video: number; readonly audio: number | undefined };
};

/** An address that a decoder may come to whenever it likes. While nothing is open there, it waits. */
export type FeedPlace = Disposable & {
  /** Whoever knows it can read the feed: never in a log or on a command line. */
  readonly url: URL;
  /** In place of what was open there: the decoder is to end and to come again. It is given samples as they come. */
  open(description: FeedDescription): DecoderFeed;
};

/** Where decoders fetch what is fed to them, on this computer. */
export type DecoderFeeds = AsyncDisposable & {
  /** Throws what listening throws. */
  place(): Promise<FeedPlace>;
};
