import type { Duplex, Readable, Writable } from 'node:stream';
import type { EventSource } from '../../base/emitter.ts';
import type { AppError } from '../../shared/app-error.ts';

/** What to run. Pure data, so that command lines are golden files in the tests. */
export type ChildSpec = {
  /** In logs and reports: `capture:screen-1`, `encoder`, `push:backup`. */
  readonly name: string;
  readonly executable: string;
  /** No shell sees them, and no secret is among them: the process list is public. */
  readonly args: readonly string[];
  readonly stdin: 'none' | 'pipe';
  readonly stdout: 'ignore' | 'pipe';
  /** Pipes from file descriptor 3 on, in order. */
  readonly pipes: readonly ('to-child' | 'from-child')[];
  /** Added to a minimal environment (PATH, HOME, DISPLAY, XDG_RUNTIME_DIR, PULSE_SERVER, locale, temp). */
  readonly env?: Readonly<Record<string, string>>;
  /** `low` yields to everything that is live. */
  readonly priority: 'normal' | 'low';
  /** Texts that must not appear in any line kept of its output. */
  readonly secrets: readonly string[];
  /** How it is asked to stop: ffmpeg by `q` on stdin (which must then be a pipe), others by SIGTERM. */
  readonly quit: 'q' | 'term';
  /** How long it may take to stop when asked, before SIGTERM and again before SIGKILL. */
  readonly graceMs: number;
};

export type ChildExit = {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
  /** Whether we had asked it to stop: then any code is a clean end. */
  readonly asked: boolean;
  /** The last lines it wrote on stderr, secrets removed. */
  readonly lastLines: readonly string[];
};

/** One running child process, in its own process group; it dies with us. */
export type Child = {
  readonly pid: number;
  readonly stdin: Writable | undefined;
  readonly stdout: Readable | undefined;
  /** The pipe of a file descriptor from 3 on. Errors on it are swallowed: `exited` tells. */
  pipe(fd: number): Duplex;
  /** stderr, line by line, secrets removed. */
  readonly lines: EventSource<string>;
  /** Resolves once, after the process is gone and its pipes are closed; never rejects. */
  readonly exited: Promise<ChildExit>;
  /** Asks, waits, forces. Idempotent: every caller gets the same promise. */
  stop(): Promise<ChildExit>;
  /** SIGKILL to the whole group, now. */
  kill(): void;
};

export type SpawnChild = (spec: ChildSpec) => Promise<Child>;

/** When to try again after a child ended unasked. Policy is data. */
export type RestartPolicy = {
  /** Waits before the 1st, 2nd, … restart; the last is used from then on. */
  readonly delaysMs: readonly number[];
  /** Each wait is varied by ± this fraction. 0..1. */
  readonly jitter: number;
  /** Running this long without trouble counts as healthy again: the next wait is the first. */
  readonly healthyAfterMs: number;
  /** Attempts in a row before giving up; Infinity never does. */
  readonly maxAttempts: number;
  /** Without a call of `progress()` for so long the child is killed as stalled; Infinity: no watchdog. */
  readonly stallAfterMs: number;
  /** The same until the first progress of a fresh child. */
  readonly startWithinMs: number;
};

export type SupervisionState =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'starting'; readonly attempt: number }
  | { readonly kind: 'running'; readonly pid: number; readonly attempt: number }
  | {
      readonly kind: 'backing-off';
      readonly attempt: number;
      readonly retryAtMs: number;
      readonly error: AppError;
    }
  | { readonly kind: 'stopping' }
  | { readonly kind: 'gave-up'; readonly attempt: number; readonly error: AppError };

/** A child that is wanted for longer than one life of it: restarted by policy until it is stopped. */
export type Supervised = AsyncDisposable & {
  readonly state: () => SupervisionState;
  readonly changed: EventSource<SupervisionState>;
  /** The child works: frames arrived, bytes went out. Feeds the watchdog. */
  progress(): void;
  /** Skips the present wait. */
  retryNow(): void;
  /** Idempotent; resolves when the child is gone. */
  stop(): Promise<void>;
};

export type SuperviseOptions = {
  /** Asked before every start, so that a restart may differ (another preset, another address). */
  readonly spec: () => ChildSpec | Promise<ChildSpec>;
  readonly policy: RestartPolicy;
  /** Wires up a fresh child before it says anything. */
  readonly onStart: (child: Child) => void;
  /** Classifies an end nobody asked for; the default is `process/exited` with the last lines. Severity `stop` gives up at once. */
  readonly classify?: (exit: ChildExit) => AppError;
};

export type Supervise = (options: SuperviseOptions) => Supervised;

/** Everything a part needs of processes, handed to it by whoever composes. */
export type Processes = {
  readonly spawn: SpawnChild;
  readonly supervise: Supervise;
};

/** A Node program of ours in its own process: `fork` under Node, `utilityProcess` in the desktop app. */
export type NodeChild = {
  readonly pid: number;
  readonly exited: Promise<{ readonly code: number | null }>;
  kill(): void;
};
export type LaunchNode = (options: {
  readonly name: string;
  /** The module to run; `.ts` from a checkout, `.js` when built. */
  readonly entry: URL;
  readonly env: Readonly<Record<string, string>>;
}) => Promise<NodeChild>;

/** What one ffmpeg binary can do, probed once per binary and cached by its hash. */
export type FfmpegBinary = {
  readonly path: string;
  /** As it says itself, e.g. `5.1.9-0+deb12u1`. */
  readonly version: string;
  readonly major: number;
  /** Where it was found. */
  readonly origin: 'setting' | 'environment' | 'bundled' | 'path';
  /** SHA-256 of the file, hex. */
  readonly hash: string;
  readonly encoders: ReadonlySet<string>;
  readonly decoders: ReadonlySet<string>;
  readonly filters: ReadonlySet<string>;
  /** Input devices: `x11grab`, `pulse`, `avfoundation`, … */
  readonly devices: ReadonlySet<string>;
  readonly inputProtocols: ReadonlySet<string>;
  readonly outputProtocols: ReadonlySet<string>;
  readonly muxers: ReadonlySet<string>;
};

export type FfmpegTools = {
  /** The binary for the encoder, pushes and files. */
  readonly ffmpeg: FfmpegBinary;
  /** The binary that has the capture devices of this system; often the same. */
  readonly capture: FfmpegBinary;
  /** Absent when only ffmpeg itself was found; probing then goes through ffmpeg. */
  readonly ffprobe: string | undefined;
};
