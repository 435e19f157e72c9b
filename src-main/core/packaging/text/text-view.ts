import { crc32 } from 'node:zlib';
import { writeMediaHeader, writeMediaTail } from '../../../manifest/hls/media-playlist.ts';
import { writeSegment, writeSegmentTags } from '../../../manifest/hls/media-segment.ts';
import { featuresOf } from '../../../manifest/hls/protocol-version.ts';
import type { TextCue } from '../../../media/text/cue.ts';
import { moveCues, writeWebVtt } from '../../../media/text/webvtt.ts';
import { rescale, type Ticks, ticks, ticksToSeconds } from '../../../media/time.ts';
import type { MediaAnswer, StreamingResource, TrackAddress } from '../../ports/packaging.ts';
import type { Presentation, TextTrack, TrackWindow } from '../../ports/presentation.ts';
import type { Protection } from '../../ports/protection.ts';
import { type CarriedOptions, textSegmentName } from '../address.ts';
import { createDocumentKeeper, type DocumentKeeper } from '../document.ts';
import { textKeysOf } from '../encryption/hls-keys.ts';
import { gapSeconds, targetDurationSeconds } from '../hls/low-latency.ts';
import { notFound } from '../media.ts';
import { createPiece } from '../pieces.ts';
import { type Snapshot, shownRange, utcMs } from '../snapshot.ts';
import { isRecorded, LATE_TRACK_SECONDS } from './late-tracks.ts';

/** The texts of a presentation: playlists and WebVTT segments for HLS, whole files for DASH. */
export type TextView = {
  /** The text at an address; undefined when it is of something else. */
  find(snapshot: Snapshot, address: TrackAddress): TextTrack | undefined;
  playlist(snapshot: Snapshot, text: TextTrack, options: TextPlaylist): ReturnType<DocumentKeeper['latest']>;
  /** Throws `MPE_FRAGMENT_TIMESTAMP_NOT_FOUND`. */
  media(
    snapshot: Snapshot,
    text: TextTrack,
    resource: StreamingResource & { readonly kind: 'init' | 'segment' | 'part' },
  ): MediaAnswer;
};

type TextPlaylist = { readonly carried: CarriedOptions; readonly protection: Protection | undefined };

const PLAYLIST_TYPE = 'application/vnd.apple.mpegurl';
const VTT_TYPE = 'text/vtt; charset=utf-8';
const MPEG_TIMESCALE = 90_000;

export function createTextView(presentation: Presentation, nowMs: () => number): TextView {
  const keepers = new WeakMap<TextTrack, DocumentKeeper>();

  function keeperOf(text: TextTrack): DocumentKeeper {
    const found = keepers.get(text) ?? createDocumentKeeper(PLAYLIST_TYPE, nowMs);
    keepers.set(text, found);
    return found;
  }

  function lines(snapshot: Snapshot, text: TextTrack, { carried, protection }: TextPlaylist): string | undefined {
    const leader = leaderOf(snapshot);
    const range = leader && shownRange(leader, snapshot);
    if (leader === undefined || range === undefined) {
      return undefined;
    }
    const longestGap = gapSeconds(presentation);
    const { first, last } = range;
    const breaks = new Set(snapshot.breaks);
    const keys = textKeysOf(protection);
    let written = writeMediaHeader(
      {
        targetDurationSeconds: targetDurationSeconds(presentation),
        mediaSequence: first,
        discontinuitySequence:
          snapshot.breaksBefore + snapshot.breaks.filter((sequence) => sequence < first).length,
        playlistType: 'VOD',
      },
      { ...featuresOf([], { keys }), decimalDurations: true },
    );
    written += writeSegmentTags({ keys });
    for (let sequence = first; sequence <= last; sequence += 1) {
      const { time, duration, size } = leader.segments.at(sequence - leader.segments.firstSequence);
      const seconds = duration / leader.track.timescale;
      written += writeSegment({
        discontinuity: breaks.has(sequence),
        programDateTimeMs: utcMs(presentation, time, leader.track.timescale),
        // As it stands in the playlists of the media, so that times are the same.
        gap: size === 0,
        durationSeconds: size === 0 ? Math.min(seconds, longestGap) : seconds,
        uri: textSegmentName(text.name, time, carried),
      });
    }
    return written + writeMediaTail({ endList: true });
  }

  return {
    find: ({ late: { texts } }, { name, bitrate }) =>
      texts.find((text) => text.name === name && text.bitrate === bitrate),
    playlist: (snapshot, text, options) =>
      keeperOf(text).latest(snapshot, () => {
        const written = lines(snapshot, text, options);
        return written === undefined ? undefined : [createPiece(written)];
      }),
    media(snapshot, text, resource) {
      const madeAtMs = Math.round(presentation.startedAtMs);
      switch (resource.kind) {
        case 'init': {
          const { format, bytes } = text.source;
          return answerOf(format === 'vtt' ? bytes : Buffer.from(writeWebVtt(text.text)), madeAtMs);
        }
        case 'segment': {
          const written =
            resource.format === 'mpd-time-cmaf' || resource.format === 'mpd-time-csf'
              ? shiftedFile(text, resource.time)
              : segmentFile(leaderOf(snapshot), text, ticks(resource.time));
          return answerOf(Buffer.from(written), madeAtMs);
        }
        case 'part':
          throw notFound();
      }
    },
  };
}

/** The track whose cuts text is cut at: that of the others, so that the segments of all of them are of the same times. */
function leaderOf({ tracks }: Snapshot): TrackWindow | undefined {
  return tracks.find(isRecorded) ?? tracks[0];
}

export function zeroSeconds({ zero }: TextTrack): number {
  return ticksToSeconds(zero.time, zero.timescale);
}

/** A file for a Period that begins so many ms behind the recording. */
function shiftedFile({ text }: TextTrack, offsetMs: bigint): string {
  if (offsetMs > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw notFound();
  }
  return writeWebVtt({ blocks: text.blocks, cues: moveCues(text.cues, Number(offsetMs)) });
}

/**
 * The cues of one segment; one that reaches over its ends is in its neighbours too, with the same words and times, and shown once. Times are
 * those of the file, and the map says which time of the media the beginning of the file is.
 */
function segmentFile(leader: TrackWindow | undefined, track: TextTrack, time: Ticks): string {
  const index = leader?.segments.indexAtTime(time) ?? -1;
  if (leader === undefined || index < 0) {
    throw notFound();
  }
  const { timescale } = leader.track;
  const { duration } = leader.segments.at(index);
  const msOf = (at: bigint): number => (ticksToSeconds(ticks(at), timescale) - zeroSeconds(track)) * 1000;
  const [startMs, endMs] = [msOf(time), msOf(time + BigInt(duration))];
  const cues = track.text.cues.filter((cue: TextCue) => cue.startMs < endMs && cue.endMs > startMs);
  const { zero } = track;
  return writeWebVtt({ blocks: track.text.blocks, cues }, rescale(zero.time, zero.timescale, MPEG_TIMESCALE));
}

function answerOf(bytes: Uint8Array, madeAtMs: number): MediaAnswer {
  return {
    kind: 'media',
    contentType: VTT_TYPE,
    version: `t-${crc32(bytes).toString(36)}-${bytes.length.toString(36)}`,
    madeAtMs,
    size: bytes.length,
    chunks: [bytes],
    lifetime: LATE_TRACK_SECONDS,
  };
}
