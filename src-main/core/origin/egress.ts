import type { Clock } from '../../base/clock.ts';

/** Over which the bit rate is a mean. */
const WINDOW_SECONDS = 10;

/** What went out. Counted when handed to the connection, so that a large answer counts at its beginning. */
export type Egress = {
  readonly count: (bytes: number) => void;
  readonly bytes: () => number;
  /** Bits per second, a mean of the last 10 s. */
  readonly bitrate: () => number;
};

export function createEgress(clock: Clock): Egress {
  const perSecond = new Float64Array(WINDOW_SECONDS);
  let second = Math.floor(clock.monotonicMs() / 1000);
  let bytes = 0;

  function moveOn(): void {
    const now = Math.floor(clock.monotonicMs() / 1000);
    for (let step = Math.max(second + 1, now - WINDOW_SECONDS + 1); step <= now; step += 1) {
      perSecond[step % WINDOW_SECONDS] = 0;
    }
    second = now;
  }

  return {
    count(size) {
      moveOn();
      bytes += size;
      perSecond[second % WINDOW_SECONDS] = (perSecond[second % WINDOW_SECONDS] ?? 0) + size;
    },
    bytes: () => bytes,
    bitrate() {
      moveOn();
      return (perSecond.reduce((sum, part) => sum + part, 0) * 8) / WINDOW_SECONDS;
    },
  };
}
