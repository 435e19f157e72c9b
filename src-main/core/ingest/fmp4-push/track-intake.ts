import type { FragmentEvent, IngestEvent } from '../../../media/cmaf/fragment-reader.ts';
import type { OtherTrack, ParsedHeader, ParsedTrack } from '../../../media/cmaf/init-segment.ts';
import type { Sample, TrackDescription } from '../../../media/cmaf/types.ts';
import { malformed } from '../../../media/malformed.ts';
import { type Ticks, ticks } from '../../../media/time.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { IncomingTrackInput, IngestConnection } from '../../ports/ingest.ts';
import type { Logger } from '../../ports/logger.ts';
import { cueScheme, knownMessage, messageCue, type PlacedMessage, type SparseTrack, sparseCues } from './cues.ts';
import { findManifestTrack, type ManifestTrack, readLiveManifest } from './live-manifest.ts';

/** What an encoder said of its stream before the first fragment. */
export type StreamHeader = ParsedHeader & {
  /** `ftyp` and `moov`. */
  readonly bytes: Uint8Array;
  /** Of a Smooth Streaming encoder. */
  readonly smil: string | undefined;
};

/** Turns what stands in a stream into tracks, samples and cues of a connection. */
export type TrackIntake = {
  /**
   * Throws what the connection refuses a track with, `MPE_INGEST_CODEC_NOT_SUPPORTED` and `ingest/negative-time`; the connection is not to
   * be used then.
   */
  readonly take: (events: readonly IngestEvent[]) => void;
  readonly header: () => StreamHeader | undefined;
  /** There is nothing but events in it, so that long silences are right. */
  readonly isSparse: () => boolean;
};

type MediaTrack = {
  readonly input: IncomingTrackInput;
  readonly description: TrackDescription;
  /** To be added to composition offsets, and to decode times: together what the edit list says. */
  readonly compositionShift: number;
  readonly decodeShift: Ticks;
};

/** Further back than this before the first fragment no delay of an encoder reaches; what is, is a clock that ran below zero. */
const MAX_PRIMING_SECONDS = 1;
/** Reordering of pictures takes at most sixteen of them. */
const MAX_REORDER_SECONDS = 1;
/** Messages before one fragment. */
const MAX_MESSAGES = 64;
/** An encoder is set up anew now and then; what describes itself otherwise all the time only costs. */
const MAX_HEADERS = 64;
/** Of cues that cannot be read, so that nobody can fill a log with them. */
const MAX_TOLD = 20;
/** AAC-LC, and with SBR and PS on top of it. */
const AAC_CODECS: ReadonlySet<string> = new Set(['mp4a.40.2', 'mp4a.40.5', 'mp4a.40.29']);

/** `known`: the header of a stream that goes on. It holds from the first fragment on, unless another one comes before that. */
export function createTrackIntake(options: {
  readonly connection: IngestConnection;
  readonly logger: Logger;
  readonly known?: StreamHeader | undefined;
}): TrackIntake {
  const { connection, logger } = options;
  let media: ReadonlyMap<number, MediaTrack> = new Map();
  let sparse: ReadonlyMap<number, SparseTrack> = new Map();
  let smil: string | undefined;
  let header: StreamHeader | undefined;
  /** With times that count from the fragment behind them. */
  let messages: PlacedMessage[] = [];
  let headers = 0;
  let dropped = 0;

  function announce(next: StreamHeader): void {
    // Encoders repeat it whenever they connect anew, and some now and then.
    if (header !== undefined && header.smil === next.smil && Buffer.compare(header.bytes, next.bytes) === 0) {
      return;
    }
    headers += 1;
    if (headers > MAX_HEADERS) {
      throw malformed('moov', 0, `is the ${headers}th that differs from the one before`);
    }
    const manifest = readManifest(next.smil);
    const count = next.tracks.length + next.otherTracks.length;
    const described = (trackId: number): ManifestTrack | undefined => findManifestTrack(manifest, trackId, count);
    const tracks = next.tracks.map((track) => [track, described(track.trackId)] as const);
    const cues = next.otherTracks.flatMap((track) => {
      const found = sparseTrackOf(track, described(track.trackId));
      return found === undefined ? [] : [[track.trackId, found] as const];
    });
    if (tracks.length + cues.length === 0) {
      throw codecNotSupported('The stream has neither picture nor sound nor cues that are known here.', '');
    }
    // All of them are looked at before the first is announced.
    tracks.forEach(([track]) => checkCodec(track.description));
    messages = [];
    media = new Map(
      tracks.map(([track, said]) => [track.trackId, mediaTrackOf(connection, track, said)] as const),
    );
    sparse = new Map(cues);
    header = next;
    logger.info(
      { tracks: tracks.map(([{ description }]) => description.codec), cues: cues.length },
      'an encoder described its stream',
    );
  }

  function useKnown(): void {
    if (header === undefined && options.known !== undefined) {
      announce(options.known);
    }
  }

  function readManifest(text: string | undefined): readonly ManifestTrack[] {
    try {
      return text === undefined ? [] : readLiveManifest(text);
    } catch (error) {
      if (!(error instanceof AppError)) {
        throw error;
      }
      // The header has all that is needed to show the stream; names and languages may be missing.
      logger.warn({ err: error }, 'the live manifest of an encoder cannot be read and is left aside');
      return [];
    }
  }

  function takeFragment({ trackId, samples }: Extract<FragmentEvent, { readonly kind: 'fragment' }>): void {
    const track = media.get(trackId);
    const [first] = samples;
    if (track === undefined || first === undefined) {
      return;
    }
    checkTime(first, track.description);
    const placed = place(samples, track);
    for (const message of messages.splice(0)) {
      connection.cue(messageCue(message, { ticks: firstShown(placed), timescale: track.description.timescale }));
    }
    track.input.push(placed);
  }

  function takeMessage(placed: PlacedMessage): void {
    if (placed.message.start.kind === 'absolute') {
      connection.cue(messageCue(placed, undefined));
    } else if (messages.length < MAX_MESSAGES) {
      messages.push(placed);
    }
  }

  function takeSparse(event: Extract<IngestEvent, { readonly kind: 'sparse' }>): void {
    const track = sparse.get(event.trackId);
    try {
      for (const cue of track === undefined ? [] : sparseCues(track, event)) {
        connection.cue(cue);
      }
    } catch (error) {
      dropCue(error);
    }
  }

  function dropCue(error: unknown): void {
    if (!(error instanceof AppError)) {
      throw error;
    }
    dropped += 1;
    if (dropped <= MAX_TOLD) {
      logger.warn({ err: error, dropped }, 'a cue of an encoder cannot be read and is dropped');
    }
  }

  function takeEvent(event: IngestEvent): void {
    switch (event.kind) {
      case 'live-manifest':
        smil = event.smil;
        break;
      case 'header': {
        const { bytes, tracks, otherTracks } = event;
        announce({ bytes, tracks, otherTracks, smil });
        smil = undefined;
        break;
      }
      case 'fragment':
        useKnown();
        takeFragment(event);
        break;
      case 'sparse':
        useKnown();
        takeSparse(event);
        break;
      case 'message': {
        const placed = knownMessage(event.message);
        if (placed !== undefined) {
          takeMessage(placed);
        }
        break;
      }
      case 'unreadable':
        dropCue(event.error);
        break;
    }
  }

  return {
    take: (events) => events.forEach(takeEvent),
    header: () => header,
    isSparse: () => media.size === 0 && sparse.size > 0,
  };
}

function mediaTrackOf(
  connection: IngestConnection,
  { description: parsed, presentationShift }: ParsedTrack,
  said: ManifestTrack | undefined,
): MediaTrack {
  const { bitrate = parsed.bitrate, language = parsed.language, timescale = parsed.timescale } = said ?? {};
  const description = { ...parsed, bitrate, language, timescale };
  const declaredBitrate = bitrate === 0 ? undefined : bitrate;
  // What takes back the delay of reordered pictures belongs to their composition: then a key frame is shown when it is decoded, as CMAF has
  // it, and decode times stay as they were sent. Everything else moves the whole track.
  const isReorderDelay =
    parsed.kind === 'video' &&
    presentationShift <= 0n &&
    presentationShift >= -BigInt(MAX_REORDER_SECONDS * parsed.timescale);
  return {
    input: connection.addTrack({ description, name: said?.name, declaredBitrate }),
    description,
    compositionShift: isReorderDelay ? Number(presentationShift) : 0,
    decodeShift: isReorderDelay ? ticks(0) : presentationShift,
  };
}

/** A track of cues that are known here: by its sample entry, or by what the manifest says of it. */
function sparseTrackOf(track: OtherTrack, said: ManifestTrack | undefined): SparseTrack | undefined {
  const named = said?.scheme === undefined ? undefined : cueScheme(said.scheme);
  const scheme = named ?? (track.format === 'scte' ? 'urn:scte:scte35:2013:bin' : undefined);
  return scheme === undefined || track.handler !== 'meta'
    ? undefined
    : { scheme, name: said?.name ?? '', timescale: said?.timescale ?? track.timescale };
}

function checkCodec({ kind, fourCc, codec }: TrackDescription): void {
  if (kind === 'audio' && fourCc === 'mp4a' && !AAC_CODECS.has(codec)) {
    throw codecNotSupported(`The sound is ${codec}; of AAC only AAC-LC and HE-AAC are taken.`, codec);
  }
}

export function codecNotSupported(message: string, codec: string, cause?: unknown): AppError {
  return new AppError('MPE_INGEST_CODEC_NOT_SUPPORTED', message, { details: { codec }, cause });
}

/**
 * Times below zero were always refused (spec 2.7). Yet the first frame of every AAC encoder of ffmpeg lies some milliseconds before zero,
 * where it counts as delay that nobody is to hear; that much is taken.
 */
function checkTime({ decodeTime }: Sample, { kind, timescale }: TrackDescription): void {
  if (decodeTime < -BigInt(MAX_PRIMING_SECONDS * timescale)) {
    throw new AppError(
      'ingest/negative-time',
      `A fragment of ${kind} begins ${0n - decodeTime} ticks of 1/${timescale} s before time zero. Let the encoder count from zero.`,
      { details: { kind, time: String(decodeTime), timescale } },
    );
  }
}

function place(samples: readonly Sample[], { compositionShift, decodeShift }: MediaTrack): readonly Sample[] {
  if (compositionShift === 0 && decodeShift === 0n) {
    return samples;
  }
  return samples.map((sample) => ({
    ...sample,
    decodeTime: ticks(sample.decodeTime + decodeShift),
    compositionOffset: sample.compositionOffset + compositionShift,
  }));
}

/** The earliest time at which anything of a fragment is shown; there is at least one sample. */
function firstShown(samples: readonly Sample[]): Ticks {
  const times = samples.map(({ decodeTime, compositionOffset }) => decodeTime + BigInt(compositionOffset));
  return ticks(times.reduce((earliest, time) => (time < earliest ? time : earliest)));
}
