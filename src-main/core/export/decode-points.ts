import { AppError } from '../../shared/app-error.ts';
import { type FfmpegOption, toArgs } from '../ports/ffmpeg-options.ts';
import type { RunToEnd } from '../ports/process.ts';
import { ffmpegChild } from './ffmpeg-child.ts';

/** A picture or a sound to decode out of a file: the key frame presented at a time of the file, in seconds. */
export type DecodePoint = {
  readonly kind: 'video' | 'audio';
  readonly track: number;
  readonly seconds: number;
  /**
   * How it is come to: left out, as a key frame by its time. ffmpeg looks for those some pictures earlier in Matroska, and in an MP4 with more than one
   * track of pictures or with some that are hidden: there as a `frame`, by decoding up to it, or as what is there at the `beginning`.
   */
  readonly by?: 'frame' | 'beginning' | undefined;
};

/**
 * Decodes a frame at each point and gives the time it says of itself, in seconds of the file; undefined where nothing came out.
 * Throws `export/check-failed` when the file does not decode, and the signal's reason.
 */
export type DecodePoints = (
  path: string,
  points: readonly DecodePoint[],
  signal: AbortSignal,
) => Promise<readonly (number | undefined)[]>;

const TIMEOUT_MS = 120_000;
const MAX_OUTPUT_BYTES = 256 * 1024;
/** From the frame that was found on: a picture or two, a sound or two. */
const DECODED_SECONDS = 0.05;
/** Where it is looked for earlier, by 3/23 s. */
const REACHED_SECONDS = 0.3;
/** Frames begin at whole ticks, seek times are cut to microseconds: this much later, or before when it is decoded up to it, is still the same frame. */
const SAME_FRAME_SECONDS = 0.001;

/** One ffmpeg for all points, each an input of its own: a seek through the tables that were written, and a decoded frame. */
export function createDecodePoints(options: {
  readonly run: RunToEnd;
  /** Path of ffmpeg. Throws `process/not-found`. */
  readonly ffmpeg: () => Promise<string>;
}): DecodePoints {
  return async (path, points, signal) => {
    const executable = await options.ffmpeg();
    const spec = ffmpegChild('export-check', executable, decodeArgs(path, points));
    try {
      const { stdout } = await options.run(spec, {
        timeoutMs: TIMEOUT_MS,
        maxOutputBytes: MAX_OUTPUT_BYTES,
        signal,
      });
      return parseFrameTimes(new TextDecoder().decode(stdout), points.length);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof AppError && error.code === 'process/exited') {
        throw new AppError('export/check-failed', 'The exported file does not decode. It was removed.', {
          details: { path, lastLines: error.details['lastLines'] },
          cause: error,
        });
      }
      throw error;
    }
  };
}

/** Pure. Times stay those of the file (`-copyts`, `-seek_timestamp`), so that a wrong edit list shows. */
export function decodeArgs(path: string, points: readonly DecodePoint[]): readonly string[] {
  const inputs = points.flatMap((point): FfmpegOption[] => [
    ...seekTo(point),
    // Not `-frames`, which ends all streams of an output with the first.
    ['-t', point.by === undefined ? DECODED_SECONDS : REACHED_SECONDS],
    ['-i', `file:${path}`],
  ]);
  const outputs = points.map(({ kind, track }, input): FfmpegOption => {
    return ['-map', `${input}:${kind === 'video' ? 'v' : 'a'}:${track}`];
  });
  return toArgs([
    ['-hide_banner'],
    ['-nostdin'],
    ['-loglevel', 'error'],
    ['-xerror'],
    ['-copyts'],
    ...inputs,
    ...outputs,
    ['-f', 'framecrc'],
    ['pipe:1'],
  ]);
}

function seekTo({ kind, seconds, by }: DecodePoint): readonly FfmpegOption[] {
  if (by === 'beginning') {
    return [];
  }
  const isKey = kind === 'video' && by === undefined;
  // Sound is let begin inside of a frame, pictures are not.
  const earliest =
    kind === 'video' && by === 'frame' ? seconds - SAME_FRAME_SECONDS : seconds + SAME_FRAME_SECONDS;
  return [
    ['-seek_timestamp', '1'],
    // ffmpeg goes to the key frame before. For a picture that must be the one that is meant; sound goes on from there to its time.
    isKey ? ['-noaccurate_seek'] : ['-accurate_seek'],
    ['-ss', Math.max(0, earliest).toFixed(6)],
  ];
}

/** Of ffmpeg's `framecrc`: `#tb 0: 1/90000`, and a line `stream, dts, pts, duration, size, crc` for each frame. */
export function parseFrameTimes(text: string, count: number): readonly (number | undefined)[] {
  const units = new Map<number, number>();
  const times = Array.from({ length: count }, (): number | undefined => undefined);
  for (const line of text.split('\n')) {
    const unit = /^#tb (\d+): (\d+)\/(\d+)/.exec(line);
    const frame = /^(\d+),\s*-?\d+,\s*(-?\d+),/.exec(line);
    if (unit !== null) {
      units.set(Number(unit[1]), Number(unit[2]) / Number(unit[3]));
    } else if (frame !== null) {
      const stream = Number(frame[1]);
      times[stream] ??= Number(frame[2]) * (units.get(stream) ?? 0);
    }
  }
  return times;
}
