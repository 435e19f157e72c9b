import { createTrackGroups, type TrackSet } from '../dash/adaptation-sets.ts';
import type { ShownTrack } from '../shown-tracks.ts';
import { choosableTracks, offeredTracks, type Snapshot, shownRange } from '../snapshot.ts';
import { hasFragments, type ListedSet } from './fragment-list.ts';
import { LOOK_AHEAD } from './look-ahead.ts';

/** A quality that lacks more of a recording than this is not listed, when another has it: all would have to jump over what it lacks. */
const MOST_MISSING = 0.1;

/** What manifests list now, pictures first; undefined as long as there is too little of something that is about to come. */
export function createListing(): (snapshot: Snapshot) => readonly ListedSet[] | undefined {
  const groups = createTrackGroups();

  return (snapshot) => {
    const offered = offeredTracks(snapshot);
    if (offered === undefined) {
      return undefined;
    }
    const sets = groups
      .group(snapshot.tracks, choosableTracks(offered, snapshot))
      .map((set) => listedPart(snapshot.phase === 'ended' ? completeOf(set) : set, snapshot));
    const shown = sets.filter(hasFragments);
    const longest = Math.max(0, ...shown.map(({ from, to }) => to - from));
    // Sound comes a little behind the pictures, and whoever asks in between would never hear of it.
    const isEarly = snapshot.phase === 'live' && longest <= LOOK_AHEAD && shown.length < sets.length;
    return longest === 0 || isEarly ? undefined : shown;
  };
}

function listedPart(set: TrackSet, snapshot: Snapshot): ListedSet {
  const ranges = set.windows.map((window) => shownRange(window, snapshot));
  const firsts = ranges.flatMap((range) => (range === undefined ? [] : [range.first]));
  const lasts = ranges.map((range) => range?.last ?? -1);
  const heldBack = snapshot.phase === 'live' ? LOOK_AHEAD : 0;
  const from = firsts.length === 0 ? 0 : Math.min(...firsts);
  return { ...set, from, to: Math.max(from, Math.min(...lasts) + 1 - heldBack) };
}

/** Of a recording. */
function completeOf(set: TrackSet): TrackSet {
  const counts = set.windows.map(countSegments);
  const most = Math.max(...counts);
  const [first, ...others] = set.windows.filter((_, index) => (counts[index] ?? 0) >= most * (1 - MOST_MISSING));
  return first === undefined ? set : { ...set, windows: [first, ...others] };
}

function countSegments({ segments }: ShownTrack): number {
  let count = 0;
  for (let index = 0; index < segments.length; index += 1) {
    count += segments.at(index).size > 0 ? 1 : 0;
  }
  return count;
}
