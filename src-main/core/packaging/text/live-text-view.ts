import { crc32 } from 'node:zlib';
import { writeMediaHeader, writeMediaTail } from '../../../manifest/hls/media-playlist.ts';
import { writeSegment, writeSegmentTags } from '../../../manifest/hls/media-segment.ts';
import { featuresOf } from '../../../manifest/hls/protocol-version.ts';
import { writeImsc } from '../../../manifest/ttml/write-imsc.ts';
import type { SegmentRef } from '../../../media/cmaf/segment-table.ts';
import { writeTextInit, writeTextSegment } from '../../../media/cmaf/text-segment.ts';
import type { TextCue } from '../../../media/text/cue.ts';
import { writeWebVtt } from '../../../media/text/webvtt.ts';
import { type Ticks, ticks, ticksToSeconds } from '../../../media/time.ts';
import type { ManifestDocument, MediaAnswer, StreamingResource, TrackAddress } from '../../ports/packaging.ts';
import type { LiveText, Presentation, TrackWindow } from '../../ports/presentation.ts';
import type { Protection } from '../../ports/protection.ts';
import { type CarriedOptions, fragmentName, liveTextSegmentName } from '../address.ts';
import { createDocumentKeeper, type DocumentKeeper } from '../document.ts';
import { textKeysOf } from '../encryption/hls-keys.ts';
import { gapSeconds, targetDurationSeconds } from '../hls/low-latency.ts';
import { notFound, notReady } from '../media.ts';
import { blockRanges, createPieceCache, type PieceCache, settledEnd } from '../piece-cache.ts';
import { createPiece, type Piece } from '../pieces.ts';
import type { RowMemory } from '../row-memory.ts';
import type { ShownTrack } from '../shown-tracks.ts';
import { type Snapshot, utcMs } from '../snapshot.ts';
import type { ListedText, TextListing } from './text-listing.ts';

/**
 * Text that is made while it is live, cut where its sound is cut: IMSC 1.1 in CMAF, and WebVTT for HLS with transport streams (spec 2.14). A segment in
 * which nothing was said is there too, and says nothing.
 */
export type LiveTextView = {
  /** The text at an address; undefined when it is of something else. */
  find(snapshot: Snapshot, address: TrackAddress): LiveText | undefined;
  isBegun(snapshot: Snapshot, text: LiveText): boolean;
  playlist(snapshot: Snapshot, text: LiveText): ManifestDocument | undefined;
  /** Throws `MPE_FRAGMENT_TIMESTAMP_NOT_FOUND`, and `MPE_FRAGMENT_NOT_READY` for what is not listed yet. */
  media(
    snapshot: Snapshot,
    text: LiveText,
    resource: StreamingResource & { readonly kind: 'init' | 'segment' | 'part' },
  ): MediaAnswer;
};

export type LiveTextOptions = {
  readonly presentation: Presentation;
  readonly listing: TextListing;
  readonly rowsOf: (window: TrackWindow) => RowMemory;
  readonly nowMs: () => number;
  readonly carried: CarriedOptions;
  readonly protection: Protection | undefined;
  /** Of the playlists. */
  readonly format: 'm3u8-cmaf' | 'm3u8-aapl';
};

const PLAYLIST_TYPE = 'application/vnd.apple.mpegurl';
const VTT_TYPE = 'text/vtt; charset=utf-8';
const IMSC_TYPE = 'application/mp4';
const HOUR_MS = 3_600_000;
/** Longer than any cue. */
const MINUTE_MS = 60_000;

type Playlist = { readonly keeper: DocumentKeeper; readonly blocks: PieceCache; listed: ListedText };

export function createLiveTextView(options: LiveTextOptions): LiveTextView {
  const { presentation, listing, rowsOf, carried, protection, format } = options;
  const playlists = new WeakMap<LiveText, Playlist>();
  let breaks = new Set<number>();

  function playlistOf(text: LiveText, listed: ListedText): Playlist {
    const found = playlists.get(text);
    if (found !== undefined) {
      found.listed = listed;
      return found;
    }
    const created: Playlist = {
      keeper: createDocumentKeeper(PLAYLIST_TYPE, options.nowMs),
      blocks: createPieceCache(presentation, (from, to) => linesOf(text, created.listed.ruler, from, to)),
      listed,
    };
    playlists.set(text, created);
    return created;
  }

  function linesOf(text: LiveText, { segments, track }: ShownTrack, from: number, to: number): string {
    let lines = '';
    for (let sequence = from; sequence < to; sequence += 1) {
      const { time, duration, size } = segments.at(sequence - segments.firstSequence);
      const seconds = duration / track.timescale;
      lines += writeSegment({
        discontinuity: breaks.has(sequence),
        programDateTimeMs: utcMs(presentation, time, track.timescale),
        gap: size === 0,
        // A row without media can span an outage, and nothing may round to more than the target duration.
        durationSeconds: size === 0 ? Math.min(seconds, gapSeconds(presentation)) : seconds,
        uri: liveTextSegmentName(text.name, time, format, carried),
      });
    }
    return lines;
  }

  function pieces(snapshot: Snapshot, text: LiveText, playlist: Playlist): readonly Piece[] {
    const { blocks, listed } = playlist;
    const { first, to, ruler } = listed;
    breaks = new Set(snapshot.breaks);
    const keys = textKeysOf(protection);
    const map = format === 'm3u8-cmaf' ? { uri: fragmentName(text.name, 'i', format, carried) } : undefined;
    const header = writeMediaHeader(
      {
        targetDurationSeconds: targetDurationSeconds(presentation),
        mediaSequence: first,
        discontinuitySequence:
          snapshot.breaksBefore + snapshot.breaks.filter((sequence) => sequence < first).length,
      },
      { ...featuresOf([], { keys }), decimalDurations: true, initSections: map !== undefined },
    );
    const settled = Math.max(first, settledEnd(to - 1));
    const isWhole = to === ruler.segments.firstSequence + ruler.segments.length;
    const tail = snapshot.phase !== 'live' && isWhole ? writeMediaTail({ endList: true }) : '';
    const made = [
      createPiece(header + writeSegmentTags({ map, keys, keysCoverMap: true })),
      ...blockRanges(first, settled).map(([from, end]) => blocks.get(from, end)),
      createPiece(linesOf(text, ruler, settled, to) + tail),
    ];
    blocks.prune();
    return made;
  }

  /** The row of a segment that is listed, or was a moment ago. */
  function rowAt(listed: ListedText, time: Ticks): SegmentRef {
    const { ruler, to } = listed;
    const { segments } = ruler;
    const rows = rowsOf(ruler);
    const index = segments.indexAtTime(time);
    const sequence = index < 0 ? rows.leftAt(time) : segments.firstSequence + index;
    if (sequence === undefined || sequence >= to) {
      throw sequence === undefined && index < 0 && !isAhead(ruler, time) ? notFound() : notReady();
    }
    return rows.rowAt(sequence);
  }

  return {
    find: ({ liveTexts }, { name, bitrate }) =>
      liveTexts.find((text) => text.name === name && text.bitrate === bitrate),
    isBegun: (snapshot, text) => listing.listed(snapshot, text) !== undefined,
    playlist(snapshot, text) {
      const listed = listing.listed(snapshot, text);
      if (listed === undefined) {
        return undefined;
      }
      const playlist = playlistOf(text, listed);
      return playlist.keeper.latest(snapshot, () => pieces(snapshot, text, playlist));
    },
    media(snapshot, text, resource) {
      const listed = listing.listed(snapshot, text);
      if (listed === undefined) {
        throw notReady();
      }
      const { track } = listed.ruler;
      if (resource.kind === 'part') {
        throw notFound();
      }
      if (resource.kind === 'init') {
        const bytes = writeTextInit({ ...text, timescale: track.timescale });
        return answerOf(IMSC_TYPE, bytes, Math.round(presentation.startedAtMs));
      }
      const row = rowAt(listed, ticks(resource.time));
      const startMs = 1000 * ticksToSeconds(row.time, track.timescale);
      const endMs = startMs + (1000 * row.duration) / track.timescale;
      const cues = text.within(startMs, endMs);
      const isWebVtt = resource.format === 'm3u8-aapl';
      const bytes = isWebVtt
        ? Buffer.from(vttSegment(cues, startMs))
        : writeTextSegment(Buffer.from(writeImsc({ language: text.language, cues })), {
            time: row.time,
            duration: row.duration,
            sequenceNumber: row.sequence,
          });
      const madeAtMs = Math.round(endMs + presentation.epochOffsetMs);
      return { ...answerOf(isWebVtt ? VTT_TYPE : IMSC_TYPE, bytes, madeAtMs), sequence: row.sequence };
    },
  };
}

/** Behind the newest complete segment. */
function isAhead({ segments }: TrackWindow, time: Ticks): boolean {
  const last = segments.length === 0 ? undefined : segments.at(segments.length - 1);
  return last !== undefined && time >= last.time + BigInt(last.duration);
}

/**
 * Times count from an hour of media time, so that a cue which two segments have is the same in both, and the clock of MPEG systems, which begins anew
 * every 26.5 hours, does so between two of them.
 */
function vttSegment(cues: readonly TextCue[], startMs: number): string {
  const zeroMs = Math.floor((startMs - MINUTE_MS) / HOUR_MS) * HOUR_MS;
  const moved = cues.map((cue) => ({
    ...cue,
    startMs: Math.max(0, cue.startMs - zeroMs),
    endMs: Math.max(1, cue.endMs - zeroMs),
  }));
  return writeWebVtt({ blocks: [], cues: moved }, BigInt(zeroMs) * 90n);
}

function answerOf(contentType: string, bytes: Uint8Array, madeAtMs: number): MediaAnswer {
  return {
    kind: 'media',
    contentType,
    version: `l-${crc32(bytes).toString(36)}-${bytes.length.toString(36)}`,
    madeAtMs,
    size: bytes.length,
    chunks: [bytes],
    lifetime: 'immutable',
  };
}
