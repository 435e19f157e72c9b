import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Logger } from '../ports/logger.ts';
import { createdAt, describeMedia } from './describe-media.ts';
import { completeRemovals } from './erase-media.ts';
import { indexPath, mediaPath, parseMediaFileName } from './file-names.ts';
import { readMediaFile } from './media-file.ts';
import { writeRecordingJson } from './recording-json.ts';

type SpoolFile = {
  readonly folder: string;
  readonly track: { readonly id: string; readonly kind: 'video' | 'audio' };
  readonly number: number;
};

const BLOCK_BYTES = 1024 * 1024;

/**
 * Removes what a run that was cut off left in the spool. A file there is one that some asset has too, under a second name or, where the volume
 * has no hard links, as a copy, which gets the chunks that it is short of. One with media that no asset has becomes a recording of its own:
 * nothing recorded is thrown away. Before the assets are recovered; nothing may be live.
 */
export async function clearSpool(options: {
  readonly spoolFolder: string;
  readonly assetsFolder: string;
  readonly logger: Logger;
}): Promise<void> {
  const { spoolFolder, assetsFolder, logger } = options;
  for (const entry of await readdir(spoolFolder)) {
    const folder = join(spoolFolder, entry);
    try {
      await clearFolder(folder, assetsFolder, logger);
    } catch (error) {
      // It is looked at again at the next start; its name is never used a second time.
      logger.error({ folder, error }, 'a folder of the spool could not be cleared');
    }
  }
}

async function clearFolder(folder: string, assetsFolder: string, logger: Logger): Promise<void> {
  // Before anything of it is kept.
  await completeRemovals(folder);
  const orphans: SpoolFile[] = [];
  for (const file of await filesOf(folder)) {
    if (await isOrphan(file, assetsFolder)) {
      orphans.push(file);
    }
  }
  if (orphans.length > 0) {
    const assetId = randomUUID();
    const target = join(assetsFolder, assetId);
    for (const { track, number } of orphans) {
      await mkdir(join(target, track.id), { recursive: true });
      await moveIfThere(indexPath(folder, track, number), indexPath(target, track, number));
      await rename(mediaPath(folder, track, number), mediaPath(target, track, number));
    }
    const name = `recovered-${assetId.slice(0, 8)}`;
    const facts = { assetId, name, title: 'Recovered recording', created: await createdAt(target) };
    const json = await describeMedia(target, facts);
    if (json !== undefined) {
      await writeRecordingJson(target, json);
    }
    logger.warn({ folder, asset: name }, 'the spool held media of no recording; they are kept as one');
  }
  await rm(folder, { recursive: true, force: true });
}

async function filesOf(folder: string): Promise<readonly SpoolFile[]> {
  const tracks = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const files: SpoolFile[] = [];
  for (const { name: id } of tracks) {
    for (const name of await readdir(join(folder, id))) {
      const parsed = parseMediaFileName(name);
      if (parsed !== undefined) {
        files.push({ folder, track: { id, kind: parsed.kind }, number: parsed.file });
      }
    }
  }
  return files;
}

/** Whether a file holds media that stand nowhere else. */
async function isOrphan({ folder, track, number }: SpoolFile, assetsFolder: string): Promise<boolean> {
  const path = mediaPath(folder, track, number);
  const { nlink, size } = await stat(path);
  if (nlink > 1) {
    return false;
  }
  const { records, damage } = await readMediaFile({ folder, track, number, repair: false });
  if (records.length === 0 && damage.length === 0) {
    return false;
  }
  let copies = 0;
  for (const asset of await readdir(assetsFolder)) {
    const copy = mediaPath(join(assetsFolder, asset), track, number);
    const copied = await beginsWith(path, copy);
    if (copied !== undefined) {
      copies += 1;
      if (copied < size) {
        await copyFile(path, copy);
      }
    }
  }
  return copies === 0;
}

/** The size of `other` when it holds nothing but the beginning of the file, or all of it; undefined when it is another file or none. */
async function beginsWith(path: string, other: string): Promise<number | undefined> {
  await using opened = new AsyncDisposableStack();
  try {
    const second = opened.use(await open(other, 'r'));
    const first = opened.use(await open(path, 'r'));
    const { size } = await second.stat();
    for (let at = 0; at < size; at += BLOCK_BYTES) {
      const length = Math.min(BLOCK_BYTES, size - at);
      const [a, b] = [Buffer.alloc(length), Buffer.alloc(length)];
      await first.read(a, 0, length, at);
      await second.read(b, 0, length, at);
      if (!a.equals(b)) {
        return undefined;
      }
    }
    return size;
  } catch {
    // There is no such file.
    return undefined;
  }
}

async function moveIfThere(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  try {
    await rename(from, to);
  } catch {
    // An index that is missing is made again.
  }
}
