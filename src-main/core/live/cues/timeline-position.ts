import type { Clock } from '../../../base/clock.ts';
import { rescale, secondsToTicks, type Ticks, ticks } from '../../../media/time.ts';
import { CUE_TIMESCALE } from '../../ports/cues.ts';
import type { Timeline, TimelineTrack } from '../timeline.ts';
import type { CuePosition } from './cue-list.ts';

/** Where a timeline stands, as cues see it. Before the first chunk time is that of the clock, as media time is UTC. */
export function positionOf(
  timeline: Timeline,
  options: { readonly clock: Clock; readonly epochOffsetMs: number; readonly hasParts: boolean },
): CuePosition {
  const edges = timeline.tracks().flatMap((track) => edgeOf(track) ?? []);
  const nowSeconds = (options.clock.wallMs() - options.epochOffsetMs) / 1000;
  // Nobody is given a byte of the newest segment before it is complete in some track, unless its parts are offered.
  const newest = timeline.newestSequence();
  const isOut = options.hasParts || timeline.tracks().some(({ table }) => table.indexOfSequence(newest) >= 0);
  return {
    edge: edges.reduce<Ticks | undefined>(later, undefined) ?? secondsToTicks(nowSeconds, CUE_TIMESCALE),
    hasVideo: timeline.tracks().some(({ track }) => track.kind === 'video'),
    nextSequence: Math.max(1, isOut ? newest + 1 : newest),
  };
}

function later(a: Ticks | undefined, b: Ticks): Ticks {
  return a === undefined || b > a ? b : a;
}

function edgeOf(timelineTrack: TimelineTrack): Ticks | undefined {
  const { track, table } = timelineTrack;
  const newest =
    timelineTrack.open()?.parts.at(-1) ?? (table.length === 0 ? undefined : table.at(table.length - 1));
  return newest && rescale(ticks(newest.time + BigInt(newest.duration)), track.timescale, CUE_TIMESCALE);
}

/** Where a segment begins, in ticks of cues; undefined when no track knows it. */
export function startOf(timeline: Timeline, sequence: number): Ticks | undefined {
  const starts = timeline.tracks().flatMap((timelineTrack): readonly Ticks[] => {
    const { track, table } = timelineTrack;
    const index = table.indexOfSequence(sequence);
    const opened = timelineTrack.open();
    const time = index >= 0 ? table.at(index).time : opened?.sequence === sequence ? opened.time : undefined;
    return time === undefined ? [] : [rescale(time, track.timescale, CUE_TIMESCALE)];
  });
  return starts.reduce<Ticks | undefined>(
    (least, start) => (least === undefined || start < least ? start : least),
    undefined,
  );
}
