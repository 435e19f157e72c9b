import type { StreamingResource } from '../ports/packaging.ts';
import type { EncryptionTag } from '../ports/streaming-format.ts';

/** What players are given. */
export const HLS_NAME = 'index.m3u8';
export const DASH_NAME = 'manifest.mpd';
/** In the folder of a track. */
export const PLAYLIST_FILE = 'index.m3u8';

/**
 * The folder of a track: `video-2500000`. HLS and DASH meet in it, as they have the same media, unless they are encrypted in different ways:
 * `video-2500000-cenc`. Only letters, digits, hyphens and underscores: what object storage, browsers and CDNs all leave as it is.
 */
export function trackFolder(
  { name, bitrate }: { readonly name: string; readonly bitrate: number | '$Bandwidth$' },
  encryption: EncryptionTag | undefined,
): string {
  return `${plainName(name)}-${bitrate}${encryption === undefined ? '' : `-${encryption}`}`;
}

/** Names that encoders chose can be anything; whatever is not plain is written as its code, so that two never become one. */
function plainName(name: string): string {
  return name.replace(/[^A-Za-z0-9-]/gu, (letter) => `_${(letter.codePointAt(0) ?? 0).toString(16)}_`);
}

/** The file of a piece of media; undefined for what is no file of its own. */
export function mediaName(resource: StreamingResource, isText: boolean): string | undefined {
  switch (resource.kind) {
    case 'init': {
      // Where keys rotate there is one for each of them.
      const period = resource.cryptoPeriod === undefined ? '' : `-${resource.cryptoPeriod}`;
      return `${trackFolder(resource.track, resource.encryption)}/${isText ? 'text.vtt' : `init${period}.mp4`}`;
    }
    case 'segment': {
      const folder = trackFolder(resource.track, resource.encryption);
      // DASH has text in whole files, of which each Period has one that begins at its time.
      const isWhole = isText && resource.format === 'mpd-time-cmaf';
      return `${folder}/${isWhole ? 'text-' : ''}${resource.time}.${isText ? 'vtt' : 'm4s'}`;
    }
    case 'manifest':
    case 'media-playlist':
    case 'part':
      return undefined;
  }
}
