import type { Clock } from '../../../base/clock.ts';
import { rescale, type Ticks, ticks } from '../../../media/time.ts';

/**
 * Which media time an encoder's time is, for all connections of one live event (`decisions/0010`). Media time is UTC; what encoders count from
 * is theirs. So each connection gets an offset, of those in use if one fits, else a new one that makes it go on at the wall clock.
 *
 * Everything is in whole microseconds, and rounded once per track to its timescale: the same encoder time is the same tick on every
 * connection.
 */
export type TimeMap = {
  /** The offset for samples that cover [fromUs, toUs) of an encoder's time and have just arrived. `preferred` is tried first. */
  choose(samples: Span, preferred?: Offset): Offset;
  /** Of samples that jumped, whether they still lie where the offset can put them. False: the encoder's clock has been set. */
  isPlausible(samples: Span, offset: Offset): boolean;
  /** Samples have been put on the media time: it has come as far as `untilUs`. */
  reached(untilUs: bigint): void;
  /** For a time without samples, as of a cue on a connection of its own: the offset that fits it; undefined before the first sample. */
  nearest(encoderUs: bigint): Offset | undefined;
  /** Media time of now, in microseconds: where the stream is if it went on as it did. Undefined before the first sample. */
  nowUs(): bigint | undefined;
};

export type Span = {
  readonly fromUs: bigint;
  readonly toUs: bigint;
  /** Whether the first of these samples has been there before, byte for byte, under that offset. */
  readonly isKnown?: (offset: Offset) => boolean;
};

/** Encoder time to media time. */
export type Offset = {
  readonly us: bigint;
  /** Encoder time of the first sample under it: one that begins there again, and late, has been restarted. */
  readonly firstUs: bigint;
  /** In ticks of a timescale. */
  in(timescale: number): Ticks;
};

const SECOND = 1_000_000n;
/** An encoder whose times are so near to UTC means UTC. */
const UTC_SLACK = 3600n * SECOND;
/** Encoders send again what they are not sure of (spec 2.8: the last two fragments). */
const BEFORE_EDGE = 30n * SECOND;
const AHEAD_OF_NOW = 10n * SECOND;
const BEHIND_NOW = 10n * SECOND;
/** An encoder that begins at its first time again, later than this, has not been slow but restarted. */
const RESTART_LAG = 2n * SECOND;
const RESTART_NEAR = SECOND / 2n;
/** Offsets remembered: each restart of an encoder makes one. */
const KEPT_OFFSETS = 16;

/** `isInUse`: whether a connection that lives has that offset. */
export function createTimeMap(clock: Clock, isInUse: (offset: Offset) => boolean): TimeMap {
  /** Newest first. */
  const offsets: Offset[] = [];
  let edgeUs = 0n;
  let edgeWallUs = 0n;

  const wallUs = (): bigint => BigInt(Math.round(clock.wallMs() * 1000));
  const nowUs = (): bigint => edgeUs + (wallUs() - edgeWallUs);

  function add(us: bigint, { fromUs }: Span): Offset {
    const byTimescale = new Map<number, Ticks>();
    const offset: Offset = {
      us,
      firstUs: fromUs,
      in(timescale) {
        const known = byTimescale.get(timescale) ?? rescale(ticks(us), Number(SECOND), timescale);
        byTimescale.set(timescale, known);
        return known;
      },
    };
    offsets.unshift(offset);
    offsets.splice(KEPT_OFFSETS);
    return offset;
  }

  /** What came last was coded just now, at the latest: a fragment comes when it is over. */
  function anchor(samples: Span): Offset {
    const now = wallUs();
    const away = samples.fromUs - now;
    const isUtc = away < UTC_SLACK && away > -UTC_SLACK;
    return add(isUtc ? 0n : now - samples.toUs, samples);
  }

  function fits(samples: Span, offset: Offset): boolean {
    const mediaUs = samples.fromUs + offset.us;
    const now = nowUs();
    const lag = now - (samples.toUs + offset.us);
    if (mediaUs < edgeUs - BEFORE_EDGE || mediaUs > now + AHEAD_OF_NOW) {
      return false;
    }
    // While another connection of that encoder lives, this is one more of it that took its time.
    if (lag > RESTART_LAG && samples.fromUs <= offset.firstUs + RESTART_NEAR && !isInUse(offset)) {
      return false;
    }
    return lag <= BEHIND_NOW || samples.isKnown?.(offset) === true;
  }

  return {
    choose(samples, preferred) {
      if (offsets.length === 0) {
        return anchor(samples);
      }
      const candidates = preferred === undefined ? offsets : [preferred, ...offsets];
      const fitting = candidates.find((offset) => fits(samples, offset));
      if (fitting !== undefined) {
        return fitting;
      }
      // Never onto what is there already: that would be dropped as overlapping.
      const atNow = nowUs() - samples.toUs;
      const atEdge = edgeUs - samples.fromUs;
      return add(atNow > atEdge ? atNow : atEdge, samples);
    },
    isPlausible(samples, offset) {
      const now = nowUs();
      return samples.fromUs + offset.us <= now + AHEAD_OF_NOW && samples.toUs + offset.us >= now - BEHIND_NOW;
    },
    reached(untilUs) {
      if (untilUs > edgeUs) {
        edgeUs = untilUs;
        edgeWallUs = wallUs();
      }
    },
    nearest(encoderUs) {
      const [newest] = offsets;
      const now = nowUs();
      // A cue is announced up to some minutes ahead, and seldom after its time.
      return (
        offsets.find(({ us }) => encoderUs + us > now - BEFORE_EDGE && encoderUs + us < now + UTC_SLACK) ?? newest
      );
    },
    nowUs: () => (offsets.length === 0 ? undefined : nowUs()),
  };
}
