import { join } from 'node:path';
import { SEPARATE_TRACK_PREFIX } from '../ports/archive.ts';

/** Names inside an asset's folder: `{track}/{number}.cmfv` with its index `{number}.idx`, and `recording.json`. */
const DIGITS = 6;

export function mediaFileName(kind: 'video' | 'audio', file: number): string {
  return `${String(file).padStart(DIGITS, '0')}.${kind === 'video' ? 'cmfv' : 'cmfa'}`;
}

function indexFileName(file: number): string {
  return `${String(file).padStart(DIGITS, '0')}.idx`;
}

/**
 * Sound inputs that were recorded by themselves say so by their folders too: whoever finds one without a description must not take it for a track
 * of the programme.
 */
export function isSeparateTrack(id: string): boolean {
  return id.startsWith(SEPARATE_TRACK_PREFIX);
}

/** The number of a media file; undefined when the name is something else's. */
export function parseMediaFileName(
  name: string,
): { readonly file: number; readonly kind: 'video' | 'audio' } | undefined {
  const match = /^(\d{6,9})\.(cmfv|cmfa)$/.exec(name);
  return match === null ? undefined : { file: Number(match[1]), kind: match[2] === 'cmfv' ? 'video' : 'audio' };
}

export function mediaPath(
  folder: string,
  track: { readonly id: string; readonly kind: 'video' | 'audio' },
  file: number,
): string {
  return join(folder, track.id, mediaFileName(track.kind, file));
}

export function indexPath(folder: string, track: { readonly id: string }, file: number): string {
  return join(folder, track.id, indexFileName(file));
}
