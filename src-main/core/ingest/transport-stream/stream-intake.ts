import type { Sample, TrackDescription } from '../../../media/cmaf/types.ts';
import { fromIso6392 } from '../../../media/isobmff/language.ts';
import { createAacReader } from '../../../media/mpegts/aac-reader.ts';
import { AVC_FORMAT } from '../../../media/mpegts/avc-format.ts';
import type { ElementaryEvent, ElementaryReader } from '../../../media/mpegts/elementary.ts';
import { HEVC_FORMAT } from '../../../media/mpegts/hevc-format.ts';
import { type ElementaryStream, languageOf, type ProgramMap } from '../../../media/mpegts/program-tables.ts';
import { createStreamClock } from '../../../media/mpegts/stream-clock.ts';
import { streamKind } from '../../../media/mpegts/stream-kind.ts';
import { createTransportReader, type TransportFaults } from '../../../media/mpegts/transport-reader.ts';
import { createVideoReader } from '../../../media/mpegts/video-reader.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { IncomingCue, IncomingTrackInput, IngestConnection } from '../../ports/ingest.ts';
import type { Logger } from '../../ports/logger.ts';
import { spliceCue } from './splice-cue.ts';

/** The transport stream of one sender, as tracks, samples and cues of its connection. */
export type StreamIntake = {
  /**
   * Takes the next bytes, cut anywhere; they must not be changed afterwards. Throws what `IngestConnection.addTrack` throws, and
   * `MPE_INGEST_CODEC_NOT_SUPPORTED` for a stream whose picture or sound cannot be taken.
   */
  readonly push: (bytes: Uint8Array) => void;
  /** Gives what the end of the stream leaves complete. */
  readonly finish: () => void;
  /** Tracks have been announced. */
  readonly isRunning: () => boolean;
  readonly faults: () => TransportFaults;
};

type Track = {
  readonly type: number;
  readonly kind: 'video' | 'audio';
  readonly reader: ElementaryReader;
  /** Undefined until it is in the stream. */
  description: TrackDescription | undefined;
  /** Undefined until it is announced. */
  input: IncomingTrackInput | undefined;
  /** Samples before that. */
  readonly waiting: Sample[];
};

/**
 * Tracks are announced together when all that the programme names are there. One that gives nothing is not waited for longer than this, of
 * stream time: a picture may need until its next key frame, sound is there at once or not at all.
 */
const PATIENCE_SECONDS = { video: 10, audio: 2 } as const;
const MAX_WAITING_BYTES = 32 * 1024 * 1024;
const MAX_WAITING_CUES = 64;

export function createStreamIntake(options: {
  readonly connection: IngestConnection;
  readonly logger: Logger;
}): StreamIntake {
  const { connection, logger } = options;
  const clock = createStreamClock();
  const tracks = new Map<number, Track>();
  /** Sections that came before there was a time to place them by. */
  const waitingCues: { readonly pid: number; readonly section: Uint8Array }[] = [];
  let waitingBytes = 0;
  let isRunning = false;
  let badCues = 0;

  const reader = createTransportReader({
    isWanted: (stream) => mediaOf(stream) !== undefined,
    onEvent(event) {
      switch (event.kind) {
        case 'program':
          refuseUnsupported(event.program);
          onStreams(event.chosen);
          break;
        case 'pes': {
          const track = tracks.get(event.pid);
          if (track !== undefined) {
            onMedia(
              track,
              read(track, () => track.reader.push(event.packet)),
            );
          }
          break;
        }
        case 'section':
          onCue(event.pid, event.section);
          break;
      }
    },
  });

  function onStreams(streams: readonly ElementaryStream[]): void {
    const types = new Map(streams.map(({ pid, type }) => [pid, type]));
    for (const [pid, track] of tracks) {
      if (types.get(pid) !== track.type) {
        onMedia(track, track.reader.flush());
        waitingBytes -= sizeOf(track.waiting);
        tracks.delete(pid);
      }
    }
    for (const stream of streams) {
      const kind = mediaOf(stream);
      if (kind !== undefined && !tracks.has(stream.pid)) {
        const { type } = stream;
        const track = {
          type,
          kind,
          reader: openReader(stream),
          description: undefined,
          input: undefined,
          waiting: [],
        };
        tracks.set(stream.pid, track);
      }
    }
  }

  /** What else there is, subtitles or a second sound, is left out; not to be seen or heard at all is a reason to turn it away. */
  function refuseUnsupported({ streams }: ProgramMap): void {
    for (const stream of streams) {
      const found = streamKind(stream);
      if (found.kind !== 'unsupported') {
        continue;
      }
      const { codec, media } = found;
      if (!streams.some((other) => mediaOf(other) === media)) {
        throw new AppError(
          'MPE_INGEST_CODEC_NOT_SUPPORTED',
          `The ${media} of the transport stream is ${codec}. Set the encoder to ${media === 'video' ? 'H.264 or H.265' : 'AAC'}.`,
          { details: { codec, media } },
        );
      }
      logger.info({ pid: stream.pid, codec }, 'a stream of a codec that is not taken is left out');
    }
  }

  function openReader(stream: ElementaryStream): ElementaryReader {
    const language = fromIso6392(languageOf(stream) ?? 'und');
    const { kind } = streamKind(stream);
    return kind === 'aac'
      ? createAacReader({ language, clock })
      : createVideoReader({ format: kind === 'hevc' ? HEVC_FORMAT : AVC_FORMAT, language, clock });
  }

  function onMedia(track: Track, events: readonly ElementaryEvent[]): void {
    for (const event of events) {
      if (event.kind === 'format') {
        track.description = event.description;
        if (isRunning) {
          announce(track);
        }
      } else if (track.input !== undefined) {
        track.input.push(event.samples);
      } else {
        track.waiting.push(...event.samples);
        waitingBytes += sizeOf(event.samples);
      }
    }
    if (!isRunning && isTimeToAnnounce()) {
      isRunning = true;
      for (const found of tracks.values()) {
        announce(found);
      }
      for (const found of tracks.values()) {
        found.input?.push(found.waiting.splice(0));
      }
      waitingBytes = 0;
      for (const { pid, section } of waitingCues.splice(0)) {
        onCue(pid, section);
      }
    }
  }

  function announce(track: Track): void {
    const { description } = track;
    if (description !== undefined) {
      track.input = connection.addTrack({ description, declaredBitrate: undefined });
    }
  }

  function isTimeToAnnounce(): boolean {
    const all = [...tracks.values()];
    const missing = all.filter(({ description }) => description === undefined);
    if (missing.length === all.length) {
      return false;
    }
    const seconds = Math.max(...all.map(waitingSeconds));
    return missing.every(({ kind }) => seconds > PATIENCE_SECONDS[kind]) || waitingBytes > MAX_WAITING_BYTES;
  }

  function onCue(pid: number, section: Uint8Array): void {
    if (!isRunning) {
      if (waitingCues.length < MAX_WAITING_CUES) {
        waitingCues.push({ pid, section });
      }
      return;
    }
    const cue = readCue(pid, section);
    if (cue !== undefined) {
      connection.cue(cue);
    }
  }

  function readCue(pid: number, section: Uint8Array): IncomingCue | undefined {
    try {
      return spliceCue(section, pid, clock);
    } catch (error) {
      if (!(error instanceof AppError)) {
        throw error;
      }
      badCues += 1;
      // Some encoders send one every second.
      if (badCues === 1) {
        logger.warn({ pid, code: error.code, problem: error.message }, 'a cue message cannot be understood');
      }
      return undefined;
    }
  }

  return {
    push: reader.push,
    finish() {
      reader.flush();
      for (const track of tracks.values()) {
        onMedia(track, track.reader.flush());
      }
    },
    isRunning: () => isRunning,
    faults: reader.faults,
  };
}

function mediaOf(stream: ElementaryStream): 'video' | 'audio' | undefined {
  switch (streamKind(stream).kind) {
    case 'avc':
    case 'hevc':
      return 'video';
    case 'aac':
      return 'audio';
    default:
      return undefined;
  }
}

/** A reader gives up only on what it will never be able to read. */
function read<T>(track: Track, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof AppError && error.code === 'media/unsupported') {
      throw new AppError('MPE_INGEST_CODEC_NOT_SUPPORTED', `The ${track.kind} cannot be taken. ${error.message}`, {
        details: { media: track.kind },
        cause: error,
      });
    }
    throw error;
  }
}

function waitingSeconds({ waiting, description }: Track): number {
  const [first, last] = [waiting[0], waiting.at(-1)];
  return first === undefined || last === undefined || description === undefined
    ? 0
    : Number(last.decodeTime - first.decodeTime) / description.timescale;
}

function sizeOf(samples: readonly Sample[]): number {
  return samples.reduce((sum, { data }) => sum + data.length, 0);
}
