import { rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Chapter } from '../../media/isobmff/chpl.ts';
import { checkMovie, checkPoints } from './check-movie.ts';
import type { DecodePoints } from './decode-points.ts';
import { createPace, type Paced } from './pace.ts';
import { type OpenFile, openPartFile, type PartFile } from './part-file.ts';
import type { ExportPlan } from './plan-export.ts';
import type { Remux } from './remux.ts';
import { checkSpace } from './space.ts';
import { type WrittenMovie, writeMovie } from './write-movie.ts';

/** Of the work on a Matroska file: the second copy. */
const REMUX_SHARE = 0.4;

export type ProduceOptions = Paced & {
  readonly plan: ExportPlan;
  readonly title: string;
  readonly chapters?: readonly Chapter[];
  /** Where the file goes when it is good, and where it is until then. */
  readonly target: string;
  readonly part: string;
  readonly decode: DecodePoints;
  readonly onProgress: (bytesDone: number) => void;
  readonly onChecking: () => void;
  readonly openFile?: OpenFile;
};

/** Writes, checks and names one MP4. Returns its size; leaves nothing behind when it throws. */
export async function produceMovie(options: ProduceOptions): Promise<number> {
  const { plan, target, part, signal, decode } = options;
  signal.throwIfAborted();
  await checkSpace(options.space, dirname(target), plan.bytes);
  await using file = await openPartFile({ target, part, openFile: options.openFile });
  const movie = await writeInto(file, options);
  options.onChecking();
  await file.sync();
  signal.throwIfAborted();
  await checkMovie({ path: part, movie, decode, isReached: plan.movieEnd !== undefined, signal });
  await keepUnlessStopped(file, options);
  return movie.totalBytes;
}

/**
 * Writes, checks and names one Matroska file: ffmpeg makes it of an MP4 as above, sample by sample. Returns its size; leaves nothing behind when it
 * throws.
 */
export async function produceMatroska(
  options: ProduceOptions & {
    readonly remux: Remux /** Of the MP4; gone when this resolves. */;
    readonly scratch: string;
  },
): Promise<number> {
  const { plan, target, part, scratch, signal, decode, remux } = options;
  signal.throwIfAborted();
  await checkSpace(options.space, dirname(scratch), plan.bytes);
  await checkSpace(options.space, dirname(target), plan.bytes);
  // First, so that a place that cannot be written is known at once.
  await using file = await openPartFile({ target, part, openFile: options.openFile });
  await using source = await openPartFile({ target: scratch, part: scratch, openFile: options.openFile });
  const onProgress = (bytesDone: number): void => options.onProgress(bytesDone * (1 - REMUX_SHARE));
  const movie = await writeInto(source, { ...options, onProgress });
  await checkSpace(options.space, dirname(target), plan.bytes);
  await remux(
    scratch,
    part,
    plan.tracks.map(({ aside }) => aside),
    signal,
  );
  options.onChecking();
  await file.sync();
  signal.throwIfAborted();
  await checkPoints({ path: part, movie, decode, isReached: true, signal });
  const { size } = await stat(part);
  await keepUnlessStopped(file, options);
  return size;
}

async function writeInto(file: PartFile, options: ProduceOptions): Promise<WrittenMovie> {
  const { plan, title, chapters = [], signal, onProgress } = options;
  return await writeMovie(plan, file, {
    title,
    chapters,
    signal,
    onProgress,
    pace: createPace(options, () => file.sync()),
  });
}

async function keepUnlessStopped(file: PartFile, { signal, target }: ProduceOptions): Promise<void> {
  signal.throwIfAborted();
  await file.keep();
  if (signal.aborted) {
    await rm(target, { force: true });
    signal.throwIfAborted();
  }
}
