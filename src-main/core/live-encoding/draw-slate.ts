import { AppError } from '../../shared/app-error.ts';
import { type FfmpegOption, toArgs } from '../ports/ffmpeg-options.ts';
import type { Canvas } from '../ports/mixer.ts';
import type { RunToEnd } from '../ports/process.ts';
import type { DrawSlate } from './slate-desk.ts';

const TIMEOUT_MS = 10_000;

/** Stretched to the frame (spec 2.11), in the colours and the range of everything in the mixer. */
export function slateArgs({ width, height }: Pick<Canvas, 'width' | 'height'>): readonly string[] {
  const options: readonly FfmpegOption[] = [
    ['-hide_banner'],
    ['-loglevel', 'error'],
    ['-f', 'jpeg_pipe'],
    ['-i', 'pipe:0'],
    ['-frames:v', 1],
    ['-vf', `scale=${width}:${height}:flags=bicubic:out_color_matrix=bt709:out_range=tv,format=yuv420p`],
    ['-f', 'rawvideo'],
    ['pipe:1'],
  ];
  return toArgs(options);
}

export function createDrawSlate(options: {
  readonly run: RunToEnd;
  readonly ffmpeg: () => Promise<string>;
}): DrawSlate {
  return async (picture, canvas) => {
    const size = (canvas.width * canvas.height * 3) / 2;
    const executable = await options.ffmpeg();
    try {
      const { stdout } = await options.run(
        {
          name: 'slate',
          executable,
          args: slateArgs(canvas),
          stdin: 'pipe',
          stdout: 'pipe',
          pipes: [],
          priority: 'normal',
          secrets: [],
          quit: 'term',
          graceMs: 1000,
        },
        { timeoutMs: TIMEOUT_MS, maxOutputBytes: size, stdin: picture },
      );
      if (stdout.length === size) {
        return stdout;
      }
    } catch (error) {
      throw undrawable(error);
    }
    throw undrawable(undefined);
  };
}

function undrawable(cause: unknown): AppError {
  return new AppError(
    'live/slate-invalid',
    'The slate picture is no JPEG that can be decoded. Nothing was changed.',
    { cause },
  );
}
