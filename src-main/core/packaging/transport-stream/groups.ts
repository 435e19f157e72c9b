import type { Snapshot } from '../snapshot.ts';

/** The fragments of one segment: sequence numbers from `start` up to (not with) `end`. */
export type Group = { readonly start: number; readonly end: number };

/**
 * Which fragments make a segment. The borders are multiples of the packing in sequence numbers and the breaks of the timeline, wherever a window
 * begins: so a segment is the same for everybody, live and recorded, and an address leads to the same bytes for good.
 */
export type Groups = {
  /** To be told of every snapshot before it is worked with. */
  follow(snapshot: Pick<Snapshot, 'phase' | 'from' | 'breaks' | 'breaksBefore'>): void;
  /** Of any fragment of the window, or one that has just left it. */
  around(sequence: number): Group;
  /** Media sequence number of the group that begins there: one more than that of the group before. */
  numberOf(start: number): number;
  /** The groups from `first` to `last`, both of them fragments. One that reaches beyond is cut where nothing more comes, else left out. */
  within(
    first: number,
    last: number,
    isCut: { readonly before: boolean; readonly behind: boolean },
  ): readonly Group[];
};

/** Breaks that are remembered behind the window, for players that ask for what they were just shown. */
const REMEMBERED_BREAKS = 64;

/** Sequence numbers begin at 1. */
const FIRST = 1;

export function createGroups(fragments: number): Groups {
  let left: readonly number[] = [];
  let shown: readonly number[] = [];
  /** All that are known, and those of the window that are no multiples; oldest first. */
  let cuts: readonly number[] = [];
  let extraCuts: readonly number[] = [];
  /** Borders that are no multiples, of breaks before the window. */
  let extraBefore = 0;
  let breaksBefore: number | undefined;

  const isExtra = (sequence: number): boolean => (sequence - FIRST) % fragments !== 0;
  const gridBefore = (sequence: number): number => sequence - ((sequence - FIRST) % fragments);

  function around(sequence: number): Group {
    const grid = gridBefore(sequence);
    const index = countUpTo(cuts, sequence);
    return {
      start: Math.max(grid, cuts[index - 1] ?? grid),
      end: Math.min(grid + fragments, cuts[index] ?? Number.POSITIVE_INFINITY),
    };
  }

  return {
    around,
    follow(snapshot) {
      if (snapshot.phase === 'ended') {
        // The recording counts by itself, and has everything again that had left the window.
        left = [];
        extraBefore = 0;
        breaksBefore = undefined;
      } else {
        const gone = shown.filter((cut) => cut < snapshot.from);
        // Those that came and went while nobody looked may have been no borders of their own. Nobody was shown a number since then.
        const unseen = Math.max(0, snapshot.breaksBefore - (breaksBefore ?? snapshot.breaksBefore) - gone.length);
        extraBefore += gone.filter(isExtra).length + unseen;
        left = [...left, ...gone].slice(-REMEMBERED_BREAKS);
        breaksBefore = snapshot.breaksBefore;
      }
      shown = snapshot.breaks;
      cuts = [...left, ...shown];
      extraCuts = shown.filter(isExtra);
    },
    numberOf: (start) => (gridBefore(start) - FIRST) / fragments + extraBefore + countUpTo(extraCuts, start),
    within(first, last, isCut) {
      const groups: Group[] = [];
      for (let at = first; at <= last; ) {
        const { start, end } = around(at);
        if ((start >= first || isCut.before) && (end <= last + 1 || isCut.behind)) {
          groups.push({ start: at, end: Math.min(end, last + 1) });
        }
        at = end;
      }
      return groups;
    },
  };
}

/** How many of the values, in rising order, are not above `limit`. */
function countUpTo(values: readonly number[], limit: number): number {
  let from = 0;
  let to = values.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((values[middle] ?? 0) <= limit) {
      from = middle + 1;
    } else {
      to = middle;
    }
  }
  return from;
}
