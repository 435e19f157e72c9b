/**
 * The `sequence_number` of our chunks' `mfhd` (ISO/IEC 14496-12 §8.8.5 asks only that it rises). It carries which segment of the timeline
 * the chunk belongs to and its place there, so that a lost index is rebuilt from the media alone, exactly.
 */
const PARTS_PER_SEGMENT = 1024;

/** `sequence` below 2^22 (97 days of 2 s segments), `part` 0..1023. */
export function chunkNumber(sequence: number, part: number): number {
  return sequence * PARTS_PER_SEGMENT + Math.min(part, PARTS_PER_SEGMENT - 1);
}

export function parseChunkNumber(number: number): { readonly sequence: number; readonly part: number } {
  return { sequence: Math.floor(number / PARTS_PER_SEGMENT), part: number % PARTS_PER_SEGMENT };
}
