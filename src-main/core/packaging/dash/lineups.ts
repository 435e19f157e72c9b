import type { TrackWindow } from '../../ports/presentation.ts';
import type { ShownTrack } from '../shown-tracks.ts';
import type { Snapshot } from '../snapshot.ts';
import type { TrackSet } from './adaptation-sets.ts';

/** Which tracks can be played from one segment on, and with which keys: a Period (`decisions/0012`). */
export type Lineup = {
  /** `Period@id`. */
  readonly id: string;
  /** Sequence number of its first segment. */
  readonly from: number;
  /** Media time in whole ms at which it begins; no segment of it begins earlier. */
  readonly startMs: number;
  /** Ids of its tracks. */
  readonly members: ReadonlySet<string>;
  /** Where keys rotate. */
  readonly cryptoPeriod: number | undefined;
};

/**
 * The lineups of a window, oldest first, found segment by segment and never changed: a segment is listed when all members have it, so none
 * is listed that some of them lack. A member that has stopped leaves, and one that comes, or comes back, joins with the next segment.
 */
export type Lineups = {
  /** Undefined when there is nothing in the window. */
  follow(snapshot: Snapshot, sets: readonly TrackSet[]): Listing | undefined;
};

export type Listing = {
  readonly lineups: readonly Lineup[];
  /** First sequence number that cannot be listed yet. */
  readonly to: number;
};

/** Qualities that begin so many segments after each other begin together. */
const STAGGERED_SEGMENTS = 3;
/** Complete segments in a row that a track must have before it joins; twice as many each time it has left, so that Periods stay few. */
const STEADY_SEGMENTS = 2;
const MAX_DOUBLINGS = 5;

/** `absent`: nothing so far, and it is not waited for. It may still come before the others have that segment complete. */
type Has = 'media' | 'nothing' | 'not-yet' | 'absent';

export function createLineups(options: {
  readonly isChunked: boolean;
  /** Of the segments of a sequence number; undefined where keys do not rotate. */
  readonly cryptoPeriodAt?: (sequence: number) => number | undefined;
}): Lineups {
  const departures = new Map<string, number>();
  let lineups: Lineup[] = [];
  let next: number | undefined;

  function begin(snapshot: Snapshot, sets: readonly TrackSet[], first: number): number {
    const starts = sets
      .filter(({ windows }) => windows.length > 1)
      .flatMap(({ windows }) => windows.map(({ segments }) => segments.firstSequence));
    const staggered = starts.filter((start) => start > first && start <= first + STAGGERED_SEGMENTS);
    // A recording has all there is.
    const from = snapshot.phase === 'live' && lineups.length === 0 ? Math.max(first, ...staggered) : first;
    const members = sets.flatMap(({ windows }) => {
      const there = windows.filter((window) => hasSegment(window, from, snapshot) === 'media');
      const [guide] = there;
      return guide === undefined
        ? windows
        : there.filter((window) => timeOf(window, from) === timeOf(guide, from));
    });
    const isAnywhere = members.some((window) => timeOf(window, from) !== undefined);
    if (isAnywhere || lineups.length === 0) {
      change(from, members);
    }
    return from;
  }

  function change(from: number, members: readonly ShownTrack[]): void {
    const before = lineups.at(-1);
    const ids = new Set(members.map(({ track }) => track.id));
    const cryptoPeriod = options.cryptoPeriodAt?.(from);
    const hasSameMembers = before?.members.size === ids.size && [...ids].every((id) => before.members.has(id));
    if (hasSameMembers && before.cryptoPeriod === cryptoPeriod) {
      return;
    }
    for (const id of before?.members ?? []) {
      if (!ids.has(id)) {
        departures.set(id, (departures.get(id) ?? 0) + 1);
      }
    }
    const starts = members.flatMap((window) => startMsOf(window, from));
    lineups.push({
      id: before === undefined ? '0' : String(from),
      from,
      // Without any it is the first lineup, which begins where the MPD does.
      startMs: starts.length === 0 ? 0 : Math.min(...starts),
      members: ids,
      cryptoPeriod,
    });
  }

  function hasSegment({ segments, open, hasStopped }: ShownTrack, sequence: number, { phase }: Snapshot): Has {
    const index = sequence - segments.firstSequence;
    if (index < segments.length) {
      return index >= 0 && isThere(segments.at(index)) ? 'media' : 'nothing';
    }
    if (options.isChunked && phase === 'live' && open?.sequence === sequence && open.parts.length > 0) {
      return 'media';
    }
    if (phase !== 'live' || (open !== undefined && open.sequence > sequence)) {
      return 'nothing';
    }
    return hasStopped === true ? 'absent' : 'not-yet';
  }

  /** Whether a track that is no member has been there for long enough, and still is. */
  function isSteady({ segments, track, hasStopped }: ShownTrack, sequence: number): boolean {
    const end = Math.min(sequence, segments.firstSequence + segments.length);
    const needed = STEADY_SEGMENTS << Math.min(departures.get(track.id) ?? 0, MAX_DOUBLINGS);
    if (hasStopped === true || end < sequence - 1 || end - needed < segments.firstSequence) {
      return false;
    }
    for (let index = end - 1; index >= end - needed; index -= 1) {
      if (!isThere(segments.at(index - segments.firstSequence))) {
        return false;
      }
    }
    return true;
  }

  /** The members from this segment on; undefined when that is not known yet. */
  function decide(
    snapshot: Snapshot,
    sets: readonly TrackSet[],
    sequence: number,
  ): readonly ShownTrack[] | undefined {
    const members = lineups.at(-1)?.members ?? new Set();
    const result: ShownTrack[] = [];
    let isAnywhere = false;
    for (const { windows } of sets) {
      const present = windows.filter(({ track }) => members.has(track.id));
      const wanted = windows.filter((window) => present.includes(window) || isSteady(window, sequence));
      const has = new Map(windows.map((window) => [window, hasSegment(window, sequence, snapshot)]));
      if (wanted.some((window) => has.get(window) === 'not-yet')) {
        return undefined;
      }
      const all = windows.filter((window) => has.get(window) === 'media');
      // One address names the segment of every track, by its first tick: one that is back in the middle of a segment waits for the next.
      const guide = present.find((window) => all.includes(window)) ?? all[0];
      const others = all.filter(
        (window) => guide !== undefined && timeOf(window, sequence) === timeOf(guide, sequence),
      );
      if (others.length === 0 && present.some((window) => has.get(window) === 'absent')) {
        // The first that is back would be listed for all. Nobody waits for more than this: the buffer of the set is empty.
        return undefined;
      }
      const there = wanted.filter((window) => others.includes(window));
      isAnywhere ||= others.length > 0;
      if (there.length > 0) {
        result.push(...there);
      } else {
        // Nobody in it has anything: a hole, unless one that is not steady yet has.
        result.push(...(present.length > 0 && others.length > 0 ? others : present));
      }
    }
    return isAnywhere ? result : windowsOf(sets).filter(({ track }) => members.has(track.id));
  }

  return {
    follow(snapshot, sets) {
      const windows = windowsOf(sets);
      const firsts = windows.map(({ segments }) => Math.max(snapshot.from, segments.firstSequence));
      const end = Math.max(
        ...windows.map((window) => endOf(window, options.isChunked && snapshot.phase === 'live')),
      );
      const first = Math.min(...firsts);
      if (windows.length === 0 || first >= end) {
        return undefined;
      }
      if (next === undefined || next < first) {
        // Nobody has asked for longer than the window.
        next = begin(snapshot, sets, first);
      }
      while (next < end) {
        const members = decide(snapshot, sets, next);
        if (members === undefined) {
          break;
        }
        change(next, members);
        next += 1;
      }
      lineups = lineups.filter((_, index) => (lineups[index + 1]?.from ?? Number.POSITIVE_INFINITY) > first);
      return { lineups, to: next };
    },
  };
}

function windowsOf(sets: readonly TrackSet[]): readonly ShownTrack[] {
  return sets.flatMap(({ windows }) => windows);
}

function isThere({ size, duration }: { readonly size: number; readonly duration: number }): boolean {
  return size > 0 && duration > 0;
}

function endOf({ segments, open }: TrackWindow, withOpen: boolean): number {
  const end = segments.firstSequence + segments.length;
  return withOpen && open !== undefined && open.parts.length > 0 ? Math.max(end, open.sequence + 1) : end;
}

/** First tick of a segment that a track has, complete or open. */
function timeOf({ segments, open }: TrackWindow, sequence: number): bigint | undefined {
  const index = sequence - segments.firstSequence;
  const row = index >= 0 && index < segments.length ? segments.at(index) : undefined;
  const isOpen = row === undefined && open?.sequence === sequence;
  return isOpen ? open.time : row !== undefined && isThere(row) ? row.time : undefined;
}

/** The same down to the ms; none when the track has nothing there. */
function startMsOf(window: TrackWindow, sequence: number): readonly number[] {
  const time = timeOf(window, sequence);
  return time === undefined ? [] : [Number((time * 1000n) / BigInt(window.track.timescale))];
}
