import { assert } from '../../base/assert.ts';
import { type Ticks, ticks } from '../time.ts';

/** One complete segment of a track: the chunks from one key frame (or the audio cut beside it) to the next. */
export type SegmentRef = {
  /** The same for every track of a presentation at the same instant, and never given twice: HLS media sequence number. */
  readonly sequence: number;
  readonly time: Ticks;
  /** In ticks of the track. */
  readonly duration: number;
  /** Bytes of all its chunks; 0 when this track has nothing here although others have. */
  readonly size: number;
  /** The timeline does not run on into it from the segment before: a gap, or other codec parameters. */
  readonly discontinuity: boolean;
};

/** Random access to the complete segments of a window, oldest first. Reading one is O(1) and allocates one object. */
export type SegmentList = {
  readonly length: number;
  /** Sequence number of `at(0)`; meaningless while the list is empty. */
  readonly firstSequence: number;
  /** 0 ≤ index < length. */
  at(index: number): SegmentRef;
  /** Index of the segment that begins at this very tick, or -1. O(log n). */
  indexAtTime(time: Ticks): number;
  /** Index of the last segment that begins at or before the tick, or -1. O(log n). */
  indexBefore(time: Ticks): number;
};

/** Where the bytes of a segment are: in which rolling file, from which byte on. */
export type SegmentPlace = { readonly file: number; readonly offset: number };

/**
 * The segments of one track over a whole archive window, as typed arrays: 25 h of 2 s segments are 45 000 rows of 33 bytes. Rows are
 * appended at the end and dropped at the front; both cost amortised O(1). Sequence numbers are consecutive.
 */
export type SegmentTable = SegmentList & {
  append(segment: SegmentRef, place: SegmentPlace): void;
  placeOf(index: number): SegmentPlace;
  indexOfSequence(sequence: number): number;
  /** The bytes of a segment are lost; its time stays. */
  markMissing(sequence: number): void;
  /** Forgets the oldest `count` rows. */
  dropFirst(count: number): void;
  /** A live view of the rows from one sequence number on, up to (not with) another; both may change through the functions given. */
  window(from: () => number, to: () => number): SegmentList;
};

const DISCONTINUITY = 1;

export function createSegmentTable(initialCapacity = 256): SegmentTable {
  let capacity = initialCapacity;
  let times = new BigInt64Array(capacity);
  let durations = new Uint32Array(capacity);
  let sizes = new Uint32Array(capacity);
  let files = new Uint32Array(capacity);
  let offsets = new Float64Array(capacity);
  let flags = new Uint8Array(capacity);
  // Rows live in [head, head + length); dropping moves head, and growing packs them to the front again.
  let head = 0;
  let length = 0;
  let firstSequence = 0;

  function makeRoom(): void {
    if (head + length < capacity) {
      return;
    }
    if (head < capacity / 2) {
      capacity *= 2;
    }
    const grown = <A extends { set(source: A): void; subarray(from: number, to: number): A }>(
      target: A,
      source: A,
    ): A => {
      target.set(source.subarray(head, head + length));
      return target;
    };
    times = grown(new BigInt64Array(capacity), times);
    durations = grown(new Uint32Array(capacity), durations);
    sizes = grown(new Uint32Array(capacity), sizes);
    files = grown(new Uint32Array(capacity), files);
    offsets = grown(new Float64Array(capacity), offsets);
    flags = grown(new Uint8Array(capacity), flags);
    head = 0;
  }

  function at(index: number): SegmentRef {
    assert(index >= 0 && index < length, `segment index ${index} of ${length}`);
    const row = head + index;
    return {
      sequence: firstSequence + index,
      time: ticks(times[row] ?? 0n),
      duration: durations[row] ?? 0,
      size: sizes[row] ?? 0,
      discontinuity: ((flags[row] ?? 0) & DISCONTINUITY) !== 0,
    };
  }

  /** Index of the last row in [low, high) whose time is at or before `time`; low - 1 when there is none. */
  function searchBefore(time: Ticks, low: number, high: number): number {
    let from = low;
    let to = high;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((times[head + middle] ?? 0n) <= time) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    return from - 1;
  }

  function listOver(from: () => number, to: () => number): SegmentList {
    const low = (): number => Math.min(length, Math.max(0, from() - firstSequence));
    const high = (): number => Math.max(low(), Math.min(length, to() - firstSequence));
    return {
      get length() {
        return high() - low();
      },
      get firstSequence() {
        return firstSequence + low();
      },
      at: (index) => at(low() + index),
      indexAtTime(time) {
        const index = searchBefore(time, low(), high());
        return index >= low() && times[head + index] === time ? index - low() : -1;
      },
      indexBefore: (time) => searchBefore(time, low(), high()) - low(),
    };
  }

  const whole = listOver(
    () => 0,
    () => Number.MAX_SAFE_INTEGER,
  );

  function indexOfSequence(sequence: number): number {
    const index = sequence - firstSequence;
    return index >= 0 && index < length ? index : -1;
  }

  return {
    get length() {
      return length;
    },
    get firstSequence() {
      return firstSequence;
    },
    at,
    indexAtTime: (time) => whole.indexAtTime(time),
    indexBefore: (time) => whole.indexBefore(time),
    indexOfSequence,
    markMissing(sequence) {
      const index = indexOfSequence(sequence);
      if (index >= 0) {
        sizes[head + index] = 0;
      }
    },
    append(segment, place) {
      if (length === 0) {
        firstSequence = segment.sequence;
      }
      assert(
        segment.sequence === firstSequence + length,
        `segment ${segment.sequence} follows ${firstSequence + length - 1}`,
      );
      makeRoom();
      const row = head + length;
      times[row] = segment.time;
      durations[row] = segment.duration;
      sizes[row] = segment.size;
      files[row] = place.file;
      offsets[row] = place.offset;
      flags[row] = segment.discontinuity ? DISCONTINUITY : 0;
      length += 1;
    },
    placeOf(index) {
      assert(index >= 0 && index < length, `segment index ${index} of ${length}`);
      return { file: files[head + index] ?? 0, offset: offsets[head + index] ?? 0 };
    },
    dropFirst(count) {
      const dropped = Math.min(count, length);
      head += dropped;
      length -= dropped;
      firstSequence += dropped;
    },
    window: listOver,
  };
}
