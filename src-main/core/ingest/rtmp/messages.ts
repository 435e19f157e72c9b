import { z } from 'zod';
import type { TrackDescription } from '../../../media/cmaf/types.ts';
import { AppError } from '../../../shared/app-error.ts';
import { isErrorCode } from '../../../shared/error-codes.ts';
import type { IngestEndCode } from '../../ports/ingest.ts';

/**
 * What service and receiver tell each other. Both ends are ours and of one version; the schemas keep a mistake, or a stranger who got hold of
 * the token, from reaching code that trusts its input.
 */
const count = z.number().int().min(0);
const text = z.string().max(1024);
const base64 = z.string().max(64 * 1024);
const port = z.number().int().min(0).max(65_535);
const bitrate = z.number().int().positive().optional();

export const entranceName = z.enum(['primary', 'secondary', 'tlsPrimary', 'tlsSecondary']);
export type EntranceName = z.infer<typeof entranceName>;

/** One of `AppError`, or an end that is no fault. */
const reason = z.strictObject({ code: text, message: z.string().max(4096).optional() });
export type WireReason = z.infer<typeof reason>;

const limits = z.strictObject({
  connections: count,
  strangers: count,
  publishWithinMs: count,
  idleMs: count,
  queuedBytes: count,
  heldUpMs: count,
  farewellMs: count,
});

export const receiverCommand = z.discriminatedUnion('type', [
  /** Listen here and nowhere else from now on. Connections go on. */
  z.strictObject({
    type: z.literal('listen'),
    /** Said again in the answer. */
    round: count,
    host: text,
    ports: z.partialRecord(entranceName, port),
    tls: z.strictObject({ cert: base64, key: base64 }).optional(),
    limits,
  }),
  z.strictObject({ type: z.literal('accept'), id: count }),
  /** Ends a connection, accepted or not. */
  z.strictObject({ type: z.literal('end'), id: count, reason }),
]);
export type ReceiverCommand = z.infer<typeof receiverCommand>;

const common = {
  timescale: z.number().int().positive(),
  codec: text,
  bitrate: count,
  language: text,
  decoderConfig: base64,
};
const trackDescription = z.discriminatedUnion('kind', [
  z.strictObject({
    ...common,
    kind: z.literal('video'),
    fourCc: z.literal('avc1'),
    width: z.number().int().positive(),
    height: z.number().int().positive(),
    frameRate: z.strictObject({ numerator: z.number().positive(), denominator: z.number().positive() }).optional(),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('audio'),
    fourCc: z.literal('mp4a'),
    sampleRate: z.number().int().positive(),
    channels: z.number().int().positive(),
  }),
]);

export const receiverEvent = z.discriminatedUnion('type', [
  /** Once a second: the receiver works. */
  z.strictObject({ type: z.literal('alive') }),
  z.strictObject({ type: z.literal('listening'), round: count, ports: z.partialRecord(entranceName, port) }),
  /** It listens nowhere now. Without an entrance it is the certificate that cannot be used. */
  z.strictObject({
    type: z.literal('listen-failed'),
    round: count,
    entrance: entranceName.optional(),
    code: text,
    words: z.string().max(4096),
  }),
  /** A peer asks to publish, and is answered by `accept` or `end`. */
  z.strictObject({
    type: z.literal('publish'),
    id: count,
    entrance: z.enum(['primary', 'secondary']),
    address: text,
    port,
    accessToken: text,
    streamName: text,
    ingestUrl: text,
  }),
  /** A peer wanted to publish to what is no address, and has been turned away. */
  z.strictObject({ type: z.literal('misaddressed'), address: text, port, ingestUrl: text }),
  z.strictObject({
    type: z.literal('track'),
    id: count,
    description: trackDescription,
    declaredBitrate: bitrate,
  }),
  z.strictObject({
    type: z.literal('cue'),
    id: count,
    cueId: text,
    /** Ticks of `AD_CUE_TIMESCALE`. */
    time: count,
    duration: z.number().positive().optional(),
    section: base64.optional(),
  }),
  z.strictObject({ type: z.literal('ended'), id: count, reason }),
]);
export type ReceiverEvent = z.infer<typeof receiverEvent>;
export type WireTrack = z.infer<typeof trackDescription>;

export function trackToWire(track: TrackDescription): WireTrack {
  const decoderConfig = Buffer.from(track.decoderConfig).toString('base64');
  return trackDescription.parse({ ...track, decoderConfig });
}

export function trackFromWire(track: WireTrack): TrackDescription {
  const decoderConfig = new Uint8Array(Buffer.from(track.decoderConfig, 'base64'));
  return track.kind === 'video'
    ? { ...track, decoderConfig, frameRate: track.frameRate }
    : { ...track, decoderConfig };
}

export function reasonToWire(given: AppError | IngestEndCode): WireReason {
  return given instanceof AppError ? { code: given.code, message: given.message } : { code: given };
}

/** What came without words was no fault. */
export function reasonFromWire({ code, message }: WireReason): AppError | IngestEndCode {
  if (message === undefined) {
    return isEndCode(code) ? code : 'MPE_CLIENT_DISCONNECTED';
  }
  return new AppError(isErrorCode(code) ? code : 'service/internal', message);
}

const END_CODES: ReadonlySet<string> = new Set<IngestEndCode>([
  'S_OK',
  'MPE_CLIENT_TERMINATED_SESSION',
  'MPE_CLIENT_DISCONNECTED',
  'MPI_REST_API_CHANNEL_RESET',
  'MPI_REST_API_CHANNEL_STOP',
  'MPI_STREAM_HIT_EOF',
  'MPI_SYSTEM_MAINTENANCE',
]);

function isEndCode(code: string): code is IngestEndCode {
  return END_CODES.has(code);
}
