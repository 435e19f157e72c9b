import type { ExportCreate } from '../../shared/api/assets.ts';
import { AppError } from '../../shared/app-error.ts';
import type { TrackWindow } from '../ports/presentation.ts';

export type ChosenTracks = {
  /** Sets where a range may be cut. */
  readonly leader: TrackWindow;
  readonly windows: readonly [TrackWindow, ...TrackWindow[]];
  /** What was chosen, for showing: kilobits per second of the pictures, or of the sound where there are none; or `all`. */
  readonly quality: string;
};

/**
 * The tracks of one export: one picture at the quality that was asked for, or all of them, and the best sound of each language, or all of it.
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
  const isAll = quality === 'all';
  const [picture, ...others] = format === 'm4a' ? [] : matching(pictures, quality);
  // A quality is named by its pictures; sound alone may also be named by its own bitrate.
  const wanted = format === 'm4a' && pictures.some((window) => isNamed(window, quality)) ? 'top' : quality;
  const [sound] = picture === undefined ? matching(sounds, wanted) : sounds;
  const first = picture ?? sound;
  if (first === undefined || (format !== 'm4a' && picture === undefined && pictures.length > 0)) {
    const there = (format === 'm4a' ? sounds : [...pictures, ...sounds]).map(kilobits);
    throw new AppError('export/quality-not-found', notFound(format, quality, there), {
      details: { field: 'quality', quality, qualities: there },
    });
  }
  const chosen: [TrackWindow, ...TrackWindow[]] = [first];
  const further: TrackWindow[] = isAll ? others : [];
  for (const other of sounds) {
    if (!chosen.some(({ track }) => track.kind === 'audio' && track.language === other.track.language)) {
      chosen.push(other);
    } else if (isAll && other !== first) {
      further.push(other);
    }
  }
  return { leader: first, windows: [...chosen, ...further], quality: isAll ? 'all' : kilobits(first) };
}

/**
 * The same with sound inputs that were recorded by themselves: all of them behind the rest, or one alone, which is cut where the programme is, so that
 * what is exported of the same range lies side by side.
 *
 * Throws `request/invalid`, `export/quality-not-found`.
 */
export function chooseWithSeparate(
  windows: readonly TrackWindow[],
  separate: readonly TrackWindow[],
  request: Pick<ExportCreate, 'format' | 'quality' | 'sound'>,
): ChosenTracks {
  const { format, sound = 'programme' } = request;
  const recorded = separate.filter(({ segments }) => segments.length > 0);
  if (sound === 'programme') {
    return chooseTracks(windows, request);
  }
  if (format === 'hls' || (sound === 'all') !== (format !== 'm4a')) {
    throw new AppError(
      'request/invalid',
      sound === 'all'
        ? 'All tracks of sound go into an MP4 or a Matroska file; as M4A each is exported by itself.'
        : 'A separate track is exported as M4A; an MP4 or a Matroska file takes all of them.',
      { details: { field: 'sound', sound, format } },
    );
  }
  const programme = chooseTracks(windows, { ...request, format: 'mp4' });
  if (sound === 'all') {
    return { ...programme, windows: [...programme.windows, ...recorded] };
  }
  const alone = recorded.find(({ track }) => track.id === sound);
  if (alone === undefined) {
    const there = recorded.map(({ track }) => track.id);
    throw new AppError(
      'export/quality-not-found',
      there.length === 0
        ? 'No sound input of the recording was recorded by itself.'
        : `The recording has no separate track ${sound}. It has ${there.join(', ')}.`,
      { details: { field: 'sound', sound, tracks: there } },
    );
  }
  return { leader: programme.leader, windows: [alone], quality: kilobits(alone) };
}

function byBitrate(windows: readonly TrackWindow[], kind: 'video' | 'audio'): readonly TrackWindow[] {
  return windows.filter(({ track }) => track.kind === kind).toSorted((a, b) => b.track.bitrate - a.track.bitrate);
}

function matching(windows: readonly TrackWindow[], quality: ExportCreate['quality']): readonly TrackWindow[] {
  return typeof quality === 'string' ? windows : windows.filter((window) => isNamed(window, quality));
}

function isNamed(window: TrackWindow, quality: ExportCreate['quality']): boolean {
  return String(quality) === kilobits(window);
}

/** Kilobits per second, as qualities are named. */
export function kilobits({ track }: Pick<TrackWindow, 'track'>): string {
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
