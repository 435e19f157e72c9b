import type { AdaptationSet } from '../../../manifest/dash/adaptation-set.ts';
import { LOW_LATENCY_PROFILE } from '../../../manifest/dash/check/low-latency-rules.ts';
import type { Descriptor } from '../../../manifest/dash/descriptor.ts';
import { type Mpd, writeMpd } from '../../../manifest/dash/mpd.ts';
import { rescale, secondsToTicks, type Ticks, ticks, ticksToSeconds } from '../../../media/time.ts';
import type { Presentation, TrackWindow } from '../../ports/presentation.ts';
import { shownCues } from '../cues/shown-cues.ts';
import { createPiece, type Piece } from '../pieces.ts';
import type { RowMemory } from '../row-memory.ts';
import { offeredTracks, type Snapshot } from '../snapshot.ts';
import { describeSets, groupTracks, type TrackSet, templateAddresses } from './adaptation-sets.ts';
import { eventStreamsOf, inbandStreamsOf } from './cue-events.ts';
import { createSetTimeline, type Listed, type SetTimeline } from './set-timeline.ts';

/**
 * The MPD of a presentation: one Period, in which the timeline goes on over breaks and gaps. The init segments stay the same over them, so
 * there is nothing a new Period would tell players, while Periods of a broadcast cost them a change of source buffers or a stall. Where
 * nothing was recorded the SegmentTimeline has a hole, which `S@t` says (23009-1 §5.3.9.6).
 */
export type MpdWriter = {
  /** Nothing to show yet: undefined. The same array as long as nothing but the time has changed. */
  readonly pieces: (snapshot: Snapshot) => readonly Piece[] | undefined;
};

const LIVE_PROFILE = 'urn:mpeg:dash:profile:isoff-live:2011';
/** Our own clock, at the origin that sent the MPD. */
const UTC_TIMING: Descriptor = { schemeIdUri: 'urn:mpeg:dash:utc:http-xsdate:2014', value: '/time' };
/** Stands where the timeline of a set belongs. No text of an MPD can have it: XML 1.0 does not allow it. */
const MARK = '\u0001';
/** No segment is longer than the nominal length by more (see `Presentation`). */
const SEGMENT_SLACK_SECONDS = 0.5;

type ListedSet = TrackSet & Listed & { readonly timeline: SetTimeline };

export function createMpdWriter(options: {
  readonly presentation: Presentation;
  readonly rowsOf: (window: TrackWindow) => RowMemory;
  readonly nowMs: () => number;
}): MpdWriter {
  const { presentation, rowsOf, nowMs } = options;
  // By the object of the set's first track: a recording takes the place of its broadcast.
  const timelines = new WeakMap<TrackWindow, { readonly key: string; readonly timeline: SetTimeline }>();
  /**
   * Media time at which the MPD timeline of the broadcast begins: with the first segment that was ever listed, as there is nothing before it
   * that a window could reach into. In 1/100 s, which are whole ticks in every usual timescale. Never changes.
   */
  let anchorHundredths: number | undefined;
  /** Media time at which the window of the first MPD began. */
  let firstWindowSeconds: number | undefined;
  let latest: { readonly key: string; readonly pieces: readonly Piece[] } | undefined;

  function timelineOf(set: TrackSet, cutter: TrackWindow): SetTimeline {
    const key = [cutter, ...set.windows].map(({ track }) => track.id).join(' ');
    const [window] = set.windows;
    const found = timelines.get(window);
    if (found?.key === key) {
      return found.timeline;
    }
    const timeline = createSetTimeline({ presentation, windows: set.windows, rows: rowsOf(window), cutter });
    timelines.set(window, { key, timeline });
    return timeline;
  }

  function listedSets(snapshot: Snapshot): readonly ListedSet[] {
    const offered = offeredTracks(snapshot) ?? [];
    const [cutter] = offered;
    return groupTracks(snapshot.tracks, offered).flatMap((set) => {
      const timeline = cutter && timelineOf(set, cutter);
      const listed = timeline?.listed(snapshot);
      return timeline === undefined || listed === undefined ? [] : [{ ...set, timeline, ...listed }];
    });
  }

  function anchorOf(sets: readonly ListedSet[]): number {
    anchorHundredths ??= Math.max(0, Math.floor(100 * startSeconds(sets)));
    return anchorHundredths / 100;
  }

  /**
   * Media time at which the window begins: as far back as there is something, until the window is full. Shaka takes the end of the last segment
   * that is listed for now, so to it the window begins later by what that segment still lacks and by the availability offset, and viewers who
   * come in the first seconds would be behind what they play. So until something has left it begins that much earlier, where there is nothing.
   */
  function windowSeconds(sets: readonly ListedSet[], snapshot: Snapshot): number {
    const start = windowStartSeconds(sets, snapshot);
    firstWindowSeconds ??= start;
    return start > firstWindowSeconds ? start : start - 2 * presentation.segmentSeconds;
  }

  /** While it is broadcast and for a while behind its end: times are UTC. */
  function dynamicMpd(snapshot: Snapshot, sets: readonly ListedSet[]): Mpd {
    const { segmentSeconds, partSeconds, epochOffsetMs } = presentation;
    const isLive = snapshot.phase === 'live';
    const isChunked = partSeconds !== undefined;
    const anchor = anchorOf(sets);
    const availabilityStartTimeMs = Math.max(0, Math.round(epochOffsetMs + anchor * 1000));
    const publishTimeMs = Math.round(nowMs());
    const endSeconds = Math.max(...sets.map(completeEndSeconds)) - anchor;
    const nowSeconds = Math.max(endSeconds, (publishTimeMs - availabilityStartTimeMs) / 1000);
    const latencySeconds = isChunked ? 1.5 * segmentSeconds : 3 * segmentSeconds;
    const durationSeconds = isLive ? undefined : endSeconds;
    const clockOf = (window: TrackWindow): Ticks => secondsToTicks(anchor, window.track.timescale);
    return {
      profiles: isChunked ? [LIVE_PROFILE, LOW_LATENCY_PROFILE] : [LIVE_PROFILE],
      type: 'dynamic',
      availabilityStartTimeMs,
      publishTimeMs,
      mediaPresentationDurationSeconds: durationSeconds,
      minimumUpdatePeriodSeconds: isLive ? updateSeconds(presentation) : undefined,
      minBufferTimeSeconds: isChunked ? Math.min(1, segmentSeconds) : segmentSeconds,
      timeShiftBufferDepthSeconds: nowSeconds + anchor - windowSeconds(sets, snapshot),
      suggestedPresentationDelaySeconds: latencySeconds,
      maxSegmentDurationSeconds: segmentSeconds + SEGMENT_SLACK_SECONDS,
      serviceDescriptions: [
        {
          id: 0,
          // No maximum: dash.js would take a viewer who goes back further than that to the live edge again.
          latency: {
            referenceId: 0,
            targetMs: Math.round(latencySeconds * 1000),
            minMs: Math.round((latencySeconds - segmentSeconds / 2) * 1000),
          },
          playbackRate: { min: 0.96, max: 1.04 },
        },
      ],
      periods: [
        {
          id: '0',
          startSeconds: 0,
          durationSeconds,
          eventStreams: eventStreamsOf(shownCues(snapshot), anchor),
          adaptationSets: withTimelines(sets, (window, index) => ({
            template: {
              presentationTimeOffset: clockOf(window),
              availabilityTimeOffset: isChunked ? Math.max(0, segmentSeconds - partSeconds) : undefined,
              availabilityTimeComplete: isChunked ? false : undefined,
            },
            set: {
              inbandEventStreams: inbandStreamsOf(snapshot.cues, { mayCome: true, kind: window.track.kind }),
              producerReferenceTimes: [
                {
                  id: index,
                  inband: false,
                  type: 'encoder',
                  wallClockTimeMs: availabilityStartTimeMs,
                  presentationTime: clockOf(window),
                  utcTiming: UTC_TIMING,
                },
              ],
              resyncs: isChunked
                ? [{ type: 0, dT: Number(secondsToTicks(partSeconds, window.track.timescale)), marker: true }]
                : undefined,
            },
          })),
        },
      ],
      utcTimings: [UTC_TIMING],
      // Our UTC is that of computers, which know no leap seconds.
      leapSecondInformation: { availabilityStartLeapOffset: 0 },
    };
  }

  /** A recording: all of it, counted from 0. */
  function staticMpd(snapshot: Snapshot, sets: readonly ListedSet[]): Mpd {
    const { segmentSeconds } = presentation;
    const start = startSeconds(sets);
    const durationSeconds = Math.max(...sets.map(completeEndSeconds)) - start;
    const first = sets.find((set) => setStartSeconds(set) === start);
    const zeroOf = ({ track }: TrackWindow): Ticks =>
      first === undefined
        ? ticks(0n)
        : rescale(first.timeline.timeOf(first.from), first.windows[0].track.timescale, track.timescale);
    return {
      profiles: [LIVE_PROFILE],
      type: 'static',
      mediaPresentationDurationSeconds: durationSeconds,
      minBufferTimeSeconds: segmentSeconds,
      maxSegmentDurationSeconds: segmentSeconds + SEGMENT_SLACK_SECONDS,
      periods: [
        {
          id: '0',
          startSeconds: 0,
          durationSeconds,
          eventStreams: eventStreamsOf(shownCues(snapshot), start),
          adaptationSets: withTimelines(sets, (window) => ({
            template: { presentationTimeOffset: zeroOf(window) },
            set: {
              inbandEventStreams: inbandStreamsOf(snapshot.cues, { mayCome: false, kind: window.track.kind }),
            },
          })),
        },
      ],
    };
  }

  return {
    pieces(snapshot) {
      const sets = listedSets(snapshot);
      if (sets.length === 0) {
        return undefined;
      }
      const shown = sets.map(({ id, from, to, lastDuration }) => `${id}:${from}-${to}/${lastDuration}`);
      const captions = snapshot.tracks.flatMap((window) => window.captions ?? []);
      const key = [snapshot.phase, snapshot.from, ...shown, ...captions, cuesKey(snapshot)].join(' ');
      if (latest?.key !== key) {
        const mpd = snapshot.phase === 'ended' ? staticMpd(snapshot, sets) : dynamicMpd(snapshot, sets);
        latest = { key, pieces: joinTimelines(writeMpd(mpd), sets) };
      }
      return latest.pieces;
    },
  };
}

/** What the MPD says of cues depends on; metadata come often and change nothing. */
function cuesKey(snapshot: Snapshot): string {
  if (snapshot.cues.length === 0) {
    return '';
  }
  const shown = shownCues(snapshot).map(({ number, ended }) => `${number}/${ended?.time ?? ''}`);
  const inband = (['video', 'audio'] as const).map((kind) =>
    inbandStreamsOf(snapshot.cues, { mayCome: true, kind }),
  );
  return JSON.stringify([shown, inband]);
}

/** How often players are to ask again: with low latency before the next segment is half over, else once a segment. */
export function updateSeconds({ segmentSeconds, partSeconds }: Presentation): number {
  return partSeconds === undefined ? segmentSeconds : Math.min(1, segmentSeconds / 2);
}

function withTimelines(
  sets: readonly ListedSet[],
  partsOf: (
    window: TrackWindow,
    index: number,
  ) => {
    readonly template: Partial<AdaptationSet['segmentTemplate']>;
    readonly set: Partial<AdaptationSet>;
  },
): readonly AdaptationSet[] {
  return describeSets(sets).map((description, index) => {
    const set = sets[index];
    if (set === undefined) {
      return description;
    }
    const [window] = set.windows;
    const { template, set: over } = partsOf(window, index);
    return {
      ...description,
      ...over,
      segmentTemplate: {
        timescale: window.track.timescale,
        ...template,
        ...templateAddresses(set),
        timeline: { written: [`${MARK}${index}${MARK}`] },
      },
    };
  });
}

/** Text between the marks, and the pieces that are kept in their place. */
function joinTimelines(text: string, sets: readonly ListedSet[]): readonly Piece[] {
  const pieces = text.split(MARK).flatMap((part, index) => {
    const set = index % 2 === 1 ? sets[Number(part)] : undefined;
    return set === undefined ? [createPiece(part)] : set.timeline.pieces(set.from, set.to);
  });
  for (const { timeline } of sets) {
    timeline.prune();
  }
  return pieces;
}

function secondsOf(set: ListedSet, time: Ticks): number {
  return ticksToSeconds(time, set.windows[0].track.timescale);
}

function setStartSeconds(set: ListedSet): number {
  return secondsOf(set, set.timeline.timeOf(set.from));
}

/** Of the first segment that is listed. */
function startSeconds(sets: readonly ListedSet[]): number {
  return Math.min(...sets.map(setStartSeconds));
}

/** Of the first segment of the window, by the set that sets the cuts: before it stand those that have left, but whose run has not. */
function windowStartSeconds([set]: readonly ListedSet[], { from }: Snapshot): number {
  return set === undefined ? 0 : secondsOf(set, set.timeline.timeOf(Math.max(from, set.from)));
}

/** Where the complete segments end. */
function completeEndSeconds(set: ListedSet): number {
  return secondsOf(set, set.timeline.completeEnd());
}
