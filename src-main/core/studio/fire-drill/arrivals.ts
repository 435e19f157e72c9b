import type { Clock } from '../../../base/clock.ts';

/** What media came to somebody who is measured, and when. */
export type Arrivals = {
  /** Media of a time, in seconds, is there from now on. */
  add(fromSeconds: number, untilSeconds: number): void;
  /** Media time up to which something has come; -Infinity before the first. */
  untilSeconds(): number;
  /** When something came first after that; undefined while nothing has. */
  firstAfter(monotonicMs: number): number | undefined;
  /** Seconds that are missing in what came after that; while nothing comes, those that pass are missing. */
  missingSince(monotonicMs: number): number;
  /** How long the picture stands still after that for somebody who then holds so many seconds that have not been shown. */
  stillSince(monotonicMs: number, heldSeconds: number): number;
};

type Arrival = { readonly atMs: number; readonly fromSeconds: number; readonly untilSeconds: number };

/** Times of RTMP are whole milliseconds, and sound has not the length of pictures. */
const ROUNDING_SECONDS = 0.05;
/** Live media comes several times a second. */
const SILENT_MS = 1000;

export function createArrivals(clock: Clock): Arrivals {
  const all: Arrival[] = [];

  /** Those after that, each with how far it went before. */
  function* after(monotonicMs: number): Generator<Arrival & { readonly beforeSeconds: number }> {
    let beforeSeconds = -Infinity;
    for (const arrival of all) {
      if (arrival.atMs > monotonicMs) {
        yield { ...arrival, beforeSeconds };
      }
      beforeSeconds = Math.max(beforeSeconds, arrival.untilSeconds);
    }
  }

  const untilSeconds = (): number =>
    all.reduce((most, arrival) => Math.max(most, arrival.untilSeconds), -Infinity);

  return {
    add: (fromSeconds, until) => void all.push({ atMs: clock.monotonicMs(), fromSeconds, untilSeconds: until }),
    untilSeconds,
    firstAfter: (monotonicMs) => all.find(({ atMs }) => atMs > monotonicMs)?.atMs,
    missingSince(monotonicMs) {
      let missing = 0;
      for (const { fromSeconds, beforeSeconds } of after(monotonicMs)) {
        const gap = beforeSeconds === -Infinity ? 0 : fromSeconds - beforeSeconds;
        missing += gap > ROUNDING_SECONDS ? gap : 0;
      }
      const silentMs = clock.monotonicMs() - (all.at(-1)?.atMs ?? monotonicMs);
      return silentMs > SILENT_MS ? missing + silentMs / 1000 : missing;
    },
    stillSince(monotonicMs, heldSeconds) {
      // It plays on from there; what it has shown by a time cannot be more than what had come before, and the rest of the time it stood still.
      const held = all.filter(({ atMs }) => atMs <= monotonicMs);
      const shownSeconds = Math.max(...held.map((arrival) => arrival.untilSeconds)) - heldSeconds;
      const wouldShow = (atMs: number): number => shownSeconds + (atMs - monotonicMs) / 1000;
      const still = [...after(monotonicMs)].map(({ atMs, beforeSeconds }) => wouldShow(atMs) - beforeSeconds);
      return Math.max(0, ...still, wouldShow(clock.monotonicMs()) - untilSeconds());
    },
  };
}
