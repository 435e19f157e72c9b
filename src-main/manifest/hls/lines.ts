import { malformed } from '../malformed.ts';
import type { Tag } from './attribute-list.ts';

/** Playlists are lines of UTF-8: tags, URIs, comments and empty ones (8216bis §4.1). */

/** How much of a foreign playlist is read before it is refused. */
export type PlaylistLimits = {
  readonly maxCharacters: number;
  readonly maxLines: number;
  readonly maxLineCharacters: number;
};

/** Room for a day of one-second segments with five tags each. */
export const PLAYLIST_LIMITS: PlaylistLimits = {
  maxCharacters: 64 * 1024 * 1024,
  maxLines: 1_000_000,
  maxLineCharacters: 64 * 1024,
};

type Line = { readonly kind: 'tag'; readonly tag: Tag } | UriLine;

type UriLine = { readonly kind: 'uri'; readonly uri: string; readonly line: number };

const NOT_ALLOWED = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/;
const WHAT = 'HLS playlist';

/** The tags and URIs of a playlist in their order, without #EXTM3U. Throws `media/malformed`, also for what goes over a limit. */
export function* readLines(text: string, limits: PlaylistLimits): Generator<Line, void, undefined> {
  if (text.length > limits.maxCharacters) {
    throw malformed(WHAT, `it has more than ${limits.maxCharacters} characters`);
  }
  if (NOT_ALLOWED.test(text)) {
    throw malformed(WHAT, 'it has control characters in it');
  }
  let line = 0;
  for (let start = 0; start <= text.length; ) {
    const end = text.indexOf('\n', start);
    const content = withoutReturn(text.slice(start, end < 0 ? text.length : end));
    start = end < 0 ? text.length + 1 : end + 1;
    line += 1;
    if (line > limits.maxLines) {
      throw malformed(WHAT, `it has more than ${limits.maxLines} lines`);
    }
    if (content.length > limits.maxLineCharacters || content.includes('\r')) {
      throw malformed(
        WHAT,
        `a line is longer than ${limits.maxLineCharacters} characters or has a return in it`,
        line,
      );
    }
    if (line === 1) {
      if (content !== '#EXTM3U') {
        throw malformed(WHAT, 'the first line is not #EXTM3U', line);
      }
    } else if (content.startsWith('#EXT')) {
      yield { kind: 'tag', tag: readTag(content, line) };
    } else if (content !== '' && !content.startsWith('#')) {
      yield { kind: 'uri', uri: content, line };
    }
  }
}

function withoutReturn(content: string): string {
  return content.endsWith('\r') ? content.slice(0, -1) : content;
}

function readTag(content: string, line: number): Tag {
  const colon = content.indexOf(':');
  return colon < 0
    ? { name: content.slice(1), value: '', line }
    : { name: content.slice(1, colon), value: content.slice(colon + 1), line };
}

/** A URI with its line end. It must not read as a tag, a comment or two lines. */
export function uriLine(uri: string): string {
  if (uri === '' || uri.startsWith('#') || /[\0-\x1f\x7f-\x9f]/.test(uri)) {
    throw malformed('URI line', 'it is empty, begins with # or has control characters in it');
  }
  return `${uri}\n`;
}

/** A tag that is kept without being understood, exactly as it stood. */
export function unknownTagText(tag: Tag): string {
  return tag.value === '' ? `#${tag.name}` : `#${tag.name}:${tag.value}`;
}

export function writeUnknownTag(text: string): string {
  if (!text.startsWith('#EXT') || /[\0-\x08\x0a-\x1f\x7f-\x9f]/.test(text)) {
    throw malformed('tag', 'a tag is one line that begins with #EXT');
  }
  return `${text}\n`;
}
