import { assert } from '../../base/assert.ts';
import { type FrameRate, MIXER_SAMPLE_RATE, MIXER_VIDEO_TIMESCALE } from '../ports/mixer.ts';

/**
 * Where every frame of a rate lies in time. Frames are numbered from 1970-01-01T00:00Z, so that a mixer that is started again, and a
 * second one beside it, meet the same grid, and a whole UTC second is the beginning of a frame for every whole rate.
 *
 * All times are exact: `ticksOf` in 1/90000 s and `sampleOf` in 1/48000 s are whole numbers without error for 24, 25, 30, 50 and 60; at
 * 30000/1001 a frame is 3003 ticks and 1601.6 samples, of which `sampleOf` is the whole part, so that frames take turns of 1601 and 1602.
 */
export type FrameGrid = {
  /** Media time of the beginning of a frame, 1/90000 s since 1970. */
  ticksOf(frame: number): number;
  /** Media time of the first PCM sample that belongs to a frame, 1/48000 s since 1970. */
  sampleOf(frame: number): number;
  /** UTC of the beginning of a frame, ms since 1970; right to a microsecond. */
  wallMsOf(frame: number): number;
  /** The newest frame that has begun at that UTC. */
  frameAt(wallMs: number): number;
  readonly periodMs: number;
};

export function createFrameGrid(rate: FrameRate): FrameGrid {
  const toTicks = scaler(MIXER_VIDEO_TIMESCALE * rate.denominator, rate.numerator);
  const toSample = scaler(MIXER_SAMPLE_RATE * rate.denominator, rate.numerator);
  const periodMs = (1000 * rate.denominator) / rate.numerator;

  // Seconds and the rest apart, because the product with a numerator of 30000 has more digits than a double.
  const wallMsOf = (frame: number): number => {
    const whole = Math.floor(frame / rate.numerator);
    return whole * rate.denominator * 1000 + (frame - whole * rate.numerator) * periodMs;
  };

  return {
    periodMs,
    ticksOf: toTicks,
    sampleOf: toSample,
    wallMsOf,
    frameAt(wallMs) {
      let frame = Math.floor(wallMs / periodMs);
      while (wallMsOf(frame + 1) <= wallMs) {
        frame += 1;
      }
      while (wallMsOf(frame) > wallMs) {
        frame -= 1;
      }
      return frame;
    },
  };
}

/** `⌊value × numerator / denominator⌋` without ever leaving the integers a double holds. */
function scaler(numerator: number, denominator: number): (value: number) => number {
  const divisor = greatestCommonDivisor(numerator, denominator);
  const by = numerator / divisor;
  const over = denominator / divisor;
  return (value) => {
    const whole = Math.floor(value / over);
    return whole * by + Math.floor(((value - whole * over) * by) / over);
  };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** Frames to make now: `first`, `first + 1`, … `count` of them. */
export type DueFrames = {
  readonly first: number;
  readonly count: number;
  /** Frames before `first` that are left out because the process did not run for longer than `LONGEST_CATCH_UP_MS`. */
  readonly skipped: number;
};

/** How far a late clock catches up frame by frame. A longer pause is a suspension: viewers get a gap, not a fast-forward. */
const LONGEST_CATCH_UP_MS = 2000;

/** Ticks whose lateness the statistics look at: five seconds at 60 fps. */
const LATENESS_WINDOW = 300;

/** Decides which frames are due. Pure arithmetic on the monotonic times it is given. */
export type ProgrammeClock = {
  /** The frames that have become due since the last call; each number comes once, in order. */
  take(nowMs: number): DueFrames;
  /** Number of the next frame that has not been taken. */
  next(): number;
  /** Monotonic time at which a frame begins. */
  dueMs(frame: number): number;
  /** How late the frames of the last seconds were taken; undefined when none was. */
  lateness(): { readonly p95Ms: number; readonly maxMs: number } | undefined;
};

/** Anchors the grid: at monotonic time `nowMs` it is `wallNowMs`. The first frame is the first that begins after that. */
export function createProgrammeClock(grid: FrameGrid, nowMs: number, wallNowMs: number): ProgrammeClock {
  assert(Number.isFinite(wallNowMs) && wallNowMs > 0, 'UTC is after 1970');
  const offsetMs = wallNowMs - nowMs;
  const lateMs = new Float64Array(LATENESS_WINDOW);
  let lateCount = 0;
  let next = grid.frameAt(wallNowMs) + 1;

  const dueMs = (frame: number): number => grid.wallMsOf(frame) - offsetMs;

  return {
    dueMs,
    next: () => next,
    take(atMs) {
      const last = grid.frameAt(atMs + offsetMs);
      if (last < next) {
        return { first: next, count: 0, skipped: 0 };
      }
      const isSuspension = atMs - dueMs(next) > LONGEST_CATCH_UP_MS;
      const first = isSuspension ? last : next;
      const skipped = first - next;
      lateMs[lateCount % LATENESS_WINDOW] = atMs - dueMs(first);
      lateCount += 1;
      next = last + 1;
      return { first, count: last - first + 1, skipped };
    },
    lateness() {
      const known = Math.min(lateCount, LATENESS_WINDOW);
      if (known === 0) {
        return undefined;
      }
      const sorted = lateMs.slice(0, known).sort();
      return { p95Ms: sorted[Math.floor((known - 1) * 0.95)] ?? 0, maxMs: sorted[known - 1] ?? 0 };
    },
  };
}
