import { AppError } from '../../shared/app-error.ts';
import type { TrackAddress } from '../ports/packaging.ts';
import type { Track } from '../ports/presentation.ts';
import type { ShownTrack } from './shown-tracks.ts';

/** Throws `MPE_EGRESS_TRACK_NOT_FOUND`. */
export function findTrack(tracks: readonly ShownTrack[], { name, bitrate }: TrackAddress): ShownTrack {
  const found = tracks.find(({ track }) => track.name === name && track.bitrate === bitrate);
  if (found === undefined) {
    throw new AppError(
      'MPE_EGRESS_TRACK_NOT_FOUND',
      `There is no track ${JSON.stringify(name.slice(0, 64))} with ${bitrate} bit/s.`,
    );
  }
  return found;
}

/** What tracks of one switching set have in common (CMAF §7.3.4.1); the name because the addresses of a set differ only in the bitrate. */
export function switchingKey(track: Track): string {
  const common = [track.kind, track.name, track.language, track.fourCc, track.timescale];
  return JSON.stringify(
    track.kind === 'video' ? common : [...common, track.codec, track.channels, track.sampleRate],
  );
}
