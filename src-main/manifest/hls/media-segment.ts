import { malformed } from '../malformed.ts';
import { numberLine, type Tag } from './attribute-list.ts';
import { uriLine, writeUnknownTag } from './lines.ts';
import { wholeNumber } from './reading.ts';
import { type ByteRange, requireByteRange, writeByteRange } from './tags/byte-range.ts';
import { type Cue, parseCue, writeCue } from './tags/cue.ts';
import { type DateRange, parseDateRange, writeDateRange } from './tags/date-range.ts';
import { DISCONTINUITY, GAP } from './tags/flags.ts';
import { type Inf, parseInf, writeInf } from './tags/inf.ts';
import { type Key, parseKey, writeKey } from './tags/key.ts';
import { type InitSection, parseMap, writeMap } from './tags/map.ts';
import { type Part, parsePart, writePart } from './tags/part.ts';
import { parseProgramDateTime, writeProgramDateTime } from './tags/program-date-time.ts';

/** What can stand before a segment, complete or open. Each field is a tag that is there: nothing carries over from the segment before. */
export type SegmentTags = {
  readonly discontinuity?: boolean | undefined;
  /** A change of the init section; it holds for the segments behind as well. */
  readonly map?: InitSection | undefined;
  /** A change of keys; they hold for the segments behind as well. Several offer the same key in different formats. */
  readonly keys?: readonly Key[] | undefined;
  /**
   * The keys stand before the map, so they hold for the init section too: it is encrypted (§4.4.4.4), and with `AES-128` the key needs
   * its IV (§4.4.4.5). Otherwise the map stands first and the init section is clear, as long as no key holds from before.
   */
  readonly keysCoverMap?: boolean | undefined;
  /** UTC in ms since 1970 of the first sample. */
  readonly programDateTimeMs?: number | undefined;
  /** Approximate kilobits per second of this segment and those behind it (§4.4.4.8). */
  readonly bitrateKbps?: number | undefined;
  /** They have no place in time but their dates; standing here they go when the segment goes. */
  readonly dateRanges?: readonly DateRange[] | undefined;
  readonly cues?: readonly Cue[] | undefined;
  /** Whole lines, kept and written as they are. Those of somebody else are not to be trusted. */
  readonly unknownTags?: readonly string[] | undefined;
  /** Nothing can be loaded from the segment's URI. */
  readonly gap?: boolean | undefined;
  readonly parts?: readonly Part[] | undefined;
};

export type MediaSegment = SegmentTags &
  Inf & {
    readonly uri: string;
    readonly byteRange?: ByteRange | undefined;
  };

/** The lines of one segment. They say nothing of its neighbours, so they can be kept and put together in any window. */
export function writeSegment(segment: MediaSegment): string {
  let lines = writeSegmentTags(segment) + writeInf(segment);
  if (segment.byteRange !== undefined) {
    lines += writeByteRange(segment.byteRange);
  }
  return lines + uriLine(segment.uri);
}

/**
 * The lines before a segment. On their own they are what has to be said again before the first segment of a window when the segment
 * that said it has left: map, keys, date and time.
 */
export function writeSegmentTags(tags: SegmentTags): string {
  let lines = tags.discontinuity === true ? DISCONTINUITY : '';
  lines += writeMapAndKeys(tags);
  if (tags.programDateTimeMs !== undefined) {
    lines += writeProgramDateTime(tags.programDateTimeMs);
  }
  lines += numberLine('EXT-X-BITRATE', tags.bitrateKbps);
  lines += writeAll(tags.dateRanges, writeDateRange);
  lines += writeAll(tags.cues, writeCue);
  lines += writeAll(tags.unknownTags, writeUnknownTag);
  lines += tags.gap === true ? GAP : '';
  return lines + writeAll(tags.parts, writePart);
}

function writeMapAndKeys({ map, keys, keysCoverMap }: SegmentTags): string {
  const mapLine = map === undefined ? '' : writeMap(map);
  const keyLines = writeAll(keys, writeKey);
  return keysCoverMap === true ? keyLines + mapLine : mapLine + keyLines;
}

export function writeAll<T>(items: readonly T[] | undefined, write: (item: T) => string): string {
  let lines = '';
  if (items !== undefined) {
    for (const item of items) {
      lines += write(item);
    }
  }
  return lines;
}

// ---- reading

/** The tags read since the last URI line. */
export type SegmentDraft = Partial<Mutable<Omit<MediaSegment, Repeated>>> & {
  keys?: Key[];
  dateRanges?: DateRange[];
  cues?: Cue[];
  parts?: Part[];
  unknownTags?: string[];
};

type Repeated = 'keys' | 'dateRanges' | 'cues' | 'parts' | 'unknownTags';
type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type ReadSegmentTag = (draft: SegmentDraft, tag: Tag) => void;

export const SEGMENT_TAGS: ReadonlyMap<string, ReadSegmentTag> = new Map<string, ReadSegmentTag>([
  ['EXTINF', (draft, tag) => void Object.assign(once(draft, 'durationSeconds', tag), parseInf(tag))],
  [
    'EXT-X-BYTERANGE',
    (draft, tag) => {
      once(draft, 'byteRange', tag).byteRange = requireByteRange(tag.value, tag.line);
    },
  ],
  [
    'EXT-X-DISCONTINUITY',
    (draft, tag) => {
      once(draft, 'discontinuity', tag).discontinuity = true;
    },
  ],
  [
    'EXT-X-GAP',
    (draft, tag) => {
      once(draft, 'gap', tag).gap = true;
    },
  ],
  [
    'EXT-X-MAP',
    (draft, tag) => {
      once(draft, 'map', tag).map = parseMap(tag);
      if (draft.keys !== undefined) {
        draft.keysCoverMap = true;
      }
    },
  ],
  [
    'EXT-X-PROGRAM-DATE-TIME',
    (draft, tag) => {
      once(draft, 'programDateTimeMs', tag).programDateTimeMs = parseProgramDateTime(tag);
    },
  ],
  [
    'EXT-X-BITRATE',
    (draft, tag) => {
      once(draft, 'bitrateKbps', tag).bitrateKbps = wholeNumber(tag);
    },
  ],
  ['EXT-X-KEY', (draft, tag) => void (draft.keys ??= []).push(parseKey(tag))],
  ['EXT-X-DATERANGE', (draft, tag) => void (draft.dateRanges ??= []).push(parseDateRange(tag))],
  ['EXT-X-CUE', (draft, tag) => void (draft.cues ??= []).push(parseCue(tag))],
  ['EXT-X-PART', (draft, tag) => void (draft.parts ??= []).push(parsePart(tag))],
]);

function once(draft: SegmentDraft, key: keyof SegmentDraft, tag: Tag): SegmentDraft {
  if (draft[key] !== undefined) {
    throw malformed(tag.name, 'it is there twice for one segment', tag.line);
  }
  return draft;
}

/** The segment that a URI line ends. */
export function finishSegment(draft: SegmentDraft, uri: string, line: number): MediaSegment {
  const { durationSeconds } = draft;
  if (durationSeconds === undefined) {
    throw malformed('HLS media playlist', 'a segment has no EXTINF', line);
  }
  return Object.assign(draft, { durationSeconds, uri });
}
