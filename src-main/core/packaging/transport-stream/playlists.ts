import { writeMediaHeader, writeMediaTail } from '../../../manifest/hls/media-playlist.ts';
import { type SegmentTags, writeSegment, writeSegmentTags } from '../../../manifest/hls/media-segment.ts';
import { featuresOf } from '../../../manifest/hls/protocol-version.ts';
import type { Cue } from '../../../manifest/hls/tags/cue.ts';
import type { DateRange } from '../../../manifest/hls/tags/date-range.ts';
import type { Presentation } from '../../ports/presentation.ts';
import { shownCues } from '../cues/shown-cues.ts';
import type { SegmentKeys, TrackKeys } from '../encryption/hls-keys.ts';
import { type LegacyCues, placeLegacyCues } from '../hls/legacy-cues.ts';
import { blockRanges, createPieceCache, settledEnd } from '../piece-cache.ts';
import { createPiece, type Piece } from '../pieces.ts';
import type { ShownTrack } from '../shown-tracks.ts';
import { type Snapshot, utcMs } from '../snapshot.ts';
import type { Fragments } from './fragments.ts';
import type { Group, Groups } from './groups.ts';

export type TsPlaylistOptions = {
  readonly presentation: Presentation;
  readonly fragments: Fragments;
  /** The tracks in a segment; the first is the one that it is addressed by. */
  readonly members: readonly ShownTrack[];
  readonly groups: Groups;
  /** EXT-X-TARGETDURATION. */
  readonly targetSeconds: () => number;
  /** What a segment is listed with at most in which something is missing. */
  readonly gapSeconds: number;
  /** The least version to declare. */
  readonly version: number;
  readonly iFramesOnly: boolean;
  /** With EXT-X-CUE besides EXT-X-DATERANGE. */
  readonly legacyCues: boolean;
  /** How the segments are encrypted; undefined when they are clear. */
  readonly keys: TrackKeys | undefined;
  /** The address of the segment that begins at a tick of the first track. */
  readonly uriOf: (time: bigint) => string;
  /** Of CMAF: the address of the header for the keys of a crypto period. */
  readonly mapUriOf?: (cryptoPeriod: number | undefined) => string;
};

/** A playlist of segments that are groups of fragments, kept in pieces between versions. */
export type TsPlaylistWriter = (
  snapshot: Snapshot,
  listed: readonly Group[],
  dateRanges: readonly DateRange[],
) => readonly Piece[];

const NO_LEGACY_CUES: LegacyCues = { first: [], bySequence: new Map() };

export function createTsPlaylistWriter(options: TsPlaylistOptions): TsPlaylistWriter {
  const { presentation, fragments, members, groups, gapSeconds } = options;
  const [leader] = members;
  let listed: readonly Group[] = [];
  /** Media sequence number of the first that is listed. */
  let firstNumber = 0;
  let breaks = new Set<number>();
  let cues = NO_LEGACY_CUES;
  const blocks = createPieceCache(presentation, linesOf);

  /** By media sequence numbers. */
  function linesOf(from: number, to: number): string {
    return listed
      .slice(from - firstNumber, to - firstNumber)
      .map(segmentLines)
      .join('');
  }

  function segmentLines({ start, end }: Group): string {
    const first = leader === undefined ? undefined : fragments.row(leader, start);
    const last = leader === undefined ? undefined : fragments.row(leader, end - 1);
    if (leader === undefined || first === undefined || last === undefined) {
      return '';
    }
    const { timescale } = leader.track;
    const seconds = Number(last.time + BigInt(last.duration) - first.time) / timescale;
    const sequences = Array.from({ length: end - start }, (_, index) => start + index);
    const isEmpty = (window: ShownTrack, sequence: number): boolean =>
      (fragments.row(window, sequence)?.size ?? 0) === 0;
    return writeSegment({
      discontinuity: breaks.has(start),
      ...changedKeys(start),
      programDateTimeMs: utcMs(presentation, first.time, timescale),
      cues: sequences.flatMap((sequence): readonly Cue[] => cues.bySequence.get(sequence) ?? []),
      gap: members.every((window) => sequences.every((sequence) => isEmpty(window, sequence))),
      // A row without media can span an outage, and nothing may round to more than the target duration.
      durationSeconds: sequences.some((sequence) => isEmpty(leader, sequence))
        ? Math.min(seconds, gapSeconds)
        : seconds,
      uri: options.uriOf(first.time),
    });
  }

  function changedKeys(start: number): SegmentTags {
    // What holds for the first segment stands before all of them.
    const isFirst = start === listed[0]?.start;
    const change = isFirst ? undefined : options.keys?.changeAt(start, groups.around(start - 1).start);
    return change === undefined ? {} : keyTags(change);
  }

  function keyTags(keys: SegmentKeys | undefined): SegmentTags {
    const map = options.mapUriOf && { uri: options.mapUriOf(keys?.cryptoPeriod) };
    return { map, keys: keys?.keys, keysCoverMap: keys?.keysCoverMap };
  }

  /** What the lines of [from, to) depend on besides the segments: a recording has other numbers than the broadcast it was. */
  function stampOf(from: number, to: number): string {
    const begin = listed[from - firstNumber]?.start ?? 0;
    const end = listed[to - 1 - firstNumber]?.end ?? 0;
    const placed = [...cues.bySequence].filter(([sequence]) => sequence >= begin && sequence < end);
    return JSON.stringify([begin, from === firstNumber, ...placed]);
  }

  function header({ phase, breaks: shown, breaksBefore }: Snapshot, dateRanges: readonly DateRange[]): string {
    const begin = listed[0]?.start ?? 0;
    return writeMediaHeader(
      {
        version: options.version,
        independentSegments: true,
        targetDurationSeconds: options.targetSeconds(),
        mediaSequence: firstNumber,
        // Also 0, because breaks may come and then leave.
        discontinuitySequence: breaksBefore + shown.filter((sequence) => sequence < begin).length,
        playlistType: phase === 'ended' ? 'VOD' : undefined,
        iFramesOnly: options.iFramesOnly,
        // Players of CMAF know it no more (8216bis §7).
        allowCache: phase === 'ended' || options.mapUriOf !== undefined ? undefined : false,
        dateRanges,
      },
      { ...featuresOf([], keyTags(options.keys?.at(begin))), decimalDurations: true },
    );
  }

  return (snapshot, groupsListed, dateRanges) => {
    listed = groupsListed;
    const begin = listed[0]?.start ?? 0;
    firstNumber = groups.numberOf(begin);
    breaks = new Set(snapshot.breaks);
    const shown = options.legacyCues ? shownCues(snapshot) : [];
    cues = shown.length === 0 || leader === undefined ? NO_LEGACY_CUES : placeLegacyCues(shown, leader, begin);
    const end = firstNumber + listed.length;
    const settled = Math.max(firstNumber, settledEnd(end - 1));
    const tail = snapshot.phase === 'live' ? '' : writeMediaTail({ endList: true });
    const pieces = [
      createPiece(
        header(snapshot, dateRanges) + writeSegmentTags({ ...keyTags(options.keys?.at(begin)), cues: cues.first }),
      ),
      ...blockRanges(firstNumber, settled).map(([from, to]) => blocks.get(from, to, stampOf(from, to))),
      createPiece(linesOf(settled, end) + tail),
    ];
    blocks.prune();
    return pieces;
  };
}
