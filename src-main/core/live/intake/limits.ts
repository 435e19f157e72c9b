import { sequenceParametersOf } from '../../../media/cmaf/sample-entry.ts';
import type { AudioTrackDescription, TrackDescription, VideoTrackDescription } from '../../../media/cmaf/types.ts';
import type { EncodingType, LiveEvent } from '../../../shared/api/live-events.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { IncomingTrack, IngestProtocol } from '../../ports/ingest.ts';

/** What a live event takes in, by its type (spec 2.1). */
export type IntakeLimits = {
  readonly isEncoding: boolean;
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
  readonly lumaBits: number;
  /** Bits per second: of one track, and of all. */
  readonly perTrack: number;
  readonly total: number;
  /** Beyond them tracks are refused; by an encoding event they are left out. */
  readonly videoTracks: number;
  readonly audioTracks: number;
};

const MBIT = 1_000_000;
/** The older documents' numbers; the newer ones give none. */
const QUALITIES = { videoTracks: 10, audioTracks: 5 } as const;
const PASSTHROUGH = {
  isEncoding: false,
  width: 4096,
  height: 2160,
  framesPerSecond: 60,
  lumaBits: 10,
  ...QUALITIES,
} as const;
/** 60 pictures a second are halved. The total leaves room for the sound. */
const ENCODING = {
  isEncoding: true,
  width: 1920,
  height: 1088,
  framesPerSecond: 60,
  lumaBits: 8,
  perTrack: 20 * MBIT,
  total: 21 * MBIT,
  videoTracks: 1,
  audioTracks: 1,
} as const;

const LIMITS: Readonly<Record<EncodingType, IntakeLimits>> = {
  PassthroughBasic: { ...PASSTHROUGH, perTrack: 4 * MBIT, total: 5 * MBIT },
  PassthroughStandard: { ...PASSTHROUGH, perTrack: 20 * MBIT, total: 60 * MBIT },
  Standard: ENCODING,
  Premium1080p: ENCODING,
};

/** Rates are fractions of integers, and clocks are not exact: 60.1 pictures a second are 60. */
const FRAME_RATE_SLACK = 1.02;
/** AAC-LC, HE-AAC and HE-AAC v2, RFC 6381. */
const AAC = new Set(['mp4a.40.2', 'mp4a.40.5', 'mp4a.40.29']);

export function limitsOf({ encoding }: Pick<LiveEvent, 'encoding'>): IntakeLimits {
  return LIMITS[encoding.encodingType];
}

/** Throws the code for which a track of that kind is turned away, whatever else there is. */
export function checkTrack(track: IncomingTrack, protocol: IngestProtocol, limits: IntakeLimits): void {
  const { description, declaredBitrate } = track;
  if (description.kind === 'video') {
    checkVideoCodec(description, protocol, limits);
    checkPicture(description, limits);
  } else {
    checkAudioCodec(description);
  }
  if (declaredBitrate !== undefined && declaredBitrate > limits.perTrack) {
    throw bitrateExceeded('This track', declaredBitrate, limits.perTrack);
  }
}

/** `others`: bits per second of the tracks that the event has. */
export function checkTotal(others: number, bitrate: number, limits: IntakeLimits): void {
  if (others + bitrate > limits.total) {
    throw bitrateExceeded('With this track the stream', others + bitrate, limits.total);
  }
}

export function bitrateExceeded(what: string, found: number, limit: number): AppError {
  return new AppError(
    'MPE_INGEST_BITRATE_AGGREGATED_EXCEEDED',
    `${what} has ${inMbit(found)} Mbit/s; this live event takes at most ${inMbit(limit)}. Lower the bitrate of the encoder.`,
    { details: { bitrate: Math.round(found), limit } },
  );
}

export function qualitiesExceeded(kind: TrackDescription['kind'], limit: number): AppError {
  return new AppError(
    'MPE_INGEST_MEDIA_QUALITIES_EXCEEDED',
    `This live event has ${limit} ${kind} tracks already, which is as many as it takes.`,
    { details: { kind, limit } },
  );
}

/** A description need not say it, and need not be true. */
export function isTooFast(framesPerSecond: number, limits: IntakeLimits): boolean {
  return framesPerSecond > limits.framesPerSecond * FRAME_RATE_SLACK;
}

export function frameRateExceeded(framesPerSecond: number, limits: IntakeLimits): AppError {
  return new AppError(
    'MPE_INGEST_FRAMERATE_EXCEEDED',
    `The encoder sends ${Math.round(framesPerSecond)} pictures a second; at most ${limits.framesPerSecond} are taken.`,
    { details: { framesPerSecond, limit: limits.framesPerSecond } },
  );
}

function checkPicture({ width, height, frameRate }: VideoTrackDescription, limits: IntakeLimits): void {
  // A picture on its side is no larger.
  if (Math.max(width, height) > limits.width || Math.min(width, height) > limits.height) {
    throw new AppError(
      'MPE_INGEST_VIDEO_RESOLUTION_NOT_SUPPORTED',
      `The encoder sends ${width}x${height}; this live event takes pictures of at most ${limits.width}x${limits.height}.`,
      { details: { width, height } },
    );
  }
  const framesPerSecond = frameRate === undefined ? 0 : frameRate.numerator / frameRate.denominator;
  if (isTooFast(framesPerSecond, limits)) {
    throw frameRateExceeded(framesPerSecond, limits);
  }
}

function checkVideoCodec(
  description: VideoTrackDescription,
  protocol: IngestProtocol,
  limits: IntakeLimits,
): void {
  const { codec, fourCc } = description;
  const isAvc = fourCc === 'avc1' || fourCc === 'avc3';
  if (!isAvc && (limits.isEncoding || protocol === 'RTMP')) {
    const where = limits.isEncoding ? 'An encoding live event' : 'RTMP';
    throw codecNotSupported(codec, `${where} takes H.264 only. Let the encoder send H.264.`);
  }
  const lumaBits = sequenceParametersOf(description)?.lumaBitDepth ?? 8;
  if (lumaBits > limits.lumaBits) {
    throw codecNotSupported(codec, `It has ${lumaBits} bits a sample; at most ${limits.lumaBits} are taken.`);
  }
}

function checkAudioCodec({ codec }: AudioTrackDescription): void {
  if (!AAC.has(codec)) {
    throw codecNotSupported(codec, 'Let the encoder send its sound as AAC (AAC-LC or HE-AAC).');
  }
}

function codecNotSupported(codec: string, why: string): AppError {
  return new AppError('MPE_INGEST_CODEC_NOT_SUPPORTED', `${codec} is not taken here. ${why}`, {
    details: { codec },
  });
}

/** Qualities that are measured would be told apart by what a first second happens to hold (spec 2.5). */
export function bitrateUnsaid(streamName: string): AppError {
  return new AppError(
    'MPE_INGEST_RTMP_SETDATAFRAME_NOT_RECEIVED',
    `The stream ${streamName} does not say its bitrate, which it has to where there are several. Let the encoder send metadata (setDataFrame), or write ?videodatarate=2500&audiodatarate=128 (kbit/s) behind the name of the stream.`,
    { details: { streamName } },
  );
}

/** An encoder changed what it sends while the event runs (spec 2.4). */
export function needsReset(trackId: string, codec: string): AppError {
  return new AppError(
    'MPE_INGEST_CODEC_NOT_SUPPORTED',
    `The encoder describes ${trackId} differently than before (codec, size or parameters). Set it as it was, or reset the live event: then it takes the new settings.`,
    { details: { track: trackId, codec } },
  );
}

function inMbit(bits: number): string {
  return (bits / MBIT).toFixed(2).replace(/\.?0+$/, '');
}
