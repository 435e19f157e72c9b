import type { MediaPlaylist } from '../../../src-main/manifest/hls/media-playlist.ts';

/** Where a playlist ends: the segment that its next part belongs to, and the index of that. */
export type Position = { readonly sequence: number; readonly part: number };

export function nextPosition({ mediaSequence, segments, open }: MediaPlaylist): Position {
  return { sequence: mediaSequence + segments.length, part: open?.parts?.length ?? 0 };
}

export function compare(a: Position, b: Position): number {
  return a.sequence - b.sequence || a.part - b.part;
}

/** Whether a whole playlist has what was asked for with `_HLS_msn` and `_HLS_part`, or something later (§6.2.5.2). */
export function contains(playlist: MediaPlaylist, sequence: number, part: number | undefined): boolean {
  const next = nextPosition(playlist);
  if (part === undefined || next.sequence > sequence + 1) {
    return next.sequence > sequence;
  }
  if (next.sequence === sequence + 1) {
    // A part behind the last one is the first of the next segment.
    const parts = playlist.segments.at(-1)?.parts?.length;
    return parts === undefined || part < parts || next.part > 0;
  }
  return next.sequence === sequence && next.part > part;
}

/** How far a player may ask ahead (§6.2.5.2). */
export function advancePartLimit({ partTargetSeconds = 1 }: MediaPlaylist): number {
  return partTargetSeconds < 1 ? Math.ceil(3 / partTargetSeconds) : 3;
}

/**
 * The address with directives, its own parameters as they are: they may be signed. All of them in the order that the draft wants (§6.3.2), so
 * that caches know them again.
 */
export function withDirectives(url: string, directives: Readonly<Record<string, string | number>>): string {
  const [path = '', query = ''] = url
    .split('#', 1)
    .join('')
    .split(/\?(.*)/s);
  const own = query.split('&').filter((pair) => pair !== '');
  const asked = Object.entries(directives).map(([name, value]) => `${name}=${value}`);
  const all = [...own, ...asked].toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return all.length === 0 ? path : `${path}?${all.join('&')}`;
}
