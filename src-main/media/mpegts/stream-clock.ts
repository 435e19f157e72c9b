import { type Ticks, ticks } from '../time.ts';

/** Ticks per second of all times in a transport stream. */
export const TS_TIMESCALE = 90_000;

const CYCLE = 2n ** 33n;

/** The 33-bit times of one stream as times that go on: they begin anew every 26.5 hours. */
export type StreamClock = {
  /** The time nearest to the last one that was given, which it becomes. The first is taken as it stands. */
  readonly follow: (time: number) => Ticks;
  /** The same without becoming the last one: for times that lie ahead. Undefined before the first. */
  readonly near: (time: number) => Ticks | undefined;
};

export function createStreamClock(): StreamClock {
  let last: Ticks | undefined;

  function near(time: number): Ticks | undefined {
    if (last === undefined) {
      return undefined;
    }
    const ahead = modulo(BigInt(time) - last, CYCLE);
    return ticks(ahead >= CYCLE / 2n ? last + ahead - CYCLE : last + ahead);
  }

  return {
    near,
    follow(time) {
      last = near(time) ?? ticks(time);
      return last;
    },
  };
}

function modulo(value: bigint, by: bigint): bigint {
  const rest = value % by;
  return rest < 0n ? rest + by : rest;
}
