import { rescale, type Ticks, ticks } from '../time.ts';

/** Ticks per second of everything in Smooth Streaming, MS-SSTR §2.2.2.1: clients that know no other are about. */
export const SMOOTH_TIMESCALE = 10_000_000;

/**
 * Times are multiples of so many ticks, which is 4 µs. They are UTC and need more than the 53 bits that clients written in JavaScript have:
 * multiples of 8 are exact in a double until the year 2198. And those clients make addresses of as few digits as tell a double from the next,
 * so from 2027 on of one digit less: it has to be 0.
 */
const GRAIN = 40;

/** A time of a track as Smooth Streaming says it. The same tick always gives the same, and later ticks nothing earlier. */
export function smoothTime(time: Ticks, timescale: number): Ticks {
  return ticks(rescale(time, timescale, SMOOTH_TIMESCALE / GRAIN) * BigInt(GRAIN));
}

/** The last tick of a track that could be what was meant by a time of Smooth Streaming; the first is as far before it. */
export function latestMeant(time: Ticks, timescale: number): Ticks {
  return ticks(
    rescale(time, SMOOTH_TIMESCALE, timescale) + BigInt(Math.ceil((GRAIN * timescale) / SMOOTH_TIMESCALE)),
  );
}
