import { BoxWriter } from '../../../media/isobmff/box-writer.ts';
import { writeEmsg } from '../../../media/isobmff/emsg.ts';
import { rescale, type Ticks } from '../../../media/time.ts';
import { CUE_TIMESCALE, type PlacedCue } from '../../ports/cues.ts';
import type { Presentation, Track } from '../../ports/presentation.ts';

/**
 * The `emsg` boxes that stand before the first `moof` of a segment. The store has segments without them.
 *
 * Which segments have a cue follows from the cue and the beginning of the segment alone, so a segment is the same however often and in
 * whatever form it is asked for: see `PlacedCue.firstSequence`.
 */
export type EventMessages = {
  /** Undefined when there is none, as for nearly all segments. */
  readonly before: (
    track: Track,
    segment: { readonly sequence: number; readonly time: Ticks },
  ) => Uint8Array | undefined;
};

/** Spec 2.12: a splice is in every segment that begins at most so long before it. */
const ANNOUNCED = 15 * CUE_TIMESCALE;
const UNKNOWN_DURATION = 0xffff_ffff;
/** Segments whose boxes are kept, because many ask for the newest ones at once. */
const KEPT = 64;

type CuesBySegment = {
  readonly splices: readonly PlacedCue[];
  readonly metadata: ReadonlyMap<number, readonly PlacedCue[]>;
};

export function createEventMessages(presentation: Presentation): EventMessages {
  const kept = new Map<string, Uint8Array>();
  let indexed: { readonly cues: readonly PlacedCue[]; readonly index: CuesBySegment } | undefined;

  function index(cues: readonly PlacedCue[]): CuesBySegment {
    if (indexed?.cues !== cues) {
      const metadata = cues.filter(({ kind }) => kind === 'metadata');
      indexed = {
        cues,
        index: {
          splices: cues.filter(({ kind }) => kind !== 'metadata'),
          metadata: Map.groupBy(metadata, ({ firstSequence }) => firstSequence),
        },
      };
    }
    return indexed.index;
  }

  return {
    before(track, { sequence, time }) {
      const cues = presentation.cues();
      if (cues.length === 0) {
        return undefined;
      }
      const { splices, metadata } = index(cues);
      const start = rescale(time, track.timescale, CUE_TIMESCALE);
      const carried = [
        ...splices.filter((cue) => isWithin(cue, sequence) && isAnnounced(cue, sequence, start)),
        ...(metadata.get(sequence)?.filter((cue) => isWithin(cue, sequence) && isCarrier(cue, track)) ?? []),
        // What happens to a cue later may move it among those of its time.
      ].toSorted((a, b) => Number(a.time - b.time) || a.number - b.number);
      if (carried.length === 0) {
        return undefined;
      }
      const key = `${track.id} ${sequence} ${carried.map(({ number }) => number).join()}`;
      const bytes = kept.get(key) ?? writeMessages(carried, start);
      kept.delete(key);
      kept.set(key, bytes);
      const [oldest] = kept.keys();
      if (kept.size > KEPT && oldest !== undefined) {
        kept.delete(oldest);
      }
      return bytes;
    },
  };
}

function isWithin({ firstSequence, endSequence }: PlacedCue, sequence: number): boolean {
  return sequence >= firstSequence && sequence < (endSequence ?? Number.POSITIVE_INFINITY);
}

function isCarrier({ carriers }: PlacedCue, { kind }: Track): boolean {
  return carriers === 'all' || carriers === kind;
}

/** Also in the first segment that can have it when it is under way there: it came late. */
function isAnnounced({ time, duration, kind, firstSequence }: PlacedCue, sequence: number, start: Ticks): boolean {
  const delta = Number(time - start);
  const isLate =
    delta < 0 && sequence === firstSequence && (kind !== 'out' || duration === undefined || delta + duration > 0);
  return delta <= ANNOUNCED && (delta >= 0 || isLate);
}

function writeMessages(cues: readonly PlacedCue[], start: Ticks): Uint8Array {
  const writer = new BoxWriter(
    cues.reduce((sum, { message, value }) => sum + message.length + value.length + 128, 0),
  );
  for (const cue of cues) {
    writeEmsg(writer, {
      schemeIdUri: cue.scheme,
      value: cue.value,
      timescale: CUE_TIMESCALE,
      // With version 0 hls.js loses where it is when media time is UTC. A time before the segment may have been played when that is there.
      start:
        cue.kind === 'metadata'
          ? { kind: 'absolute', ticks: cue.time > start ? cue.time : start }
          : { kind: 'delta', ticks: Math.max(0, Number(cue.time - start)) },
      duration: Math.min(cue.duration ?? UNKNOWN_DURATION, UNKNOWN_DURATION),
      id: cue.number,
      payload: cue.message,
    });
  }
  return writer.finish();
}
