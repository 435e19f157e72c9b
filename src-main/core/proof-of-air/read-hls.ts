import { decimalInteger, type Tag } from '../../manifest/hls/attribute-list.ts';
import { PLAYLIST_LIMITS, readLines } from '../../manifest/hls/lines.ts';
import { type ByteRange, requireByteRange } from '../../manifest/hls/tags/byte-range.ts';
import { parseInf } from '../../manifest/hls/tags/inf.ts';
import { parseKey } from '../../manifest/hls/tags/key.ts';
import { parseMap } from '../../manifest/hls/tags/map.ts';
import { parseMedia } from '../../manifest/hls/tags/media.ts';
import { parsePart } from '../../manifest/hls/tags/part.ts';
import { parseProgramDateTime } from '../../manifest/hls/tags/program-date-time.ts';
import { parseServerControl, type ServerControl } from '../../manifest/hls/tags/server-control.ts';
import { parseStreamInf } from '../../manifest/hls/tags/stream-inf.ts';
import type { Newest, Place } from './listed-stream.ts';

/** One quality to choose. */
export type HlsVariant = {
  readonly url: string;
  readonly bandwidth: number;
  readonly hasPictures: boolean;
  /** Playlist of its sound, where that is apart. */
  readonly soundUrl: string | undefined;
};

export type HlsListing =
  | { readonly kind: 'variants'; readonly variants: readonly HlsVariant[] }
  | { readonly kind: 'media'; readonly isOver: boolean; readonly newest: Newest | undefined };

const LIMITS = { ...PLAYLIST_LIMITS, maxCharacters: 4 * 1024 * 1024 };
/** 8216bis §6.3.3: a client begins at least so far from the end where the server does not say how far. */
const HOLD_BACK_TARGETS = 3;
const SOUND_ONLY = /^(?:mp4a|ac-3|ec-3|opus|flac|fLaC|alac)(?:\.|$)/i;

/**
 * A playlist as a player takes it. Players pass over what they do not understand, and so does this: `parseMediaPlaylist`, which refuses what the
 * standard tells clients to refuse, would tell a presenter of faults that no viewer sees. Throws `media/malformed` for what is no playlist at all.
 */
export function readHls(text: string, url: string): HlsListing {
  const lines = [...readLines(text.trimEnd(), LIMITS)];
  const isMultivariant = lines.some((line) => line.kind === 'tag' && line.tag.name === 'EXT-X-STREAM-INF');
  return isMultivariant ? readVariants(lines, url) : readMedia(lines, url);
}

type Line = ReturnType<typeof readLines> extends Generator<infer L> ? L : never;

/** What a tag says, if it can be understood. */
function said<T>(read: (tag: Tag) => T, tag: Tag): T | undefined {
  try {
    return read(tag);
  } catch {
    // See `readHls`.
    return undefined;
  }
}

function readVariants(lines: readonly Line[], base: string): HlsListing {
  const variants: (Omit<HlsVariant, 'soundUrl'> & { readonly group: string | undefined })[] = [];
  const sounds = new Map<string, string>();
  let pending: Tag | undefined;
  for (const line of lines) {
    if (line.kind === 'uri') {
      const { uri } = line;
      const variant = pending === undefined ? undefined : said((tag) => parseStreamInf(tag, uri), pending);
      if (variant !== undefined) {
        const { codecs, resolution } = variant;
        variants.push({
          url: new URL(uri, base).href,
          bandwidth: variant.bandwidth,
          hasPictures:
            resolution !== undefined || codecs?.every((codec) => SOUND_ONLY.test(codec.trim())) !== true,
          group: variant.audio,
        });
      }
      pending = undefined;
    } else if (line.tag.name === 'EXT-X-STREAM-INF') {
      pending = line.tag;
    } else if (line.tag.name === 'EXT-X-MEDIA') {
      const media = said(parseMedia, line.tag);
      if (media?.type === 'AUDIO' && media.uri !== undefined) {
        const isFirst = !sounds.has(media.groupId);
        if (isFirst || media.isDefault === true) {
          sounds.set(media.groupId, new URL(media.uri, base).href);
        }
      }
    }
  }
  return {
    kind: 'variants',
    variants: variants.map(({ group, ...variant }) => ({
      ...variant,
      soundUrl: group === undefined ? undefined : sounds.get(group),
    })),
  };
}

/** What stands before a segment and holds for it alone. */
type Draft = {
  duration?: number | undefined;
  startsAtMs?: number | undefined;
  range?: ByteRange | undefined;
  isGap?: boolean;
};

type Segment = {
  readonly place: Place;
  readonly init: Place | undefined;
  readonly duration: number;
  readonly startsAtMs: number | undefined;
  readonly isEncrypted: boolean;
  readonly isGap: boolean;
};

function readMedia(lines: readonly Line[], base: string): HlsListing {
  const segments: Segment[] = [];
  const at = (uri: string): string => new URL(uri, base).href;
  let draft: Draft = {};
  let init: Place | undefined;
  let isEncrypted = false;
  let isOver = false;
  let control: ServerControl = {};
  let target = 0;
  let sequence = 0;
  /** Of the parts behind the last whole segment. */
  let openSeconds = 0;
  const parts = { areThere: false };
  /** Where the next segment begins, going by the date and time of one before it. */
  let nextAtMs: number | undefined;

  function take(uri: string): void {
    const { duration = 0, range, isGap = false } = draft;
    const url = at(uri);
    const startsAtMs = draft.startsAtMs ?? nextAtMs;
    const place = range === undefined ? { url } : { url, range: bytesOf(range, url, segments.at(-1)?.place) };
    segments.push({ place, init, duration, startsAtMs, isEncrypted, isGap });
    nextAtMs = startsAtMs === undefined ? undefined : startsAtMs + duration * 1000;
    draft = {};
    openSeconds = 0;
  }

  function note(tag: Tag): void {
    switch (tag.name) {
      case 'EXTINF':
        draft.duration = said(parseInf, tag)?.durationSeconds;
        break;
      case 'EXT-X-PROGRAM-DATE-TIME':
        draft.startsAtMs = said(parseProgramDateTime, tag);
        break;
      case 'EXT-X-BYTERANGE':
        draft.range = said(({ value, line }) => requireByteRange(value, line), tag);
        break;
      case 'EXT-X-GAP':
        draft.isGap = true;
        break;
      case 'EXT-X-DISCONTINUITY':
        // The clock of before says nothing of what comes now.
        nextAtMs = undefined;
        break;
      case 'EXT-X-MAP': {
        const map = said(parseMap, tag);
        const range = map?.byteRange;
        init =
          map === undefined
            ? undefined
            : {
                url: at(map.uri),
                ...(range === undefined
                  ? {}
                  : { range: { first: range.offset, last: range.offset + range.length - 1 } }),
              };
        break;
      }
      case 'EXT-X-KEY': {
        const key = said(parseKey, tag);
        isEncrypted = key !== undefined && key.method !== 'NONE';
        break;
      }
      case 'EXT-X-PART':
        parts.areThere = true;
        openSeconds += said(parsePart, tag)?.durationSeconds ?? 0;
        break;
      case 'EXT-X-SERVER-CONTROL':
        control = said(parseServerControl, tag) ?? {};
        break;
      case 'EXT-X-TARGETDURATION':
        target = decimalInteger(tag.value) ?? 0;
        break;
      case 'EXT-X-MEDIA-SEQUENCE':
        sequence = decimalInteger(tag.value) ?? 0;
        break;
      case 'EXT-X-ENDLIST':
        isOver = true;
        break;
      default:
    }
  }

  for (const line of lines) {
    if (line.kind === 'uri') {
      take(line.uri);
    } else {
      note(line.tag);
    }
  }
  const index = segments.findLastIndex(({ isGap }) => !isGap);
  const newest = segments[index];
  if (newest === undefined) {
    return { kind: 'media', isOver, newest: undefined };
  }
  const behind = segments.slice(index).reduce((sum, { duration }) => sum + duration, 0) + openSeconds;
  const wholeHoldBack = control.holdBackSeconds ?? HOLD_BACK_TARGETS * target;
  const holdBack = parts.areThere ? (control.partHoldBackSeconds ?? wholeHoldBack) : wholeHoldBack;
  return {
    kind: 'media',
    isOver,
    newest: {
      init: newest.init,
      segment: newest.place,
      isEncrypted: newest.isEncrypted,
      duration: newest.duration,
      toPlayhead: behind - holdBack,
      startsAtMs: newest.startsAtMs,
      edge: `${sequence + index} ${newest.place.url}`,
    },
  };
}

/** Without an offset it goes on from the range before it, of the same file (8216bis §4.4.4.2). */
function bytesOf(
  { length, offset }: ByteRange,
  url: string,
  before: Place | undefined,
): NonNullable<Place['range']> {
  const first = offset ?? (before?.url === url && before.range !== undefined ? before.range.last + 1 : 0);
  return { first, last: first + length - 1 };
}
