import type { Clock } from '../../base/clock.ts';
import type { AppError } from '../../shared/app-error.ts';
import { captureChild } from '../ports/capture-child.ts';
import { type Canvas, type CaptureCommand, MIXER_CHANNELS, MIXER_SAMPLE_RATE } from '../ports/mixer.ts';
import type { Child, ChildExit, SpawnChild } from '../ports/process.ts';

export type CaptureTrial = {
  /** I420 of the canvas' size: the last picture that came. */
  readonly picture: { readonly bytes: Buffer; readonly frameRate: number | undefined } | undefined;
  /** s16le, stereo, `SOUND_MS` long. */
  readonly sound: Buffer | undefined;
};

export type TryCaptureOptions = {
  readonly command: CaptureCommand;
  readonly canvas: Canvas;
  readonly spawn: SpawnChild;
  readonly clock: Clock;
  readonly words: {
    readonly ended: (exit: ChildExit) => AppError;
    readonly lacks: (lack: 'capture/no-frames' | 'capture/no-sound') => AppError;
  };
};

/** A camera is there in a second, a slow one in two; each way to ask it has so long, and all together the second. */
const WAY_MS = 4000;
const ALL_MS = 8000;
/** The first pictures of a camera are dark: it looks for its exposure. */
const SETTLE_MS = 700;
/** The first of a sound card is a click. */
const SOUND_SKIPPED_MS = 100;
const SOUND_MS = 200;

const BYTES_PER_MS = (MIXER_SAMPLE_RATE / 1000) * MIXER_CHANNELS * 2;

/**
 * Runs a capture until it has given what it is there for, and ends it. Asks a device in every way there is before it gives up. Throws why it
 * ended, or what it lacks.
 */
export async function tryCapture(options: TryCaptureOptions): Promise<CaptureTrial> {
  const { command, clock } = options;
  const endMs = clock.monotonicMs() + ALL_MS;
  let failure: AppError | undefined;
  for (const args of [command.args, ...(command.otherArgs ?? [])]) {
    const leftMs = Math.min(WAY_MS, endMs - clock.monotonicMs());
    if (leftMs <= 0) {
      break;
    }
    const outcome = await tryOnce({ ...command, args }, leftMs, options);
    if ('trial' in outcome) {
      return outcome.trial;
    }
    failure ??= outcome.failure;
    if (!outcome.mayBeHowItWasAsked) {
      throw outcome.failure;
    }
  }
  throw failure ?? options.words.lacks(command.videoFd === undefined ? 'capture/no-sound' : 'capture/no-frames');
}

type Outcome =
  | { readonly trial: CaptureTrial }
  | { readonly failure: AppError; readonly mayBeHowItWasAsked: boolean };

async function tryOnce(command: CaptureCommand, withinMs: number, options: TryCaptureOptions): Promise<Outcome> {
  const { canvas, clock, words } = options;
  const child = await options.spawn(captureChild(command, { name: 'capture:test', graceMs: 500 }));
  child.stdin?.end(command.stdin);
  const { promise: enough, resolve } = Promise.withResolvers<'enough' | 'late'>();
  const picture = command.videoFd === undefined ? undefined : takePictures(canvas, clock);
  const sound = command.audioFd === undefined ? undefined : takeSound();
  const look = (): void => {
    if (picture?.isEnough() !== false && sound?.isEnough() !== false) {
      resolve('enough');
    }
  };
  for (const [fd, taker] of [
    [command.videoFd, picture],
    [command.audioFd, sound],
  ] as const) {
    if (fd !== undefined) {
      outputOf(child, fd)?.on('data', (bytes: Buffer) => {
        taker?.push(bytes);
        look();
      });
    }
  }
  using _late = clock.after(withinMs, () => resolve('late'));
  const first = await Promise.race([enough, child.exited]);
  const exit = await child.stop();

  const trial = { picture: picture?.result(), sound: sound?.result() };
  if (trial.picture !== undefined || (picture === undefined && trial.sound !== undefined)) {
    return { trial };
  }
  if (first === 'late') {
    const lack = picture === undefined ? 'capture/no-sound' : 'capture/no-frames';
    return { failure: words.lacks(lack), mayBeHowItWasAsked: true };
  }
  const failure = words.ended(exit);
  const mayBeHowItWasAsked = failure.code === 'process/exited' || failure.code === 'capture/unsupported';
  return { failure, mayBeHowItWasAsked };
}

function outputOf(child: Child, fd: number) {
  return fd === 1 ? child.stdout : child.pipe(fd);
}

function takePictures(canvas: Canvas, clock: Clock) {
  const frame = Buffer.alloc((canvas.width * canvas.height * 3) / 2);
  let filled = 0;
  let last: Buffer | undefined;
  let frames = 0;
  let firstMs = 0;
  let lastMs = 0;
  return {
    push(bytes: Buffer): void {
      for (let at = 0; at < bytes.length; ) {
        const taken = Math.min(frame.length - filled, bytes.length - at);
        bytes.copy(frame, filled, at, at + taken);
        filled += taken;
        at += taken;
        if (filled === frame.length) {
          filled = 0;
          frames += 1;
          lastMs = clock.monotonicMs();
          firstMs = frames === 1 ? lastMs : firstMs;
          last = Buffer.from(frame);
        }
      }
    },
    isEnough: () => frames > 0 && lastMs - firstMs >= SETTLE_MS,
    result: () =>
      last === undefined
        ? undefined
        : { bytes: last, frameRate: frames < 4 ? undefined : ((frames - 1) * 1000) / (lastMs - firstMs) },
  };
}

function takeSound() {
  const bytes = Buffer.alloc((SOUND_SKIPPED_MS + SOUND_MS) * BYTES_PER_MS);
  let filled = 0;
  return {
    push(more: Buffer): void {
      filled += more.copy(bytes, filled);
    },
    isEnough: () => filled === bytes.length,
    result: () => (filled === bytes.length ? bytes.subarray(SOUND_SKIPPED_MS * BYTES_PER_MS) : undefined),
  };
}
