import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError } from '../../shared/app-error.ts';
import type { CopyAsFiles, CutPresentation, StaticCopy } from '../ports/static-files.ts';
import { fileError, targetExists } from './file-errors.ts';
import { createPace } from './pace.ts';
import { exists, syncFolder } from './part-file.ts';
import type { ProduceOptions } from './produce-movie.ts';
import { checkSpace } from './space.ts';

type ProduceFolderOptions = ProduceOptions & { readonly cut: CutPresentation; readonly copy: CopyAsFiles };

/** Writes, checks and names a folder of HLS. Returns the bytes in it; leaves nothing behind when it throws. */
export async function produceFolder(options: ProduceFolderOptions): Promise<number> {
  const { plan, target, part, signal } = options;
  signal.throwIfAborted();
  await checkSpace(options.space, dirname(target), plan.bytes);
  const { presentation, movieStart, movieEnd, tracks } = plan;
  const trackIds = new Set(tracks.map(({ track }) => track.id));
  const copy = await options.copy(options.cut(presentation, { start: movieStart, end: movieEnd, trackIds }));
  if (copy === undefined) {
    throw new AppError('export/range-empty', 'Nothing was recorded in that range.', {
      details: { field: 'start' },
    });
  }
  try {
    await mkdir(part);
    const bytes = await writeFiles(copy, options);
    options.onChecking();
    await checkFolder(copy, options);
    signal.throwIfAborted();
    // A rename would replace an empty folder that came to that place meanwhile.
    if (await exists(target)) {
      throw targetExists(target);
    }
    await rename(part, target);
    await syncFolder(dirname(target));
    if (signal.aborted) {
      await rm(target, { recursive: true, force: true });
      signal.throwIfAborted();
    }
    return bytes;
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    throw signal.aborted ? signal.reason : fileError(target, error);
  }
}

async function writeFiles({ files }: StaticCopy, options: ProduceFolderOptions): Promise<number> {
  const { part, onProgress } = options;
  const pace = createPace(options, () => Promise.resolve());
  const folders = new Set<string>([part]);
  let bytes = 0;
  for (const file of files) {
    const path = join(part, file.name);
    if (!folders.has(dirname(path))) {
      await mkdir(dirname(path));
      folders.add(dirname(path));
    }
    const written = await writeFile(path, await file.read());
    bytes += written;
    onProgress(bytes);
    await pace(written);
  }
  return bytes;
}

async function writeFile(path: string, chunks: readonly Uint8Array[]): Promise<number> {
  const bytes = Buffer.concat(chunks);
  await using file = await open(path, 'wx');
  await file.writeFile(bytes);
  // On the disk before the folder has its name.
  await file.datasync();
  return bytes.length;
}

/** Lets ffmpeg play the first, the middle and the last segment of each playlist, as a stranger finds them in the folder. */
async function checkFolder(
  { playlists }: StaticCopy,
  { part, decode, signal }: ProduceFolderOptions,
): Promise<void> {
  for (const { name, kind, begins } of playlists) {
    const chosen = new Set([0, Math.floor(begins.length / 2), begins.length - 1]);
    const points = [...chosen].map((index) => ({ kind, track: 0, seconds: begins[index] ?? 0 }));
    const times = await decode(join(part, name), points, signal);
    const unplayed = points.find((_, index) => times[index] === undefined);
    if (unplayed !== undefined) {
      const problem = `does not play at ${unplayed.seconds.toFixed(3)} s of ${name}`;
      throw new AppError('export/check-failed', `The exported folder ${problem}. It was removed; export again.`, {
        details: { path: part, problem },
      });
    }
  }
}
