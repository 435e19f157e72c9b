import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { RemovedMedia } from '../ports/removed-media.ts';
import { writeFileAtomic } from './write-file-atomic.ts';

/**
 * `removed.json` in the folder of an asset, and in one of the spool while it is needed: what was taken back of its media. It is written before
 * anything is overwritten, so that a run that is cut off is completed by the next, and stays, so that copies elsewhere can be told too.
 */
const FILE_NAME = 'removed.json';

const notedRemoval = z.object({
  fromSequence: z.number().int(),
  toSequence: z.number().int(),
  fromMs: z.number(),
  toMs: z.number(),
  /** Nothing of it is on the disk any more. */
  isDone: z.boolean(),
});
type NotedRemoval = z.infer<typeof notedRemoval>;

const note = z.object({ version: z.literal(1), removed: z.array(notedRemoval) });

/** Oldest first; empty when there is none that can be understood, for it is replaced as a whole. */
export async function readRemovals(folder: string): Promise<readonly NotedRemoval[]> {
  try {
    return note.parse(JSON.parse(await readFile(join(folder, FILE_NAME), 'utf8'))).removed;
  } catch {
    return [];
  }
}

/** Resolves when it is on the disk, and lasts over a power cut. */
export async function noteRemoval(folder: string, removed: RemovedMedia): Promise<void> {
  await write(folder, [...(await readRemovals(folder)), { ...removed, isDone: false }]);
}

export async function noteDone(folder: string): Promise<void> {
  await write(
    folder,
    (await readRemovals(folder)).map((removal) => ({ ...removal, isDone: true })),
  );
}

async function write(folder: string, removed: readonly NotedRemoval[]): Promise<void> {
  await writeFileAtomic(join(folder, FILE_NAME), `${JSON.stringify({ version: 1, removed }, undefined, 2)}\n`);
}
