import type { Sample, VideoTrackDescription } from '../../media/cmaf/types.ts';

/** Enough to tell 29.97 from 25 although RTMP rounds times to milliseconds; half a second at 25. */
const SAMPLES = 12;
const USUAL_RATE = 30;
const HIGHEST_RATE = 240;

/** Finds how many pictures a second a track has: as its stream says, else as its first samples follow each other. */
export type FrameRateMeter = {
  push(samples: readonly Sample[]): void;
  /** Undefined while it is not known. */
  rate(): number | undefined;
};

export function createFrameRateMeter({ frameRate, timescale }: VideoTrackDescription): FrameRateMeter {
  const said = frameRate === undefined ? undefined : frameRate.numerator / frameRate.denominator;
  let count = 0;
  let duration = 0;
  return {
    push(samples) {
      for (const sample of samples) {
        count += 1;
        duration += sample.duration;
      }
    },
    rate() {
      if (said !== undefined && said >= 1 && said <= HIGHEST_RATE) {
        return said;
      }
      if (count < SAMPLES) {
        return undefined;
      }
      const measured = (count * timescale) / duration;
      return measured >= 1 && measured <= HIGHEST_RATE ? measured : USUAL_RATE;
    },
  };
}
