/** A count of timescale units. Exact; never a float, never seconds. */
export type Ticks = bigint & { readonly __unit: 'ticks' };

export function ticks(value: bigint | number): Ticks {
  // The brand exists only for the compiler; a bigint is all there is at run time.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
  return BigInt(value) as Ticks;
}

/** Rescales without drift, rounding half away from zero: the same instant in the same timescale always gives the same tick. */
export function rescale(value: Ticks, from: number, to: number): Ticks {
  if (from === to) {
    return value;
  }
  const numerator = value * BigInt(to);
  const divisor = BigInt(from);
  const half = divisor / 2n;
  return ticks((numerator + (numerator < 0n ? -half : half)) / divisor);
}

/** For showing and for waiting; never for arithmetic that goes back into ticks. Exact to a microsecond for epoch times. */
export function ticksToSeconds(value: Ticks, timescale: number): number {
  const scale = BigInt(timescale);
  return Number(value / scale) + Number(value % scale) / timescale;
}

/** The tick nearest to a time in seconds. */
export function secondsToTicks(seconds: number, timescale: number): Ticks {
  const whole = Math.floor(seconds);
  return ticks(BigInt(whole) * BigInt(timescale) + BigInt(Math.round((seconds - whole) * timescale)));
}
