import { type FileHandle, open, readFile, writeFile } from 'node:fs/promises';
import { nextChunk, readChunkHeader } from '../../media/cmaf/chunk.ts';
import { parseChunkNumber } from '../../media/cmaf/chunk-number.ts';
import { type ParsedTrack, parseInitSegment } from '../../media/cmaf/init-segment.ts';
import { peekBoxHeader } from '../../media/isobmff/box-header.ts';
import { AppError } from '../../shared/app-error.ts';
import { indexPath, mediaPath } from './file-names.ts';
import { type IndexRecord, parseIndexRecords, writeIndexRecord } from './index-record.ts';

/** One rolling file of a track as it was found. */
export type MediaFile = {
  readonly number: number;
  /** `ftyp` + `moov`, and what they say; undefined when the file does not even hold those. */
  readonly header: { readonly bytes: Uint8Array; readonly description: ParsedTrack['description'] } | undefined;
  readonly records: readonly IndexRecord[];
  /** What is wrong with it, in sentences. */
  readonly damage: readonly string[];
};

/** A header of ours is below 2 kB; what claims to be larger is none. */
const MAX_HEADER_BYTES = 64 * 1024;
/** Enough for the `moof` of a chunk of ours and the header of its `mdat`. */
const SCAN_BYTES = 16 * 1024;

/**
 * Reads a file's index, and believes the media: what the index does not cover is looked up in the file itself. With `repair` a torn last chunk
 * is cut off and the index is written again.
 */
export async function readMediaFile(options: {
  readonly folder: string;
  readonly track: { readonly id: string; readonly kind: 'video' | 'audio' };
  readonly number: number;
  readonly repair: boolean;
}): Promise<MediaFile> {
  const { folder, track, number, repair } = options;
  const path = mediaPath(folder, track, number);
  const handle = await open(path, repair ? 'r+' : 'r');
  try {
    const { size } = await handle.stat();
    const header = await readHeader(handle, size);
    if (header === undefined) {
      // Killed while the header was being written: nothing is lost, because nothing was in it.
      return { number, header, records: [], damage: [] };
    }
    const indexed = await readIndex(indexPath(folder, track, number));
    const covered = coveredBy(indexed, header.bytes.length, size);
    const last = covered.at(-1);
    const scanned = await scanChunks(
      handle,
      last === undefined ? header.bytes.length : last.offset + last.size,
      size,
      covered.at(-1),
    );
    const records = [...covered, ...scanned.records];
    if (repair && (scanned.end < size || records.length !== indexed.length)) {
      await handle.truncate(scanned.end);
      await writeFile(indexPath(folder, track, number), Buffer.concat(records.map(writeIndexRecord)));
    }
    return { number, header, records, damage: scanned.damage === undefined ? [] : [`${path}: ${scanned.damage}`] };
  } finally {
    await handle.close();
  }
}

async function readIndex(path: string): Promise<readonly IndexRecord[]> {
  try {
    return parseIndexRecords(await readFile(path));
  } catch {
    // Lost; the media has it all.
    return [];
  }
}

/** The records that follow each other from the header on and whose chunks are inside the file. */
function coveredBy(records: readonly IndexRecord[], start: number, size: number): readonly IndexRecord[] {
  let expected = start;
  const covered: IndexRecord[] = [];
  for (const record of records) {
    if (record.offset !== expected || record.offset + record.size > size) {
      break;
    }
    covered.push(record);
    expected += record.size;
  }
  return covered;
}

async function readHeader(handle: FileHandle, size: number): Promise<MediaFile['header']> {
  const bytes = Buffer.alloc(Math.min(size, MAX_HEADER_BYTES));
  await handle.read(bytes, 0, bytes.length, 0);
  let at = 0;
  let hasMovie = false;
  while (!hasMovie) {
    const box = at < bytes.length ? peekBoxHeader(bytes, at, 0) : undefined;
    if (box === undefined || box.size === 0 || at + box.size > bytes.length) {
      return undefined;
    }
    hasMovie = box.type === 'moov';
    at += box.size;
  }
  const header = new Uint8Array(bytes.subarray(0, at));
  const [parsed] = parseInitSegment(header);
  return parsed === undefined ? undefined : { bytes: header, description: parsed.description };
}

/** Walks the chunks from a byte on. A last chunk that is cut off is no damage: it is what a killed process leaves. */
async function scanChunks(
  handle: FileHandle,
  from: number,
  size: number,
  before: IndexRecord | undefined,
): Promise<{ readonly records: readonly IndexRecord[]; readonly end: number; readonly damage?: string }> {
  const records: IndexRecord[] = [];
  let at = from;
  let want = SCAN_BYTES;
  let previous = before;
  while (at < size) {
    const bytes = new Uint8Array(Math.min(want, size - at));
    await handle.read(bytes, 0, bytes.length, at);
    const next = nextChunk(bytes, 0);
    if (next.kind === 'malformed') {
      return { records, end: at, damage: `from byte ${at} on it is not media (${next.error.message}).` };
    }
    if (next.kind === 'end' || (next.kind === 'need' && at + next.bytes > size)) {
      break;
    }
    if (next.kind === 'need') {
      want = Math.max(next.bytes, want * 2);
      continue;
    }
    if (at + next.end > size) {
      break;
    }
    const record = recordOf(bytes, at, previous);
    if (record instanceof AppError) {
      return { records, end: at, damage: `from byte ${at} on it is not media (${record.message}).` };
    }
    records.push(record);
    previous = record;
    at += next.end;
    want = SCAN_BYTES;
  }
  return { records, end: at };
}

function recordOf(bytes: Uint8Array, offset: number, previous: IndexRecord | undefined): IndexRecord | AppError {
  try {
    const { sequenceNumber, decodeTime, duration, totalSize, independent } = readChunkHeader(bytes);
    const { sequence, part } = parseChunkNumber(sequenceNumber);
    const expected = previous === undefined ? undefined : previous.decodeTime + BigInt(previous.duration);
    const follows =
      previous?.sequence === sequence ? previous.discontinuity : expected !== undefined && decodeTime !== expected;
    return { decodeTime, duration, size: totalSize, offset, sequence, part, independent, discontinuity: follows };
  } catch (error) {
    if (error instanceof AppError) {
      return error;
    }
    throw error;
  }
}
