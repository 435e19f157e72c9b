import type { Presentation } from '../ports/presentation.ts';
import { removalsOf } from '../ports/removed-media.ts';
import { createPiece, type Piece } from './pieces.ts';

/**
 * Segments whose text is made, compressed and kept together. Their borders are multiples of this in sequence numbers, so they are the same
 * for every window. Larger ones compress better, smaller ones make the beginning of a moving window cheaper.
 */
const BLOCK_SEGMENTS = 64;

/**
 * The newest segments are in no block yet: the timeline may still find that one of them could not be written (it remembers 8, and then
 * its row says that there is nothing).
 */
const UNSETTLED_SEGMENTS = 24;

/** Up to where (not included) the rows of a window whose newest segment is `last` do not change any more; a border of blocks. */
export function settledEnd(last: number): number {
  const settled = Math.max(0, last + 1 - UNSETTLED_SEGMENTS);
  return settled - (settled % BLOCK_SEGMENTS);
}

/** The parts of [from, to) that lie in one block each. */
export function blockRanges(from: number, to: number): readonly (readonly [from: number, to: number])[] {
  const ranges: [number, number][] = [];
  for (let start = from; start < to; ) {
    const end = Math.min(to, start - (start % BLOCK_SEGMENTS) + BLOCK_SEGMENTS);
    ranges.push([start, end]);
    start = end;
  }
  return ranges;
}

/** Pieces of settled segments, by sequence numbers. */
export type PieceCache = {
  /** For [from, to), made when it is not there, or was made for another `stamp`: what its text depends on besides the segments. */
  get(from: number, to: number, stamp?: string): Piece;
  /** Forgets what has not been asked for since the last call: it has left the window, or was the beginning of one. */
  prune(): void;
};

/** `presentation`: whose segments those are. What was made before something of it was taken back is made anew. */
export function createPieceCache(
  presentation: Pick<Presentation, 'removed'>,
  write: (from: number, to: number) => string,
): PieceCache {
  let kept = new Map<
    number,
    { readonly to: number; readonly stamp: string; readonly removals: number; readonly piece: Piece }
  >();
  let used: typeof kept = new Map();
  return {
    get(from, to, stamp = '') {
      const found = used.get(from) ?? kept.get(from);
      const removals = removalsOf(presentation);
      const isSame = found?.to === to && found.stamp === stamp && found.removals === removals;
      const entry = isSame ? found : { to, stamp, removals, piece: createPiece(write(from, to)) };
      used.set(from, entry);
      return entry.piece;
    },
    prune() {
      kept = used;
      used = new Map();
    },
  };
}
