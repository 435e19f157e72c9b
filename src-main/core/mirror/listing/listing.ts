import type { Mpd } from '../../../manifest/dash/mpd.ts';
import type { MediaPlaylist } from '../../../manifest/hls/media-playlist.ts';
import type { MultivariantPlaylist } from '../../../manifest/hls/multivariant-playlist.ts';
import type { Ticks } from '../../../media/time.ts';
import type { StreamingResource } from '../../ports/packaging.ts';

/** A piece of media that manifests name, and what it is called in the storage. */
export type Media = {
  readonly name: string;
  /** As a viewer would ask for it. */
  readonly resource: StreamingResource;
  /** Media time at which it begins; those that everything needs come before all others. */
  readonly seconds: number;
};

/** A media playlist with the addresses of the storage. */
export type ListedPlaylist = {
  readonly name: string;
  readonly playlist: MediaPlaylist;
  /** What has to be there before any segment can be played. */
  readonly heads: readonly string[];
  /** The object of each segment, with media times; undefined for one that has none (EXT-X-GAP). */
  readonly segments: readonly (ListedSegment | undefined)[];
};

export type ListedSegment = { readonly name: string; readonly endSeconds: number };

/** An adaptation set: what has to be there for each entry of its timeline. */
export type ListedSet = {
  readonly heads: readonly string[];
  readonly timescale: number;
  /** All representations at once. */
  readonly namesAt: (time: Ticks) => readonly string[];
};

export type ListedMpd = {
  readonly mpd: Mpd;
  /** By Period, then by adaptation set. */
  readonly periods: readonly (readonly ListedSet[])[];
};

/** Everything that there is to see of a locator now, under the names that it has in the storage. */
export type Listing = {
  /** `live`, then `closing` while viewers are still to be told of the end, then `ended`: the whole recording. */
  readonly phase: 'live' | 'closing' | 'ended';
  readonly multivariant: MultivariantPlaylist | undefined;
  readonly playlists: readonly ListedPlaylist[];
  readonly mpd: ListedMpd | undefined;
  /** By name, in the order in which they are needed. */
  readonly media: ReadonlyMap<string, Media>;
  /** Addresses of keys and of licence servers. */
  readonly keyUrls: ReadonlySet<string>;
};

/** What is in the storage. */
export type Progress = {
  readonly has: (name: string) => boolean;
  /** It cannot be had any more, so nobody waits for it. */
  readonly isLost: (name: string) => boolean;
};
