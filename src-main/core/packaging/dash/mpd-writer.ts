import type { AdaptationSet } from '../../../manifest/dash/adaptation-set.ts';
import { LOW_LATENCY_PROFILE } from '../../../manifest/dash/check/low-latency-rules.ts';
import type { Descriptor } from '../../../manifest/dash/descriptor.ts';
import { type Mpd, writeMpd } from '../../../manifest/dash/mpd.ts';
import { PERIOD_CONNECTIVITY, type Period } from '../../../manifest/dash/period.ts';
import { rescale, secondsToTicks, type Ticks, ticks, ticksToSeconds } from '../../../media/time.ts';
import { CUE_TIMESCALE } from '../../ports/cues.ts';
import type { Presentation, TrackWindow } from '../../ports/presentation.ts';
import { removalsOf } from '../../ports/removed-media.ts';
import { lengthsOf } from '../../ports/segment-lengths.ts';
import type { DashFormat } from '../../ports/streaming-format.ts';
import type { CarriedOptions } from '../address.ts';
import { shownCues } from '../cues/shown-cues.ts';
import { contentProtectionsOf } from '../encryption/content-protections.ts';
import type { SegmentProtection } from '../encryption/segment-protection.ts';
import { createPiece, type Piece } from '../pieces.ts';
import type { RowMemory } from '../row-memory.ts';
import type { Snapshot } from '../snapshot.ts';
import { lateTracksKey, visibleTexts } from '../text/late-tracks.ts';
import { createTextListing } from '../text/text-listing.ts';
import { textSets } from '../text/text-sets.ts';
import { describeSets, type TrackSet, templateAddresses } from './adaptation-sets.ts';
import { eventStreamsOf, inbandStreamsOf } from './cue-events.ts';
import { createListedPeriods, type ListedPeriod, setStartSeconds } from './listed-periods.ts';
import { createLiveTextSets, type ListedTextSet } from './live-text-sets.ts';
import { thumbnailSets } from './thumbnail-sets.ts';

/**
 * The MPD of a presentation: a Period as long as the same tracks can be played with the same keys, in which the timeline goes on over breaks and gaps. The init
 * segments stay the same over them, so there is nothing a new Period would tell players, while Periods cost some of them a change of source
 * buffers or a stall. Where nothing was recorded the SegmentTimeline has a hole, which `S@t` says (23009-1 §5.3.9.6).
 */
export type MpdWriter = {
  /** Nothing to show yet: undefined. The same array as long as nothing but the time has changed. */
  readonly pieces: (snapshot: Snapshot) => readonly Piece[] | undefined;
};

export const DASH_TYPE = 'application/dash+xml';
const LIVE_PROFILE = 'urn:mpeg:dash:profile:isoff-live:2011';
/** Our own clock, at the origin that sent the MPD. */
const UTC_TIMING: Descriptor = { schemeIdUri: 'urn:mpeg:dash:utc:http-xsdate:2014', value: '/time' };
/** Stands where the timeline of a set belongs. No text of an MPD can have it: XML 1.0 does not allow it. */
const MARK = '\u0001';
/** No segment is longer than the longest length by more (see `SegmentLengths`). */
const SEGMENT_SLACK_SECONDS = 0.5;

/** A Period with the text that is made while it is live. */
type ShownPeriod = ListedPeriod & { readonly texts: readonly ListedTextSet[] };

type Listing = {
  readonly periods: readonly ShownPeriod[];
  readonly first: ShownPeriod;
  readonly last: ShownPeriod;
};

type SetParts = {
  readonly template: Partial<AdaptationSet['segmentTemplate']>;
  readonly set: Partial<AdaptationSet>;
};

export function createMpdWriter(options: {
  readonly presentation: Presentation;
  readonly rowsOf: (window: TrackWindow) => RowMemory;
  readonly nowMs: () => number;
  readonly carried: CarriedOptions;
  readonly protection: SegmentProtection | undefined;
  readonly format: DashFormat;
  /** With a set of pictures for seeking. */
  readonly hasStoryboard?: boolean;
}): MpdWriter {
  const { presentation, rowsOf, nowMs, carried, protection, format, hasStoryboard = false } = options;
  const listed = createListedPeriods({ presentation, rowsOf, protection });
  const liveTexts = createLiveTextSets({ ...options, listing: createTextListing() });
  /**
   * Media time at which the MPD timeline of the broadcast begins: with the first segment that was ever listed, as there is nothing before it
   * that a window could reach into. In 1/100 s, which are whole ticks in every usual timescale. Never changes.
   */
  let anchorHundredths: number | undefined;
  let latest: { readonly key: string; readonly pieces: readonly Piece[] } | undefined;

  function anchorOf(first: ListedPeriod): number {
    anchorHundredths ??= Math.max(0, Math.floor(100 * startSeconds(first)));
    return anchorHundredths / 100;
  }

  /**
   * The window reaches as far back as there is something. Shaka takes the end of the last segment that is listed for now, so to it the window
   * begins later by what that segment still lacks and by the availability offset, and viewers who come in the first seconds would be behind what
   * they play. So until the window is full, or a Period has left it, it begins that much earlier, where there is nothing.
   */
  function depthSeconds(seconds: number, { lineup }: ListedPeriod): number {
    const { windowSeconds = 0 } = presentation;
    if (lineup.id !== '0') {
      return seconds;
    }
    return Math.max(seconds, Math.min(windowSeconds, seconds + 2 * lengthsOf(presentation).longest));
  }

  /** The Period of each lineup. `zeroSeconds`: media time at which the MPD begins; that of the first is where the first Period does. */
  function periodsOf(
    periods: readonly ShownPeriod[],
    snapshot: Snapshot,
    mpd: {
      readonly zeroSeconds: number;
      readonly durationSeconds: number | undefined;
      /** Of a recording. */
      readonly recordedSeconds?: number;
    },
    partsOf: (window: TrackWindow, index: number, startMs: number | undefined) => SetParts,
  ): readonly Period[] {
    const cues = shownCues(snapshot);
    let index = 0;
    return periods.map(({ lineup, endMs, sets, texts }, position): Period => {
      const isFirst = lineup.id === '0';
      const startSeconds = isFirst ? 0 : lineup.startMs / 1000 - mpd.zeroSeconds;
      const endSeconds = endMs === undefined ? mpd.durationSeconds : endMs / 1000 - mpd.zeroSeconds;
      const before = periods[position - 1];
      return {
        id: lineup.id,
        startSeconds,
        durationSeconds: endSeconds === undefined ? undefined : endSeconds - startSeconds,
        eventStreams: eventStreamsOf(
          cues.filter(
            ({ time }) =>
              (before === undefined || time >= cueTicks(lineup.startMs)) &&
              (endMs === undefined || time < cueTicks(endMs)),
          ),
          isFirst ? mpd.zeroSeconds : lineup.startMs / 1000,
        ),
        adaptationSets: [
          ...describeSets(sets, format).map((description, setIndex): AdaptationSet => {
            const set = sets[setIndex];
            if (set === undefined) {
              return description;
            }
            const { template, set: over } = partsOf(set.speaker, setIndex, isFirst ? undefined : lineup.startMs);
            // Headers are the same where keys do not change.
            const goesOn =
              before?.lineup.cryptoPeriod === lineup.cryptoPeriod
                ? before?.sets.find(({ id }) => id === set.id)
                : undefined;
            return {
              ...description,
              ...over,
              contentProtections: contentProtectionsOf(protection, set.speaker, lineup.cryptoPeriod),
              supplementalProperties:
                before !== undefined && goesOn !== undefined && hasSameTracks(goesOn, set)
                  ? [{ schemeIdUri: PERIOD_CONNECTIVITY, value: before.lineup.id }]
                  : undefined,
              segmentTemplate: {
                timescale: set.speaker.track.timescale,
                ...template,
                ...templateAddresses(set, format, carried, lineup.cryptoPeriod),
                timeline: { written: [`${MARK}${index++}${MARK}`] },
              },
            };
          }),
          ...texts.map((set) =>
            liveTexts.describe(set, {
              all: texts,
              startMs: isFirst ? wholeMs(mpd.zeroSeconds) : lineup.startMs,
              before: before?.texts.some(({ text }) => text === set.text) === true ? before.lineup.id : undefined,
              written: `${MARK}${index++}${MARK}`,
            }),
          ),
          ...textSets(visibleTexts(snapshot.late), {
            startSeconds: isFirst ? mpd.zeroSeconds : lineup.startMs / 1000,
            format,
            carried,
            protection,
          }),
          ...(hasStoryboard
            ? thumbnailSets(presentation, sets, {
                startMs: isFirst ? wholeMs(mpd.zeroSeconds) : lineup.startMs,
                recordedSeconds: mpd.recordedSeconds ?? 'live',
                carried,
              })
            : []),
        ],
      };
    });
  }

  /** While it is broadcast and for a while behind its end: times are UTC. */
  function dynamicMpd(snapshot: Snapshot, listing: Listing): Mpd {
    const { partSeconds, epochOffsetMs } = presentation;
    const { usual, longest } = lengthsOf(presentation);
    const isLive = snapshot.phase === 'live';
    const isChunked = partSeconds !== undefined;
    const { periods, first } = listing;
    const anchor = anchorOf(first);
    const availabilityStartTimeMs = Math.max(0, Math.round(epochOffsetMs + anchor * 1000));
    const publishTimeMs = Math.round(nowMs());
    const endSeconds = completeEndSeconds(listing) - anchor;
    const nowSeconds = Math.max(endSeconds, (publishTimeMs - availabilityStartTimeMs) / 1000);
    const latencySeconds = (isChunked ? 1.5 : 3) * longest;
    const durationSeconds = isLive ? undefined : endSeconds;
    const anchorMs = Math.round(anchor * 1000);
    return {
      profiles: isChunked ? [LIVE_PROFILE, LOW_LATENCY_PROFILE] : [LIVE_PROFILE],
      type: 'dynamic',
      availabilityStartTimeMs,
      publishTimeMs,
      mediaPresentationDurationSeconds: durationSeconds,
      minimumUpdatePeriodSeconds: isLive ? updateSeconds(presentation) : undefined,
      minBufferTimeSeconds: isChunked ? Math.min(1, longest) : longest,
      timeShiftBufferDepthSeconds: depthSeconds(nowSeconds + anchor - windowStartSeconds(first, snapshot), first),
      suggestedPresentationDelaySeconds: latencySeconds,
      maxSegmentDurationSeconds: longest + SEGMENT_SLACK_SECONDS,
      serviceDescriptions: [
        {
          id: 0,
          // No maximum: dash.js would take a viewer who goes back further than that to the live edge again.
          latency: {
            referenceId: 0,
            targetMs: Math.round(latencySeconds * 1000),
            minMs: Math.round((latencySeconds - longest / 2) * 1000),
          },
          playbackRate: { min: 0.96, max: 1.04 },
        },
      ],
      periods: periodsOf(
        periods,
        snapshot,
        { zeroSeconds: anchor, durationSeconds },
        ({ track }, index, startMs = anchorMs) => {
          const zero = rescale(ticks(startMs), 1000, track.timescale);
          return {
            template: {
              presentationTimeOffset: zero,
              availabilityTimeOffset: isChunked ? Math.max(0, usual - partSeconds) : undefined,
              availabilityTimeComplete: isChunked ? false : undefined,
            },
            set: {
              inbandEventStreams: inbandStreamsOf(snapshot.cues, { mayCome: true, kind: track.kind }),
              producerReferenceTimes: [
                {
                  id: index,
                  inband: false,
                  type: 'encoder',
                  wallClockTimeMs: availabilityStartTimeMs + startMs - anchorMs,
                  presentationTime: zero,
                  utcTiming: UTC_TIMING,
                },
              ],
              resyncs: isChunked
                ? [{ type: 0, dT: Number(secondsToTicks(partSeconds, track.timescale)), marker: true }]
                : undefined,
            },
          };
        },
      ),
      utcTimings: [UTC_TIMING],
      // Our UTC is that of computers, which know no leap seconds.
      leapSecondInformation: { availabilityStartLeapOffset: 0 },
    };
  }

  /** A recording: all of it, counted from 0. */
  function staticMpd(snapshot: Snapshot, listing: Listing): Mpd {
    const { longest } = lengthsOf(presentation);
    const { periods, first } = listing;
    const start = startSeconds(first);
    const durationSeconds = completeEndSeconds(listing) - start;
    const earliest = first.sets.find((set) => setStartSeconds(set, first.lineup) === start);
    const zeroOf = ({ track }: TrackWindow): Ticks =>
      earliest === undefined
        ? ticks(0n)
        : rescale(
            earliest.timeline.timeOf(earliest.from) ?? ticks(0n),
            earliest.speaker.track.timescale,
            track.timescale,
          );
    return {
      profiles: [LIVE_PROFILE],
      type: 'static',
      mediaPresentationDurationSeconds: durationSeconds,
      minBufferTimeSeconds: longest,
      maxSegmentDurationSeconds: longest + SEGMENT_SLACK_SECONDS,
      periods: periodsOf(
        periods,
        snapshot,
        { zeroSeconds: start, durationSeconds, recordedSeconds: durationSeconds },
        (window, _, startMs) => ({
          template: {
            presentationTimeOffset:
              startMs === undefined ? zeroOf(window) : rescale(ticks(startMs), 1000, window.track.timescale),
          },
          set: {
            inbandEventStreams: inbandStreamsOf(snapshot.cues, { mayCome: false, kind: window.track.kind }),
          },
        }),
      ),
    };
  }

  return {
    pieces(snapshot) {
      const listedPeriods = listed.list(snapshot);
      const textsOf = liveTexts.list(snapshot, listedPeriods);
      const periods = listedPeriods.map(
        (period, index): ShownPeriod => ({ ...period, texts: textsOf[index] ?? [] }),
      );
      const [first] = periods;
      const last = periods.at(-1);
      if (first === undefined || last === undefined) {
        return undefined;
      }
      const shown = periods.map(({ lineup, sets, texts }) => [
        `${lineup.id}/`,
        ...sets.map(({ id, from, to, lastDuration }) => `${id}:${from}-${to}/${lastDuration}`),
        ...texts.map(({ text: { id }, from, to }) => `${id}:${from}-${to}`),
      ]);
      const captions = snapshot.tracks.flatMap((window) => window.captions ?? []);
      const key = [
        snapshot.phase,
        snapshot.from,
        removalsOf(presentation),
        ...shown.flat(),
        ...captions,
        cuesKey(snapshot),
        lateTracksKey(snapshot.tracks, snapshot.late),
      ].join(' ');
      if (latest?.key !== key) {
        const listing = { periods, first, last };
        const mpd = snapshot.phase === 'ended' ? staticMpd(snapshot, listing) : dynamicMpd(snapshot, listing);
        latest = { key, pieces: joinTimelines(writeMpd(mpd), periods) };
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

/** Text between the marks, and the pieces that are kept in their place. */
function joinTimelines(text: string, periods: readonly ShownPeriod[]): readonly Piece[] {
  const sets = periods.flatMap((period) => [...period.sets, ...period.texts]);
  const pieces = text.split(MARK).flatMap((part, index) => {
    const set = index % 2 === 1 ? sets[Number(part)] : undefined;
    return set === undefined ? [createPiece(part)] : set.timeline.pieces(set.from, set.to);
  });
  for (const timeline of new Set(sets.map((set) => set.timeline))) {
    timeline.prune();
  }
  return pieces;
}

function hasSameTracks(a: TrackSet, b: TrackSet): boolean {
  return a.windows.length === b.windows.length && a.windows.every((window, index) => window === b.windows[index]);
}

/** Seconds of a media time have errors of less than a microsecond. */
function wholeMs(seconds: number): number {
  return Math.floor(seconds * 1000 + 0.001);
}

function cueTicks(ms: number): Ticks {
  return rescale(ticks(ms), 1000, CUE_TIMESCALE);
}

/** Of the first segment that is listed. */
function startSeconds({ sets, lineup }: ListedPeriod): number {
  return Math.min(...sets.map((set) => setStartSeconds(set, lineup)));
}

/** Of the first segment of the window, by the set that sets the cuts: before it stand those that have left, but whose run has not. */
function windowStartSeconds({ sets: [set], lineup }: ListedPeriod, { from }: Snapshot): number {
  return set === undefined ? 0 : setStartSeconds({ ...set, from: Math.max(from, set.from) }, lineup);
}

/** Where the complete segments end. */
function completeEndSeconds({ first, last }: Listing): number {
  const ends = last.sets.flatMap(({ timeline, speaker }) => {
    const end = timeline.completeEnd();
    return end === undefined ? [] : [ticksToSeconds(end, speaker.track.timescale)];
  });
  return Math.max(startSeconds(first), ...ends);
}
