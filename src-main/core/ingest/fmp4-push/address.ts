import { AppError } from '../../../shared/app-error.ts';

/**
 * What an encoder's address means (spec 2.5; DASH-IF Live Media Ingest 1.2, §5 and §6):
 *
 *     /{accessToken}/ingest.isml/streams({name})                   one stream, as long as it lasts
 *     /{accessToken}/ingest.isml/[streams({name})/]{folder/}{file} one segment, header or manifest of it
 *     /{accessToken}/ingest.isml/eventdata                         timed metadata
 */
export type PushAddress =
  | { readonly kind: 'stream'; readonly accessToken: string; readonly streamName: string }
  | {
      readonly kind: 'object';
      readonly accessToken: string;
      /** Of the quality that it belongs to; what an encoder calls all of them, and what it calls this one. */
      readonly streamName: string;
      /** Below the token. */
      readonly path: string;
      /** Manifests are taken and forgotten: the headers say it all. */
      readonly content: 'media' | 'manifest';
    }
  | { readonly kind: 'event-data'; readonly accessToken: string };

const MAX_TARGET = 2048;
const MAX_FOLDERS = 4;
const TOKEN = /^[\w-]{1,128}$/;
/** Special characters and blanks were always refused (spec 2.5). */
const NAME = /^(?!\.+$)[\w.~-]{1,128}$/;
const STREAM = /^streams\((.*)\)$/i;

/** DASH-IF §7.3, without what is not fragmented MP4. */
const MEDIA = new Set(['cmfv', 'cmfa', 'cmft', 'cmfm', 'mp4', 'm4v', 'm4a', 'm4s', 'init', 'header']);
const MANIFESTS = new Set(['mpd', 'm3u8']);

/** What templates put around the name of a quality. */
const ROLE = '(?:init|header|chunk|seg|segment|sequence|frag|fragment|media)';
const ROLE_WORD = new RegExp(`^${ROLE}$`, 'i');
const NUMBERED_ROLE = new RegExp(`(?<=(?:^|[-_.~])${ROLE})\\d+$`, 'i');

/** Throws `MPE_BAD_URL_SYNTAX`; of what was asked only the part behind the token is named. */
export function parsePushAddress(target: string): PushAddress {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '');
  if (target.length > MAX_TARGET || !path.startsWith('/')) {
    throw badAddress('it is no path, or too long');
  }
  const [accessToken = '', point = '', ...below] = path.slice(1).replace(/\/$/, '').split('/').map(decode);
  if (!TOKEN.test(accessToken) || point.toLowerCase() !== 'ingest.isml' || below.length === 0) {
    throw badAddress('it is not /{access token}/ingest.isml/streams({name})');
  }
  const [first = ''] = below;
  if (first.toLowerCase() === 'eventdata' && below.length === 1) {
    return { kind: 'event-data', accessToken };
  }
  const stream = STREAM.exec(first)?.[1];
  if (stream !== undefined && !NAME.test(stream)) {
    throw badAddress('a stream name has letters, digits and . _ ~ - only');
  }
  if (stream !== undefined && below.length === 1) {
    return { kind: 'stream', accessToken, streamName: stream };
  }
  return { kind: 'object', accessToken, ...parseObject(stream, stream === undefined ? below : below.slice(1)) };
}

function parseObject(
  stream: string | undefined,
  path: readonly string[],
): { readonly streamName: string; readonly path: string; readonly content: 'media' | 'manifest' } {
  if (path.length > MAX_FOLDERS + 1 || !path.every((part) => NAME.test(part))) {
    throw badAddress('names of files have letters, digits and . _ ~ - only');
  }
  const file = path.at(-1) ?? '';
  const dot = file.lastIndexOf('.');
  const extension = file.slice(dot + 1).toLowerCase();
  const isMedia = MEDIA.has(extension);
  if (dot <= 0 || (!isMedia && !MANIFESTS.has(extension))) {
    throw new AppError('media/unsupported', `Files with the ending ${extension} are not taken in.`, {
      details: { extension },
    });
  }
  const whose = representationOf(file.slice(0, dot), extension);
  // With one name for all, GPAC tells picture and sound by the ending.
  const kind = whose === '' && extension.startsWith('cmf') ? extension : '';
  const streamName = [stream, ...path.slice(0, -1), whose, kind].filter(
    (part) => part !== undefined && part !== '',
  );
  return {
    streamName: streamName.join('-') || 'stream',
    path: ['', 'ingest.isml', ...(stream === undefined ? [] : [`streams(${stream})`]), ...path].join('/'),
    content: isMedia ? 'media' : 'manifest',
  };
}

/**
 * Which quality a file is of, the same for its header and all its segments: `init-stream0` and `chunk-stream0-00001` are both of `stream0`,
 * `init` and `sequence12` of the only one there is.
 */
function representationOf(stem: string, extension: string): string {
  const parts = stem.replace(NUMBERED_ROLE, (digits) => `-${digits}`).split(/[-_.~]/);
  const isHeader = [...parts, extension].some((part) => /^(?:init|header)$/i.test(part));
  // The last number of a segment is its own. A quality may end in a number too, which then stands before that.
  const named = !isHeader && /^\d+$/.test(parts.at(-1) ?? '') ? parts.slice(0, -1) : parts;
  return named.filter((part) => !ROLE_WORD.test(part)).join('-');
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw badAddress('its percent-encoding is not right');
  }
}

function badAddress(why: string): AppError {
  return new AppError('MPE_BAD_URL_SYNTAX', `This is no address to send media to: ${why}.`);
}
