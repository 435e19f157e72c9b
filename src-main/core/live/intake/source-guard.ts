import type { Sample, TrackDescription } from '../../../media/cmaf/types.ts';
import { AppError } from '../../../shared/app-error.ts';
import { bitrateExceeded, frameRateExceeded, type IntakeLimits, isTooFast } from './limits.ts';

/** What one connection sends of one track, held against what a track may be. */
export type SourceGuard = {
  /** Why the connection must be cut off, if it must. */
  check(samples: readonly Sample[]): AppError | undefined;
};

/** The longest group of pictures there may be is 20 s (spec 2.3); behind this it is none. */
const MAX_SECONDS_WITHOUT_KEY = 30;
const MAX_BYTES_WITHOUT_KEY = 32 * 1024 * 1024;
/** Pictures are counted over this long. */
const COUNT_SECONDS = 2;
/** What a track declares need not be true, or it declares nothing; bitrates are means, and no encoder meets its own exactly. */
const RATE_SECONDS = 10;
const RATE_SLACK = 1.1;

export function createSourceGuard({ kind, timescale }: TrackDescription, limits: IntakeLimits): SourceGuard {
  let bytesSinceKey = 0;
  /** By durations: the times may jump. */
  let ticksSinceKey = 0;
  const framesPerSecond = createStretches(COUNT_SECONDS, timescale);
  const bytesPerSecond = createStretches(RATE_SECONDS, timescale);

  function checkOne({ sync, decodeTime, duration, data }: Sample): AppError | undefined {
    bytesSinceKey = sync ? 0 : bytesSinceKey + data.length;
    ticksSinceKey = sync ? 0 : ticksSinceKey + duration;
    const seconds = ticksSinceKey / timescale;
    if (bytesSinceKey > MAX_BYTES_WITHOUT_KEY || seconds > MAX_SECONDS_WITHOUT_KEY) {
      return new AppError(
        'MPE_INGEST_RTMP_TOO_LARGE_UNPROCESSED_FLV',
        `The encoder has sent ${Math.round(bytesSinceKey / 1024 / 1024)} MB, ${Math.round(seconds)} s, without a key frame. Set its key frame interval to 2 seconds.`,
        { details: { bytes: bytesSinceKey, seconds } },
      );
    }
    const frameRate = framesPerSecond(decodeTime, 1);
    if (frameRate !== undefined && isTooFast(frameRate, limits)) {
      return frameRateExceeded(frameRate, limits);
    }
    const bitrate = 8 * (bytesPerSecond(decodeTime, data.length) ?? 0);
    return bitrate > RATE_SLACK * limits.perTrack
      ? bitrateExceeded('This track', bitrate, limits.perTrack)
      : undefined;
  }

  return {
    check(samples) {
      if (kind === 'audio') {
        return undefined;
      }
      for (const sample of samples) {
        const fault = checkOne(sample);
        if (fault !== undefined) {
          return fault;
        }
      }
      return undefined;
    },
  };
}

/**
 * How much of something there is per second, told at the end of each stretch of so many seconds. By the media's own times: what was held up and
 * comes at once is not more for that. A jump of the times begins another stretch.
 */
function createStretches(
  seconds: number,
  timescale: number,
): (time: bigint, amount: number) => number | undefined {
  let from: bigint | undefined;
  let sum = 0;
  return (time, amount) => {
    const elapsed = from === undefined ? -1 : Number(time - from) / timescale;
    if (elapsed >= 0 && elapsed < seconds) {
      sum += amount;
      return undefined;
    }
    const rate = elapsed < 0 || elapsed > 2 * seconds ? undefined : sum / elapsed;
    from = time;
    sum = amount;
    return rate;
  };
}
