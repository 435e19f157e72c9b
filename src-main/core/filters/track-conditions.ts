import type { TrackCondition } from '../../shared/api/filters.ts';
import type { Track } from '../ports/presentation.ts';

export type SelectableTrack = Pick<Track, 'name' | 'language' | 'bitrate'> & {
  readonly kind: Track['kind'] | 'text';
  /** Text that stands beside the media has none. */
  readonly fourCc?: Track['fourCc'];
};

/** Whether a track meets all conditions of any of the rows. */
export function isSelected(track: SelectableTrack, rows: readonly (readonly TrackCondition[])[]): boolean {
  return rows.some((conditions) => conditions.every((condition) => meets(track, condition)));
}

function meets(track: SelectableTrack, { property, operation, value }: TrackCondition): boolean {
  return isEqual(track, property, value) === (operation === 'Equal');
}

function isEqual(track: SelectableTrack, property: TrackCondition['property'], value: string): boolean {
  switch (property) {
    case 'Type':
      return track.kind === value.toLowerCase();
    case 'Name':
      return track.name === value;
    case 'Language':
      return canonical(track.language) === canonical(value);
    case 'FourCC':
      return track.fourCc?.toLowerCase() === value.toLowerCase();
    case 'Bitrate':
      return isWithin(track.bitrate, value);
  }
}

/** `eng` and `EN` are `en`. */
function canonical(language: string): string {
  try {
    return Intl.getCanonicalLocales(language)[0] ?? language;
  } catch {
    return language.toLowerCase();
  }
}

/** `128000`, `0-2427000`, `128000-`, `-128000`; both bounds are in. */
function isWithin(bitrate: number, value: string): boolean {
  const dash = value.indexOf('-');
  if (dash < 0) {
    return bitrate === Number(value);
  }
  const high = value.slice(dash + 1);
  return bitrate >= Number(value.slice(0, dash)) && (high === '' || bitrate <= Number(high));
}
