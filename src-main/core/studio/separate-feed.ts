import { randomUUID } from 'node:crypto';
import { type Clock, sleep } from '../../base/clock.ts';
import type { EventSource } from '../../base/emitter.ts';
import { ticks } from '../../media/time.ts';
import { AppError } from '../../shared/app-error.ts';
import { SEPARATE_TRACK_BITRATE, separateTrackCommand } from '../encode/encoder-args.ts';
import { createEncodedIntake, type EncodedIntake } from '../ingest/studio/encoded-intake.ts';
import { SEPARATE_TRACK_PREFIX } from '../ports/archive.ts';
import type { Logger } from '../ports/logger.ts';
import type { Mixer, MixerEvent, SeparateTrack } from '../ports/mixer.ts';
import type { FfmpegBinary } from '../ports/process.ts';
import type { TimelineInput } from '../ports/timeline.ts';
import type { SeparateInput } from './separate-inputs.ts';

export type SeparateFeedOptions = {
  readonly mixer: Mixer;
  readonly binary: Pick<FfmpegBinary, 'path'>;
  readonly input: TimelineInput;
  /** The inputs that are wanted at this moment. */
  readonly wanted: () => readonly SeparateInput[];
  /** That may be others now. */
  readonly changed: EventSource<undefined>;
  /** One of them fails again and again. */
  readonly onFault: (error: AppError) => void;
  readonly clock: Clock;
  readonly logger: Logger;
};

/** Records sound inputs by themselves, beside a broadcast. Whatever fails here costs the broadcast nothing. */
export type SeparateFeed = {
  /** Resolves when the last sample has been pushed. */
  stop(): Promise<void>;
};

/** From a stop to the last fragment. */
const FLUSH_MS = 4000;
/** A process that was killed is back at once and nothing is missing; the presenter is told when it fails so often in a row. */
const TELL_AFTER_FAILURES = 3;

/** A track from when its input was first wanted to the end of the broadcast. */
type Entry = {
  readonly trackId: string;
  readonly input: SeparateInput;
  readonly intake: EncodedIntake;
  /** While it is wanted. */
  encoding: string | undefined;
  evenMuted: boolean;
};

export function openSeparateFeed(options: SeparateFeedOptions): SeparateFeed {
  const { mixer, clock, logger } = options;
  const command = separateTrackCommand(options.binary);
  const entries = new Map<string, Entry>();
  /** Whose runs are told under which encoding, also those that are being finished. */
  const byEncoding = new Map<string, Entry>();
  const ended = Promise.withResolvers<undefined>();
  let told = '[]';
  let isStopping = false;

  /** A source that is called something else is another one, and gets a track of its own. */
  function entryOf(input: SeparateInput): Entry {
    const key = JSON.stringify([input.id, input.label]);
    const known = entries.get(key);
    if (known !== undefined) {
      return known;
    }
    const trackId = `${SEPARATE_TRACK_PREFIX}${entries.size + 1}`;
    const { id, label } = input;
    const entry: Entry = {
      trackId,
      input,
      intake: createEncodedIntake({
        tracks: [{ id: trackId, kind: 'audio', bitrate: SEPARATE_TRACK_BITRATE }],
        offsetSeconds: command.offsetSeconds,
        input: {
          open: (tracks) =>
            options.input.open(
              tracks.map((track) => ({ ...track, name: trackId, separate: { input: id, label } })),
            ),
          push: (track, samples) => options.input.push(track, samples),
        },
        onFault: (error) => logger.error({ error, track: trackId }, 'a separate track cannot be read'),
      }),
      encoding: undefined,
      evenMuted: input.evenMuted,
    };
    entries.set(key, entry);
    return entry;
  }

  function reconcile(): void {
    if (isStopping) {
      return;
    }
    const wanted = new Set<Entry>();
    for (const input of options.wanted()) {
      const entry = entryOf(input);
      wanted.add(entry);
      entry.evenMuted = input.evenMuted;
      if (entry.encoding === undefined) {
        entry.encoding = randomUUID();
        byEncoding.set(entry.encoding, entry);
      }
    }
    for (const entry of entries.values()) {
      entry.encoding = wanted.has(entry) ? entry.encoding : undefined;
    }
    tell();
  }

  function tell(): void {
    const tracks = [...entries.values()].flatMap(({ encoding, input, evenMuted }): readonly SeparateTrack[] =>
      encoding === undefined ? [] : [{ encoding, source: input.id, evenMuted, command }],
    );
    const text = JSON.stringify(tracks);
    if (text !== told) {
      told = text;
      mixer.send({ type: 'separate', tracks });
    }
  }

  function onEvent(event: MixerEvent): void {
    const entry = 'encoding' in event ? byEncoding.get(event.encoding) : undefined;
    if (entry === undefined) {
      return;
    }
    if (event.type === 'encoder-run') {
      entry.intake.beginRun({
        run: event.run,
        tracks: [entry.trackId],
        videoStart: ticks(0n),
        audioStart: ticks(BigInt(event.audioStart)),
      });
    } else if (event.type === 'separate-status' && event.failures === TELL_AFTER_FAILURES) {
      const { fault } = event;
      if (fault !== undefined) {
        const words = `The separate track of ${entry.input.label} is interrupted; the broadcast goes on. ${fault.message}`;
        options.onFault(new AppError(fault.code, words));
      }
    } else if (event.type === 'separate-ended') {
      byEncoding.delete(event.encoding);
      endIfDone();
    }
  }

  function endIfDone(): void {
    if (isStopping && byEncoding.size === 0) {
      ended.resolve(undefined);
    }
  }

  /** Our mistakes are contained: the same events and bytes are those of the broadcast. */
  function contained<T>(step: (value: T) => void): (value: T) => void {
    return (value) => {
      try {
        step(value);
      } catch (error) {
        logger.error({ error }, 'separate tracks failed');
      }
    };
  }

  const listening = new DisposableStack();
  listening.use(mixer.events.on(contained(onEvent)));
  listening.use(
    mixer.data.on(
      contained((data) => {
        if (data.type === 'encoded') {
          for (const { intake } of entries.values()) {
            intake.push(data.run, data.track, data.bytes);
          }
        }
      }),
    ),
  );
  listening.use(options.changed.on(contained(reconcile)));
  contained(reconcile)(undefined);

  async function stop(): Promise<void> {
    isStopping = true;
    for (const entry of entries.values()) {
      entry.encoding = undefined;
    }
    tell();
    endIfDone();
    await Promise.race([ended.promise, sleep(clock, FLUSH_MS)]);
    listening.dispose();
  }

  let stopped: Promise<void> | undefined;
  return {
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}
