import { type MediaPlaylist, writeMediaPlaylist } from '../../../manifest/hls/media-playlist.ts';
import type { MediaSegment } from '../../../manifest/hls/media-segment.ts';
import type { MultivariantPlaylist } from '../../../manifest/hls/multivariant-playlist.ts';
import type { ListedPlaylist, Progress } from './listing.ts';

/**
 * A media playlist as object storage can serve it: with its addresses, and without what needs a server that holds requests, answers queries or
 * has parts (8216bis §6.2.5).
 */
export function staticPlaylist(playlist: MediaPlaylist, uriOf: (uri: string) => string): MediaPlaylist {
  const { version: _, serverControl: _control, partTargetSeconds: _target, open: _open, ...rest } = playlist;
  const { preloadHints: _hints, renditionReports: _reports, skip: _skip, ...plain } = rest;
  return { ...plain, segments: playlist.segments.map((segment) => staticSegment(segment, uriOf)) };
}

function staticSegment(
  { parts: _parts, map, uri, ...segment }: MediaSegment,
  uriOf: (uri: string) => string,
): MediaSegment {
  return {
    ...segment,
    uri: uriOf(uri),
    ...(map === undefined ? {} : { map: { ...map, uri: uriOf(map.uri) } }),
  };
}

export function staticMultivariant(
  playlist: MultivariantPlaylist,
  uriOf: (uri: string) => string,
): MultivariantPlaylist {
  const { version: _, ...rest } = playlist;
  return {
    ...rest,
    renditions: playlist.renditions.map((rendition) =>
      'uri' in rendition && rendition.uri !== undefined ? { ...rendition, uri: uriOf(rendition.uri) } : rendition,
    ),
    variants: playlist.variants.map((variant) => ({ ...variant, uri: uriOf(variant.uri) })),
    iFrameVariants: [],
  };
}

/** The playlists without which nothing can be played: all but those of text, which may come later than its sound. */
export function neededPlaylists({ variants, renditions }: MultivariantPlaylist): readonly string[] {
  return [
    ...variants.map(({ uri }) => uri),
    ...renditions.flatMap((one) => (one.type === 'SUBTITLES' || !('uri' in one) ? [] : (one.uri ?? []))),
  ];
}

/** Without texts whose playlists are not there yet. */
export function withTextsOf(
  playlist: MultivariantPlaylist,
  isThere: (name: string) => boolean,
): MultivariantPlaylist {
  const renditions = playlist.renditions.filter((one) => one.type !== 'SUBTITLES' || isThere(one.uri));
  const hasText = renditions.some(({ type }) => type === 'SUBTITLES');
  return {
    ...playlist,
    renditions,
    variants: hasText ? playlist.variants : playlist.variants.map(({ subtitles: _, ...variant }) => variant),
  };
}

export type CutPlaylist = {
  readonly text: string;
  /** Up to where it can be played. */
  readonly endSeconds: number;
  /** Nothing is left out. */
  readonly isWhole: boolean;
  readonly seconds: number;
};

/** As much of a playlist as is in the storage: up to the first segment that is not. Undefined when nothing could be played of it. */
export function cutPlaylist(
  { playlist, heads, segments }: ListedPlaylist,
  { has, isLost }: Progress,
): CutPlaylist | undefined {
  if (!heads.every(has)) {
    return undefined;
  }
  const shown: MediaSegment[] = [];
  let endSeconds = 0;
  for (const [index, segment] of playlist.segments.entries()) {
    const listed = segments[index];
    const isGap = listed === undefined || isLost(listed.name);
    if (!isGap && !has(listed.name)) {
      break;
    }
    shown.push(isGap ? { ...segment, gap: true } : segment);
    endSeconds = listed?.endSeconds ?? endSeconds;
  }
  if (shown.length === 0) {
    return undefined;
  }
  const isWhole = shown.length === playlist.segments.length;
  const endList = isWhole && playlist.endList === true;
  const seconds = shown.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0);
  return { text: writeMediaPlaylist({ ...playlist, segments: shown, endList }), endSeconds, isWhole, seconds };
}
