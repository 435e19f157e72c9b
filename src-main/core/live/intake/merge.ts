import { crc32 } from 'node:zlib';
import type { Clock } from '../../../base/clock.ts';
import type { Sample } from '../../../media/cmaf/types.ts';
import type { Ticks } from '../../../media/time.ts';

/**
 * One track out of what several connections bring of it (spec 2.9): each sample once, in order, and of each hole what any of them has.
 *
 * What comes in order goes on at once, whoever brings it first. Behind a hole samples wait until every connection that lives has passed it,
 * or `WAIT_SECONDS`. Whether two connections bring the same coded media is proven sample by sample, by length and content: one that brought
 * the same key frame, and nothing else since, is in agreement with what has been taken, and may go on with it at any sample. One that is not
 * takes over at a key frame of its own, and only when those in agreement do not come with what is next.
 */
export type Merge = {
  /** A connection begins to bring the track. */
  addSource(): MergeSource;
  /** Whether a sample of that time and content has been taken already. */
  knows(sample: Sample): boolean;
  /** Nothing more comes: lets go of what waits. */
  flush(): void;
  /** Bytes that wait behind holes. */
  waitingBytes(): number;
  [Symbol.dispose](): void;
};

export type MergeSource = {
  /** In decode order, on the media time. */
  push(samples: readonly Sample[]): void;
  /** It brings nothing more; what it brought stays. Idempotent. */
  end(): void;
  /** Samples that another had brought already. */
  duplicates(): number;
};

export type MergeOptions = {
  readonly clock: Clock;
  readonly kind: 'video' | 'audio';
  readonly timescale: number;
  readonly emit: (samples: readonly Sample[]) => void;
  /** `isFirst`: of a row of them. */
  readonly dropped: (sample: Sample, reason: MergeDropReason, isFirst: boolean) => void;
};

/** For how long a hole is kept open for the connections that have not passed it. */
export const WAIT_SECONDS = 3;
/** What has been taken is remembered for as long as an encoder that connects again sends again. */
const MEMORY_SECONDS = 30;
/** A jump of no more than this is an encoder that left out a frame or two: what follows can be decoded. As in the segmenter. */
const SKIP_SECONDS = 0.1;
/** Waiting samples of all connections; beyond it nothing waits. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;

/** `no-key-frame`: coded against pictures that nobody brought. */
export type MergeDropReason = 'non-increasing' | 'overlap' | 'no-key-frame';

type Taken = {
  readonly time: Ticks;
  readonly duration: number;
  readonly length: number;
  readonly crc: number;
  readonly sync: boolean;
};

type SourceState = {
  /** What it has brought and nobody has taken, in order. */
  readonly queue: Sample[];
  lastTime: Ticks | undefined;
  lastPushMs: number;
  /** It had a key frame that was taken, and has differed in nothing since. */
  agrees: boolean;
  /** Of a video track: a key frame has come, so that what follows means something. */
  hasBegun: boolean;
  isDropping: boolean;
  isLive: boolean;
  duplicates: number;
};

export function createMerge(options: MergeOptions): Merge {
  const { clock, kind, timescale } = options;
  const skipTicks = Math.floor(SKIP_SECONDS * timescale);
  const sources = new Set<SourceState>();
  /** Oldest first. */
  let taken: Taken[] = [];
  let last: Taken | undefined;
  let waiting = 0;
  let holeSinceMs: number | undefined;
  let timer: Disposable | undefined;
  let out: Sample[] = [];

  /** Other connections may round the same instant a tick or a millisecond differently. */
  const toleranceOf = ({ duration }: Pick<Sample, 'duration'>): bigint => BigInt(Math.floor(duration / 4));

  function findTaken(sample: Sample): Taken | undefined {
    let low = 0;
    let high = taken.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((taken[middle]?.time ?? 0n) < sample.decodeTime) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    const tolerance = toleranceOf(sample);
    const near = (one: Taken | undefined): Taken | undefined =>
      one !== undefined && distance(one.time, sample.decodeTime) <= tolerance ? one : undefined;
    return near(taken[low]) ?? near(taken[low - 1]);
  }

  function isSame(sample: Sample, one: Taken): boolean {
    return one.length === sample.data.length && one.crc === crc32(sample.data);
  }

  /** Whether the output has come to this sample's time already. */
  function isPast(sample: Sample): boolean {
    return last !== undefined && sample.decodeTime <= last.time + (sources.size > 1 ? toleranceOf(sample) : 0n);
  }

  function isNext(sample: Sample): boolean {
    return (
      last === undefined || sample.decodeTime <= last.time + BigInt(last.duration + Math.ceil(sample.duration / 2))
    );
  }

  /** Whether it can be decoded behind what has been taken. */
  function isDecodable(source: SourceState, sample: Sample): boolean {
    return (
      sample.sync ||
      (source.agrees && last !== undefined && sample.decodeTime <= last.time + BigInt(last.duration + skipTicks))
    );
  }

  /** Whether it goes on with what has been taken, from one who is in agreement with that: nobody need be waited for. */
  function continues(source: SourceState, sample: Sample): boolean {
    return last === undefined || (source.agrees && isNext(sample) && isDecodable(source, sample));
  }

  function take(source: SourceState, sample: Sample): void {
    if (!source.agrees) {
      // It takes over at a key frame; the others have yet to show that they have the same.
      for (const other of sources) {
        other.agrees = other === source;
      }
    }
    last = {
      time: sample.decodeTime,
      duration: sample.duration,
      length: sample.data.length,
      crc: crc32(sample.data),
      sync: sample.sync,
    };
    taken.push(last);
    forgetBefore(last.time - BigInt(MEMORY_SECONDS * timescale));
    out.push(sample);
    holeSinceMs = undefined;
  }

  /** In strides, because moving an array up costs its length. */
  function forgetBefore(time: bigint): void {
    const stride = taken[255];
    if (stride !== undefined && stride.time < time) {
      taken = taken.slice(256);
    }
  }

  /** The output is past it: another has brought it, or it came too late. Says whether its source brings the same. */
  function compare(source: SourceState, sample: Sample): void {
    const one = findTaken(sample);
    const isKnown = one !== undefined && isSame(sample, one);
    if (!isKnown) {
      // A copy with other times, or without what others had, is another copy.
      source.agrees = source.agrees && one === undefined && !sample.sync;
    } else if (sample.sync) {
      source.agrees = true;
    }
    if (isKnown || others(source)) {
      source.duplicates += 1;
    } else {
      // In a hole that was passed it overlaps nothing: what it is coded against never came, and so it was passed over by the others too.
      drop(source, sample, isCovered(sample) ? 'overlap' : 'no-key-frame');
    }
  }

  /** Whether the output has something at its time. */
  function isCovered({ decodeTime }: Sample): boolean {
    const before = taken.findLast(({ time }) => time <= decodeTime);
    return before !== undefined && decodeTime < before.time + BigInt(before.duration);
  }

  function others(source: SourceState): boolean {
    return [...sources].some((other) => other !== source && (other.isLive || other.queue.length > 0));
  }

  function drop(source: SourceState, sample: Sample, reason: MergeDropReason): void {
    const isFirst = !source.isDropping;
    source.isDropping = true;
    options.dropped(sample, reason, isFirst);
  }

  function shift(source: SourceState): void {
    const sample = source.queue.shift();
    waiting -= sample?.data.length ?? 0;
  }

  /** Takes the heads that the output is past from every queue; then whatever goes on with it, until nobody has that. */
  function advance(): void {
    for (;;) {
      let next: SourceState | undefined;
      for (const source of sources) {
        let head = source.queue[0];
        while (head !== undefined && isPast(head)) {
          compare(source, head);
          shift(source);
          head = source.queue[0];
        }
        if (next === undefined && head !== undefined && continues(source, head)) {
          next = source;
        }
      }
      next ??= overHole();
      const head = next?.queue[0];
      if (next === undefined || head === undefined) {
        break;
      }
      shift(next);
      if (last === undefined || isDecodable(next, head)) {
        next.isDropping = false;
        take(next, head);
      } else if (!others(next)) {
        drop(next, head, 'no-key-frame');
      }
    }
    for (const source of sources) {
      if (!source.isLive && source.queue.length === 0) {
        sources.delete(source);
      }
    }
    watchHole();
    emit();
  }

  /** Seldom: most samples are next, and gone at once. */
  function isWaiting(): boolean {
    for (const { queue } of sources) {
      if (queue.length > 0) {
        return true;
      }
    }
    return false;
  }

  /** Who has the earliest sample behind a hole, when there is nobody left to wait for. */
  function overHole(): SourceState | undefined {
    if (!isWaiting()) {
      return undefined;
    }
    const waitingSources = [...sources].filter(({ queue }) => queue.length > 0);
    const [first] = waitingSources.toSorted((a, b) => compareTimes(a.queue[0], b.queue[0]));
    const now = clock.monotonicMs();
    holeSinceMs ??= now;
    const isDue = now >= dueMs(holeSinceMs) || waiting > MAX_WAITING_BYTES;
    // One that has been silent for as long as a hole may last is not waited for at all.
    const isAwaited = ({ queue, isLive, lastPushMs }: SourceState): boolean =>
      isLive && queue.length === 0 && now - lastPushMs < WAIT_SECONDS * 1000;
    return isDue || ![...sources].some(isAwaited) ? first : undefined;
  }

  function watchHole(): void {
    if (!isWaiting()) {
      holeSinceMs = undefined;
    }
    if (holeSinceMs === undefined) {
      timer?.[Symbol.dispose]();
      timer = undefined;
    } else if (timer === undefined) {
      const leftMs = dueMs(holeSinceMs) - clock.monotonicMs();
      timer = clock.after(leftMs, () => {
        timer = undefined;
        advance();
      });
    }
  }

  function emit(): void {
    if (out.length > 0) {
      const samples = out;
      out = [];
      options.emit(samples);
    }
  }

  return {
    addSource() {
      const source: SourceState = {
        queue: [],
        lastTime: undefined,
        lastPushMs: clock.monotonicMs(),
        agrees: false,
        hasBegun: kind === 'audio',
        isDropping: false,
        isLive: true,
        duplicates: 0,
      };
      sources.add(source);
      return {
        push(samples) {
          source.lastPushMs = clock.monotonicMs();
          for (const sample of samples) {
            if (source.lastTime !== undefined && sample.decodeTime <= source.lastTime) {
              drop(source, sample, 'non-increasing');
              continue;
            }
            source.lastTime = sample.decodeTime;
            source.hasBegun ||= sample.sync;
            if (source.hasBegun) {
              source.queue.push(sample);
              waiting += sample.data.length;
            }
          }
          advance();
        },
        end() {
          if (source.isLive) {
            source.isLive = false;
            advance();
          }
        },
        duplicates: () => source.duplicates,
      };
    },
    knows(sample) {
      const one = findTaken(sample);
      return one !== undefined && isSame(sample, one);
    },
    flush() {
      for (const source of sources) {
        source.isLive = false;
      }
      advance();
    },
    waitingBytes: () => waiting,
    [Symbol.dispose]() {
      timer?.[Symbol.dispose]();
      timer = undefined;
    },
  };
}

/** One sum for the timer and for who asks whether it is time: two that are rounded differently would wait for each other for ever. */
function dueMs(holeSinceMs: number): number {
  return holeSinceMs + WAIT_SECONDS * 1000;
}

function distance(a: bigint, b: bigint): bigint {
  return a < b ? b - a : a - b;
}

function compareTimes(a: Sample | undefined, b: Sample | undefined): number {
  const difference = (a?.decodeTime ?? 0n) - (b?.decodeTime ?? 0n);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
