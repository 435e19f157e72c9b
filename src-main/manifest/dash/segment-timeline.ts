import { type Ticks, ticks } from '../../media/time.ts';
import { compact } from '../compact.ts';
import { malformed } from '../malformed.ts';
import { type ElementReader, integer, readElement, unsigned, unsignedTicks } from './element-reader.ts';
import { MPD_NAMESPACE } from './namespaces.ts';
import { xml } from './xml.ts';
import { readXml } from './xml-reader.ts';

/** SegmentTimeline, ISO/IEC 23009-1 §5.3.9.6: when each segment begins and how long it is. */
export type SegmentTimeline = readonly TimelineRun[] | WrittenTimeline;

/**
 * The content of a SegmentTimeline as `writeTimelineRuns` made it, in pieces. Each piece begins with an `S@t`, so pieces that were written
 * once can be put together in any window.
 */
export type WrittenTimeline = { readonly written: readonly string[] };

/** One `S`: segments of the same duration, each beginning where the one before it ends. */
export type TimelineRun = {
  readonly time: Ticks;
  /** Of each segment, in ticks, at least 1. */
  readonly duration: number;
  /** How many more there are; -1: up to the end of the Period. */
  readonly repeat: number;
  /** `S@n`, which the DASH-IF timing model forbids; only ever there after reading. */
  readonly number?: number | undefined;
};

/** A segment on the timeline. What the store gives for a segment is one. */
export type TimelineEntry = { readonly time: Ticks; readonly duration: number; readonly sequence: number };

/** One `S` can stand for any number; whoever goes through them must come to an end. Eleven days of one-second segments. */
const MAX_SEGMENTS = 1_000_000;

/**
 * Segments as runs. With `runLength` a run also ends before each sequence number that is a multiple of it: an `S` may only be dropped
 * when all its segments have left the time-shift buffer, and never be shortened (DASH-IF timing model, "Removing content from the MPD"),
 * so the runs of an endless broadcast need an end, always at the same places.
 */
export function compressTimeline(
  entries: Iterable<TimelineEntry>,
  runLength = Number.POSITIVE_INFINITY,
): readonly TimelineRun[] {
  const runs: TimelineRun[] = [];
  let current: { time: Ticks; duration: number; repeat: number } | undefined;
  let nextTime = 0n;
  for (const { time, duration, sequence } of entries) {
    if (current?.duration === duration && nextTime === time && sequence % runLength !== 0) {
      current.repeat += 1;
    } else {
      current = { time, duration, repeat: 0 };
      runs.push(current);
    }
    nextTime = time + BigInt(duration);
  }
  return runs;
}

/** The segments of the runs, oldest first. A run to the end of the Period gives its first segment only. */
export function* expandTimeline(runs: readonly TimelineRun[]): Generator<{ time: Ticks; duration: number }> {
  for (const { time, duration, repeat } of runs) {
    let at: bigint = time;
    for (let index = 0; index <= Math.max(0, repeat); index += 1) {
      yield { time: ticks(at), duration };
      at += BigInt(duration);
    }
  }
}

/** Where the run ends. Undefined for a run to the end of the Period. */
export function endOfRun({ time, duration, repeat }: TimelineRun): Ticks | undefined {
  return repeat < 0 ? undefined : ticks(time + BigInt(duration) * BigInt(repeat + 1));
}

/** The `S` elements. `t` is written on the first and wherever a run does not begin where the one before it ends. */
export function writeTimelineRuns(runs: readonly TimelineRun[]): string {
  let lines = '';
  let expected: Ticks | undefined;
  for (const run of runs) {
    const { time, duration, repeat } = run;
    if (
      !Number.isSafeInteger(duration) ||
      duration < 1 ||
      !Number.isSafeInteger(repeat) ||
      repeat < -1 ||
      time < 0n
    ) {
      throw malformed('SegmentTimeline', 'times are not negative and durations are whole ticks, at least one');
    }
    lines += time === expected ? '<S' : `<S t="${time}"`;
    lines += ` d="${duration}"`;
    lines += repeat === 0 ? '/>\n' : ` r="${repeat}"/>\n`;
    expected = endOfRun(run);
  }
  return lines;
}

export function writeSegmentTimeline(timeline: SegmentTimeline): string {
  return xml(
    'SegmentTimeline',
    {},
    'written' in timeline ? timeline.written.join('') : writeTimelineRuns(timeline),
  );
}

export function parseSegmentTimeline(reader: ElementReader): readonly TimelineRun[] {
  const runs: TimelineRun[] = [];
  let segments = 0;
  reader.all('S', (element) => {
    const previous = runs.at(-1);
    const explicit = element.optional('t', unsignedTicks);
    const time = explicit ?? (previous === undefined ? ticks(0n) : endOfRun(previous));
    if (time === undefined) {
      throw element.broken('it follows a run that has no end and has no time of its own');
    }
    const duration = element.required('d', unsigned);
    const repeat = element.optional('r', integer) ?? 0;
    if (duration === 0 || repeat < -1) {
      throw element.broken('a duration is at least 1, and r at least -1');
    }
    segments += repeat + 1;
    if (segments > MAX_SEGMENTS) {
      throw element.broken(`a timeline has at most ${MAX_SEGMENTS} segments`);
    }
    runs.push(compact({ time, duration, repeat, number: element.optional('n', unsigned) }));
  });
  return runs;
}

/** The runs of a timeline in either form. */
export function timelineRuns(timeline: SegmentTimeline): readonly TimelineRun[] {
  if (!('written' in timeline)) {
    return timeline;
  }
  const text = xml('SegmentTimeline', { xmlns: MPD_NAMESPACE }, timeline.written.join(''));
  return parseSegmentTimeline(readElement(readXml(text)));
}
