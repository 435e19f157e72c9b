import { dirname } from 'node:path';
import { AppError } from '../../shared/app-error.ts';
import { type FfmpegOption, toArgs } from '../ports/ffmpeg-options.ts';
import type { RunToEnd } from '../ports/process.ts';
import { ffmpegChild } from './ffmpeg-child.ts';
import { errorCode } from './file-errors.ts';

/**
 * Writes the samples of an MP4 into a Matroska file that is there and empty. `asides` are the names of its tracks that are not played by themselves.
 * Throws `archive/disk-full`, `export/check-failed` and the signal's reason.
 */
export type Remux = (
  from: string,
  to: string,
  asides: readonly (string | undefined)[],
  signal: AbortSignal,
) => Promise<void>;

/** 25 hours from a slow disk to another. */
const TIMEOUT_MS = 6 * 3_600_000;
const MAX_OUTPUT_BYTES = 64 * 1024;

export function createRemux(options: {
  readonly run: RunToEnd;
  /** Path of ffmpeg. Throws `process/not-found`. */
  readonly ffmpeg: () => Promise<string>;
}): Remux {
  return async (from, to, asides, signal) => {
    const spec = ffmpegChild('export-remux', await options.ffmpeg(), remuxArgs(from, to, asides));
    try {
      await options.run(spec, { timeoutMs: TIMEOUT_MS, maxOutputBytes: MAX_OUTPUT_BYTES, signal });
    } catch (error) {
      signal.throwIfAborted();
      throw remuxError(to, error);
    }
  };
}

/** Pure. Tracks, languages, chapters and title are taken as they are; the names of tracks are not, as MP4 calls them otherwise. */
export function remuxArgs(from: string, to: string, asides: readonly (string | undefined)[]): readonly string[] {
  const names = asides.flatMap((name, index): FfmpegOption[] =>
    name === undefined ? [] : [[`-metadata:s:${index}`, `title=${name}`]],
  );
  return toArgs([
    ['-hide_banner'],
    ['-nostdin'],
    ['-loglevel', 'error'],
    ['-xerror'],
    ['-i', `file:${from}`],
    ['-map', '0'],
    ['-c', 'copy'],
    ...names,
    ['-f', 'matroska'],
    ['-y'],
    [`file:${to}`],
  ]);
}

function remuxError(path: string, error: unknown): unknown {
  if (!(error instanceof AppError) || error.code !== 'process/exited') {
    return error;
  }
  const { lastLines } = error.details;
  const isFull = JSON.stringify(lastLines ?? []).includes('No space left');
  return isFull
    ? new AppError('archive/disk-full', `The disk of ${dirname(path)} became full. Nothing was left behind.`, {
        details: { path },
        cause: error,
      })
    : new AppError('export/check-failed', `ffmpeg could not write the Matroska file (${errorCode(error)}).`, {
        details: { path, lastLines },
        cause: error,
      });
}
