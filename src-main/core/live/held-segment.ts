import type { Ticks } from '../../media/time.ts';
import type { PartRef } from '../ports/presentation.ts';

/** A segment in memory: the open one, or one of the newest complete ones. */
export type Held = {
  readonly sequence: number;
  readonly time: Ticks;
  readonly discontinuity: boolean;
  duration: number;
  readonly parts: PartRef[];
  chunks: Uint8Array[];
  /** All chunks in one buffer, once the segment is complete; `chunks` are then views of it. */
  whole: Uint8Array | undefined;
  stored: boolean;
};

export type RecentSegment = {
  readonly parts: readonly PartRef[];
  part(index: number): Uint8Array | undefined;
  bytes(): Uint8Array;
};

/** Drops its bytes; its times stay. */
export function emptyHeld(held: Held): void {
  // Whoever holds them has the same list.
  held.parts.length = 0;
  held.chunks = [];
  held.whole = undefined;
  held.stored = false;
}

/** As others see it. */
export function viewOf(held: Held): RecentSegment {
  return {
    parts: held.parts,
    part: (index) => held.chunks[index],
    bytes: () => wholeOf(held),
  };
}

/** In one piece, made when the first one asks: most segments of most events nobody asks for. */
function wholeOf(held: Held): Uint8Array {
  if (held.whole === undefined) {
    const bytes = concatenate(held.chunks);
    let offset = 0;
    // Nothing is held twice.
    held.chunks = held.chunks.map((chunk) => bytes.subarray(offset, (offset += chunk.length)));
    held.whole = bytes;
  }
  return held.whole;
}

/** Bits per second; 0 of what has no length. */
export function bitrateOf(segment: Held | undefined, timescale: number): number {
  if (segment === undefined || segment.duration === 0) {
    return 0;
  }
  const bytes = segment.parts.reduce((sum, part) => sum + part.size, 0);
  return (bytes * 8 * timescale) / segment.duration;
}

function concatenate(chunks: readonly Uint8Array[]): Uint8Array {
  const [first] = chunks;
  if (first !== undefined && chunks.length === 1) {
    return first;
  }
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

/** Complete segments kept in memory with their parts: more than the three target durations in which low-latency players ask for parts. */
const SEGMENTS_IN_MEMORY = 8;
/** Where their lengths differ as many more as make so many of the longest, up to `MAX_SEGMENTS_IN_MEMORY`. */
const LONGEST_IN_MEMORY = 4;
const MAX_SEGMENTS_IN_MEMORY = 64;

/** Takes out those that memory need not have any more. */
export function takeOldest(held: Held[], longestTicks: number): readonly Held[] {
  let ticksLeft = held.reduce((sum, { duration }) => sum + duration, 0);
  let count = 0;
  for (const { duration } of held) {
    ticksLeft -= duration;
    const left = held.length - count;
    if (
      left <= SEGMENTS_IN_MEMORY ||
      (ticksLeft < LONGEST_IN_MEMORY * longestTicks && left <= MAX_SEGMENTS_IN_MEMORY)
    ) {
      break;
    }
    count += 1;
  }
  return held.splice(0, count);
}
