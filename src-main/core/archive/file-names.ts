import { join } from 'node:path';

/** Names inside an asset's folder: `{track}/{number}.cmfv` with its index `{number}.idx`, and `recording.json`. */
const DIGITS = 6;

export function mediaFileName(kind: 'video' | 'audio', file: number): string {
  return `${String(file).padStart(DIGITS, '0')}.${kind === 'video' ? 'cmfv' : 'cmfa'}`;
}

function indexFileName(file: number): string {
  return `${String(file).padStart(DIGITS, '0')}.idx`;
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
