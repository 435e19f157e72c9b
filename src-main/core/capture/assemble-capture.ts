import { type FfmpegOption, toArgs } from '../ports/ffmpeg-options.ts';
import {
  type Canvas,
  type CaptureCommand,
  type FrameRate,
  MIXER_CHANNELS,
  MIXER_SAMPLE_RATE,
} from '../ports/mixer.ts';
import type { CaptureContext } from './capture-context.ts';

/** Raw frames are large (1080p: 8 MB as they come from a screen), and what waits is late; a few are enough to ride out a hiccup. */
export const QUEUED_FRAMES: FfmpegOption = ['-thread_queue_size', 8];
/** Packets of sound: 64 of 10 ms. */
export const QUEUED_SOUND: FfmpegOption = ['-thread_queue_size', 64];

const FIRST_FD = 3;

/** One capture, as far as it differs from the others. */
export type Capture = {
  /** Up to and including `-i`. */
  readonly input: readonly FfmpegOption[];
  readonly picture?: { readonly stream: string; readonly filters: readonly string[] };
  readonly sound?: { readonly stream: string };
  /** It has a time line of its own, which is kept: a recording. Everything else is shown as it comes. */
  readonly isRecording?: boolean;
  readonly stdin?: string;
  readonly secrets?: readonly string[];
  readonly finite?: boolean;
};

/** The whole command line: picture of the canvas' size on the first pipe from 3 on, sound as the mixer wants it on the next. */
export function assembleCapture(
  { binary, canvas }: Pick<CaptureContext, 'binary' | 'canvas'>,
  capture: Capture,
): CaptureCommand {
  const { picture, sound, isRecording = false } = capture;
  const videoFd = picture === undefined ? undefined : FIRST_FD;
  const audioFd = sound === undefined ? undefined : (videoFd ?? FIRST_FD - 1) + 1;
  const args: readonly FfmpegOption[] = [
    ['-nostdin'],
    ['-hide_banner'],
    ['-nostats'],
    ['-loglevel', 'warning'],
    ...capture.input,
    ...(picture === undefined
      ? []
      : ([
          ['-map', picture.stream],
          [
            '-vf',
            [
              ...(isRecording ? [keptRate(canvas)] : []),
              ...picture.filters,
              ...(isRecording ? [] : [counted(canvas)]),
            ].join(','),
          ],
          ['-r', rateText(canvas)],
          ['-c:v', 'rawvideo'],
          ['-pix_fmt', 'yuv420p'],
          ['-f', 'rawvideo'],
          [`pipe:${videoFd}`],
        ] satisfies FfmpegOption[])),
    ...(sound === undefined
      ? []
      : ([
          ['-map', sound.stream],
          ...(isRecording ? ([['-af', KEPT_SOUND]] satisfies FfmpegOption[]) : []),
          ['-ar', MIXER_SAMPLE_RATE],
          ['-ac', MIXER_CHANNELS],
          ['-c:a', 'pcm_s16le'],
          ['-f', 's16le'],
          [`pipe:${audioFd}`],
        ] satisfies FfmpegOption[])),
  ];
  return {
    executable: binary.path,
    args: toArgs(args),
    videoFd,
    audioFd,
    secrets: capture.secrets ?? [],
    finite: capture.finite ?? false,
    ...(isRecording && capture.finite !== true ? { loops: true } : {}),
    ...(capture.stdin === undefined ? {} : { stdin: capture.stdin }),
  };
}

/** One command of several that ask the same device in different ways, the first one first; see `CaptureCommand.otherArgs`. */
export function firstOf(first: CaptureCommand, others: readonly CaptureCommand[]): CaptureCommand {
  const known = new Set([first.args.join('\n')]);
  const otherArgs = others.flatMap(({ args }) => {
    const isNew = !known.has(args.join('\n'));
    known.add(args.join('\n'));
    return isNew ? [args] : [];
  });
  return otherArgs.length === 0 ? first : { ...first, otherArgs };
}

/** Raw pipes carry no times: what begins late or has gaps is filled, or picture and sound would drift apart. */
function keptRate(canvas: Canvas): string {
  return `fps=${rateText(canvas)}:start_time=0`;
}
const KEPT_SOUND = `aresample=${MIXER_SAMPLE_RATE}:async=1:first_pts=0`;

/**
 * Numbers the frames anew, so that ffmpeg neither repeats nor drops any by their times: those of a screen are the system's clock, and after
 * eight hours of sleep it would write a million copies of the last frame before the next. The mixer takes the newest in any case. It is
 * also 33 ms quicker than the `fps` filter, which keeps every frame until the next has come.
 */
function counted(canvas: Canvas): string {
  return `setpts=N/(${rateText(canvas)}*TB)`;
}

export function rateText({ frameRate }: { readonly frameRate: FrameRate }): string {
  return `${frameRate.numerator}/${frameRate.denominator}`;
}

/** Leaves out what a source gives beyond the canvas' rate, before it costs scaling: every second frame of 60 a second for 30. */
export function thinOut(sourceRate: number | undefined, canvas: Canvas): readonly string[] {
  const every = thinnedTo(sourceRate, canvas);
  return every === 1 ? [] : [`select=not(mod(n\\,${every}))`];
}

/** Of how many frames one is left, the first: 1 when none is left out. */
export function thinnedTo(sourceRate: number | undefined, canvas: Pick<Canvas, 'frameRate'>): number {
  return Math.max(1, Math.floor(((sourceRate ?? 0) + RATE_TOLERANCE) / rateOf(canvas)));
}

/** Rates are announced as 29.97 or 30.00003. */
export const RATE_TOLERANCE = 0.5;

/** Frames per second as a number, for comparing. */
export function rateOf({ frameRate }: Pick<Canvas, 'frameRate'>): number {
  return frameRate.numerator / frameRate.denominator;
}
