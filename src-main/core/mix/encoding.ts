import type { Clock } from '../../base/clock.ts';
import { toAppError } from '../../shared/app-error.ts';
import type { Logger } from '../ports/logger.ts';
import { type EncoderCommand, MIXER_SAMPLE_RATE, type MixerEvent, type WireFault } from '../ports/mixer.ts';
import type { SpawnChild } from '../ports/process.ts';
import { AAC_FRAME, type EncoderRun, startEncoderRun } from './encoder-run.ts';
import { createEncoderSpeed } from './encoder-speed.ts';
import { ENCODER_LEFT_BEHIND, ENCODER_OVERLOADED, ENCODER_SILENT, encoderExitFault, toFault } from './faults.ts';
import type { History } from './history.ts';
import type { FrameGrid } from './programme-clock.ts';
import { createRunOrder, type Outlet } from './run-order.ts';

/** Waits before the 1st, 2nd, … restart in a row; the last is used from then on. */
const RESTART_DELAYS_MS = [0, 500, 1000, 2000, 4000];
/** Output for so long, and the next restart is at once again: a process that works and is killed is not one that cannot work. */
const FRUITFUL_MS = 1000;
/** Output for so long, and what it ended of is forgotten. */
const HEALTHY_MS = 10_000;
/** An encoding that never gave anything is given up after so many attempts: its command line does not work here. */
const FRUITLESS_ATTEMPTS = 3;
/** A running process may be silent for so long, the very first one a little longer: hardware is slow to wake. */
const SILENT_MS = 2000;
const FIRST_SILENT_MS = 5000;
/** A pause of our own of that length is not held against the encoder. */
const OWN_PAUSE_MS = 500;
/** More frames than this waiting for longer than `OVERLOADED_MS` mean overload. */
const BACKLOG_OVERLOADED = 4;
const OVERLOADED_MS = 1000;
/** Beyond this memory is at stake. A process that is still catching up with what came while it started is given more. */
const BACKLOG_HARD_LIMIT = 45;
const BACKLOG_START_LIMIT = 90;
/** How long a process may take to finish what it has when another takes over, and when the encoding ends. */
const TAKEOVER_DRAIN_MS = 4000;
const STOP_DRAIN_MS = 2000;
/** How far before the picture a restarted run's sound may begin. */
const MOST_EARLY_SAMPLES = 3 * MIXER_SAMPLE_RATE;
/** Sound that a process does not take; three seconds of it may be repeated ones, and the history keeps ten. */
const SOUND_STUCK_SECONDS = 5;

export type EncodingOptions = {
  readonly id: string;
  readonly command: EncoderCommand;
  readonly spawn: SpawnChild;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly grid: FrameGrid;
  readonly history: History;
  /** Numbers the runs of all encodings. */
  readonly nextRun: () => number;
  readonly onEvent: (event: MixerEvent) => void;
  readonly onEncoded: (run: number, track: number, bytes: Uint8Array) => void;
  /** Nothing of it is left; `encoder-ended` has been told. */
  readonly onEnded: () => void;
};

/**
 * One encoding from start to stop, over any number of processes. What is wanted, a command, is kept apart from what runs.
 *
 *     opening ──▶ running ──ended unasked──▶ waiting ──delay over, or another command──▶ opening
 *                  │  ▲
 *                  │  └── opening beside it: another command takes over at a frame boundary
 *                  └──── the clock jumps: its input ends, another one is opened behind the gap
 *     any ──stop──▶ stopping: inputs end, processes finish ──▶ ended
 */
export type Encoding = {
  /** To be called after every programme frame. */
  feed(): void;
  /** The clock is about to jump: to be called before the history forgets. */
  breakOff(): void;
  /** To be called when the history stands at the new place. */
  resume(): void;
  replace(command: EncoderCommand): void;
  stop(): void;
  /** Kills what runs. */
  abandon(): void;
  /** Fire drill: its process dies as if the system had killed it. */
  crash(): void;
  status(): Extract<MixerEvent, { type: 'encoder-status' }>;
};

/** A process from its start to its last byte. */
type Life = {
  readonly run: EncoderRun;
  readonly outlet: Outlet;
  /** It has once been where the programme was. */
  hasCaughtUp: boolean;
  /** It is to be gone by then. */
  killAtMs: number;
  /** Why we killed it. */
  fault: WireFault | undefined;
};

export function createEncoding(options: EncodingOptions): Encoding {
  const { id, clock, grid, history } = options;
  const logger = options.logger.child({ encoding: id });
  /** The run that is being told. */
  let speaking = 0;
  const order = createRunOrder((track, bytes) => options.onEncoded(speaking, track, bytes));
  const speed = createEncoderSpeed();
  const lives = new Set<Life>();

  let wanted = options.command;
  /** The last command that gave output. */
  let proven: EncoderCommand | undefined;
  /** The life whose input is open; the others drain. */
  let current: Life | undefined;
  let isOpening = false;
  let isStopping = false;
  let wasAsked = false;
  let hasEnded = false;
  let waiting: Disposable | undefined;
  let failures = 0;
  let restarts = 0;
  let fault: WireFault | undefined;

  /** Before which frame, and sample, everything has come out of the runs that have ended; undefined before the first run. */
  let doneFrame: number | undefined;
  let doneSample = Infinity;
  let skipsToHead = false;

  let fedMs = clock.monotonicMs();
  let excusedMs = fedMs;
  let overloadedSinceMs: number | undefined;

  /** Where a new process begins: beside a running one with the next frame, else with the first frame that has not come out. */
  function begin(): { readonly frame: number; readonly sample: number } {
    const next = history.nextFrame();
    if (doneFrame === undefined) {
      doneFrame = next;
      return { frame: next, sample: grid.sampleOf(next) };
    }
    const planned = Math.max(doneFrame, ...[...lives].map(({ run }) => run.endFrame()));
    const isTakeover = planned === Infinity;
    const frame = isTakeover || skipsToHead ? next : Math.min(Math.max(planned, history.oldestFrame()), next);
    skipsToHead = false;
    // One AAC frame before what is missing, so that the first one that counts has a true neighbour to overlap with.
    const missing = Math.min(grid.sampleOf(frame), isTakeover ? Infinity : doneSample) - AAC_FRAME;
    return { frame, sample: Math.max(missing, grid.sampleOf(frame) - MOST_EARLY_SAMPLES) };
  }

  function announce(run: EncoderRun): void {
    speaking = options.nextRun();
    options.onEvent({
      type: 'encoder-run',
      encoding: id,
      run: speaking,
      tracks: run.command.tracks.map((track) => track.id),
      videoStart: String(grid.ticksOf(run.firstFrame)),
      audioStart: String(run.firstSample),
      lostFrames: Math.max(0, run.firstFrame - (doneFrame ?? run.firstFrame)),
    });
  }

  function reconcile(): void {
    if (!isStopping && !isOpening && waiting === undefined && current?.run.command !== wanted) {
      void open();
    }
  }

  async function open(): Promise<void> {
    isOpening = true;
    const command = wanted;
    let run: EncoderRun;
    try {
      run = await startEncoderRun({
        spawn: options.spawn,
        clock,
        grid,
        history,
        command,
        start: begin,
        onBytes: (track, bytes) => outlet.push(track, bytes),
      });
    } catch (error) {
      isOpening = false;
      const failure = toAppError(error);
      failed(command, toFault(failure), failure.severity === 'stop');
      return;
    }
    if (isStopping) {
      run.kill();
      await run.ended;
      isOpening = false;
      endIfDone();
      return;
    }
    isOpening = false;
    // Nothing is read from the process before this turn is over.
    const outlet = order.add(() => announce(run));
    const life: Life = { run, outlet, hasCaughtUp: false, killAtMs: Infinity, fault: undefined };
    lives.add(life);
    void watch(life);
    if (current !== undefined) {
      retire(current, run.firstFrame, TAKEOVER_DRAIN_MS);
    }
    current = life;
    overloadedSinceMs = undefined;
    run.feed();
    reconcile();
  }

  function retire(life: Life, beforeFrame: number, drainMs: number): void {
    life.run.finish(beforeFrame);
    life.killAtMs = clock.monotonicMs() + drainMs;
  }

  async function watch(life: Life): Promise<void> {
    const { run } = life;
    const end = await run.ended;
    lives.delete(life);
    const hadOutput = run.outputMs() !== undefined;
    if (hadOutput) {
      doneFrame = Math.max(doneFrame ?? 0, run.encodedFrame());
      doneSample = run.encodedSample();
    }
    life.outlet.end();
    if (life === current) {
      current = undefined;
      const cause = life.fault ?? (end.fault === undefined ? encoderExitFault(end.exit) : toFault(end.fault));
      logger.warn({ code: cause.code, lastLines: end.exit.lastLines, hadOutput }, cause.message);
      restarts += 1;
      failed(run.command, cause, false);
    }
    endIfDone();
  }

  /** A process with that command ended, or could not be started, although it was wanted. */
  function failed(command: EncoderCommand, cause: WireFault, isHopeless: boolean): void {
    fault = cause;
    if (isStopping) {
      endIfDone();
      return;
    }
    const fallback = current?.run.command ?? proven;
    if (wanted === command && fallback !== undefined && fallback !== command) {
      // The new command does not work here: back to the one that did, at once.
      wanted = fallback;
      failures = 0;
    }
    if (current !== undefined) {
      // What was to take over did not even start; the one before runs on.
      reconcile();
      return;
    }
    if (proven === undefined && (isHopeless || failures + 1 >= FRUITLESS_ATTEMPTS)) {
      isStopping = true;
      endIfDone();
      return;
    }
    const delayMs = RESTART_DELAYS_MS[Math.min(failures, RESTART_DELAYS_MS.length - 1)] ?? 0;
    failures += 1;
    waiting?.[Symbol.dispose]();
    waiting = clock.after(delayMs, () => {
      waiting = undefined;
      reconcile();
    });
  }

  function endIfDone(): void {
    if (isStopping && !isOpening && !hasEnded && lives.size === 0) {
      hasEnded = true;
      options.onEvent({ type: 'encoder-ended', encoding: id, fault: wasAsked ? undefined : fault });
      options.onEnded();
    }
  }

  /** Judges the running process by what comes out of it and by what waits in front of it. */
  function inspect(life: Life, nowMs: number): void {
    const { run } = life;
    const outputMs = run.outputMs();
    if (outputMs !== undefined) {
      proven = run.command;
      if (outputMs - run.startedMs > FRUITFUL_MS) {
        failures = 0;
      }
      if (outputMs - run.startedMs > HEALTHY_MS) {
        fault = undefined;
      }
    }
    const backlog = run.backlog();
    overloadedSinceMs = backlog > BACKLOG_OVERLOADED ? (overloadedSinceMs ?? nowMs) : undefined;
    life.hasCaughtUp ||= outputMs !== undefined && backlog <= BACKLOG_OVERLOADED;
    const backlogLimit = life.hasCaughtUp ? BACKLOG_HARD_LIMIT : BACKLOG_START_LIMIT;
    const silentMs = nowMs - Math.max(outputMs ?? run.startedMs, excusedMs);
    const mostSilentMs = proven === undefined ? FIRST_SILENT_MS : SILENT_MS;
    if (silentMs > mostSilentMs || run.waitingSoundSeconds() > SOUND_STUCK_SECONDS) {
      kill(life, ENCODER_SILENT);
    } else if (backlog > backlogLimit && nowMs - excusedMs > OVERLOADED_MS) {
      skipsToHead = true;
      kill(life, ENCODER_LEFT_BEHIND);
    }
  }

  function kill(life: Life, cause: WireFault): void {
    if (life.fault === undefined) {
      life.fault = cause;
      life.run.kill();
    }
  }

  return {
    feed() {
      const nowMs = clock.monotonicMs();
      if (nowMs - fedMs > OWN_PAUSE_MS) {
        excusedMs = nowMs;
      }
      fedMs = nowMs;
      for (const life of lives) {
        life.run.feed();
        if (nowMs >= life.killAtMs) {
          life.run.kill();
        }
      }
      if (current !== undefined) {
        inspect(current, nowMs);
      }
    },

    breakOff() {
      for (const { run } of lives) {
        run.breakOff();
      }
      if (current !== undefined) {
        current.killAtMs = clock.monotonicMs() + TAKEOVER_DRAIN_MS;
        current = undefined;
      }
    },

    resume: reconcile,

    replace(command) {
      wanted = command;
      failures = 0;
      waiting?.[Symbol.dispose]();
      waiting = undefined;
      reconcile();
    },

    stop() {
      if (isStopping) {
        return;
      }
      isStopping = true;
      wasAsked = true;
      waiting?.[Symbol.dispose]();
      if (current !== undefined) {
        retire(current, history.nextFrame(), STOP_DRAIN_MS);
        current = undefined;
      }
      endIfDone();
    },

    abandon() {
      isStopping = true;
      wasAsked = true;
      waiting?.[Symbol.dispose]();
      current = undefined;
      for (const { run } of lives) {
        run.kill();
      }
      endIfDone();
    },

    crash: () => current?.run.kill(),

    status() {
      const nowMs = clock.monotonicMs();
      const isOverloaded = overloadedSinceMs !== undefined && nowMs - overloadedSinceMs > OVERLOADED_MS;
      return {
        type: 'encoder-status',
        encoding: id,
        speed: currentSpeed(nowMs),
        backlogFrames: current?.run.backlog() ?? 0,
        restarts,
        fault: isOverloaded ? ENCODER_OVERLOADED : fault,
      };
    },
  };

  function currentSpeed(nowMs: number): number {
    if (current?.run.outputMs() === undefined) {
      // Nothing to judge by yet.
      speed.reset();
      return 1;
    }
    const encoded = Math.max(
      ...[...lives].filter(({ run }) => run.outputMs() !== undefined).map(({ run }) => run.encodedFrame()),
    );
    return speed.take(nowMs, history.nextFrame(), encoded);
  }
}
