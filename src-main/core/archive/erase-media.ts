import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../ports/logger.ts';
import type { RemovedMedia } from '../ports/removed-media.ts';
import { isMissing } from './asset-folder.ts';
import { indexPath, mediaPath, parseMediaFileName } from './file-names.ts';
import { INDEX_RECORD_BYTES, type IndexRecord, parseIndexRecords, writeIndexRecord } from './index-record.ts';
import { readMediaFile } from './media-file.ts';
import { noteDone, readRemovals } from './removal-note.ts';
import { eraseTranscripts } from './transcript-file.ts';

type Range = Pick<RemovedMedia, 'fromSequence' | 'toSequence'>;
type MediaFileName = { readonly id: string; readonly kind: 'video' | 'audio'; readonly number: number };

/**
 * Overwrites the chunks of some segments in the files of a folder. Each becomes a `free` box of zeros (ISO/IEC 14496-12 §8.1.2), so that nothing
 * else moves, every other byte stays, and players pass over it. Resolves when that is on the disk. It can be done again.
 *
 * Where the volume writes elsewhere what is written over (copy on write, snapshots, flash), the old blocks are the volume's to forget.
 */
async function eraseMedia(folder: string, range: Range): Promise<void> {
  for (const files of await filesByTrack(folder)) {
    for (const file of files) {
      const first = await eraseInFile(folder, file, range);
      if (first !== undefined && first < range.fromSequence) {
        // What is before it begins earlier still.
        break;
      }
    }
  }
}

/** Erases the media of what is noted and not done yet, and notes that it is. */
export async function eraseNoted(folder: string): Promise<void> {
  const waiting = (await readRemovals(folder)).filter(({ isDone }) => !isDone);
  for (const removal of waiting) {
    await eraseMedia(folder, removal);
  }
  if (waiting.length > 0) {
    await noteDone(folder);
  }
}

/** The same with the text of that time, where nobody writes any more. */
export async function completeRemovals(folder: string): Promise<void> {
  for (const { isDone, fromMs, toMs } of await readRemovals(folder)) {
    if (!isDone) {
      await eraseTranscripts(folder, fromMs, toMs);
    }
  }
  await eraseNoted(folder);
}

/** What a run that was cut off had still to take back of the recordings, before anything of them is looked at. */
export async function completeAllRemovals(assetsFolder: string, logger: Logger): Promise<void> {
  for (const entry of await readdir(assetsFolder)) {
    try {
      await completeRemovals(join(assetsFolder, entry));
    } catch (error) {
      logger.error(
        { folder: entry, error },
        'what was to be taken back of a recording could not all be overwritten',
      );
    }
  }
}

/** Of each track the newest first. */
async function filesByTrack(folder: string): Promise<readonly (readonly MediaFileName[])[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return await Promise.all(
    entries
      .filter((entry) => entry.isDirectory())
      .map(async ({ name: id }) =>
        (await readdir(join(folder, id)))
          .flatMap((name) => parseMediaFileName(name) ?? [])
          .map(({ file, kind }) => ({ id, kind, number: file }))
          .toSorted((a, b) => b.number - a.number),
      ),
  );
}

/** Gives the sequence number of its first chunk; undefined when there is none, or the file has gone meanwhile. */
async function eraseInFile(
  folder: string,
  { id, kind, number }: MediaFileName,
  range: Range,
): Promise<number | undefined> {
  const track = { id, kind };
  const { records } = await readMediaFile({ folder, track, number, repair: false });
  const wanted = records.filter((record) => isIn(record, range));
  if (wanted.length > 0) {
    await change(mediaPath(folder, track, number), (handle) => overwrite(handle, wanted));
    await change(indexPath(folder, track, number), (handle) => markRemoved(handle, range));
  }
  return records.find(({ removed }) => removed !== true)?.sequence;
}

function isIn({ sequence, removed }: IndexRecord, { fromSequence, toSequence }: Range): boolean {
  return removed !== true && sequence >= fromSequence && sequence <= toSequence;
}

async function overwrite(handle: FileHandle, records: readonly IndexRecord[]): Promise<void> {
  for (const { offset, size } of records) {
    const box = Buffer.alloc(size);
    box.writeUInt32BE(size, 0);
    box.write('free', 4, 'latin1');
    await handle.write(box, 0, size, offset);
  }
  await handle.datasync();
}

/** Behind the media: an index that still knows of what is gone finds a `free` box there, and is made anew. */
async function markRemoved(handle: FileHandle, range: Range): Promise<void> {
  for (const [index, record] of parseIndexRecords(await handle.readFile()).entries()) {
    if (isIn(record, range)) {
      const bytes = writeIndexRecord({ ...record, removed: true });
      await handle.write(bytes, 0, INDEX_RECORD_BYTES, index * INDEX_RECORD_BYTES);
    }
  }
  await handle.datasync();
}

async function change(path: string, step: (handle: FileHandle) => Promise<void>): Promise<void> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r+');
  } catch (error) {
    if (isMissing(error)) {
      return;
    }
    throw error;
  }
  try {
    await step(handle);
  } finally {
    await handle.close();
  }
}
