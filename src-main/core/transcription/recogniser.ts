import type { Clock } from '../../base/clock.ts';
import type { AppError } from '../../shared/app-error.ts';
import type { Logger } from '../ports/logger.ts';
import type { Child, RestartPolicy, Supervise } from '../ports/process.ts';
import { BYTES_PER_MS, recogniserSpec } from './command.ts';
import { createLines } from './lines.ts';
import { createMediaTimes, type MediaTimes } from './media-times.ts';
import { createOutputReader, type RecogniserOutput } from './recogniser-output.ts';
import { createSoundQueue, type Sound } from './sound-queue.ts';

/** The user's own program, as long as it is wanted: it may die, hang and be slow, and is begun again. */
export type Recogniser = {
  /** Never throws and never waits. */
  hear(sound: Sound): void;
  /** No more sound comes: what it has still to say is waited for, at most `withinMs`. Idempotent. */
  end(withinMs: number): Promise<void>;
};

export type RecogniserOptions = {
  readonly supervise: Supervise;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly name: string;
  /** Program and arguments. */
  readonly command: readonly [string, ...string[]];
  readonly language: string;
  /** So much sound waits for it at most. */
  readonly queueMs: number;
  /** Media times in ms. */
  readonly onText: (startMs: number, endMs: number, text: string) => void;
  /** There is no more to come of what lies before. */
  readonly onFinished: (untilMs: number) => void;
  /** So much sound has been left out, because it is too slow. */
  readonly onBehind: (ms: number) => void;
  readonly onFault: (error: AppError) => void;
};

/** A model takes its time to load, and one that has crashed will mostly crash again: it is tried for as long as the event runs. */
const POLICY: RestartPolicy = {
  delaysMs: [500, 2000, 5000, 15_000, 60_000],
  jitter: 0.2,
  healthyAfterMs: 30_000,
  maxAttempts: Number.POSITIVE_INFINITY,
  // Of sound that it does not read: a model may take as long to load.
  stallAfterMs: 60_000,
  startWithinMs: 60_000,
};
const BEHIND_EVERY_MS = 10_000;

/** One life of the program. */
type Life = { readonly child: Child; readonly times: MediaTimes; givenMs: number; isFull: boolean };

export function openRecogniser(options: RecogniserOptions): Recogniser {
  const { clock, logger } = options;
  const queue = createSoundQueue(options.queueMs);
  let life: Life | undefined;
  let isEnding = false;
  let ended: Promise<void> | undefined;
  let behindAtMs = Number.NEGATIVE_INFINITY;
  let hasComplained = false;
  /** When the program has said all that it has to say, after its sound has ended. */
  const allSaid = Promise.withResolvers<undefined>();

  const supervised = options.supervise({
    policy: POLICY,
    spec: () => recogniserSpec(options.name, options.command, options.language),
    onStart(child) {
      const begun: Life = { child, times: createMediaTimes(), givenMs: 0, isFull: false };
      life = begun;
      const reader = createOutputReader({
        output: (output) => take(begun, output),
        unknown(line) {
          if (!hasComplained) {
            hasComplained = true;
            logger.warn(
              { line: line.slice(0, 200) },
              'a line of the recogniser is not as it should be; others too are passed over',
            );
          }
        },
      });
      const lines = createLines(reader.push);
      child.stdout?.on('data', lines.push).once('end', () => {
        lines.end();
        reader.end();
        if (isEnding) {
          allSaid.resolve(undefined);
        }
      });
      child.stdin?.on('drain', () => {
        begun.isFull = false;
        pump();
      });
      pump();
    },
  });
  let hasTold = false;
  supervised.changed.on((state) => {
    if (state.kind === 'backing-off' || state.kind === 'gave-up') {
      life = undefined;
      if (isEnding) {
        allSaid.resolve(undefined);
      }
      // Once: a program that does not run is one problem, however often it is tried.
      if (!hasTold) {
        hasTold = true;
        options.onFault(state.error);
      }
    }
  });

  function take({ times }: Life, output: RecogniserOutput): void {
    supervised.progress();
    hasTold = false;
    if (output.kind === 'until') {
      const untilMs = times.at(output.ms);
      if (untilMs !== undefined) {
        options.onFinished(untilMs);
      }
      return;
    }
    const [startMs, endMs] = [times.at(output.startMs), times.at(output.endMs)];
    if (output.isFinal && startMs !== undefined && endMs !== undefined) {
      options.onText(startMs, endMs, output.text);
      options.onFinished(endMs);
    }
  }

  /** As much as its pipe takes. */
  function pump(): void {
    const present = life;
    const stdin = present?.child.stdin;
    if (present === undefined || stdin?.writable !== true) {
      return;
    }
    while (!present.isFull) {
      const sound = queue.next();
      if (sound === undefined) {
        if (isEnding) {
          stdin.end();
        }
        return;
      }
      present.times.mark(present.givenMs, sound.mediaMs);
      present.givenMs += sound.pcm.length / BYTES_PER_MS;
      present.isFull = !stdin.write(sound.pcm, (error) => {
        if (error === null || error === undefined) {
          supervised.progress();
        }
      });
    }
  }

  function tellBehind(): void {
    const nowMs = clock.monotonicMs();
    if (nowMs - behindAtMs >= BEHIND_EVERY_MS) {
      const droppedMs = queue.takeDropped();
      if (droppedMs > 0) {
        behindAtMs = nowMs;
        options.onBehind(droppedMs);
      }
    }
  }

  async function end(withinMs: number): Promise<void> {
    isEnding = true;
    // One that has just been begun is still given what there is; one that has failed is not waited for.
    if (!['starting', 'running'].includes(supervised.state().kind)) {
      allSaid.resolve(undefined);
    }
    pump();
    const late = clock.after(withinMs, () => allSaid.resolve(undefined));
    await allSaid.promise;
    late[Symbol.dispose]();
    await supervised.stop();
  }

  return {
    hear(sound) {
      if (!isEnding) {
        queue.push(sound);
        pump();
        tellBehind();
      }
    },
    end: (withinMs) => (ended ??= end(withinMs)),
  };
}
