import type { FileHandle } from 'node:fs/promises';
import { MAX_BOX_BYTES, nextChunk, readChunkHeader } from '../../media/cmaf/chunk.ts';
import { parseChunkNumber } from '../../media/cmaf/chunk-number.ts';
import { ticks } from '../../media/time.ts';
import { AppError } from '../../shared/app-error.ts';
import type { IndexRecord } from './index-record.ts';

/** What stands at one byte of a media file. */
export type FoundAt =
  | { readonly kind: 'record'; readonly record: IndexRecord }
  /** Bytes that were taken back, as one `free` box. */
  | { readonly kind: 'removed'; readonly size: number }
  /** It begins as a chunk and goes on beyond the end of the file: what a killed process leaves. */
  | { readonly kind: 'torn' }
  | { readonly kind: 'malformed'; readonly words: string };

export type ScannedChunks = {
  readonly records: readonly IndexRecord[];
  /** Where the last chunk ends when what follows is only the torn beginning of another; else the size of the file. */
  readonly end: number;
  readonly damage: readonly string[];
};

/** Enough for the `moof` of a chunk of ours and the header of its `mdat`. */
const HEAD_BYTES = 4 * 1024;
const SEARCH_BYTES = 1024 * 1024;
const BOX_HEADER_BYTES = 8;
/** Of a box's header, in front of its type. */
const TYPE_OFFSET = 4;
const MOOF = Buffer.from('moof', 'latin1');
const FREE = Buffer.from('free', 'latin1');

/**
 * Walks the chunks of a file from a byte on. A damaged place is passed over to the next `moof` that is whole. `before` is the record in front
 * of that byte.
 */
export async function scanChunks(
  handle: FileHandle,
  from: number,
  size: number,
  before: IndexRecord | undefined,
): Promise<ScannedChunks> {
  const records: IndexRecord[] = [];
  const damage: string[] = [];
  let previous = before;
  for (let at = from; at < size; ) {
    const found = await readRecordAt(handle, at, size, previous);
    if (found.kind === 'record') {
      records.push(found.record);
      previous = found.record;
      at += found.record.size;
      continue;
    }
    if (found.kind === 'removed') {
      records.push(removedRecord(at, found.size, previous));
      at += found.size;
      continue;
    }
    // Also behind what looks torn: a size that was damaged may point beyond the end of the file.
    const next = await findChunk(handle, at + 1, size, previous);
    if (next === undefined && (found.kind === 'torn' || (await isBlank(handle, at, size)))) {
      return { records, end: at, damage };
    }
    const words = found.kind === 'torn' ? 'a chunk is longer than the file' : found.words;
    damage.push(`from byte ${at} to ${next ?? size} it is not media (${words}).`);
    at = next ?? size;
  }
  return { records, end: size, damage };
}

/** Where the next whole chunk that belongs behind `previous` begins; undefined when there is none. */
export async function findChunk(
  handle: FileHandle,
  from: number,
  size: number,
  previous: IndexRecord | undefined,
): Promise<number | undefined> {
  const block = Buffer.alloc(Math.min(SEARCH_BYTES, size - from));
  // Blocks overlap by what a type may be cut by.
  for (let at = from; at < size; at += Math.max(1, block.length - MOOF.length)) {
    const { bytesRead } = await handle.read(block, 0, Math.min(block.length, size - at), at);
    const bytes = block.subarray(0, bytesRead);
    for (let hit = bytes.indexOf(MOOF); hit >= 0; hit = bytes.indexOf(MOOF, hit + 1)) {
      const start = at + hit - TYPE_OFFSET;
      const found = start < from ? undefined : await readRecordAt(handle, start, size, previous);
      if (found?.kind === 'record' && follows(found.record, previous)) {
        return start;
      }
    }
  }
  return undefined;
}

/** Nothing but zeros: a power cut leaves a file at its new length whose last bytes never came. */
async function isBlank(handle: FileHandle, from: number, size: number): Promise<boolean> {
  const block = Buffer.alloc(Math.min(SEARCH_BYTES, size - from));
  for (let at = from; at < size; at += block.length) {
    const { bytesRead } = await handle.read(block, 0, Math.min(block.length, size - at), at);
    if (block.subarray(0, bytesRead).some((byte) => byte !== 0)) {
      return false;
    }
  }
  return true;
}

function follows(record: IndexRecord, previous: IndexRecord | undefined): boolean {
  return previous === undefined || record.decodeTime >= previous.decodeTime + BigInt(previous.duration);
}

/** Stands for its place alone, so that the index has no hole: what was there nobody knows. */
function removedRecord(offset: number, size: number, previous: IndexRecord | undefined): IndexRecord {
  const decodeTime = ticks(previous === undefined ? 0n : previous.decodeTime + BigInt(previous.duration));
  const sequence = previous?.sequence ?? 0;
  return { decodeTime, duration: 0, size, offset, sequence, part: 0, ...NOTHING };
}

const NOTHING = { independent: false, discontinuity: false, removed: true } as const;

/** Other boxes may belong to the chunk behind them. */
function removedAt(bytes: Uint8Array, at: number, size: number): FoundAt | undefined {
  if (bytes.length < BOX_HEADER_BYTES || !FREE.equals(bytes.subarray(TYPE_OFFSET, BOX_HEADER_BYTES))) {
    return undefined;
  }
  const boxSize = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  return boxSize >= BOX_HEADER_BYTES && at + boxSize <= size ? { kind: 'removed', size: boxSize } : undefined;
}

/** The chunk at a byte of the file, as the index lists it; `previous` is the one before. */
export async function readRecordAt(
  handle: FileHandle,
  at: number,
  size: number,
  previous: IndexRecord | undefined,
): Promise<FoundAt> {
  for (let want = HEAD_BYTES; ; ) {
    const bytes = new Uint8Array(Math.min(want, size - at));
    await handle.read(bytes, 0, bytes.length, at);
    const removed = removedAt(bytes, at, size);
    if (removed !== undefined) {
      return removed;
    }
    const next = nextChunk(bytes, 0);
    if (next.kind === 'malformed') {
      return { kind: 'malformed', words: next.error.message };
    }
    if (next.kind === 'end') {
      return { kind: 'malformed', words: 'boxes without a chunk' };
    }
    if (next.kind === 'need') {
      if (at + next.bytes > size) {
        return { kind: 'torn' };
      }
      if (next.bytes > 2 * MAX_BOX_BYTES) {
        return { kind: 'malformed', words: 'boxes without a chunk' };
      }
      want = Math.max(next.bytes, want * 2);
      continue;
    }
    return at + next.end > size ? { kind: 'torn' } : recordOf(bytes, at, previous);
  }
}

function recordOf(bytes: Uint8Array, offset: number, previous: IndexRecord | undefined): FoundAt {
  try {
    const { sequenceNumber, decodeTime, duration, totalSize, independent } = readChunkHeader(bytes);
    const { sequence, part } = parseChunkNumber(sequenceNumber);
    // Breaks are not noted in the media; the times of the segments tell them when these are put in a row.
    const discontinuity = previous?.sequence === sequence && previous.discontinuity;
    return {
      kind: 'record',
      record: { decodeTime, duration, size: totalSize, offset, sequence, part, independent, discontinuity },
    };
  } catch (error) {
    if (error instanceof AppError) {
      return { kind: 'malformed', words: error.message };
    }
    throw error;
  }
}
