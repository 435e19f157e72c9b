import type { Track } from '../ports/presentation.ts';
import type { ChunkStore, StoredCount } from '../ports/store.ts';

/** Counts what a store makes of each track from now on: outputs that begin at different times share it. */
export function countStored(
  store: Pick<ChunkStore, 'count'>,
  tracks: readonly { readonly track: Track }[],
): (trackId: string) => StoredCount {
  const before = new Map(tracks.map(({ track }) => [track.id, store.count(track.id)]));
  return (trackId) => {
    const { written, discarded } = store.count(trackId);
    const then = before.get(trackId);
    return { written: written - (then?.written ?? 0), discarded: discarded - (then?.discarded ?? 0) };
  };
}
