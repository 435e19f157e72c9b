import { type FileHandle, open, readFile, writeFile } from 'node:fs/promises';
import { type ParsedTrack, parseInitSegment } from '../../media/cmaf/init-segment.ts';
import { peekBoxHeader } from '../../media/isobmff/box-header.ts';
import { AppError } from '../../shared/app-error.ts';
import { indexPath, mediaPath } from './file-names.ts';
import { type IndexRecord, parseIndexRecords, writeIndexRecord } from './index-record.ts';
import { findChunk, readRecordAt, scanChunks } from './scan-chunks.ts';

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

/**
 * Reads a file's index, and believes the media: what the index does not cover is looked up in the file itself. With `repair` a torn last chunk
 * is cut off and the index is written again; a damaged place inside is passed over and nothing is cut.
 */
export async function readMediaFile(options: {
  readonly folder: string;
  readonly track: { readonly id: string; readonly kind: 'video' | 'audio' };
  readonly number: number;
  readonly repair: boolean;
}): Promise<MediaFile> {
  const { folder, track, number } = options;
  const path = mediaPath(folder, track, number);
  try {
    return await readOpened(path, options);
  } catch (error) {
    // One file that cannot be read takes no other with it.
    const words = error instanceof Error ? error.message : String(error);
    return { number, header: undefined, records: [], damage: [`${path}: it cannot be read (${words}).`] };
  }
}

async function readOpened(path: string, options: Parameters<typeof readMediaFile>[0]): Promise<MediaFile> {
  const { folder, track, number, repair } = options;
  const { handle, isWritable } = await openFor(path, repair);
  try {
    const { size } = await handle.stat();
    const header = await readHeader(handle, size);
    const indexed = await readIndex(indexPath(folder, track, number));
    const start = header?.bytes.length ?? indexed[0]?.offset ?? (await findChunk(handle, 0, size, undefined));
    if (start === undefined || start > size) {
      // Killed while the header was being written: nothing is lost, because nothing was in it.
      return { number, header: undefined, records: [], damage: [] };
    }
    const covered = await coveredBy(handle, indexed, start, size);
    const last = covered.at(-1);
    const scanned = await scanChunks(handle, last === undefined ? start : last.offset + last.size, size, last);
    const records = [...covered, ...scanned.records];
    if (isWritable && scanned.end < size) {
      await handle.truncate(scanned.end);
    }
    if (isWritable && (scanned.records.length > 0 || covered.length !== indexed.length)) {
      await rewriteIndex(indexPath(folder, track, number), records);
    }
    const damage = [...(header === undefined ? ['its header is damaged.'] : []), ...scanned.damage];
    return { number, header, records, damage: damage.map((words) => `${path}: ${words}`) };
  } finally {
    await handle.close();
  }
}

/** What may not be written can still be read: it is repaired in memory then. */
async function openFor(
  path: string,
  repair: boolean,
): Promise<{ readonly handle: FileHandle; readonly isWritable: boolean }> {
  if (repair) {
    try {
      return { handle: await open(path, 'r+'), isWritable: true };
    } catch {
      // Read-only, or gone: the next line says which.
    }
  }
  return { handle: await open(path, 'r'), isWritable: false };
}

/** The index only saves time, so a disk that takes no more is no reason to stop. */
async function rewriteIndex(path: string, records: readonly IndexRecord[]): Promise<void> {
  try {
    await writeFile(path, Buffer.concat(records.map(writeIndexRecord)));
  } catch {
    // It is made again at the next opening.
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

/**
 * The records that follow each other from the header on, whose chunks are inside the file, and of which the last says what stands there: after
 * a power cut a file may be as long as it was and end in zeros.
 */
async function coveredBy(
  handle: FileHandle,
  records: readonly IndexRecord[],
  start: number,
  size: number,
): Promise<readonly IndexRecord[]> {
  let expected = start;
  let count = 0;
  for (const record of records) {
    if (record.offset !== expected || record.offset + record.size > size) {
      break;
    }
    count += 1;
    expected += record.size;
  }
  for (; count > 0; count -= 1) {
    const record = records[count - 1];
    if (record !== undefined && (await isThere(handle, record, size))) {
      break;
    }
  }
  return records.slice(0, count);
}

async function isThere(handle: FileHandle, record: IndexRecord, size: number): Promise<boolean> {
  const found = await readRecordAt(handle, record.offset, size, undefined);
  if (record.removed === true) {
    return found.kind === 'removed' && found.size === record.size;
  }
  return (
    found.kind === 'record' &&
    found.record.size === record.size &&
    found.record.decodeTime === record.decodeTime &&
    found.record.sequence === record.sequence &&
    found.record.part === record.part
  );
}

async function readHeader(handle: FileHandle, size: number): Promise<MediaFile['header']> {
  const bytes = Buffer.alloc(Math.min(size, MAX_HEADER_BYTES));
  await handle.read(bytes, 0, bytes.length, 0);
  try {
    return parseHeader(bytes);
  } catch (error) {
    if (error instanceof AppError) {
      return undefined;
    }
    throw error;
  }
}

function parseHeader(bytes: Buffer): MediaFile['header'] {
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
