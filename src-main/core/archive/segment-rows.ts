import { createSegmentTable, type SegmentTable } from '../../media/cmaf/segment-table.ts';
import { ticks } from '../../media/time.ts';
import type { IndexRecord } from './index-record.ts';

/** Shorter differences are no breaks; see `core/live/segmenter.ts`. */
const GAP_SECONDS = 0.1;
/** What a row of the table can hold. */
const MAX_DURATION = 0xffff_ffff;

/** Puts the chunks of a track, file by file, into rows of segments. */
export type SegmentRows = {
  add(file: number, records: readonly IndexRecord[]): void;
  /** Closes the last segment. */
  finish(): SegmentTable;
};

type OpenRow = { readonly first: IndexRecord; readonly file: number; size: number; end: bigint };

/**
 * Chunks in a row become rows of segments; a sequence number that no chunk bears becomes a row without bytes. `range` are the sequence numbers
 * that belong to the recording, both included.
 */
export function createSegmentRows(options: {
  readonly kind: 'video' | 'audio';
  readonly timescale: number;
  readonly range: { readonly first: number; readonly last: number };
}): SegmentRows {
  const { kind, timescale, range } = options;
  const table = createSegmentTable();
  let open: OpenRow | undefined;

  function close(): void {
    if (open === undefined) {
      return;
    }
    const { first, file, size, end } = open;
    const runsOn = table.length === 0 ? 0 : table.firstSequence + table.length;
    // Before the rows of what is missing, which fill the time.
    const discontinuity = first.discontinuity || (runsOn === first.sequence && leavesGap(first));
    for (let missing = runsOn; table.length > 0 && missing < first.sequence; missing += 1) {
      const last = table.at(table.length - 1);
      const time = ticks(last.time + BigInt(last.duration));
      const duration = missing === first.sequence - 1 ? Number(first.decodeTime - time) : 0;
      table.append(
        {
          sequence: missing,
          time,
          duration: Math.min(MAX_DURATION, Math.max(0, duration)),
          size: 0,
          discontinuity: false,
        },
        { file: 0, offset: 0 },
      );
    }
    const duration = Math.min(MAX_DURATION, Number(end - first.decodeTime));
    table.append(
      { sequence: first.sequence, time: first.decodeTime, duration, size, discontinuity },
      { file, offset: first.offset },
    );
    open = undefined;
  }

  /** An index that was made again from the media cannot tell a break between two segments; the times can. */
  function leavesGap(first: IndexRecord): boolean {
    const last = table.at(table.length - 1);
    return Number(first.decodeTime - last.time) - last.duration > GAP_SECONDS * timescale;
  }

  function take(file: number, record: IndexRecord): void {
    const end = record.decodeTime + BigInt(record.duration);
    if (open?.first.sequence === record.sequence) {
      // Behind a damaged place the rest of the segment is left out: its bytes must stand in a row.
      if (open.file === file && record.offset === open.first.offset + open.size) {
        open.size += record.size;
        open.end = end;
      }
      return;
    }
    // What follows must neither go back nor begin where nothing can be decoded.
    const goesBack = open !== undefined && (record.sequence < open.first.sequence || record.decodeTime < open.end);
    if (goesBack || (kind === 'video' && !record.independent)) {
      return;
    }
    close();
    open = { first: record, file, size: record.size, end };
  }

  return {
    add(file, records) {
      for (const record of records) {
        if (record.removed !== true && record.sequence >= range.first && record.sequence <= range.last) {
          take(file, record);
        }
      }
    },
    finish() {
      close();
      return table;
    },
  };
}
