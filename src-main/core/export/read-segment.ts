import { AppError } from '../../shared/app-error.ts';
import type { Presentation, TrackWindow } from '../ports/presentation.ts';
import { type ReadChunk, readChunks } from './read-chunks.ts';

/** The bytes of a segment. Throws `archive/damaged` when they are not there any more, or not all of them. */
export async function readSegment(
  presentation: Presentation,
  window: TrackWindow,
  sequence: number,
): Promise<Uint8Array> {
  try {
    return await presentation.readSegment(window, sequence);
  } catch (error) {
    throw error instanceof AppError && error.code === 'MPE_FRAGMENT_TIMESTAMP_NOT_FOUND'
      ? missingMedia(presentation, window, error)
      : error;
  }
}

/** Media that the index has and the disk has not. */
export function missingMedia(presentation: Presentation, { track }: TrackWindow, cause: unknown): AppError {
  const message =
    presentation.state() === 'live'
      ? 'The beginning of the range has left the archive window meanwhile. Export again from a later start.'
      : 'A file of the recording is missing or cannot be read. Export the parts before and behind it.';
  return new AppError('archive/damaged', message, { details: { track: track.id }, cause });
}

/** The chunks of a segment. Throws `archive/damaged` when it is no media. */
export function parseSegment(bytes: Uint8Array, window: TrackWindow, sequence: number): readonly ReadChunk[] {
  try {
    return readChunks(bytes);
  } catch (error) {
    if (!(error instanceof AppError)) {
      throw error;
    }
    throw damagedSegment(window, sequence, error);
  }
}

export function damagedSegment({ track }: TrackWindow, sequence: number, cause: AppError): AppError {
  return new AppError('archive/damaged', `Segment ${sequence} of ${track.id} is damaged: ${cause.message}`, {
    details: { track: track.id, sequence },
    cause,
  });
}
