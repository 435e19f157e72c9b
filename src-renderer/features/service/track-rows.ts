import { type MediaFilter, type TrackCondition, trackCondition } from '../../../src-main/shared/api/filters.ts';

export const TRACK_PROPERTIES = ['Type', 'Name', 'Language', 'FourCC', 'Bitrate'] as const;
export const TRACK_KINDS = ['video', 'audio', 'text'] as const;

/** One condition of a row, as it is typed. */
export type ConditionRow = TrackCondition & { readonly id: number };
/** A track is in that meets all of these. */
export type TrackRow = { readonly id: number; readonly conditions: readonly ConditionRow[] };

/** As `filterContent` bounds them. */
export const MOST_ROWS = 64;
export const MOST_CONDITIONS = 32;

/** As they are typed in; the way back gives the same. */
export function rowsOf(tracks: MediaFilter['tracks']): readonly TrackRow[] {
  return tracks.map(({ trackSelections }, id) => ({
    id,
    conditions: trackSelections.map((condition, index) => ({ ...condition, id: index })),
  }));
}

export function tracksOfRows(rows: readonly TrackRow[]): MediaFilter['tracks'] {
  return rows.map(({ conditions }) => ({
    trackSelections: conditions.map(({ id: _id, ...condition }) => condition),
  }));
}

/** Whether the service would take a condition: `128000`, `0-2427000` or `128000-` of a bitrate, one of three kinds, anything else but nothing. */
export function isConditionGood({ id: _id, ...condition }: ConditionRow): boolean {
  return trackCondition.safeParse(condition).success;
}

/** Whether the service would take all of them. */
export function areRowsGood(rows: readonly TrackRow[]): boolean {
  return rows.every(({ conditions }) => conditions.every(isConditionGood));
}

/** With one more of what was not there yet: a kind of track, which is what most rows begin with. */
export function withTrackRow(rows: readonly TrackRow[]): readonly TrackRow[] {
  return [...rows, { id: nextId(rows), conditions: withCondition([]) }];
}

/** With one more condition: the kind of track first, then the language, which is what is asked for most. */
export function withCondition(conditions: readonly ConditionRow[]): readonly ConditionRow[] {
  const isFirst = conditions.length === 0;
  return [
    ...conditions,
    {
      id: nextId(conditions),
      property: isFirst ? 'Type' : 'Language',
      operation: 'Equal',
      value: isFirst ? 'video' : '',
    },
  ];
}

function nextId(rows: readonly { readonly id: number }[]): number {
  return Math.max(-1, ...rows.map(({ id }) => id)) + 1;
}
