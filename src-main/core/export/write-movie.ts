import type { SegmentRef } from '../../media/cmaf/segment-table.ts';
import type { Chapter } from '../../media/isobmff/chpl.ts';
import { type ChunkRef, layoutMovie, type MovieLayout } from '../../media/mp4/layout-movie.ts';
import { type Ticks, ticks, ticksToSeconds } from '../../media/time.ts';
import { AppError } from '../../shared/app-error.ts';
import { createTrackCollector, type TrackCollector } from './collect-track.ts';
import { createGatheringWriter } from './gathering-writer.ts';
import type { PartFile } from './part-file.ts';
import type { ExportPlan, PlannedTrack } from './plan-export.ts';
import { readAhead } from './read-ahead.ts';
import { parseSegment } from './read-segment.ts';
import { estimateHeaderBytes, fillHeader } from './reserve-header.ts';
import { openSegmentSource } from './segment-source.ts';

/** What is read at once: few calls, and little enough to be in the processor's cache when it is written. */
const STRETCH_BYTES = 2 * 1024 * 1024;

export type WriteOptions = {
  readonly title: string;
  /** Times count from the beginning of the movie. */
  readonly chapters?: readonly Chapter[];
  readonly signal: AbortSignal;
  /** Told after each write: bytes of the recording that are done with. */
  readonly onProgress: (bytesDone: number) => void;
  /** Waited for between writes: makes room for what is live, and stops before the disk is full. */
  readonly pace: (bytesWritten: number) => Promise<void>;
};

/** What was written, as the check must find it. */
export type WrittenMovie = {
  readonly totalBytes: number;
  readonly tracks: readonly WrittenTrack[];
};

export type WrittenTrack = {
  readonly kind: 'video' | 'audio';
  readonly sampleCount: number;
  /** Seconds of the movie: when it begins to show something, and for how long. */
  readonly start: number;
  readonly duration: number;
  /** When key frames, or every so often a sound, are presented; at least one, in order of decoding, none hidden by the edit list. */
  readonly points: readonly number[];
};

/**
 * Writes the movie front to back: the recording is read once and its data written once. Room for the header is left in front by an estimate
 * and filled at the end; should it not be enough, which takes a recording whose frame rate changes greatly, everything is written again.
 */
export async function writeMovie(plan: ExportPlan, file: PartFile, options: WriteOptions): Promise<WrittenMovie> {
  let dataStart = await estimateHeaderBytes(plan, options.chapters);
  for (;;) {
    const { movie, layout } = await attempt(plan, file, options, dataStart);
    if (movie !== undefined) {
      return movie;
    }
    dataStart = layout.header.length + layout.mdatHeader.length;
    await file.clear();
  }
}

async function attempt(
  plan: ExportPlan,
  file: PartFile,
  options: WriteOptions,
  dataStart: number,
): Promise<{ readonly movie: WrittenMovie | undefined; readonly layout: MovieLayout }> {
  const { presentation, tracks, movieStart, movieEnd } = plan;
  const { signal } = options;
  const collectors = tracks.map(createTrackCollector);
  const order: ChunkRef[] = [];
  const chunkCounts = tracks.map(() => 0);
  await using source = openSegmentSource(presentation);
  const writer = createGatheringWriter({ ...options, file, release: (buffer) => source.release(buffer) });
  let bytesRead = 0;

  function take(chunks: readonly TrackChunk[]): void {
    for (const { track, data } of chunks.toSorted((a, b) => a.seconds - b.seconds)) {
      order.push({ track, chunk: chunkCounts[track] ?? 0 });
      chunkCounts[track] = (chunkCounts[track] ?? 0) + 1;
      writer.gather(data);
    }
  }

  const read = async (stretch: readonly Piece[]): Promise<readonly ReadPiece[]> =>
    await Promise.all(
      stretch.map(async (piece) => ({
        ...piece,
        buffers: await source.read(piece.planned.window, piece.segments),
      })),
    );
  try {
    for await (const stretch of readAhead(stretchesOf(tracks), read, signal)) {
      take(stretch.flatMap((piece) => chunksOf(piece, collectors)));
      for (const buffer of stretch.flatMap(({ buffers }) => buffers)) {
        writer.releaseLater(buffer);
        bytesRead += buffer.length;
      }
      await writer.writeIfEnough(dataStart, bytesRead);
    }
    for (const collector of collectors) {
      collector.finish();
    }
    await writer.writeRest(dataStart, bytesRead);
  } finally {
    await writer.idle();
  }
  const inputs = collectors.map((collector, index) => {
    const startTime = collector.startTime();
    if (startTime === undefined) {
      throw new AppError('export/range-empty', 'Nothing was recorded in that range.', {
        details: { field: 'start' },
      });
    }
    return { table: collector.table, startTime, aside: tracks[index]?.aside };
  });
  const layout = layoutMovie(inputs, order, {
    title: options.title,
    chapters: options.chapters ?? [],
    ...(movieStart === undefined ? {} : { start: movieStart }),
    ...(movieEnd === undefined ? {} : { end: movieEnd }),
  });
  const header = fillHeader(layout, dataStart);
  if (header === undefined) {
    return { movie: undefined, layout };
  }
  await file.write([header], 0);
  const payload = layout.totalBytes - layout.header.length - layout.mdatHeader.length;
  return { movie: { totalBytes: dataStart + payload, tracks: describe(inputs, collectors, plan) }, layout };
}

/** Some segments of one track. */
type Piece = { readonly index: number; readonly planned: PlannedTrack; readonly segments: readonly SegmentRef[] };
type ReadPiece = Piece & { readonly buffers: readonly Uint8Array[] };
type TrackChunk = { readonly track: number; readonly seconds: number; readonly data: readonly Uint8Array[] };

/** What all tracks have over the same time, stretch after stretch: what is in one comes out ordered by time. */
function* stretchesOf(tracks: readonly PlannedTrack[]): Generator<readonly Piece[], void> {
  const at = tracks.map(() => 0);
  for (;;) {
    const taken = tracks.map((): SegmentRef[] => []);
    for (let bytes = 0; bytes < STRETCH_BYTES; ) {
      const upcoming = tracks.map(({ segments }, index) => segments[at[index] ?? 0]);
      const next = Math.min(...upcoming.map((segment) => segment?.sequence ?? Infinity));
      if (next === Infinity) {
        break;
      }
      for (const [index, segment] of upcoming.entries()) {
        if (segment?.sequence === next) {
          taken[index]?.push(segment);
          at[index] = (at[index] ?? 0) + 1;
          bytes += segment.size;
        }
      }
    }
    const stretch = tracks.map((planned, index) => ({ index, planned, segments: taken[index] ?? [] }));
    if (taken.every(({ length }) => length === 0)) {
      return;
    }
    yield stretch.filter(({ segments }) => segments.length > 0);
  }
}

function chunksOf(
  { index, planned, segments, buffers }: ReadPiece,
  collectors: readonly TrackCollector[],
): readonly TrackChunk[] {
  return buffers
    .flatMap((bytes) => parseSegment(bytes, planned.window, segments[0]?.sequence ?? 0))
    .flatMap((chunk) => collectors[index]?.add(chunk) ?? [])
    .map(({ time, data }) => {
      return { track: index, seconds: ticksToSeconds(time, planned.track.timescale), data };
    });
}

function describe(
  inputs: readonly { readonly table: TrackCollector['table']; readonly startTime: Ticks }[],
  collectors: readonly TrackCollector[],
  { movieStart, movieEnd }: ExportPlan,
): readonly WrittenTrack[] {
  const last = movieEnd === undefined ? Infinity : ticksToSeconds(movieEnd.time, movieEnd.timescale);
  const spans = inputs.map(({ table, startTime }) => {
    const { presented } = table.contents();
    const seconds = (after: number): number => ticksToSeconds(ticks(startTime + BigInt(after)), table.timescale);
    return { begin: seconds(presented.start), end: Math.min(last, seconds(presented.end)) };
  });
  const origin =
    movieStart === undefined
      ? Math.min(...spans.map(({ begin }) => begin))
      : ticksToSeconds(movieStart.time, movieStart.timescale);
  return inputs.map(({ table }, index) => {
    const { begin = origin, end = origin } = spans[index] ?? {};
    const start = Math.max(0, begin - origin);
    const points = (collectors[index]?.points() ?? [])
      .map((time) => ticksToSeconds(time, table.timescale) - origin)
      .filter((time) => time >= start && time < end - origin);
    return {
      kind: table.description.kind,
      sampleCount: table.contents().sampleCount,
      start,
      duration: end - origin - start,
      points: points.length === 0 ? [start] : points,
    };
  });
}
