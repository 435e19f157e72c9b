import { AppError } from '../../shared/app-error.ts';
import type { StreamingAddress, StreamingFormat, StreamingResource } from '../ports/packaging.ts';
import { type OutputFormat, type ParsedResource, parseAddress } from './address.ts';

/** Of all that an address can ask for, what is made here. */
const OFFERED: Readonly<Partial<Record<OutputFormat, StreamingFormat>>> = {
  'm3u8-cmaf': 'm3u8-cmaf',
  'mpd-time-cmaf': 'mpd-time-cmaf',
};

/**
 * Reads a streaming address and says no to what is not offered: `MPE_BAD_URL_SYNTAX`, `MPE_FORMAT_NOT_SUPPORTED`,
 * `MPE_ENC_ENCRYPTION_NOT_SET_IN_DELIVERY_POLICY`, `MPE_EGRESS_FILTER_NOT_FOUND`.
 */
export function parseOffered(path: string): StreamingAddress {
  const { locatorId, manifestName, resource } = parseAddress(path);
  return { locatorId, manifestName, resource: offered(resource) };
}

function offered(resource: ParsedResource): StreamingResource {
  const format = OFFERED[resource.format];
  if (format === undefined) {
    const asked =
      resource.format === 'smooth' ? 'Smooth Streaming, which an address without format= means,' : resource.format;
    throw notSupported(
      `${asked} is not offered. There are format=m3u8-cmaf (HLS) and format=mpd-time-cmaf (DASH).`,
    );
  }
  if (resource.encryption !== undefined) {
    throw new AppError(
      'MPE_ENC_ENCRYPTION_NOT_SET_IN_DELIVERY_POLICY',
      `This stream is not encrypted. Leave out encryption=${resource.encryption}.`,
    );
  }
  const [filter] = resource.filters;
  if (filter !== undefined) {
    throw new AppError(
      'MPE_EGRESS_FILTER_NOT_FOUND',
      `There is no filter ${JSON.stringify(filter.slice(0, 64))}.`,
    );
  }
  const cue = resource.kind !== 'fragment' && resource.legacyCues ? { legacyCues: resource.legacyCues } : {};
  if (cue.legacyCues && format !== 'm3u8-cmaf') {
    throw new AppError('MPE_BAD_URL_SYNTAX', 'cue=legacy is for HLS: format=m3u8-cmaf.');
  }
  switch (resource.kind) {
    case 'manifest':
      return { kind: 'manifest', format, audioOnly: resource.audioOnly, ...cue };
    case 'media-playlist':
      if (format !== 'm3u8-cmaf') {
        throw new AppError('MPE_BAD_URL_SYNTAX', 'Only HLS has playlists of single tracks: format=m3u8-cmaf.');
      }
      if (resource.keyFrames) {
        throw notSupported('Playlists of key frames are not offered.');
      }
      return {
        kind: 'media-playlist',
        format,
        track: { name: resource.track, bitrate: resource.bitrate },
        ...cue,
      };
    case 'fragment':
      if (resource.keyFrames) {
        throw notSupported('Single key frames are not offered.');
      }
      return fragment(resource, format);
  }
}

function fragment(
  resource: ParsedResource & { readonly kind: 'fragment' },
  format: StreamingFormat,
): StreamingResource {
  const track = { name: resource.track, bitrate: resource.bitrate };
  const { time, part } = resource;
  if (time === 'init') {
    if (part !== undefined) {
      throw new AppError('MPE_BAD_URL_SYNTAX', 'An initialization segment has no parts.');
    }
    return { kind: 'init', format, track };
  }
  return part === undefined
    ? { kind: 'segment', format, track, time }
    : { kind: 'part', format, track, time, part };
}

function notSupported(message: string): AppError {
  return new AppError('MPE_FORMAT_NOT_SUPPORTED', message);
}
