import { rescale, type Ticks, ticks } from '../time.ts';

/** Milliseconds in which RTMP counts (RTMP 1.0 §5.3.1); they start anew after 49.7 days. */
const MS_PER_SECOND = 1000;

/**
 * Goes on counting where the 32-bit timestamps of RTMP start anew: milliseconds of the stream's own clock. A step of less than 24.8 days either
 * way is taken as it is. Only frames are asked about: sequence headers and metadata often come with 0, whatever the time is.
 */
export type MessageClock = (timestamp: number) => number;

export function createMessageClock(): MessageClock {
  let last: number | undefined;
  return (timestamp) => {
    // `| 0` is the remainder modulo 2^32 as a signed number: the shorter way round.
    last = last === undefined ? timestamp : last + ((timestamp - (last % 2 ** 32)) | 0);
    return last;
  };
}

export function msToTicks(ms: number, timescale: number): Ticks {
  return rescale(ticks(ms), MS_PER_SECOND, timescale);
}

/**
 * The exact times of AAC frames whose timestamps were rounded to milliseconds. As long as a timestamp is within the rounding of the running
 * count of samples, the count is right; at anything else the encoder has jumped, and the count begins anew there.
 */
export function createFrameCount(options: {
  readonly timescale: number;
  /** Ticks of one frame. */
  readonly frameDuration: number;
}): (ms: number) => Ticks {
  const { timescale } = options;
  const frame = BigInt(options.frameDuration);
  const rounding = BigInt(Math.ceil(timescale / MS_PER_SECOND));
  let expected: Ticks | undefined;
  return (ms) => {
    const said = msToTicks(ms, timescale);
    const isCounted = expected !== undefined && said - expected <= rounding && expected - said <= rounding;
    const time = isCounted && expected !== undefined ? expected : said;
    expected = ticks(time + frame);
    return time;
  };
}
