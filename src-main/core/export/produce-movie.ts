import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Clock, sleep } from '../../base/clock.ts';
import type { Chapter } from '../../media/isobmff/chpl.ts';
import { checkMovie } from './check-movie.ts';
import type { DecodePoints } from './decode-points.ts';
import { type OpenFile, openPartFile, type PartFile } from './part-file.ts';
import type { ExportPlan } from './plan-export.ts';
import { checkSpace, type Space } from './space.ts';
import { writeMovie } from './write-movie.ts';

/** How much is written between two looks at the room on the disk. */
const LOOK_EVERY_BYTES = 64 * 1024 * 1024;
/** While live: how much may wait in memory for the disk. More, and the recording waits behind it when it is flushed. */
const FLUSH_EVERY_BYTES = 16 * 1024 * 1024;
/** While live: for each second of work so many of rest. */
const REST_FACTOR = 2;
const MAX_REST_MS = 2000;

export type ProduceOptions = {
  readonly plan: ExportPlan;
  readonly title: string;
  readonly chapters?: readonly Chapter[];
  /** Where the file goes when it is good, and where it is until then. */
  readonly target: string;
  readonly part: string;
  readonly clock: Clock;
  readonly decode: DecodePoints;
  readonly space: Space;
  readonly isLive: () => boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (bytesDone: number) => void;
  readonly onChecking: () => void;
  readonly openFile?: OpenFile;
};

/** Writes, checks and names one file. Returns its size; leaves nothing behind when it throws. */
export async function produceMovie(options: ProduceOptions): Promise<number> {
  const { plan, title, chapters = [], target, part, signal, decode, onProgress } = options;
  signal.throwIfAborted();
  await checkSpace(options.space, dirname(target), plan.bytes);
  await using file = await openPartFile({ target, part, openFile: options.openFile });
  const pace = createPace(options, file);
  const movie = await writeMovie(plan, file, { title, chapters, signal, onProgress, pace });
  options.onChecking();
  await file.sync();
  signal.throwIfAborted();
  await checkMovie({ path: part, movie, decode, signal });
  signal.throwIfAborted();
  await file.keep();
  if (signal.aborted) {
    await rm(target, { force: true });
    signal.throwIfAborted();
  }
  return movie.totalBytes;
}

/** Between two writes: stops when told to or before the disk is full, and while live leaves the disk to the recording most of the time. */
function createPace(
  { clock, space, target, isLive, signal }: ProduceOptions,
  file: PartFile,
): (bytesWritten: number) => Promise<void> {
  let unlooked = 0;
  let unflushed = 0;
  let workingSinceMs = clock.monotonicMs();

  return async (bytesWritten) => {
    signal.throwIfAborted();
    unlooked += bytesWritten;
    unflushed += bytesWritten;
    if (unlooked >= LOOK_EVERY_BYTES) {
      unlooked = 0;
      await checkSpace(space, dirname(target), 0);
    }
    if (isLive()) {
      if (unflushed >= FLUSH_EVERY_BYTES) {
        unflushed = 0;
        await file.sync();
      }
      const workedMs = clock.monotonicMs() - workingSinceMs;
      await sleep(clock, Math.min(MAX_REST_MS, REST_FACTOR * workedMs), signal);
    }
    workingSinceMs = clock.monotonicMs();
  };
}
