/** Speed is looked at over so long. */
const WINDOW_MS = 2000;
/** What has not fallen further behind for so long keeps up, whatever was before. */
const RECENT_MS = 1000;

/** Encoded over elapsed time, from how far the encoder is behind the programme now and how far it was. */
export type EncoderSpeed = {
  /** 1 keeps up. 1, too, until there is something to compare. */
  take(nowMs: number, composedFrames: number, encodedFrames: number): number;
  /** The counts begin anew. */
  reset(): void;
};

export function createEncoderSpeed(): EncoderSpeed {
  const samples: { readonly atMs: number; readonly composed: number; readonly lag: number }[] = [];
  return {
    take(nowMs, composed, encoded) {
      const lag = composed - encoded;
      samples.push({ atMs: nowMs, composed, lag });
      while (samples.length > 1 && (samples[1]?.atMs ?? Infinity) <= nowMs - WINDOW_MS) {
        samples.shift();
      }
      const first = samples[0];
      const frames = composed - (first?.composed ?? composed);
      const growth = lag - (first?.lag ?? lag);
      const recent = samples.findLast(({ atMs }) => atMs <= nowMs - RECENT_MS);
      const isOver = growth > 0 && recent !== undefined && lag <= recent.lag;
      // One frame more or less is the moment of looking, not the speed.
      return frames <= 0 || Math.abs(growth) <= 1 || isOver ? 1 : Math.max(0, 1 - growth / frames);
    },
    reset() {
      samples.length = 0;
    },
  };
}
