import { compact } from '../compact.ts';
import { malformed } from '../malformed.ts';
import type { Tag } from './attribute-list.ts';
import { PLAYLIST_LIMITS, readLines, unknownTagText } from './lines.ts';
import type { MediaHeader, MediaPlaylist, MediaTail } from './media-playlist.ts';
import { finishSegment, type MediaSegment, SEGMENT_TAGS, type SegmentDraft } from './media-segment.ts';
import {
  addDefine,
  type Defines,
  positiveNumber,
  readSingle,
  type SingleTags,
  unlessEmpty,
  wholeNumber,
  word,
} from './reading.ts';
import { MULTIVARIANT_TAG_NAMES } from './tag-names.ts';
import { type DateRange, parseDateRange } from './tags/date-range.ts';
import { parsePartInf } from './tags/part-inf.ts';
import { type PreloadHint, parsePreloadHint } from './tags/preload-hint.ts';
import { parseRenditionReport, type RenditionReport } from './tags/rendition-report.ts';
import { parseServerControl } from './tags/server-control.ts';
import { parseSkip } from './tags/skip.ts';
import { parseStart } from './tags/start.ts';

type Singles = Partial<Omit<MediaHeader, 'defines' | 'dateRanges' | 'unknownTags'> & Pick<MediaTail, 'endList'>>;

const SINGLE_TAGS: SingleTags<Singles> = new Map<string, (tag: Tag) => Singles>([
  ['EXT-X-VERSION', (tag) => ({ version: positiveNumber(tag) })],
  ['EXT-X-INDEPENDENT-SEGMENTS', () => ({ independentSegments: true })],
  ['EXT-X-START', (tag) => ({ start: parseStart(tag) })],
  ['EXT-X-TARGETDURATION', (tag) => ({ targetDurationSeconds: positiveNumber(tag) })],
  ['EXT-X-SERVER-CONTROL', (tag) => ({ serverControl: parseServerControl(tag) })],
  ['EXT-X-PART-INF', (tag) => ({ partTargetSeconds: parsePartInf(tag) })],
  ['EXT-X-MEDIA-SEQUENCE', (tag) => ({ mediaSequence: wholeNumber(tag) })],
  ['EXT-X-DISCONTINUITY-SEQUENCE', (tag) => ({ discontinuitySequence: wholeNumber(tag) })],
  ['EXT-X-PLAYLIST-TYPE', (tag) => ({ playlistType: word(tag, 'EVENT', 'VOD') })],
  ['EXT-X-I-FRAMES-ONLY', () => ({ iFramesOnly: true })],
  ['EXT-X-ALLOW-CACHE', (tag) => ({ allowCache: word(tag, 'YES', 'NO') === 'YES' })],
  ['EXT-X-SKIP', (tag) => ({ skip: parseSkip(tag) })],
  ['EXT-X-ENDLIST', () => ({ endList: true })],
]);

/** They count what comes behind them, so they stand before the first segment (§4.4.3.2, §4.4.3.3). */
const BEFORE_SEGMENTS: ReadonlySet<string> = new Set([
  'EXT-X-MEDIA-SEQUENCE',
  'EXT-X-DISCONTINUITY-SEQUENCE',
  'EXT-X-SKIP',
]);

type State = {
  readonly singles: Singles;
  readonly segments: MediaSegment[];
  draft: SegmentDraft;
  /** A tag that belongs to the first segment has come, or the segment itself. */
  segmentsHaveBegun: boolean;
  readonly defines: Defines;
  readonly dateRanges: DateRange[];
  readonly unknownTags: string[];
  readonly preloadHints: PreloadHint[];
  readonly renditionReports: RenditionReport[];
};

/**
 * Reads a media playlist. Strict: what it understands has to be right, and what clients have to refuse (§4) is refused, with
 * `media/malformed` and the line. Tags it does not know are kept, comments are not. Date ranges and unknown tags before the first tag of
 * the first segment come into the header.
 */
export function parseMediaPlaylist(text: string, limits = PLAYLIST_LIMITS): MediaPlaylist {
  const state: State = {
    singles: {},
    segments: [],
    draft: {},
    segmentsHaveBegun: false,
    defines: new Map(),
    dateRanges: [],
    unknownTags: [],
    preloadHints: [],
    renditionReports: [],
  };
  for (const line of readLines(text, limits)) {
    if (line.kind === 'tag') {
      readTag(state, line.tag);
    } else {
      endSegment(state, line.uri, line.line);
    }
  }
  return toPlaylist(state);
}

function endSegment(state: State, uri: string, line: number): void {
  const segment = finishSegment(state.draft, uri, line);
  const previous = state.segments.at(-1);
  const goesOn = segment.byteRange !== undefined && segment.byteRange.offset === undefined;
  const isBehindSkipped = previous === undefined && state.singles.skip !== undefined;
  // §4.4.4.2: without an offset it goes on from the range before it, which must be of the same resource.
  if (goesOn && !isBehindSkipped && (previous?.byteRange === undefined || previous.uri !== uri)) {
    throw malformed('EXT-X-BYTERANGE', 'a range without an offset has none before it to go on from', line);
  }
  state.segments.push(segment);
  state.draft = {};
  state.segmentsHaveBegun = true;
}

function readTag(state: State, tag: Tag): void {
  if (state.segmentsHaveBegun && BEFORE_SEGMENTS.has(tag.name)) {
    throw malformed(tag.name, 'it stands behind the first segment or its tags', tag.line);
  }
  if (readSingle(SINGLE_TAGS, state.singles, tag) || readRepeatable(state, tag)) {
    return;
  }
  const readSegmentTag = SEGMENT_TAGS.get(tag.name);
  if (readSegmentTag !== undefined) {
    readSegmentTag(state.draft, tag);
    state.segmentsHaveBegun = true;
  } else if (MULTIVARIANT_TAG_NAMES.has(tag.name)) {
    throw malformed(tag.name, 'it has no place in a media playlist', tag.line);
  } else {
    const unknownTags = state.segmentsHaveBegun ? (state.draft.unknownTags ??= []) : state.unknownTags;
    unknownTags.push(unknownTagText(tag));
  }
}

/** Tags of the playlist as a whole that may be there more than once. */
function readRepeatable(state: State, tag: Tag): boolean {
  switch (tag.name) {
    case 'EXT-X-DEFINE':
      addDefine(state.defines, tag);
      return true;
    case 'EXT-X-RENDITION-REPORT':
      state.renditionReports.push(parseRenditionReport(tag));
      return true;
    case 'EXT-X-PRELOAD-HINT': {
      const hint = parsePreloadHint(tag);
      if (hint !== undefined) {
        state.preloadHints.push(hint);
      }
      return true;
    }
    case 'EXT-X-DATERANGE':
      if (state.segmentsHaveBegun) {
        return false;
      }
      state.dateRanges.push(parseDateRange(tag));
      return true;
    default:
      return false;
  }
}

function toPlaylist(state: State): MediaPlaylist {
  const { segments, draft } = state;
  const { targetDurationSeconds, mediaSequence = 0, ...rest } = state.singles;
  if (targetDurationSeconds === undefined) {
    throw malformed('HLS media playlist', 'EXT-X-TARGETDURATION is missing');
  }
  if (draft.durationSeconds !== undefined || draft.byteRange !== undefined) {
    throw malformed('HLS media playlist', 'the last segment has no URI');
  }
  return compact({
    ...rest,
    targetDurationSeconds,
    mediaSequence,
    defines: unlessEmpty([...state.defines.values()]),
    dateRanges: unlessEmpty(state.dateRanges),
    unknownTags: unlessEmpty(state.unknownTags),
    segments,
    open: Object.keys(draft).length > 0 ? draft : undefined,
    preloadHints: unlessEmpty(state.preloadHints),
    renditionReports: unlessEmpty(state.renditionReports),
  });
}
