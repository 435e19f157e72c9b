import { rescale, ticks } from '../../media/time.ts';
import { CUE_TIMESCALE } from '../ports/cues.ts';
import { startOf } from './cues/timeline-position.ts';
import type { LivePresentation } from './live-presentation.ts';
import type { Timeline } from './timeline.ts';

/** Ticks per second of `outputSnapTime` (spec 3). */
const SNAP_TIMESCALE = 10_000_000;

/** Segments by which tracks may be behind the one that sets the cuts. */
const FOLLOWERS_BEHIND = 4;

/** Where an output begins that archives nothing before its `outputSnapTime`: with the first segment that begins then or later. */
export type OutputSnap = {
  /** With each chunk: leaves the newest segment out when it begins too early. */
  follow(): void;
  /** Sequence number of the first segment that belongs to the output, as far as is known by now. */
  firstSequence(): number;
};

export function createOutputSnap(options: {
  readonly timeline: Timeline;
  readonly window: LivePresentation;
  readonly fromSequence: number;
  /** Undefined: it begins with `fromSequence`. */
  readonly snapTicks10MHz: bigint | undefined;
  /** Every track has begun with the output's first segment: files may be longer from now on. */
  readonly onBegun: () => void;
}): OutputSnap {
  const { timeline, window, snapTicks10MHz, onBegun } = options;
  const snap =
    snapTicks10MHz === undefined ? undefined : rescale(ticks(snapTicks10MHz), SNAP_TIMESCALE, CUE_TIMESCALE);
  let first = options.fromSequence;
  let hasBegun = snap === undefined;
  let isTold = hasBegun;
  if (isTold) {
    onBegun();
  }

  return {
    follow() {
      const newest = timeline.newestSequence();
      if (hasBegun && !isTold && newest >= first + FOLLOWERS_BEHIND) {
        isTold = true;
        onBegun();
      }
      // It is known to have begun before its own first chunk is there.
      const start = hasBegun || newest < first ? undefined : startOf(timeline, newest);
      if (start === undefined || snap === undefined) {
        return;
      }
      hasBegun = start >= snap;
      if (!hasBegun) {
        first = newest + 1;
        window.moveArchive(first);
      }
    },
    firstSequence: () => first,
  };
}
