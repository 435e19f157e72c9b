import { toBase64 } from '../../../manifest/binary-text.ts';
import { quotable } from '../../../manifest/hls/attribute-list.ts';
import type { Cue } from '../../../manifest/hls/tags/cue.ts';
import { rescale, type Ticks, ticks, ticksToSeconds } from '../../../media/time.ts';
import { CUE_TIMESCALE, type PlacedCue } from '../../ports/cues.ts';
import type { TrackWindow } from '../../ports/presentation.ts';

/** EXT-X-CUE, for players that know no date ranges (spec 2.12). */
export type LegacyCues = {
  /** Of what began before the first segment and goes on in it, with the time that has gone by. */
  readonly first: readonly Cue[];
  /** By the sequence number of the segment in which they apply. */
  readonly bySequence: ReadonlyMap<number, readonly Cue[]>;
};

/** Sound begins up to a frame behind the picture that it is cut at. */
const TOLERANCE = CUE_TIMESCALE / 10;

/** Where the cues stand in a playlist of the complete segments from `first` on. Those to come are placed when their segment is there. */
export function placeLegacyCues(cues: readonly PlacedCue[], window: TrackWindow, first: number): LegacyCues {
  const { segments, open, track } = window;
  const scaled = (time: Ticks): Ticks => rescale(time, track.timescale, CUE_TIMESCALE);
  const begin = scaled(segments.at(first - segments.firstSequence).time);
  const before: Cue[] = [];
  const bySequence = new Map<number, Cue[]>();

  function sequenceOf(time: Ticks): number | undefined {
    const own = rescale(time, CUE_TIMESCALE, track.timescale);
    const index = segments.indexBefore(own);
    const segment = index < 0 ? undefined : segments.at(index);
    if (segment !== undefined && segment.time + BigInt(segment.duration) > own) {
      return segment.sequence;
    }
    if (index + 1 < segments.length) {
      // Where nothing was recorded.
      return segments.at(index + 1).sequence;
    }
    const newest = open?.parts.at(-1);
    const isThere =
      open !== undefined &&
      newest !== undefined &&
      scaled(open.time) <= time &&
      time < scaled(ticks(newest.time + BigInt(newest.duration)));
    return isThere ? open.sequence : undefined;
  }

  for (const cue of cues) {
    const applies = ticks(cue.time + BigInt(TOLERANCE));
    if (applies < begin) {
      before.push(write(cue, begin));
      continue;
    }
    const sequence = sequenceOf(applies);
    if (sequence !== undefined) {
      bySequence.set(sequence, [...(bySequence.get(sequence) ?? []), write(cue, undefined)]);
    }
  }
  return { first: before, bySequence };
}

function write({ id, time, duration, ended, message }: PlacedCue, now: Ticks | undefined): Cue {
  const ticksLong = ended === undefined ? (duration ?? 0) : Number(ended.time - time);
  return {
    id: quotable(id),
    type: 'scte35',
    durationSeconds: ticksLong / CUE_TIMESCALE,
    timeSeconds: ticksToSeconds(time, CUE_TIMESCALE),
    elapsedSeconds: now === undefined ? undefined : Number(now - time) / CUE_TIMESCALE,
    cue: toBase64(message),
  };
}
