import type { Presentation } from './presentation.ts';

/** A file of a copy of a presentation that any web server can serve. */
export type StaticFile = {
  /** With the folder that it is in: `video-2500000/index.m3u8`. */
  readonly name: string;
  /** The bytes, in a row. Rejects with the `AppError` that a viewer would be told. */
  read(): Promise<readonly Uint8Array[]>;
};

export type StaticCopy = {
  /** What names others comes behind them. */
  readonly files: readonly StaticFile[];
  /** Of single tracks, text left out. */
  readonly playlists: readonly StaticPlaylist[];
};

export type StaticPlaylist = {
  readonly name: string;
  readonly kind: 'video' | 'audio';
  /** When each of its segments begins, in seconds from its own beginning. */
  readonly begins: readonly number[];
};

/**
 * A presentation that has ended as files of HLS with CMAF segments. It is listed at once and read file by file. Undefined when nothing can be played
 * of it.
 */
export type CopyAsFiles = (presentation: Presentation) => Promise<StaticCopy | undefined>;

/** The part of a presentation between two moments, in whole segments and as if it had ended, with those of its tracks that have the ids. */
export type CutPresentation = (
  base: Presentation,
  part: {
    readonly start: { readonly time: bigint; readonly timescale: number } | undefined;
    readonly end: { readonly time: bigint; readonly timescale: number } | undefined;
    readonly trackIds: ReadonlySet<string>;
  },
) => Presentation;
