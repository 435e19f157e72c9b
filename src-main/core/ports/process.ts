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
  /** The same as `delaysMs` after a failure of severity `stop`; without them such a failure gives up at once. */
  readonly stopDelaysMs?: readonly number[];
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
      /** On `Clock.wallMs`, so that a page can count down to it. */
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
  /** Skips the present wait; after giving up it begins again with the first attempt. */
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
  /** Classifies an end nobody asked for; the default is `process/exited` with the last lines. */
  readonly classify?: (exit: ChildExit) => AppError;
};

export type Supervise = (options: SuperviseOptions) => Supervised;

/** What a child that ends by itself has left: its whole stdout and its last words. */
export type RunResult = { readonly stdout: Uint8Array; readonly lastLines: readonly string[] };

export type RunOptions = {
  /** After this it is killed. */
  readonly timeoutMs: number;
  /** More than this on stdout is refused and ends it. */
  readonly maxOutputBytes: number;
  /** Kills it; the run then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Written to its stdin, which is then closed. */
  readonly stdin?: Uint8Array | undefined;
  /** Exit codes that count as success. Default: 0 only. */
  readonly successCodes?: readonly number[] | undefined;
  /** Sees each line of stderr, also those that are too old for `lastLines`. */
  readonly onLine?: ((line: string) => void) | undefined;
};

/**
 * Runs a child until it ends by itself: probes, trial encodes, ffprobe.
 * Throws `process/exited` (details: reason, lastLines), `process/stalled` after `timeoutMs`, `process/unusable` for too much output, and
 * what `spawn` throws.
 */
export type RunToEnd = (spec: ChildSpec, options: RunOptions) => Promise<RunResult>;

/** Everything a part needs of processes, handed to it by whoever composes. */
export type Processes = {
  readonly spawn: SpawnChild;
  readonly supervise: Supervise;
  readonly runToEnd: RunToEnd;
};

/** A Node program of ours in its own process: `fork` under Node, `utilityProcess` in the desktop app. */
export type NodeChild = {
  readonly pid: number;
  readonly exited: Promise<{ readonly code: number | null }>;
  /** Asks it to end, waits, forces. Idempotent; `exited` tells when it is gone. */
  kill(): void;
};

/**
 * The module must end when the one who launched it is gone: under `fork` that is `process.once('disconnect', …)`. It is also how `kill()`
 * asks. One that does not is killed.
 */
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

/** What ffmpeg says with `-progress`, a few times a second. `undefined` is its N/A. */
export type FfmpegProgress = {
  readonly frame: number | undefined;
  readonly framesPerSecond: number | undefined;
  /** Bits per second over the whole output so far. */
  readonly bitrate: number | undefined;
  readonly totalBytes: number | undefined;
  /** Media time of the output, microseconds. */
  readonly outTimeUs: number | undefined;
  readonly duplicatedFrames: number | undefined;
  readonly droppedFrames: number | undefined;
  /** Media time over elapsed time; 1 keeps up. */
  readonly speed: number | undefined;
  /** The last report of this process. */
  readonly ended: boolean;
};

/** Reads a child's stdout as `-progress pipe:1` writes it. */
export type OpenProgressReader = (onProgress: (progress: FfmpegProgress) => void) => {
  readonly push: (chunk: Uint8Array) => void;
};

/** Why ffmpeg failed, as far as its own words tell. Most telling first. */
export const FFMPEG_FAILURES = [
  /** The server said that this stream is being published by somebody else, often our own half-open connection. */
  'already-publishing',
  /** The server said no to the stream key, the name or the application. */
  'publish-refused',
  /** HTTP 401 or 403. */
  'unauthorized',
  /** HTTP 404. */
  'not-found',
  /** Any other HTTP error. */
  'server-error',
  'host-not-found',
  'connection-refused',
  'unreachable',
  'tls',
  'permission-denied',
  'device-busy',
  'no-such-device',
  'no-display',
  /** Neither PulseAudio nor PipeWire answers. */
  'no-sound-server',
  'no-such-file',
  'disk-full',
  'unknown-encoder',
  /** The encoder is compiled in, but not usable here: no such hardware, no driver, or these settings. */
  'encoder-unavailable',
  /** Our own command line: an option, filter, format or protocol that this build does not have. */
  'bad-arguments',
  'timeout',
  'connection-lost',
  /**
   * The RTMP server took the connection and closed it without a word when the stream was announced. What most servers do with a wrong
   * key, and what all of them do while they restart.
   */
  'publish-closed',
  'invalid-data',
  'io-error',
] as const;
export type FfmpegFailureReason = (typeof FFMPEG_FAILURES)[number];
export type FfmpegFailure = {
  readonly reason: FfmpegFailureReason;
  /** The line that says so. */
  readonly line: string;
};

/** Looks for a known failure in the last lines of a child; undefined when it said nothing known. */
export type ReadFfmpegFailure = (lines: readonly string[]) => FfmpegFailure | undefined;

/** What is in a media file or stream. */
export type MediaProbe = {
  /** ffmpeg's name, a list when one demuxer reads several: `mov,mp4,m4a,3gp,3g2,mj2`. */
  readonly format: string;
  /** Undefined for live streams and for files that do not say. */
  readonly durationSeconds: number | undefined;
  /** Bits per second. */
  readonly bitrate: number | undefined;
  readonly streams: readonly MediaStream[];
};

export type MediaStream =
  | {
      readonly kind: 'video';
      readonly index: number;
      readonly codec: string;
      readonly width: number;
      readonly height: number;
      readonly frameRate: { readonly numerator: number; readonly denominator: number } | undefined;
      /** A cover picture, not a moving one. */
      readonly attachedPicture: boolean;
    }
  | {
      readonly kind: 'audio';
      readonly index: number;
      readonly codec: string;
      readonly sampleRate: number;
      readonly channels: number;
    }
  /** Subtitles, data, attachments, and streams that ffmpeg does not know. */
  | { readonly kind: 'other'; readonly index: number; readonly codec: string };

/**
 * Looks into a file (by path) or a stream (by URL). Throws `capture/file-unreadable`, which names it, for whatever cannot be played or does
 * not answer in time; of a URL it names scheme and host only.
 */
export type ProbeMedia = (
  pathOrUrl: string,
  options?: { readonly timeoutMs?: number | undefined; readonly signal?: AbortSignal | undefined },
) => Promise<MediaProbe>;
