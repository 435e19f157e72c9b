import { type FileHandle, open } from 'node:fs/promises';
import { peekBoxHeader } from '../../media/isobmff/box-header.ts';
import { type Movie, parseMovie } from '../../media/mp4/parse-movie.ts';
import { AppError } from '../../shared/app-error.ts';
import type { DecodePoint, DecodePoints } from './decode-points.ts';
import type { WrittenMovie, WrittenTrack } from './write-movie.ts';

/** What rounding to ticks of the movie and to microseconds can amount to. */
const EXACT_SECONDS = 0.002;
/** The longest audio frame: where a sound was sought, the frame that holds the time may come out. */
const SOUND_SECONDS = 0.05;
/** The tables of 25 hours at 60 pictures a second are below 100 MB. */
const MAX_HEADER_BYTES = 512 * 1024 * 1024;

type CheckOptions = {
  readonly path: string;
  readonly movie: WrittenMovie;
  readonly decode: DecodePoints;
  /** Where key frames cannot be sought by themselves. */
  readonly isReached: boolean;
  readonly signal: AbortSignal;
};

/**
 * Looks at an exported file as a stranger would: opens it anew, reads its tables, compares them with what was to be written, and lets ffmpeg
 * seek to and decode the first, the middle and the last key frame and sound.
 *
 * Throws `export/check-failed`, which says what is wrong.
 */
export async function checkMovie(options: CheckOptions): Promise<void> {
  const { path, movie, signal } = options;
  const { header, dataStart, dataEnd } = await readMovieHeader(path, movie.totalBytes);
  const found = parse(path, header);
  if (found.tracks.length !== movie.tracks.length) {
    throw checkFailed(path, `has ${found.tracks.length} tracks instead of ${movie.tracks.length}`);
  }
  for (const [index, track] of movie.tracks.entries()) {
    checkTrack(path, found, index, track);
    checkPlaces(path, found, index, { dataStart, dataEnd });
  }
  signal.throwIfAborted();
  await checkPoints(options);
}

/** Lets ffmpeg seek to and decode the first, the middle and the last key frame and sound of a file. Throws `export/check-failed`. */
export async function checkPoints({ path, movie, decode, isReached, signal }: CheckOptions): Promise<void> {
  const points = pointsOf(movie, isReached);
  const times = await decode(path, points, signal);
  for (const [index, { kind, seconds }] of points.entries()) {
    const time = times[index];
    const tolerance = kind === 'video' ? EXACT_SECONDS : SOUND_SECONDS;
    if (time === undefined || Math.abs(time - seconds) > tolerance) {
      const what = kind === 'video' ? 'picture' : 'sound';
      const instead = time === undefined ? 'nothing decodes' : `what decodes is of ${time.toFixed(3)} s`;
      throw checkFailed(path, `should have a ${what} at ${seconds.toFixed(3)} s; ${instead}`);
    }
  }
}

type MovieHeader = {
  /** The `moov` box. */
  readonly header: Uint8Array;
  /** Where the body of the `mdat` begins and ends. */
  readonly dataStart: number;
  readonly dataEnd: number;
};

async function readMovieHeader(path: string, totalBytes: number): Promise<MovieHeader> {
  await using file = await open(path, 'r');
  const { size } = await file.stat();
  if (size !== totalBytes) {
    throw checkFailed(path, `has ${size} bytes instead of ${totalBytes}`);
  }
  let header: Uint8Array | undefined;
  for (let at = 0; at < size; ) {
    const box = peekBoxHeader(await readAt(file, at, 16), 0, at);
    if (box === undefined || box.size < 8 || at + box.size > size) {
      throw checkFailed(path, `has no whole box at byte ${at}`);
    }
    if (box.type === 'moov' && box.size <= MAX_HEADER_BYTES) {
      header = await readAt(file, at, box.size);
    } else if (box.type === 'mdat') {
      if (header === undefined) {
        throw checkFailed(path, 'has its data before its header');
      }
      return { header, dataStart: at + box.headerSize, dataEnd: at + box.size };
    }
    at += box.size;
  }
  throw checkFailed(path, 'has no data');
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

function parse(path: string, header: Uint8Array): Movie {
  try {
    return parseMovie(header);
  } catch (error) {
    throw checkFailed(path, error instanceof Error ? error.message : String(error), error);
  }
}

function checkTrack(path: string, { tracks, timescale }: Movie, index: number, expected: WrittenTrack): void {
  const track = tracks[index];
  if (track?.description.kind !== expected.kind || track.sampleCount !== expected.sampleCount) {
    throw checkFailed(
      path,
      `has ${track?.sampleCount ?? 0} samples in track ${index + 1}, not ${expected.sampleCount}`,
    );
  }
  const [first] = track.edits;
  const start = first?.kind === 'empty' ? Number(first.duration) / timescale : 0;
  if (Math.abs(start - expected.start) > EXACT_SECONDS) {
    throw checkFailed(path, `begins track ${index + 1} at ${start} s instead of ${expected.start} s`);
  }
  const end = Number(track.presentedDuration) / timescale;
  if (Math.abs(end - expected.start - expected.duration) > EXACT_SECONDS) {
    throw checkFailed(
      path,
      `ends track ${index + 1} at ${end} s instead of ${expected.start + expected.duration} s`,
    );
  }
}

/** Every chunk lies in the data. */
function checkPlaces(
  path: string,
  { tracks }: Movie,
  index: number,
  { dataStart, dataEnd }: { readonly dataStart: number; readonly dataEnd: number },
): void {
  const { chunkOffsets, chunkSizes } = tracks[index] ?? {};
  for (const [chunk, offset] of (chunkOffsets ?? []).entries()) {
    if (offset < dataStart || offset + (chunkSizes?.[chunk] ?? 0) > dataEnd) {
      throw checkFailed(path, `places chunk ${chunk + 1} of track ${index + 1} outside of its data`);
    }
  }
}

/** First, middle and last of each track. */
function pointsOf({ tracks }: WrittenMovie, isReached: boolean): readonly DecodePoint[] {
  const seen = { video: 0, audio: 0 };
  return tracks.flatMap(({ kind, points, start }) => {
    const track = seen[kind];
    seen[kind] += 1;
    const times = isReached ? [start, ...points.filter((seconds) => seconds > start)] : points;
    const chosen = new Set([0, Math.floor(times.length / 2), times.length - 1]);
    return [...chosen].flatMap((index) => {
      const seconds = times[index];
      const by = !isReached ? undefined : index === 0 ? ('beginning' as const) : ('frame' as const);
      return seconds === undefined ? [] : [{ kind, track, seconds, by }];
    });
  });
}

function checkFailed(path: string, problem: string, cause?: unknown): AppError {
  return new AppError('export/check-failed', `The exported file ${problem}. It was removed; export again.`, {
    details: { path, problem },
    cause,
  });
}
