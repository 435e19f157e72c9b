import type { Clock } from '../../base/clock.ts';
import { AppError } from '../../shared/app-error.ts';
import { type EncodedTrack, type EncoderCommand, MIXER_CHANNELS, MIXER_SAMPLE_RATE } from '../ports/mixer.ts';
import type { ChildExit, ChildSpec, SpawnChild } from '../ports/process.ts';
import { createFrameQueue } from './frame-queue.ts';
import type { History } from './history.ts';
import type { FrameGrid } from './programme-clock.ts';
import { createTrackProgress } from './track-progress.ts';

const VIDEO_FD = 3;
const SOUND_FD = 4;
const FIRST_TRACK_FD = 5;
/** How long ffmpeg may take to end when a signal asks it. */
const GRACE_MS = 2000;

/**
 * Every run's sound begins on a multiple of this many samples since 1970. AAC frames of different runs then lie on one grid, and what a run
 * repeats of the sound before it is recognised by its times as what is there already.
 */
export const AAC_FRAME = 1024;

export type EncoderRunEnd = {
  readonly exit: ChildExit;
  /** Its output could not be read, and it was killed for that. */
  readonly fault: AppError | undefined;
};

/** One encoder process: fed from the history at its own pace, and read without ever being made to wait. */
export type EncoderRun = {
  readonly command: EncoderCommand;
  readonly firstFrame: number;
  readonly firstSample: number;
  readonly startedMs: number;
  /** Hands over what has come into the history. To be called after every frame. */
  feed(): void;
  /**
   * The inputs end before that frame, which must not have been fed, and the sound with the next whole AAC frame; the process is left to
   * finish what it has.
   */
  finish(beforeFrame: number): void;
  /** The same when the programme breaks off here: no more sound is to come. */
  breakOff(): void;
  /** Before which frame its input ends; Infinity while that is open. */
  endFrame(): number;
  /** Frames handed over that its pipe has not taken. */
  backlog(): number;
  /** The same for the sound. */
  waitingSoundSeconds(): number;
  /** The first frame of which nothing has come out. Of several layers the furthest counts: no key frame comes twice. */
  encodedFrame(): number;
  /** The first sample of sound that has not come out. */
  encodedSample(): number;
  /** When a fragment of picture (of sound when there is no other track) came out last; undefined before the first. */
  outputMs(): number | undefined;
  kill(): void;
  /** Resolves when the process is gone and everything it wrote has been told. */
  readonly ended: Promise<EncoderRunEnd>;
};

export type EncoderRunOptions = {
  readonly spawn: SpawnChild;
  readonly clock: Clock;
  readonly grid: FrameGrid;
  readonly history: History;
  readonly command: EncoderCommand;
  /** Asked once the process is there: its first frame, and the latest sample its sound may begin with. */
  readonly start: () => { readonly frame: number; readonly sample: number };
  /** Told every piece of output in order. */
  readonly onBytes: (track: number, bytes: Uint8Array) => void;
};

/** Rejects with the `AppError` of the spawn. */
export async function startEncoderRun(options: EncoderRunOptions): Promise<EncoderRun> {
  const { clock, grid, history, command } = options;
  const child = await options.spawn(encoderSpec(command));
  const start = options.start();
  const firstFrame = start.frame;
  const firstSample = onSoundGrid(start.sample, history.oldestSample());

  const frames = createFrameQueue(child.pipe(VIDEO_FD), firstFrame);
  const sound = child.pipe(SOUND_FD);
  let nextSample = firstSample;
  let endFrame = Infinity;
  let endSample = Infinity;
  let outputMs: number | undefined;
  let fault: AppError | undefined;
  const tracks = command.tracks.map(({ kind }) => createTrackProgress(kind, command.offsetSeconds));
  // Without layers the picture goes nowhere, and the sound tells how far the process is.
  const leading = tracks.some(({ kind }) => kind === 'video') ? 'video' : 'audio';
  const secondsOf = (kind: EncodedTrack['kind']): readonly number[] =>
    tracks.filter((track) => track.kind === kind).map((track) => track.seconds());

  tracks.forEach((track, index) => {
    child.pipe(FIRST_TRACK_FD + index).on('data', (bytes: Buffer) => {
      options.onBytes(index, bytes);
      try {
        if (fault === undefined && track.push(bytes) && track.kind === leading) {
          outputMs = clock.monotonicMs();
        }
      } catch (error) {
        if (!(error instanceof AppError)) {
          throw error;
        }
        fault = error;
        child.kill();
      }
    });
  });

  function feedSound(): void {
    const until = Math.min(endSample, history.nextSample());
    if (sound.writable) {
      for (const slice of history.sound(Math.max(nextSample, history.oldestSample()), until)) {
        sound.write(slice);
      }
      if (until === endSample) {
        sound.end();
      }
    }
    nextSample = Math.max(nextSample, until);
  }

  function feed(): void {
    frames.feed(history, endFrame);
    feedSound();
  }

  async function ended(): Promise<EncoderRunEnd> {
    const exit = await child.exited;
    frames.drop();
    return { exit, fault };
  }

  return {
    command,
    firstFrame,
    firstSample,
    startedMs: clock.monotonicMs(),
    feed,
    finish(beforeFrame) {
      endFrame = beforeFrame;
      // A part of an AAC frame would end the track off the grid, and what follows would be shifted to meet it.
      endSample = Math.ceil(grid.sampleOf(beforeFrame) / AAC_FRAME) * AAC_FRAME;
      feed();
    },
    breakOff() {
      endFrame = Math.min(endFrame, history.nextFrame());
      endSample = Math.max(nextSample, Math.floor(history.nextSample() / AAC_FRAME) * AAC_FRAME);
      feed();
    },
    endFrame: () => endFrame,
    backlog: () => frames.length(),
    waitingSoundSeconds: () => sound.writableLength / (MIXER_SAMPLE_RATE * MIXER_CHANNELS * 2),
    encodedFrame() {
      const seconds = Math.max(0, ...secondsOf(leading));
      return firstFrame + Math.round((seconds * 1000) / grid.periodMs);
    },
    encodedSample: () => firstSample + Math.round(Math.min(...secondsOf('audio')) * MIXER_SAMPLE_RATE),
    outputMs: () => outputMs,
    kill: () => child.kill(),
    ended: ended(),
  };
}

function encoderSpec(command: EncoderCommand): ChildSpec {
  return {
    name: 'encoder',
    executable: command.executable,
    args: command.args,
    stdin: 'none',
    stdout: 'ignore',
    pipes: ['to-child', 'to-child', ...command.tracks.map(() => 'from-child' as const)],
    priority: 'normal',
    secrets: [],
    quit: 'term',
    graceMs: GRACE_MS,
  };
}

/** The last position of the grid that is not after `sample`, or the first that is still kept. */
export function onSoundGrid(sample: number, oldest: number): number {
  const before = Math.floor(sample / AAC_FRAME) * AAC_FRAME;
  return before >= oldest ? before : Math.ceil(oldest / AAC_FRAME) * AAC_FRAME;
}
