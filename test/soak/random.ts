/** The same numbers for the same seed: what a run did can be done again. */
export type Random = {
  /** At least `from`, below `to`. */
  between(from: number, to: number): number;
  /** One of several. */
  pick<T>(first: T, ...others: readonly T[]): T;
};

/** Mulberry32. `stream` tells apart those who draw from one seed, so that none depends on how often the others do. */
export function seededRandom(seed: number, stream: number): Random {
  let state = (seed ^ Math.imul(stream + 1, 0x9e37_79b9)) >>> 0;

  function next(): number {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  return {
    between: (from, to) => from + next() * (to - from),
    pick: (first, ...others) => [first, ...others][Math.floor(next() * (others.length + 1))] ?? first,
  };
}
