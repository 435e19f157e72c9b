import { AppError } from '../../shared/app-error.ts';
import type { StreamingAddress, StreamingResource } from '../ports/packaging.ts';
import type { HlsFormat, StreamingFormat } from '../ports/streaming-format.ts';
import { type ParsedResource, parseAddress } from './address.ts';

/** Which have playlists and segments of single pictures. */
const KEY_FRAMES: readonly StreamingFormat[] = ['smooth', 'fmp4-v20', 'm3u8-aapl', 'm3u8-cmaf'];
const HLS: readonly StreamingFormat[] = ['m3u8-aapl-v3', 'm3u8-aapl', 'm3u8-cmaf'];

/**
 * Reads a streaming address and says no to what a format does not have: `MPE_BAD_URL_SYNTAX`, `MPE_FORMAT_NOT_SUPPORTED`.
 */
export function parseOffered(path: string): StreamingAddress {
  const { locatorId, manifestName, resource } = parseAddress(path);
  return { locatorId, manifestName, resource: offered(resource) };
}

function offered(resource: ParsedResource): StreamingResource {
  const { format, encryption, filters } = resource;
  const asked = {
    ...(encryption === undefined ? {} : { encryption }),
    ...(filters.length === 0 ? {} : { filters }),
  };
  const cue = resource.kind !== 'fragment' && resource.legacyCues ? { legacyCues: resource.legacyCues } : {};
  if (cue.legacyCues && !isHls(format)) {
    throw new AppError('MPE_BAD_URL_SYNTAX', 'cue=legacy is for HLS: format=m3u8-cmaf.');
  }
  const keyFrames = resource.kind !== 'manifest' && resource.keyFrames ? { keyFrames: resource.keyFrames } : {};
  if (keyFrames.keyFrames && !KEY_FRAMES.includes(format)) {
    throw notSupported('Single key frames are not offered in this format.');
  }
  switch (resource.kind) {
    case 'manifest':
      return {
        kind: 'manifest',
        format,
        audioOnly: resource.audioOnly,
        ...(resource.bootstrap ? { bootstrap: resource.bootstrap } : {}),
        ...cue,
        ...asked,
      };
    case 'media-playlist': {
      if (!isHls(format)) {
        throw new AppError('MPE_BAD_URL_SYNTAX', 'Only HLS has playlists of single tracks: format=m3u8-cmaf.');
      }
      const track = { name: resource.track, bitrate: resource.bitrate };
      return { kind: 'media-playlist', format, track, ...keyFrames, ...cue, ...asked };
    }
    case 'fragment':
      return { ...fragment(resource), ...keyFrames, ...(resource.headOnly ? { headOnly: true } : {}), ...asked };
  }
}

function isHls(format: StreamingFormat): format is HlsFormat {
  return HLS.includes(format);
}

function fragment({
  format,
  bitrate,
  track: name,
  time,
  part,
  cryptoPeriod,
  fragment: number,
}: ParsedResource & { readonly kind: 'fragment' }): StreamingResource & {
  readonly kind: 'init' | 'segment' | 'part';
} {
  const track = { name, bitrate };
  if (time === 'init') {
    if (part !== undefined) {
      throw new AppError('MPE_BAD_URL_SYNTAX', 'An initialization segment has no parts.');
    }
    return { kind: 'init', format, track, ...(cryptoPeriod === undefined ? {} : { cryptoPeriod }) };
  }
  return part === undefined
    ? { kind: 'segment', format, track, time, ...(number === undefined ? {} : { fragment: number }) }
    : { kind: 'part', format, track, time, part };
}

function notSupported(message: string): AppError {
  return new AppError('MPE_FORMAT_NOT_SUPPORTED', message);
}
