import { numberLine } from './attribute-list.ts';
import { writeUnknownTag } from './lines.ts';
import { type MediaSegment, type SegmentTags, writeAll, writeSegment, writeSegmentTags } from './media-segment.ts';
import { featuresOf, type MediaFeatures, mediaVersion, writeVersion } from './protocol-version.ts';
import { type DateRange, writeDateRange } from './tags/date-range.ts';
import { type Define, writeDefine } from './tags/define.ts';
import { END_LIST, I_FRAMES_ONLY, INDEPENDENT_SEGMENTS } from './tags/flags.ts';
import { writePartInf } from './tags/part-inf.ts';
import { type PreloadHint, writePreloadHint } from './tags/preload-hint.ts';
import { type RenditionReport, writeRenditionReport } from './tags/rendition-report.ts';
import { type ServerControl, writeServerControl } from './tags/server-control.ts';
import { type Skip, writeSkip } from './tags/skip.ts';
import { type Start, writeStart } from './tags/start.ts';

/**
 * A media playlist, 8216bis §4.4.3 to §4.4.5. It can be written whole, or from pieces that are kept between requests: header, the lines of
 * each segment (or of blocks of them), tail.
 */
export type MediaPlaylist = MediaHeader & MediaTail & { readonly segments: readonly MediaSegment[] };

/** What stands before the first segment. */
export type MediaHeader = {
  /** The least version to declare; more is declared when the tags need it. What was declared, after reading. */
  readonly version?: number | undefined;
  readonly independentSegments?: boolean | undefined;
  readonly start?: Start | undefined;
  readonly defines?: readonly Define[] | undefined;
  /** Whole seconds, at least 1; no segment rounds to more. Never changes. */
  readonly targetDurationSeconds: number;
  readonly serverControl?: ServerControl | undefined;
  /** Duration of the longest part; needed when there are parts. */
  readonly partTargetSeconds?: number | undefined;
  /** Of the first segment; of the first one skipped in a delta update. */
  readonly mediaSequence: number;
  /** How many discontinuities have left the playlist. Needed when segments with one can leave. */
  readonly discontinuitySequence?: number | undefined;
  /** `EVENT`: only grows. `VOD`: never changes. Left out: segments may leave (§6.2.2). */
  readonly playlistType?: 'EVENT' | 'VOD' | undefined;
  readonly iFramesOnly?: boolean | undefined;
  /** EXT-X-ALLOW-CACHE, which version 7 took away; Azure Media Services wrote it in live playlists of older versions. */
  readonly allowCache?: boolean | undefined;
  readonly unknownTags?: readonly string[] | undefined;
  /** Only in the answer to a request with `_HLS_skip`. */
  readonly skip?: Skip | undefined;
  readonly dateRanges?: readonly DateRange[] | undefined;
};

/** What stands behind the last complete segment. */
export type MediaTail = {
  /** What is there already of the segment that is being written, its parts first of all. */
  readonly open?: SegmentTags | undefined;
  readonly preloadHints?: readonly PreloadHint[] | undefined;
  readonly renditionReports?: readonly RenditionReport[] | undefined;
  readonly endList?: boolean | undefined;
};

/** `features` are those of all segments, also of the ones that are being written now or were before. */
export function writeMediaHeader(header: MediaHeader, features: MediaFeatures): string {
  let lines = '#EXTM3U\n';
  lines += writeVersion(Math.max(header.version ?? 1, mediaVersion(header, features)));
  lines += header.independentSegments === true ? INDEPENDENT_SEGMENTS : '';
  lines += header.start === undefined ? '' : writeStart(header.start);
  lines += writeAll(header.defines, writeDefine);
  lines += numberLine('EXT-X-TARGETDURATION', header.targetDurationSeconds);
  lines += header.serverControl === undefined ? '' : writeServerControl(header.serverControl);
  lines += header.partTargetSeconds === undefined ? '' : writePartInf(header.partTargetSeconds);
  lines += numberLine('EXT-X-MEDIA-SEQUENCE', header.mediaSequence);
  lines += numberLine('EXT-X-DISCONTINUITY-SEQUENCE', header.discontinuitySequence);
  lines += header.playlistType === undefined ? '' : `#EXT-X-PLAYLIST-TYPE:${header.playlistType}\n`;
  lines += header.iFramesOnly === true ? I_FRAMES_ONLY : '';
  lines += header.allowCache === undefined ? '' : `#EXT-X-ALLOW-CACHE:${header.allowCache ? 'YES' : 'NO'}\n`;
  lines += writeAll(header.unknownTags, writeUnknownTag);
  lines += header.skip === undefined ? '' : writeSkip(header.skip);
  return lines + writeAll(header.dateRanges, writeDateRange);
}

export function writeMediaTail(tail: MediaTail): string {
  let lines = tail.open === undefined ? '' : writeSegmentTags(tail.open);
  lines += writeAll(tail.preloadHints, writePreloadHint);
  lines += writeAll(tail.renditionReports, writeRenditionReport);
  return tail.endList === true ? lines + END_LIST : lines;
}

export function writeMediaPlaylist(playlist: MediaPlaylist): string {
  const header = writeMediaHeader(playlist, featuresOf(playlist.segments, playlist.open));
  return header + writeAll(playlist.segments, writeSegment) + writeMediaTail(playlist);
}
