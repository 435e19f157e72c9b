import type { KeyFrames } from '../../../src-main/shared/api/export-plans.ts';

/** A part of a recording, in seconds from its start. */
export type Range = { readonly start: number; readonly end: number };
export type Edge = keyof Range;

/** What a part can be chosen of. */
export type Recording = {
  /** Seconds from its start to its end, gaps counted. */
  readonly span: number;
  readonly gaps: readonly { readonly start: number; readonly duration: number }[];
};

/** Key frames that follow each other: none between two of them is unknown. */
export type Run = {
  /** Seconds from the start of the recording, oldest first; one at least. */
  readonly times: readonly number[];
  /** Whether the recording has none before these. */
  readonly isFirst: boolean;
  /** How long the recording was when it had none behind these; 0: there are others, or that is not known. */
  readonly lastOf: number;
};

/** A range on key frames, or where it was asked for as long as those are not known. */
export type SnappedRange = Range & { readonly isSure: boolean };

/** Times of the service are in milliseconds. */
const SAME_SECONDS = 0.001;
/** Pictures are shown after they are decoded: the first key frame behind a gap is shown so much behind its end, at most. */
const REORDER_SECONDS = 0.5;

export function joined(
  known: readonly Run[],
  { times, isFirst, isLast }: KeyFrames,
  span: number,
): readonly Run[] {
  const [first] = times;
  const last = times.at(-1);
  if (first === undefined || last === undefined) {
    return known;
  }
  const touches = (run: Run): boolean => (run.times[0] ?? 0) <= last && (run.times.at(-1) ?? 0) >= first;
  const touching = known.filter(touches);
  const run: Run = {
    times: [...new Set([...times, ...touching.flatMap((one) => one.times)])].sort((one, other) => one - other),
    isFirst: isFirst || touching.some((one) => one.isFirst),
    lastOf: Math.max(isLast ? span : 0, ...touching.map(({ lastOf }) => lastOf)),
  };
  return [...known.filter((one) => !touches(one)), run];
}

/** The last key frame at or before a time; the start of the recording when there is none, undefined when that is not known. */
export function keyFrameBefore(known: readonly Run[], time: number, { span }: Recording): number | undefined {
  if (time <= SAME_SECONDS) {
    return 0;
  }
  for (const { times, isFirst, lastOf } of known) {
    const isBehindFirst = (times[0] ?? 0) <= time + SAME_SECONDS;
    if (isBehindFirst && ((times.at(-1) ?? 0) >= time - SAME_SECONDS || lastOf === span)) {
      return times.findLast((one) => one <= time + SAME_SECONDS);
    }
    if (isFirst && !isBehindFirst) {
      return 0;
    }
  }
  return undefined;
}

/** The first key frame at or behind a time; the end of the recording when there is none, undefined when that is not known. */
export function keyFrameAfter(known: readonly Run[], time: number, { span }: Recording): number | undefined {
  if (time >= span - SAME_SECONDS) {
    return span;
  }
  for (const { times, isFirst, lastOf } of known) {
    const found = times.find((one) => one >= time - SAME_SECONDS);
    if (found === undefined ? lastOf === span : isFirst || (times[0] ?? 0) <= time + SAME_SECONDS) {
      return Math.min(span, found ?? span);
    }
  }
  return undefined;
}

/**
 * What an export of a range holds: from the key frame before it to the one behind it. Nothing is there in a gap: a beginning moves behind it, an end
 * before it.
 */
export function snapped(range: Range, recording: Recording, known: readonly Run[]): SnappedRange {
  const start = startOf(range.start, recording, known);
  const end = endOf(range.end, recording, known);
  return {
    start: start ?? clamp(range.start, recording.span),
    end: end ?? clamp(range.end, recording.span),
    isSure: start !== undefined && end !== undefined,
  };
}

/** A time at which a key frame is looked for and not known; undefined when all are. */
export function unknownAt(range: Range, recording: Recording, known: readonly Run[]): number | undefined {
  if (startOf(range.start, recording, known) === undefined) {
    return clamp(range.start, recording.span);
  }
  return endOf(range.end, recording, known) === undefined ? clamp(range.end, recording.span) : undefined;
}

function startOf(time: number, recording: Recording, known: readonly Run[]): number | undefined {
  const gap = recording.gaps.find(({ start, duration }) => time >= start && time < start + duration);
  return gap === undefined || gap.start <= 0
    ? keyFrameBefore(known, time, recording)
    : keyFrameAfter(known, gap.start + gap.duration, recording);
}

function endOf(time: number, recording: Recording, known: readonly Run[]): number | undefined {
  const end = keyFrameAfter(known, time, recording);
  if (end === undefined || end >= recording.span) {
    return end;
  }
  const before = recording.gaps.find(
    ({ start, duration }) =>
      start < end - SAME_SECONDS &&
      end <= start + duration + REORDER_SECONDS &&
      end >= start + duration - SAME_SECONDS,
  );
  const isNext =
    before !== undefined &&
    !known.some(({ times }) => times.some((one) => one > before.start && one < end - SAME_SECONDS));
  return isNext ? before.start : end;
}

function clamp(value: number, most: number): number {
  return Math.min(most, Math.max(0, value));
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
