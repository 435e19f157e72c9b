import type { SegmentRef } from '../../media/cmaf/segment-table.ts';
import { ticks } from '../../media/time.ts';
import type { StreamingResource, TrackAddress } from '../ports/packaging.ts';
import { fragmentName, type WrittenFormat } from './address.ts';
import type { ViewContext } from './format-view.ts';
import type { RowMemory } from './row-memory.ts';
import type { ShownTrack } from './shown-tracks.ts';
import type { Snapshot } from './snapshot.ts';

/** A segment as it is asked for by its time. */
export type SegmentResource = Extract<StreamingResource, { readonly kind: 'segment' }>;

/** Where the fragment is that follows the one at an address of DASH or of HLS with CMAF; see `Packager.next`. */
export function nextFragment(
  { snapshotNow, rowsOf, carried }: Pick<ViewContext, 'snapshotNow' | 'rowsOf' | 'carried'>,
  resource: StreamingResource,
): string | undefined {
  if (resource.kind !== 'segment') {
    return undefined;
  }
  const window = shownTrackAt(snapshotNow(), resource.track);
  if (window === undefined) {
    return undefined;
  }
  const rows = rowsOf(window);
  const sequence = sequenceAt(window, rows, resource.time);
  const next = sequence === undefined ? undefined : nextRow(window, rows, sequence);
  return next && nextName(resource, next.time, carried);
}

/** With the same options as the address that was asked for. */
export function nextName(
  { track, format, keyFrames }: SegmentResource,
  time: bigint,
  carried: ViewContext['carried'],
): string | undefined {
  return isWritten(format)
    ? fragmentName(track.name, time, format, { ...carried, keyFrame: keyFrames === true })
    : undefined;
}

/** Undefined also for text, which is not cut into fragments. */
export function shownTrackAt({ tracks, late }: Snapshot, { name, bitrate }: TrackAddress): ShownTrack | undefined {
  return [...tracks, ...late.hidden].find(({ track }) => track.name === name && track.bitrate === bitrate);
}

export function sequenceAt({ segments }: ShownTrack, rows: RowMemory, time: bigint): number | undefined {
  const index = segments.indexAtTime(ticks(time));
  return index < 0 ? rows.leftAt(ticks(time)) : segments.firstSequence + index;
}

/** The first complete segment behind one that has anything in it; `reserved` of the newest do not count. */
export function nextRow(
  { segments }: ShownTrack,
  rows: RowMemory,
  sequence: number,
  reserved = 0,
): SegmentRef | undefined {
  const end = segments.firstSequence + segments.length - reserved;
  for (let next = Math.max(sequence + 1, rows.firstKnown(segments.firstSequence)); next < end; next += 1) {
    const row = rows.rowAt(next);
    if (row.size > 0 && row.duration > 0) {
      return row;
    }
  }
  return undefined;
}

function isWritten(format: StreamingResource['format']): format is WrittenFormat {
  return format !== 'smooth';
}
