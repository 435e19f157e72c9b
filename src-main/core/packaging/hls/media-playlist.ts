import { countSkippable } from '../../../manifest/hls/delta-update.ts';
import { type MediaHeader, writeMediaHeader, writeMediaTail } from '../../../manifest/hls/media-playlist.ts';
import { type SegmentTags, writeSegment, writeSegmentTags } from '../../../manifest/hls/media-segment.ts';
import type { DateRange } from '../../../manifest/hls/tags/date-range.ts';
import type { Part } from '../../../manifest/hls/tags/part.ts';
import type { PreloadHint } from '../../../manifest/hls/tags/preload-hint.ts';
import type { RenditionReport } from '../../../manifest/hls/tags/rendition-report.ts';
import type { SegmentRef } from '../../../media/cmaf/segment-table.ts';
import { ticks } from '../../../media/time.ts';
import type { Presentation, TrackWindow } from '../../ports/presentation.ts';
import { removalsOf } from '../../ports/removed-media.ts';
import { type CarriedOptions, fragmentName, mediaPlaylistName, qualityPath } from '../address.ts';
import { shownCues } from '../cues/shown-cues.ts';
import type { SegmentKeys, TrackKeys } from '../encryption/hls-keys.ts';
import { blockRanges, createPieceCache, settledEnd } from '../piece-cache.ts';
import { createPiece, type Piece } from '../pieces.ts';
import { type Snapshot, shownRange, utcMs } from '../snapshot.ts';
import type { DateRanges } from './date-ranges.ts';
import { type LegacyCues, placeLegacyCues } from './legacy-cues.ts';

import { canSkipUntilSeconds, gapSeconds, serverControl, targetDurationSeconds } from './low-latency.ts';
import { completeParts, openParts, type PartedSegment, partedBefore, partUri } from './parts.ts';

export type MediaPlaylistOptions = {
  readonly presentation: Presentation;
  readonly window: TrackWindow;
  readonly chunksPerPart: number;
  /** Of the longest part; undefined without low latency. */
  readonly partTargetSeconds: number | undefined;
  /** With EXT-X-CUE besides EXT-X-DATERANGE. */
  readonly legacyCues: boolean;
  readonly carried: CarriedOptions;
  /** How the media are encrypted; undefined when they are clear. */
  readonly keys: TrackKeys | undefined;
};

/** The playlist of one track, kept in pieces between versions. */
export type MediaPlaylistWriter = {
  /** Nothing to show yet: undefined. */
  readonly full: (snapshot: Snapshot, ranges: DateRanges) => readonly Piece[] | undefined;
  /** A delta update (8216bis §6.2.5.1) without older segments, or without older date ranges too; undefined when no segment can be left out. */
  readonly delta: (
    snapshot: Snapshot,
    ranges: DateRanges,
    skips: 'segments' | 'date-ranges',
  ) => readonly Piece[] | undefined;
};

const NO_LEGACY_CUES: LegacyCues = { first: [], bySequence: new Map() };

/** Parts are listed of the segments that lie within the last three target durations, and of no more than this: the timeline remembers 8. */
const MAX_PARTED_SEGMENTS = 6;

export function createMediaPlaylistWriter(options: MediaPlaylistOptions): MediaPlaylistWriter {
  const { presentation, window, chunksPerPart, partTargetSeconds, carried } = options;
  const { track, segments } = window;
  const longestGap = gapSeconds(presentation);
  let breaks = new Set<number>();
  let cues = NO_LEGACY_CUES;
  let firstListed: number | undefined;
  const blocks = createPieceCache(presentation, linesOf);
  /** Where the window stood at first. */
  let beginning: number | undefined;
  /** What is complete, but neither settled nor among the newest. */
  let middle:
    | {
        readonly from: number;
        readonly to: number;
        readonly last: number;
        readonly stamp: string;
        readonly piece: Piece;
      }
    | undefined;

  const secondsOf = (duration: number): number => duration / track.timescale;
  const segmentAt = (sequence: number): SegmentRef => segments.at(sequence - segments.firstSequence);

  /** A row without media can span an outage, and nothing may round to more than the target duration. */
  function listedSeconds({ duration, size }: SegmentRef): number {
    return size === 0 ? Math.min(secondsOf(duration), longestGap) : secondsOf(duration);
  }

  function linesOf(from: number, to: number): string {
    let lines = '';
    for (let sequence = from; sequence < to; sequence += 1) {
      lines += segmentLines(sequence, undefined);
    }
    return lines;
  }

  function segmentLines(sequence: number, parts: readonly Part[] | undefined): string {
    const segment = segmentAt(sequence);
    return writeSegment({
      ...tagsOf(sequence, segment.time),
      gap: segment.size === 0,
      parts,
      durationSeconds: listedSeconds(segment),
      uri: fragmentName(track.name, segment.time, 'm3u8-cmaf', carried),
    });
  }

  function tagsOf(sequence: number, time: bigint): SegmentTags {
    // What holds for the first segment stands before all of them.
    const change = sequence === firstListed ? undefined : options.keys?.changeAt(sequence, sequence - 1);
    return {
      discontinuity: breaks.has(sequence),
      ...(change === undefined ? {} : headerTags(change)),
      programDateTimeMs: utcMs(presentation, ticks(time), track.timescale),
      cues: cues.bySequence.get(sequence),
    };
  }

  /** The header says which key the samples have, or is encrypted with it: with every key comes one. */
  function headerTags(keys: SegmentKeys | undefined): SegmentTags {
    const { cryptoPeriod } = keys ?? {};
    const uri = fragmentName(track.name, 'i', 'm3u8-cmaf', { ...carried, cryptoPeriod });
    return keys === undefined
      ? { map: { uri } }
      : { map: { uri }, keys: keys.keys, keysCoverMap: keys.keysCoverMap };
  }

  function placeCues(snapshot: Snapshot, first: number): void {
    const shown = options.legacyCues ? shownCues(snapshot) : [];
    cues = shown.length === 0 ? NO_LEGACY_CUES : placeLegacyCues(shown, window, first);
  }

  /** What the lines of [from, to) depend on besides the segments. */
  function stampOf(from: number, to: number): string {
    const begins = from === firstListed && options.keys?.rotate === true ? 'begins' : '';
    if (cues.bySequence.size === 0) {
      return begins;
    }
    const placed = [...cues.bySequence].filter(([sequence]) => sequence >= from && sequence < to);
    return placed.length === 0 ? begins : begins + JSON.stringify(placed);
  }

  function partsOf(segment: PartedSegment): readonly Part[] {
    const before = partedBefore(window, segment.sequence, chunksPerPart);
    return segment.parts.map((part, index) => ({
      uri: partUri(track.name, segment, index, before, carried),
      durationSeconds: secondsOf(part.duration),
      independent: part.independent,
    }));
  }

  /** The first segment that is listed with its parts. */
  function partedFrom(snapshot: Snapshot, first: number, last: number): number {
    if (snapshot.phase !== 'live' || partTargetSeconds === undefined) {
      return last + 1;
    }
    // The first part of a segment is addressed by the segment before it, so once that has left there is no name for it.
    beginning ??= first;
    const least = first === beginning ? first : first + 1;
    const opened = window.open === undefined ? undefined : openParts(window.open, chunksPerPart);
    const targetDuration = targetDurationSeconds(presentation);
    let seconds = secondsOf(opened?.parts.reduce((sum, { duration }) => sum + duration, 0) ?? 0);
    let from = last + 1;
    for (; from > least && last + 1 - from < MAX_PARTED_SEGMENTS; from -= 1) {
      seconds += listedSeconds(segmentAt(from - 1));
      if (seconds > 3 * targetDuration + 1e-6) {
        break;
      }
    }
    return from;
  }

  function header(
    snapshot: Snapshot,
    mediaSequence: number,
    dateRanges: readonly DateRange[],
    skip?: MediaHeader['skip'],
  ): string {
    const isLive = snapshot.phase === 'live';
    const description: MediaHeader = {
      independentSegments: true,
      targetDurationSeconds: targetDurationSeconds(presentation),
      serverControl: isLive ? serverControl(presentation, partTargetSeconds) : undefined,
      partTargetSeconds: isLive ? partTargetSeconds : undefined,
      mediaSequence,
      // Also 0, because breaks may come and then leave.
      discontinuitySequence:
        snapshot.breaksBefore + snapshot.breaks.filter((sequence) => sequence < mediaSequence).length,
      playlistType: snapshot.phase === 'ended' ? 'VOD' : undefined,
      skip,
      dateRanges,
    };
    return writeMediaHeader(description, { decimalDurations: true, initSections: true });
  }

  /**
   * The newest segments with their parts, and what stands behind them. Without parts when the newest has none, because the track has stopped or
   * what was in it is covered: hls.js that plays parts waits for the next one and does not look at what is behind them, so its picture would
   * stand still until the last of them leaves the playlist.
   */
  function newest(snapshot: Snapshot, from: number, last: number): Piece {
    const hasParts = completeParts(window, last, chunksPerPart) !== undefined;
    let lines = '';
    for (let sequence = from; sequence <= last; sequence += 1) {
      const parted = hasParts ? completeParts(window, sequence, chunksPerPart) : undefined;
      lines += segmentLines(sequence, parted === undefined ? undefined : partsOf(parted));
    }
    return createPiece(lines + tail(snapshot, last));
  }

  function tail(snapshot: Snapshot, last: number): string {
    if (snapshot.phase !== 'live') {
      return writeMediaTail({ endList: true });
    }
    if (partTargetSeconds === undefined) {
      return '';
    }
    const { open } = window;
    const opened = open === undefined ? undefined : openParts(open, chunksPerPart);
    return writeMediaTail({
      open:
        opened === undefined || opened.parts.length === 0
          ? undefined
          : { ...tagsOf(opened.sequence, opened.time), parts: partsOf(opened) },
      preloadHints: hintsOf(opened ?? partedBefore(window, last + 1, chunksPerPart)),
      renditionReports: snapshot.tracks
        .filter((other) => other !== window)
        .map((other) => report(other, snapshot)),
    });
  }

  /** The part behind those of the newest segment, be it one more of it or the first of the next. */
  function hintsOf(parent: PartedSegment | undefined): readonly PreloadHint[] | undefined {
    if (parent === undefined) {
      return undefined;
    }
    const before = partedBefore(window, parent.sequence, chunksPerPart);
    return [{ type: 'PART', uri: partUri(track.name, parent, parent.parts.length, before, carried) }];
  }

  function report(other: TrackWindow, snapshot: Snapshot): RenditionReport {
    const opened = other.open === undefined ? undefined : openParts(other.open, chunksPerPart);
    const last = shownRange(other, snapshot)?.last;
    const newestParted =
      opened !== undefined && opened.parts.length > 0
        ? opened
        : last === undefined
          ? undefined
          : completeParts(other, last, chunksPerPart);
    const name = mediaPlaylistName(other.track.name, 'm3u8-cmaf', { ...carried, legacyCues: options.legacyCues });
    return {
      uri: `../${qualityPath(other.track.bitrate)}${name}`,
      lastMediaSequence: newestParted?.sequence ?? last,
      lastPart: newestParted === undefined ? undefined : newestParted.parts.length - 1,
    };
  }

  function between(from: number, to: number, last: number): Piece {
    const stamp = `${removalsOf(presentation)} ${stampOf(from, to)}`;
    if (middle?.from !== from || middle.to !== to || middle.last !== last || middle.stamp !== stamp) {
      middle = { from, to, last, stamp, piece: createPiece(linesOf(from, to)) };
    }
    return middle.piece;
  }

  return {
    full(snapshot, ranges) {
      const range = shownRange(window, snapshot);
      if (range === undefined) {
        return undefined;
      }
      const { first, last } = range;
      breaks = new Set(snapshot.breaks);
      firstListed = first;
      placeCues(snapshot, first);
      const parted = partedFrom(snapshot, first, last);
      const settled = Math.max(first, Math.min(settledEnd(last), parted));
      const pieces = [
        createPiece(
          header(snapshot, first, ranges.all) +
            writeSegmentTags({ ...headerTags(options.keys?.at(first)), cues: cues.first }),
        ),
        ...blockRanges(first, settled).map(([from, to]) => blocks.get(from, to, stampOf(from, to))),
        between(settled, parted, last),
        newest(snapshot, parted, last),
      ];
      blocks.prune();
      return pieces;
    },
    delta(snapshot, { all, recent, recentlyRemoved }, skips) {
      const range = shownRange(window, snapshot);
      // Of headers and keys that change in it nothing is said twice: what is left out would be missing.
      if (range === undefined || snapshot.phase !== 'live' || options.keys?.rotate === true) {
        return undefined;
      }
      const { first, last } = range;
      const skipped = countSkippable(
        last + 1 - first,
        (index) => listedSeconds(segmentAt(first + index)),
        canSkipUntilSeconds(presentation),
      );
      // Whoever holds an older playlist has to be told of what was taken back of it.
      const removed = presentation.removed?.() ?? [];
      if (
        skipped === 0 ||
        removed.some(({ fromSequence, toSequence }) => fromSequence < first + skipped && toSequence >= first)
      ) {
        return undefined;
      }
      breaks = new Set(snapshot.breaks);
      firstListed = first;
      placeCues(snapshot, first);
      const parted = Math.max(partedFrom(snapshot, first, last), first + skipped);
      const head =
        skips === 'segments'
          ? header(snapshot, first, all, { skippedSegments: skipped })
          : header(snapshot, first, recent, {
              skippedSegments: skipped,
              recentlyRemovedDateRanges: recentlyRemoved,
            });
      // They stand before the skipped segments too, but hls.js does not remember them from there.
      const keys =
        options.keys === undefined ? '' : writeSegmentTags({ keys: options.keys.at(first + skipped).keys });
      return [createPiece(head + keys + linesOf(first + skipped, parted)), newest(snapshot, parted, last)];
    },
  };
}
