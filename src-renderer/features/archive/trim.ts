/** Recordings have a key frame every 2 s, and an export is cut there: nothing is encoded again. */
export const KEY_FRAME_SECONDS = 2;

/** A part of a recording, in seconds from its start. */
export type Range = { readonly start: number; readonly end: number };

/** A range on key frames, inside the recording, at least one key frame long. The end of the recording itself counts as one. */
export function snapped(range: Range, span: number): Range {
  const last = Math.max(0, span);
  const start = clamp(Math.round(range.start / KEY_FRAME_SECONDS) * KEY_FRAME_SECONDS, 0, lastStart(last));
  const wantedEnd = range.end >= last ? last : Math.round(range.end / KEY_FRAME_SECONDS) * KEY_FRAME_SECONDS;
  return { start, end: clamp(wantedEnd, Math.min(last, start + KEY_FRAME_SECONDS), last) };
}

function lastStart(span: number): number {
  return Math.max(0, Math.ceil(span / KEY_FRAME_SECONDS - 1) * KEY_FRAME_SECONDS);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

export function isWhole(range: Range, span: number): boolean {
  return range.start <= 0 && range.end >= span;
}

/** Bytes of an export, about: what its tracks need for the time without the gaps in it. */
export function exportSize(
  bitsPerSecond: number,
  range: Range,
  gaps: readonly { readonly start: number; readonly duration: number }[],
): number {
  const missing = gaps.reduce((sum, gap) => {
    const from = Math.max(range.start, gap.start);
    const to = Math.min(range.end, gap.start + gap.duration);
    return sum + Math.max(0, to - from);
  }, 0);
  return Math.max(0, ((range.end - range.start - missing) * bitsPerSecond) / 8);
}
