import { AppError } from '../../shared/app-error.ts';
import { type FfmpegOption, toArgs } from '../ports/ffmpeg-options.ts';
import type { ChildSpec, RunToEnd } from '../ports/process.ts';
import type { PictureSize } from '../ports/storyboard.ts';

/** How pictures are put on one sheet, row by row. */
export type Sheet = { readonly columns: number; readonly rows: number; readonly picture: PictureSize };

/** A JPEG of some pictures, which stand in a file one behind the other. Rejects with what running ffmpeg rejects with. */
export type DrawSheet = (file: Uint8Array, sheet: Sheet) => Promise<Uint8Array>;

/** Twenty-five large key frames take half a second. */
const TIMEOUT_MS = 20_000;
const MAX_BYTES = 8 * 1024 * 1024;
/** 2 is best, 31 is least. */
const QUALITY = 5;

export function createDrawSheet(options: {
  readonly run: RunToEnd;
  /** Path of ffmpeg. Throws `process/not-found`. */
  readonly ffmpeg: () => Promise<string>;
}): DrawSheet {
  return async (file, sheet) => {
    const spec: ChildSpec = {
      name: 'storyboard',
      executable: await options.ffmpeg(),
      args: drawArgs(sheet),
      stdin: 'pipe',
      stdout: 'pipe',
      pipes: [],
      priority: 'low',
      secrets: [],
      quit: 'term',
      graceMs: 1000,
    };
    const { stdout } = await options.run(spec, { timeoutMs: TIMEOUT_MS, maxOutputBytes: MAX_BYTES, stdin: file });
    if (stdout.length === 0) {
      throw new AppError('media/malformed', 'ffmpeg could decode none of the pictures.');
    }
    return stdout;
  };
}

/** Pure. One thread: nobody waits for it as much as everybody else waits for the rest. */
export function drawArgs({ columns, rows, picture: { width, height } }: Sheet): readonly string[] {
  const filters = [
    // A picture a second: one that does not decode is replaced by the one before, so that those behind it stay in their places. The last one
    // counts however long it is taken to be.
    'fps=1:eof_action=pass',
    `scale=${width}:${height}`,
    'setsar=1',
    ...(columns * rows === 1 ? [] : [`tile=${columns}x${rows}`]),
  ];
  const pairs: readonly FfmpegOption[] = [
    ['-hide_banner'],
    ['-loglevel', 'error'],
    ['-threads', 1],
    ['-f', 'mp4'],
    ['-i', 'pipe:0'],
    ['-map', '0:v:0'],
    ['-frames:v', 1],
    ['-filter_threads', 1],
    ['-vf', filters.join(',')],
    ['-c:v', 'mjpeg'],
    ['-threads', 1],
    ['-pix_fmt', 'yuvj420p'],
    ['-q:v', QUALITY],
    ['-f', 'image2pipe'],
    ['pipe:1'],
  ];
  return toArgs(pairs);
}
