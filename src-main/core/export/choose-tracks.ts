import type { ExportCreate } from '../../shared/api/assets.ts';
import { AppError } from '../../shared/app-error.ts';
import type { TrackWindow } from '../ports/presentation.ts';

export type ChosenTracks = {
  /** The first one sets where a range may be cut. */
  readonly windows: readonly [TrackWindow, ...TrackWindow[]];
  /** What was chosen, for showing: kilobits per second of the pictures, or of the sound where there are none. */
  readonly quality: string;
};

/**
 * The tracks of one export: one picture at the quality that was asked for, and the best sound of each language.
 *
 * Throws `export/quality-not-found`, which names the qualities there are.
 */
export function chooseTracks(
  windows: readonly TrackWindow[],
  { format, quality }: Pick<ExportCreate, 'format' | 'quality'>,
): ChosenTracks {
  const recorded = windows.filter(({ segments }) => segments.length > 0);
  const pictures = byBitrate(recorded, 'video');
  const sounds = byBitrate(recorded, 'audio');
  const [picture] = format === 'm4a' ? [] : matching(pictures, quality);
  // A quality is named by its pictures; sound alone may also be named by its own bitrate.
  const wanted = format === 'm4a' && pictures.some((window) => isNamed(window, quality)) ? 'top' : quality;
  const [sound] = picture === undefined ? matching(sounds, wanted) : sounds;
  const first = picture ?? sound;
  if (first === undefined || (format === 'mp4' && picture === undefined && pictures.length > 0)) {
    const there = (format === 'm4a' ? sounds : [...pictures, ...sounds]).map(kilobits);
    throw new AppError('export/quality-not-found', notFound(format, quality, there), {
      details: { field: 'quality', quality, qualities: there },
    });
  }
  const chosen: [TrackWindow, ...TrackWindow[]] = [first];
  for (const other of sounds) {
    if (!chosen.some(({ track }) => track.kind === 'audio' && track.language === other.track.language)) {
      chosen.push(other);
    }
  }
  return { windows: chosen, quality: kilobits(first) };
}

function byBitrate(windows: readonly TrackWindow[], kind: 'video' | 'audio'): readonly TrackWindow[] {
  return windows.filter(({ track }) => track.kind === kind).toSorted((a, b) => b.track.bitrate - a.track.bitrate);
}

function matching(windows: readonly TrackWindow[], quality: ExportCreate['quality']): readonly TrackWindow[] {
  return quality === 'top' ? windows : windows.filter((window) => isNamed(window, quality));
}

function isNamed(window: TrackWindow, quality: ExportCreate['quality']): boolean {
  return String(quality) === kilobits(window);
}

function kilobits({ track }: TrackWindow): string {
  return String(Math.round(track.bitrate / 1000));
}

function notFound(
  format: ExportCreate['format'],
  quality: ExportCreate['quality'],
  there: readonly string[],
): string {
  if (there.length === 0) {
    return format === 'm4a' ? 'The recording has no sound.' : 'The recording has neither picture nor sound.';
  }
  return `The recording has no quality of ${quality} kbit/s. It has ${there.join(', ')}.`;
}
