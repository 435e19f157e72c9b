import type { CaptureCommand } from '../../src-main/core/ports/mixer.ts';
import type { ChildExit, Processes } from '../../src-main/core/ports/process.ts';

export type RunningCapture = AsyncDisposable & {
  readonly pid: number;
  /** Whole frames that have come so far; only the last is kept. */
  readonly frames: () => number;
  readonly lastFrame: () => Uint8Array | undefined;
  /** Seconds of sound that have come so far, and its loudest sample. */
  readonly soundSeconds: () => number;
  readonly peak: () => number;
  readonly exited: Promise<ChildExit>;
  readonly stop: () => Promise<ChildExit>;
  /** Resolves when the condition holds or the process has ended; rejects after ten seconds. */
  readonly until: (condition: (capture: RunningCapture) => boolean) => Promise<void>;
};

/** Runs a capture's command line as the mixer does and counts what comes. `frameBytes`: of one frame of the canvas. */
export async function runCapture(
  { spawn }: Processes,
  command: CaptureCommand,
  frameBytes: number,
  env: Readonly<Record<string, string>> = {},
): Promise<RunningCapture> {
  const fds = [command.videoFd, command.audioFd].filter((fd) => fd !== undefined);
  const child = await spawn({
    name: 'capture',
    executable: command.executable,
    args: command.args,
    stdin: command.stdin === undefined ? 'none' : 'pipe',
    stdout: 'ignore',
    pipes: fds.map(() => 'from-child' as const),
    env: { ...env, ...command.env },
    priority: 'normal',
    secrets: command.secrets,
    quit: 'term',
    graceMs: 1000,
  });
  child.stdin?.end(command.stdin);
  let frames = 0;
  let filled = 0;
  let soundBytes = 0;
  let peak = 0;
  const frame = new Uint8Array(frameBytes);
  if (command.videoFd !== undefined) {
    child.pipe(command.videoFd).on('data', (bytes: Uint8Array) => {
      for (let at = 0; at < bytes.length; ) {
        const part = bytes.subarray(at, at + frameBytes - filled);
        frame.set(part, filled);
        at += part.length;
        filled += part.length;
        if (filled === frameBytes) {
          filled = 0;
          frames += 1;
        }
      }
    });
  }
  if (command.audioFd !== undefined) {
    child.pipe(command.audioFd).on('data', (bytes: Buffer) => {
      soundBytes += bytes.length;
      for (let at = 0; at + 1 < bytes.length; at += 2) {
        peak = Math.max(peak, Math.abs(bytes.readInt16LE(at)));
      }
    });
  }
  let ended = false;
  void child.exited.finally(() => {
    ended = true;
  });
  const capture: RunningCapture = {
    pid: child.pid,
    frames: () => frames,
    lastFrame: () => (frames === 0 ? undefined : frame),
    soundSeconds: () => soundBytes / (48_000 * 4),
    peak: () => peak,
    exited: child.exited,
    stop: () => child.stop(),
    async until(condition) {
      const deadline = performance.now() + 10_000;
      while (!condition(capture)) {
        if (ended) {
          return;
        }
        if (performance.now() > deadline) {
          throw new Error(`after ten seconds: ${frames} frames, ${soundBytes} bytes of sound`);
        }
        const { promise, resolve } = Promise.withResolvers<undefined>();
        setTimeout(() => resolve(undefined), 20);
        await promise;
      }
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.exited;
    },
  };
  return capture;
}

/** Y, U and V of the pixel at a place of an I420 frame. */
export function pixelAt(frame: Uint8Array, width: number, height: number, x: number, y: number) {
  const chroma = Math.floor(y / 2) * (width / 2) + Math.floor(x / 2);
  return {
    y: frame[y * width + x] ?? 0,
    u: frame[width * height + chroma] ?? 0,
    v: frame[(width * height * 5) / 4 + chroma] ?? 0,
  };
}
