import { type Clock, sleep } from '../../base/clock.ts';
import { AppError, toAppError } from '../../shared/app-error.ts';
import type { Logger } from '../ports/logger.ts';
import {
  MIXER_CHANNELS,
  MIXER_SAMPLE_RATE,
  type MixerEvent,
  type SeparateTrack,
  type WireFault,
} from '../ports/mixer.ts';
import type { Child, SpawnChild } from '../ports/process.ts';
import { AAC_FRAME, onSoundGrid } from './encoder-run.ts';
import { encoderExitFault, SEPARATE_SILENT, toFault } from './faults.ts';
import type { SoundRing } from './sound-ring.ts';
import { createTrackProgress } from './track-progress.ts';

const SOUND_FD = 3;
const TRACK_FD = 4;
/** Waits before the 1st, 2nd, … restart in a row; the last is used from then on. It is never given up while it is wanted. */
const RESTART_DELAYS_MS = [0, 500, 1000, 2000, 5000];
/** Output for so long, and what it ended of is forgotten. */
const HEALTHY_MS = 2000;
/** It yields to everything that is live, so that it may be silent for longer than the encoder of the programme. */
const SILENT_MS = 8000;
/** What a new process is given of the time before it; with `STUCK_SECONDS` less than the ring keeps, because what waits is a part of that. */
const MOST_EARLY_SAMPLES = 4 * MIXER_SAMPLE_RATE;
const STUCK_SECONDS = 5;
/** How long a process may take to finish what it has. */
const DRAIN_MS = 2000;
const GRACE_MS = 1000;
/** A process that has to look every 20 ms does little else. */
const FEED_SAMPLES = 8 * AAC_FRAME;

/** Encodes one sound by itself, over any number of processes, until it is stopped. Nothing of it ever reaches the programme. */
export type SeparateEncoding = {
  /** Hands over what has come into the ring before `until`, a sample position. */
  feed(until: number): void;
  /** The ring is about to jump: the process finishes what it has, the next one begins behind the gap. */
  breakOff(): void;
  /** No more sound is to come. Resolves when everything that was encoded has been told. */
  stop(): Promise<void>;
  kill(): void;
};

export type SeparateEncodingOptions = {
  readonly track: Pick<SeparateTrack, 'encoding' | 'command'>;
  readonly ring: SoundRing;
  readonly spawn: SpawnChild;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly nextRun: () => number;
  readonly onEvent: (event: MixerEvent) => void;
  readonly onEncoded: (run: number, track: number, bytes: Uint8Array) => void;
};

/** One process from its start to its last byte. */
type Life = {
  readonly child: Child;
  readonly firstSample: number;
  readonly startedMs: number;
  nextSample: number;
  isFinishing: boolean;
  draining: Disposable | undefined;
  outputMs: number | undefined;
  fault: WireFault | undefined;
};

export function createSeparateEncoding(options: SeparateEncodingOptions): SeparateEncoding {
  const { ring, clock } = options;
  const { encoding, command } = options.track;
  const logger = options.logger.child({ encoding });
  const stopping = new AbortController();
  const isStopping = (): boolean => stopping.signal.aborted;
  let current: Life | undefined;
  /** Before which sample everything has come out of the processes that have ended; undefined before the first. */
  let doneSample: number | undefined;
  let failures = 0;
  /** Where the programme is. */
  let passed = 0;

  /** One AAC frame before what is missing, so that the first one that counts has a true neighbour to overlap with. */
  function firstSample(): number {
    const wanted = doneSample === undefined ? ring.oldest() : doneSample - AAC_FRAME;
    return onSoundGrid(Math.max(wanted, ring.next() - MOST_EARLY_SAMPLES), ring.oldest());
  }

  async function live(): Promise<void> {
    while (!isStopping()) {
      const fault = await oneRun();
      if (isStopping() || fault === undefined) {
        continue;
      }
      const delayMs = RESTART_DELAYS_MS[Math.min(failures, RESTART_DELAYS_MS.length - 1)] ?? 0;
      failures += 1;
      logger.warn({ code: fault.code, failures }, `a separate track is interrupted: ${fault.message}`);
      options.onEvent({ type: 'separate-status', encoding, failures, fault });
      try {
        await sleep(clock, delayMs, stopping.signal);
      } catch {
        // Being stopped: the condition of the loop sees it.
      }
    }
    options.onEvent({ type: 'separate-ended', encoding });
  }

  /** Resolves when the process is gone, with what it ended of unasked. */
  async function oneRun(): Promise<WireFault | undefined> {
    let life: Life;
    let run: number;
    try {
      const child = await options.spawn(specOf(command));
      if (isStopping()) {
        child.kill();
        await child.exited;
        return undefined;
      }
      const first = firstSample();
      const startedMs = clock.monotonicMs();
      life = {
        child,
        firstSample: first,
        startedMs,
        nextSample: first,
        isFinishing: false,
        draining: undefined,
        outputMs: undefined,
        fault: undefined,
      };
      run = options.nextRun();
    } catch (error) {
      return toFault(toAppError(error));
    }
    const progress = createTrackProgress('audio', command.offsetSeconds);
    options.onEvent({
      type: 'encoder-run',
      encoding,
      run,
      tracks: [encoding],
      videoStart: '0',
      audioStart: String(life.firstSample),
      lostFrames: 0,
    });
    life.child.pipe(TRACK_FD).on('data', (bytes: Buffer) => {
      options.onEncoded(run, 0, bytes);
      try {
        if (life.fault === undefined && progress.push(bytes)) {
          life.outputMs = clock.monotonicMs();
        }
      } catch (error) {
        if (!(error instanceof AppError)) {
          throw error;
        }
        kill(life, toFault(error));
      }
    });
    current = life;
    const exit = await life.child.exited;
    current = undefined;
    life.draining?.[Symbol.dispose]();
    if (life.outputMs !== undefined) {
      doneSample = life.firstSample + Math.round(progress.seconds() * MIXER_SAMPLE_RATE);
    }
    return life.isFinishing && life.fault === undefined ? undefined : (life.fault ?? encoderExitFault(exit));
  }

  function kill(life: Life, fault: WireFault): void {
    life.fault ??= fault;
    life.child.kill();
  }

  /** Whole AAC frames: wherever it ends, it ends on the grid, and what follows is not shifted to meet it. */
  function handOver(life: Life): void {
    const to = Math.floor(Math.min(passed, ring.next()) / AAC_FRAME) * AAC_FRAME;
    const sound = life.child.pipe(SOUND_FD);
    if (sound.writable) {
      for (const slice of ring.slices(Math.max(life.nextSample, ring.oldest()), to)) {
        sound.write(slice);
      }
    }
    life.nextSample = Math.max(life.nextSample, to);
  }

  function finish(): void {
    if (current !== undefined && !current.isFinishing) {
      handOver(current);
      current.isFinishing = true;
      current.child.pipe(SOUND_FD).end();
      const { child } = current;
      current.draining = clock.after(DRAIN_MS, () => child.kill());
    }
  }

  function inspect(life: Life): void {
    const nowMs = clock.monotonicMs();
    if (failures > 0 && (life.outputMs ?? 0) - life.startedMs > HEALTHY_MS) {
      failures = 0;
      options.onEvent({ type: 'separate-status', encoding, failures, fault: undefined });
    }
    const waiting = life.child.pipe(SOUND_FD).writableLength / (MIXER_SAMPLE_RATE * MIXER_CHANNELS * 2);
    if (nowMs - (life.outputMs ?? life.startedMs) > SILENT_MS || waiting > STUCK_SECONDS) {
      kill(life, SEPARATE_SILENT);
    }
  }

  const lived = live();

  return {
    feed(until) {
      passed = until;
      if (current !== undefined && !current.isFinishing && until - current.nextSample >= FEED_SAMPLES) {
        handOver(current);
        inspect(current);
      }
    },
    breakOff: finish,
    async stop() {
      stopping.abort();
      finish();
      await lived;
    },
    kill() {
      stopping.abort();
      current?.child.kill();
    },
  };
}

function specOf(command: SeparateTrack['command']): Parameters<SpawnChild>[0] {
  return {
    name: 'separate-track',
    executable: command.executable,
    args: command.args,
    stdin: 'none',
    stdout: 'ignore',
    pipes: ['to-child', 'from-child'],
    priority: 'low',
    secrets: [],
    quit: 'term',
    graceMs: GRACE_MS,
  };
}
