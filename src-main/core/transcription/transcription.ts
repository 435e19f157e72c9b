import type { Clock } from '../../base/clock.ts';
import { createEmitter } from '../../base/emitter.ts';
import type { Sample } from '../../media/cmaf/types.ts';
import { ticksToSeconds } from '../../media/time.ts';
import { type LiveEvent, type LiveTranscription, transcriptionName } from '../../shared/api/live-events.ts';
import type { Settings } from '../../shared/api/settings.ts';
import { AppError } from '../../shared/app-error.ts';
import { problemOf } from '../../shared/problem.ts';
import type { Logger } from '../ports/logger.ts';
import type { ShownAs, Track } from '../ports/presentation.ts';
import type { Processes } from '../ports/process.ts';
import type { EventLog } from '../ports/services.ts';
import type { IngestTelemetry } from '../ports/telemetry.ts';
import type { OpenTranscription, Spoken, Transcription } from '../ports/transcription.ts';
import { BYTES_PER_MS } from './command.ts';
import { openRecogniser, type Recogniser } from './recogniser.ts';
import { createSoundDecoder, type SoundDecoder } from './sound-decoder.ts';
import type { Sound } from './sound-queue.ts';
import { createTextTrack, type TextTrack } from './text-track.ts';

export type TranscriptionOptions = {
  readonly settings: () => Settings['service']['transcription'];
  readonly processes: Pick<Processes, 'spawn' | 'supervise'>;
  /** Path of the binary. */
  readonly ffmpeg: () => Promise<string>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventLog;
  readonly telemetry: Pick<IngestTelemetry, 'transcribing' | 'notTranscribed'>;
};

/** Without sound for so long, silence is heard in its place, so that what was said last is understood to have ended. */
const SILENT_AFTER_MS = 1000;
const SILENCE_EVERY_MS = 250;
const SETTLED_EVERY_MS = 100;

/** What one language has of its own. */
type Language = {
  readonly wanted: LiveTranscription;
  readonly text: TextTrack;
  source: Track | undefined;
  recogniser: Recogniser | undefined;
};

/** A track of sound that is heard, for one language or several. */
type Source = {
  readonly track: Track;
  readonly decoder: SoundDecoder;
  readonly languages: Language[];
  /** Where in time the next sound is expected, and when the last one came. */
  mediaMs: number | undefined;
  heardAtMs: number;
};

export function createTranscriptions(options: TranscriptionOptions): OpenTranscription {
  return (event) => {
    const wanted = event.transcriptions ?? [];
    if (wanted.length === 0) {
      return undefined;
    }
    const { command, lagSeconds } = options.settings();
    const [program, ...args] = command;
    if (program === undefined) {
      const problem = new AppError(
        'live/not-transcribed',
        `The live event ${event.name} runs without live text: no recogniser of speech is set. Give its command line as service.transcription.command in the settings, then stop and start the event.`,
        { details: { liveEvent: event.name } },
      );
      options.events.publish('Lectern.Problem', `liveEvent/${event.name}`, problemOf(problem));
      return undefined;
    }
    return openTranscription(event, wanted, { ...options, command: [program, ...args], lagMs: lagSeconds * 1000 });
  };
}

function openTranscription(
  event: LiveEvent,
  wanted: readonly LiveTranscription[],
  options: TranscriptionOptions & { readonly command: readonly [string, ...string[]]; readonly lagMs: number },
): Transcription {
  const { clock, lagMs } = options;
  const logger = options.logger.child({ liveEvent: event.name });
  const changed = createEmitter<undefined>();
  const spoken = createEmitter<Spoken>();
  const sources = new Map<string, Source>();
  let revision = 0;
  /** Media time of what came last of any track, and when it came. */
  let newest: { readonly mediaMs: number; readonly atMs: number } | undefined;
  let silence: Disposable | undefined;
  let ended: Promise<void> | undefined;
  let isOver = false;

  const languages = wanted.map((one): Language => {
    const language: Language = {
      wanted: one,
      source: undefined,
      recogniser: undefined,
      text: createTextTrack({
        id: `text_${transcriptionName(one)}`,
        name: transcriptionName(one),
        language: one.language,
        shownAs: shownAs(one.language),
        sourceTrackId: () => language.source?.id,
        lagMs,
        edgeMs,
      }),
    };
    return language;
  });

  function edgeMs(): number | undefined {
    return newest === undefined ? undefined : newest.mediaMs + (clock.monotonicMs() - newest.atMs);
  }

  function tell(): void {
    revision += 1;
    changed.emit(undefined);
  }

  /** Each language hears the first track that it asks for. */
  function connect(tracks: readonly Track[]): void {
    for (const language of languages) {
      const found = tracks.find((track) => track.kind === 'audio' && isWanted(track, language.wanted));
      if (language.source === undefined && found !== undefined) {
        language.source = found;
        language.recogniser = startRecogniser(language, found);
        const source = sources.get(found.id) ?? openSource(found);
        source.languages.push(language);
        sources.set(found.id, source);
        options.telemetry.transcribing(event.name, found.id, language.wanted.language);
      }
    }
  }

  function openSource(track: Track): Source {
    const source: Source = {
      track,
      decoder: createSoundDecoder({
        spawn: options.processes.spawn,
        ffmpeg: options.ffmpeg,
        name: `listen:${event.name}`,
        track,
        clock,
        logger,
        onSound(sound) {
          source.heardAtMs = clock.monotonicMs();
          hear(source, sound);
        },
      }),
      languages: [],
      mediaMs: undefined,
      heardAtMs: clock.monotonicMs(),
    };
    silence ??= clock.after(SILENCE_EVERY_MS, fillWithSilence);
    return source;
  }

  function hear(source: Source, sound: Sound): void {
    source.mediaMs = sound.mediaMs + sound.pcm.length / BYTES_PER_MS;
    for (const { recogniser } of source.languages) {
      recogniser?.hear(sound);
    }
  }

  function fillWithSilence(): void {
    silence = clock.after(SILENCE_EVERY_MS, fillWithSilence);
    for (const source of sources.values()) {
      const missingMs = clock.monotonicMs() - source.heardAtMs;
      if (source.mediaMs !== undefined && missingMs > SILENT_AFTER_MS) {
        // As much as has passed, and at most as much as anybody keeps: a computer that slept is not made to hear the whole night.
        const ms = Math.round(Math.min(missingMs, lagMs) - SILENT_AFTER_MS / 2);
        source.heardAtMs = clock.monotonicMs() - SILENT_AFTER_MS / 2;
        hear(source, { pcm: new Uint8Array(ms * BYTES_PER_MS), mediaMs: source.mediaMs });
      }
    }
  }

  function startRecogniser(language: Language, track: Track): Recogniser {
    const { text } = language;
    const subject = `liveEvent/${event.name}`;
    return openRecogniser({
      supervise: options.processes.supervise,
      clock,
      logger: logger.child({ language: text.language }),
      name: `recogniser:${event.name}:${text.language}`,
      command: options.command,
      language: text.language,
      queueMs: lagMs,
      onText(startMs, endMs, words) {
        const cue = text.add({ startMs, endMs, text: words });
        if (cue !== undefined) {
          spoken.emit({ text, cues: [cue] });
        }
      },
      onFinished(untilMs) {
        text.finish(untilMs);
        tell();
      },
      onBehind(ms) {
        logger.warn({ ms }, 'the recogniser is too slow; the oldest sound was left out');
        options.telemetry.notTranscribed(event.name, track.id, ms / 1000);
      },
      onFault(error) {
        const problem = new AppError(
          'live/not-transcribed',
          `Nothing is made of what is said in ${event.name} (${text.language}) at present: ${error.message} The stream goes on.`,
          { details: { ...error.details, liveEvent: event.name, language: text.language }, cause: error },
        );
        options.events.publish('Lectern.Problem', subject, problemOf(problem));
      },
    });
  }

  async function end(): Promise<void> {
    silence?.[Symbol.dispose]();
    isOver = true;
    try {
      await Promise.all([...sources.values()].map(({ decoder }) => decoder.end()));
      await Promise.all(languages.map(async ({ recogniser }) => await recogniser?.end(lagMs)));
    } catch (error) {
      logger.error({ error }, 'a transcription did not end as it should');
    }
    for (const { text } of languages) {
      text.end();
    }
    tell();
  }

  function note(track: Track, samples: readonly Sample[]): void {
    const last = samples.at(-1);
    if (last !== undefined) {
      const mediaMs = 1000 * (ticksToSeconds(last.decodeTime, track.timescale) + last.duration / track.timescale);
      if (newest === undefined || mediaMs > newest.mediaMs) {
        newest = { mediaMs, atMs: clock.monotonicMs() };
      }
      sources.get(track.id)?.decoder.push(samples);
    }
  }

  return {
    texts: languages.map(({ text }) => text),
    revision: () => revision,
    changed,
    spoken,
    listen(input) {
      const tracks = new Map<string, Track>();
      return {
        open(opened) {
          input.open(opened);
          for (const track of opened) {
            tracks.set(track.id, track);
          }
          attempt(() => connect(opened));
        },
        push(trackId, samples) {
          input.push(trackId, samples);
          const track = tracks.get(trackId);
          if (track !== undefined && !isOver) {
            attempt(() => note(track, samples));
          }
        },
      };
    },
    async settled(untilMs) {
      while (!languages.every(({ text }) => text.isSettled(untilMs))) {
        const { promise, resolve } = Promise.withResolvers<undefined>();
        clock.after(SETTLED_EVERY_MS, () => resolve(undefined));
        await promise;
      }
    },
    remove(fromMs, toMs) {
      for (const { text } of languages) {
        text.remove(fromMs, toMs);
      }
      tell();
    },
    end: () => (ended ??= end()),
  };

  /** What goes wrong with text is no business of the stream. */
  function attempt(step: () => void): void {
    try {
      step();
    } catch (error) {
      logger.error({ error }, 'sound could not be taken for transcription');
    }
  }
}

function isWanted(track: Track, { inputTrackSelection = [] }: LiveTranscription): boolean {
  return inputTrackSelection.every(({ property, value }) =>
    property === 'language'
      ? track.language.toLowerCase() === value.toLowerCase()
      : [track.name, track.id].includes(value),
  );
}

/** Subtitles in the language that is spoken are captions: they stand for the sound. */
function shownAs(language: string): ShownAs {
  return {
    label: nameOf(language),
    hidden: false,
    isDefault: false,
    forced: false,
    characteristics: ['public.accessibility.transcribes-spoken-dialog'],
    role: 'caption',
  };
}

/** As its speakers write it. */
function nameOf(language: string): string {
  try {
    return new Intl.DisplayNames([language], { type: 'language' }).of(language) ?? language;
  } catch {
    return language;
  }
}
