import { AppError } from '../../shared/app-error.ts';
import type { TrackAddress } from '../ports/packaging.ts';
import type { TrackWindow } from '../ports/presentation.ts';

/** Throws `MPE_EGRESS_TRACK_NOT_FOUND`. */
export function findTrack(tracks: readonly TrackWindow[], { name, bitrate }: TrackAddress): TrackWindow {
  const found = tracks.find(({ track }) => track.name === name && track.bitrate === bitrate);
  if (found === undefined) {
    throw new AppError(
      'MPE_EGRESS_TRACK_NOT_FOUND',
      `There is no track ${JSON.stringify(name.slice(0, 64))} with ${bitrate} bit/s.`,
    );
  }
  return found;
}
