import { compact } from '../compact.ts';
import { malformed } from '../malformed.ts';
import type { Tag } from './attribute-list.ts';
import { PLAYLIST_LIMITS, readLines, unknownTagText, writeUnknownTag } from './lines.ts';
import { writeAll } from './media-segment.ts';
import { multivariantVersion, writeVersion } from './protocol-version.ts';
import { addDefine, type Defines, positiveNumber, readSingle, type SingleTags, unlessEmpty } from './reading.ts';
import { MEDIA_TAG_NAMES } from './tag-names.ts';
import { type ContentSteering, parseContentSteering, writeContentSteering } from './tags/content-steering.ts';
import { type Define, writeDefine } from './tags/define.ts';
import { INDEPENDENT_SEGMENTS } from './tags/flags.ts';
import { type IFrameVariant, parseIFrameStreamInf, writeIFrameStreamInf } from './tags/i-frame-stream-inf.ts';
import type { EncryptionKey } from './tags/key.ts';
import { parseMedia, type Rendition, writeMedia } from './tags/media.ts';
import { parseSessionData, type SessionData, writeSessionData } from './tags/session-data.ts';
import { parseSessionKey, writeSessionKey } from './tags/session-key.ts';
import { parseStart, type Start, writeStart } from './tags/start.ts';
import { parseStreamInf, type Variant, writeStreamInf } from './tags/stream-inf.ts';

/** A multivariant playlist, 8216bis §4.4.6: what there is to choose from. */
export type MultivariantPlaylist = {
  /** The least version to declare; more is declared when the tags need it. What was declared, after reading. */
  readonly version?: number | undefined;
  readonly independentSegments?: boolean | undefined;
  readonly start?: Start | undefined;
  readonly defines?: readonly Define[] | undefined;
  readonly sessionData?: readonly SessionData[] | undefined;
  readonly sessionKeys?: readonly EncryptionKey[] | undefined;
  readonly contentSteering?: ContentSteering | undefined;
  readonly renditions: readonly Rendition[];
  /** The first is where many players begin. */
  readonly variants: readonly Variant[];
  readonly iFrameVariants: readonly IFrameVariant[];
  /** Whole lines, kept and written as they are. Those of somebody else are not to be trusted. */
  readonly unknownTags?: readonly string[] | undefined;
};

export function writeMultivariantPlaylist(playlist: MultivariantPlaylist): string {
  let lines = '#EXTM3U\n';
  lines += writeVersion(Math.max(playlist.version ?? 1, multivariantVersion(playlist)));
  lines += playlist.independentSegments === true ? INDEPENDENT_SEGMENTS : '';
  lines += playlist.start === undefined ? '' : writeStart(playlist.start);
  lines += writeAll(playlist.defines, writeDefine);
  lines += writeAll(playlist.sessionData, writeSessionData);
  lines += writeAll(playlist.sessionKeys, writeSessionKey);
  lines += playlist.contentSteering === undefined ? '' : writeContentSteering(playlist.contentSteering);
  lines += writeAll(playlist.unknownTags, writeUnknownTag);
  lines += writeAll(playlist.renditions, writeMedia);
  lines += writeAll(playlist.variants, writeStreamInf);
  return lines + writeAll(playlist.iFrameVariants, writeIFrameStreamInf);
}

type Singles = Partial<
  Pick<MultivariantPlaylist, 'version' | 'independentSegments' | 'start' | 'contentSteering'>
>;

const SINGLE_TAGS: SingleTags<Singles> = new Map<string, (tag: Tag) => Singles>([
  ['EXT-X-VERSION', (tag) => ({ version: positiveNumber(tag) })],
  ['EXT-X-INDEPENDENT-SEGMENTS', () => ({ independentSegments: true })],
  ['EXT-X-START', (tag) => ({ start: parseStart(tag) })],
  ['EXT-X-CONTENT-STEERING', (tag) => ({ contentSteering: parseContentSteering(tag) })],
]);

type State = {
  readonly singles: Singles;
  readonly defines: Defines;
  readonly sessionData: SessionData[];
  readonly sessionKeys: EncryptionKey[];
  readonly renditions: Rendition[];
  readonly variants: Variant[];
  readonly iFrameVariants: IFrameVariant[];
  readonly unknownTags: string[];
  /** An EXT-X-STREAM-INF whose URI line has not come yet. */
  pending: Tag | undefined;
};

/** Reads a multivariant playlist, as strict as `parseMediaPlaylist`. */
export function parseMultivariantPlaylist(text: string, limits = PLAYLIST_LIMITS): MultivariantPlaylist {
  const state: State = {
    singles: {},
    defines: new Map(),
    sessionData: [],
    sessionKeys: [],
    renditions: [],
    variants: [],
    iFrameVariants: [],
    unknownTags: [],
    pending: undefined,
  };
  for (const line of readLines(text, limits)) {
    if (line.kind === 'tag') {
      readTag(state, line.tag);
    } else if (state.pending === undefined) {
      throw malformed('HLS multivariant playlist', 'a URI has no EXT-X-STREAM-INF before it', line.line);
    } else {
      state.variants.push(parseStreamInf(state.pending, line.uri));
      state.pending = undefined;
    }
  }
  if (state.pending !== undefined) {
    throw malformed(state.pending.name, 'its URI is missing', state.pending.line);
  }
  const { defines, sessionData, sessionKeys, renditions, variants, iFrameVariants, unknownTags } = state;
  return compact({
    ...state.singles,
    defines: unlessEmpty([...defines.values()]),
    sessionData: unlessEmpty(sessionData),
    sessionKeys: unlessEmpty(sessionKeys),
    renditions,
    variants,
    iFrameVariants,
    unknownTags: unlessEmpty(unknownTags),
  });
}

function readTag(state: State, tag: Tag): void {
  if (state.pending !== undefined) {
    throw malformed(state.pending.name, 'its URI is missing', state.pending.line);
  }
  if (readSingle(SINGLE_TAGS, state.singles, tag)) {
    return;
  }
  switch (tag.name) {
    case 'EXT-X-DEFINE':
      addDefine(state.defines, tag);
      break;
    case 'EXT-X-SESSION-DATA':
      state.sessionData.push(parseSessionData(tag));
      break;
    case 'EXT-X-SESSION-KEY':
      state.sessionKeys.push(parseSessionKey(tag));
      break;
    case 'EXT-X-MEDIA':
      state.renditions.push(parseMedia(tag));
      break;
    case 'EXT-X-STREAM-INF':
      state.pending = tag;
      break;
    case 'EXT-X-I-FRAME-STREAM-INF':
      state.iFrameVariants.push(parseIFrameStreamInf(tag));
      break;
    default:
      if (MEDIA_TAG_NAMES.has(tag.name)) {
        throw malformed(tag.name, 'it has no place in a multivariant playlist', tag.line);
      }
      state.unknownTags.push(unknownTagText(tag));
  }
}
