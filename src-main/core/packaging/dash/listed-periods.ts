import { ticksToSeconds } from '../../../media/time.ts';
import type { Presentation } from '../../ports/presentation.ts';
import type { SegmentProtection } from '../encryption/segment-protection.ts';
import type { RowMemory } from '../row-memory.ts';
import type { ShownTrack } from '../shown-tracks.ts';
import { offeredTracks, type Snapshot } from '../snapshot.ts';
import { createTrackGroups, type TrackSet } from './adaptation-sets.ts';
import { createLineups, type Lineup, type Lineups, type Listing } from './lineups.ts';
import { createSetTimeline, type Listed, type SetTimeline } from './set-timeline.ts';

/** A Period with what is listed in it. */
export type ListedPeriod = {
  readonly lineup: Lineup;
  /** Of the Period behind it. */
  readonly endMs: number | undefined;
  readonly sets: readonly ListedSet[];
};

export type ListedSet = TrackSet & Listed & { readonly timeline: SetTimeline; readonly speaker: ShownTrack };

export type ListedPeriods = {
  /** Oldest first, at least one when there is something to play. */
  list(snapshot: Snapshot): readonly ListedPeriod[];
};

export function createListedPeriods(options: {
  readonly presentation: Presentation;
  readonly rowsOf: (window: ShownTrack) => RowMemory;
  readonly protection: SegmentProtection | undefined;
}): ListedPeriods {
  const { presentation, rowsOf, protection } = options;
  const cryptoPeriodAt = (sequence: number): number | undefined => protection?.cryptoPeriodAt(sequence);
  const groups = createTrackGroups();
  const timelines = new WeakMap<ShownTrack, SetTimeline>();
  let current: { readonly isRecording: boolean; readonly lineups: Lineups } | undefined;

  /** A recording is told anew: it shows more than the broadcast did, and knows what came late. */
  function lineupsOf({ phase }: Snapshot): Lineups {
    const isRecording = phase === 'ended';
    if (current?.isRecording !== isRecording) {
      const isChunked = presentation.partSeconds !== undefined;
      current = { isRecording, lineups: createLineups({ isChunked, cryptoPeriodAt }) };
    }
    return current.lineups;
  }

  function timelineOf(speaker: ShownTrack): SetTimeline {
    const timeline =
      timelines.get(speaker) ?? createSetTimeline({ presentation, window: speaker, rows: rowsOf(speaker) });
    timelines.set(speaker, timeline);
    return timeline;
  }

  return {
    list(snapshot) {
      const offered = offeredTracks(snapshot) ?? [];
      const cutter = offered.find(({ hasStopped }) => hasStopped !== true) ?? offered[0];
      const sets = groups.group(snapshot.tracks, offered);
      const listing = lineupsOf(snapshot).follow(snapshot, sets);
      if (listing === undefined || cutter === undefined) {
        return [];
      }
      const lineups = playable(listing, sets, snapshot);
      return lineups.map((lineup, index): ListedPeriod => {
        const after = lineups[index + 1];
        const segments = { from: lineup.from, to: after?.from ?? listing.to };
        const listed = sets.flatMap(({ id, windows }): readonly ListedSet[] => {
          const [first, ...others] = windows.filter(({ track }) => lineup.members.has(track.id));
          if (first === undefined) {
            return [];
          }
          const members = [first, ...others] as const;
          // One that stopped in the middle of the last segment is shorter there than the others.
          const speaker = members.find(({ track }) => after?.members.has(track.id) ?? true) ?? first;
          const timeline = timelineOf(speaker);
          return [{ id, windows: members, speaker, timeline, ...timeline.listed(snapshot, segments, cutter) }];
        });
        return { lineup, endMs: after?.startMs, sets: listed };
      });
    },
  };
}

/** So many segments behind the beginning of a Period nobody plays the one before it any more, unless to see it once more. */
const SEGMENTS_TO_LEAVE = 3;

/**
 * A broadcast without its first Periods when they have no sound, or no pictures, and the newest has: Shaka Player plays of all Periods only what
 * every one of them has, so who comes later would never hear anything. A recording has silence there.
 */
function playable({ lineups, to }: Listing, sets: readonly TrackSet[], { phase }: Snapshot): readonly Lineup[] {
  const tracks = sets.flatMap(({ windows }) => windows.map(({ track }) => track));
  const kinds = ({ members }: Lineup): number =>
    new Set(tracks.filter(({ id }) => members.has(id)).map(({ kind }) => kind)).size;
  const last = lineups.findLast(({ from }) => from + SEGMENTS_TO_LEAVE <= to);
  if (phase === 'ended' || last === undefined) {
    return lineups;
  }
  return lineups.slice(lineups.findIndex((lineup) => kinds(lineup) >= kinds(last)));
}

/** Media time in seconds at which the segments that are listed of a set begin. */
export function setStartSeconds({ timeline, from, speaker }: ListedSet, { startMs }: Lineup): number {
  const time = timeline.timeOf(from);
  return time === undefined ? startMs / 1000 : ticksToSeconds(time, speaker.track.timescale);
}
