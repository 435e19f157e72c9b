import type { OpenSegment, PartRef, TrackWindow } from '../../ports/presentation.ts';
import { type CarriedOptions, fragmentName } from '../address.ts';

/** A part as HLS lists it: some chunks of a segment in a row. */
type HlsPart = {
  readonly firstChunk: number;
  readonly chunkCount: number;
  /** In ticks. */
  readonly duration: number;
  readonly independent: boolean;
};

/**
 * The parts of a segment, in groups of `chunksPerPart` chunks. Of one that is being written a group counts when it is full; of a complete one
 * the last may be shorter.
 */
function partsOfChunks(
  chunks: readonly PartRef[],
  chunksPerPart: number,
  isComplete: boolean,
): readonly HlsPart[] {
  const parts: HlsPart[] = [];
  for (let firstChunk = 0; firstChunk < chunks.length; firstChunk += chunksPerPart) {
    const group = chunks.slice(firstChunk, firstChunk + chunksPerPart);
    if (group.length === chunksPerPart || isComplete) {
      parts.push({
        firstChunk,
        chunkCount: group.length,
        duration: group.reduce((sum, { duration }) => sum + duration, 0),
        independent: group.some(({ independent }) => independent),
      });
    }
  }
  return parts;
}

/** A segment whose parts can be had. */
export type PartedSegment = {
  readonly sequence: number;
  readonly time: bigint;
  readonly isComplete: boolean;
  readonly parts: readonly HlsPart[];
};

export function openParts(open: OpenSegment, chunksPerPart: number): PartedSegment {
  const { sequence, time } = open;
  return { sequence, time, isComplete: false, parts: partsOfChunks(open.parts, chunksPerPart, false) };
}

/** A complete segment with its parts; undefined when it has none to be had, or when there is no media in it at all. */
export function completeParts(
  window: TrackWindow,
  sequence: number,
  chunksPerPart: number,
): PartedSegment | undefined {
  const index = sequence - window.segments.firstSequence;
  if (index < 0 || index >= window.segments.length) {
    return undefined;
  }
  const { time, size } = window.segments.at(index);
  const chunks = size === 0 ? [] : window.partsOf(sequence);
  return chunks.length === 0
    ? undefined
    : { sequence, time, isComplete: true, parts: partsOfChunks(chunks, chunksPerPart, true) };
}

/**
 * The segment right before `sequence`, when it has parts. Never one farther back: that is forgotten before the parts are that it names, and
 * what has been listed must not change.
 */
export function partedBefore(
  window: TrackWindow,
  sequence: number,
  chunksPerPart: number,
): PartedSegment | undefined {
  return completeParts(window, sequence - 1, chunksPerPart);
}

/** The segment right behind `sequence`, complete or open, when it has parts. */
export function partedAfter(
  window: TrackWindow,
  sequence: number,
  chunksPerPart: number,
): PartedSegment | undefined {
  const { open } = window;
  if (open?.sequence !== sequence + 1) {
    return completeParts(window, sequence + 1, chunksPerPart);
  }
  const opened = openParts(open, chunksPerPart);
  return opened.parts.length === 0 ? undefined : opened;
}

/** Whether the track has gone on behind a segment, be it with a segment that has nothing in it. */
export function hasGoneOn({ segments, open }: TrackWindow, sequence: number): boolean {
  return segments.firstSequence + segments.length - 1 > sequence || (open?.sequence ?? 0) > sequence + 1;
}

/**
 * The address of a part. The first part of a segment is addressed as the one behind the last of the segment before it: so the address of
 * the part to come is known before anybody can know whether a key frame will cut there, and a preload hint is never wrong. Behind a segment
 * without media it is addressed as its own.
 */
export function partUri(
  track: string,
  segment: Pick<PartedSegment, 'time'>,
  part: number,
  before: PartedSegment | undefined,
  carried: CarriedOptions,
): string {
  return part === 0 && before !== undefined
    ? fragmentName(track, before.time, 'm3u8-cmaf', { ...carried, part: before.parts.length })
    : fragmentName(track, segment.time, 'm3u8-cmaf', { ...carried, part });
}
