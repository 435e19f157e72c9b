import type { Sample, TrackDescription } from '../../media/cmaf/types.ts';
import type { Ticks } from '../../media/time.ts';
import type { AppError } from '../../shared/app-error.ts';

/**
 * Where encoders outside of the program come in. Each way in (RTMP, fMP4 push, transport stream) speaks its own protocol and ends here: with
 * tracks, samples at the encoder's own times, and cues. What they mean on the timeline is decided behind the door.
 */
export type IngestProtocol = 'RTMP' | 'FragmentedMP4' | 'TransportStream';

export type IngestDoor = {
  /**
   * A peer asks to send a stream. Throws `MPE_RTMP_APPID_AUTH_FAILURE` for a token that is of no running live event of that protocol, and
   * `MPE_INGEST_ENCODER_CONNECTION_DENIED` for an address that its list does not have; both have been told of as
   * `LiveEventConnectionRejected` then.
   */
  connect(request: IngestRequest): IngestConnection;
  /** Whether a token is of a running event: for protocols that ask before they send. Tells nobody. Throws as `connect` does. */
  check(request: Pick<IngestRequest, 'protocol' | 'accessToken' | 'peer'>): void;
  /** Somebody wanted to send to what is no address (`MPE_BAD_URL_SYNTAX`) and was turned away: told of as `LiveEventConnectionRejected`. */
  misaddressed(knock: Pick<IngestRequest, 'ingestUrl' | 'peer'>): void;
};

export type IngestRequest = {
  readonly protocol: IngestProtocol;
  readonly accessToken: string;
  /** The encoder's choice (spec 2.5): one name per quality. */
  readonly streamName: string;
  /** The address as the encoder wrote it, without its token and query: it is shown and logged. */
  readonly ingestUrl: string;
  readonly entrance: 'primary' | 'secondary';
  readonly peer: IngestPeer;
  /**
   * The event does not want it any longer (reset, stop, a limit): end the connection and say why if the protocol can. `end` need not be
   * called then.
   */
  readonly disconnect: (reason: AppError | IngestEndCode) => void;
};

export type IngestPeer = {
  /** IP address, an IPv4 one never in its IPv6 form. */
  readonly address: string;
  readonly port: number;
};

/** Ends of a connection that are no fault (spec 2.16). */
export type IngestEndCode =
  | 'S_OK'
  | 'MPE_CLIENT_TERMINATED_SESSION'
  | 'MPE_CLIENT_DISCONNECTED'
  | 'MPI_REST_API_CHANNEL_RESET'
  | 'MPI_REST_API_CHANNEL_STOP'
  | 'MPI_STREAM_HIT_EOF'
  /** Lectern is closing (spec 2.17). */
  | 'MPI_SYSTEM_MAINTENANCE';

export type IngestConnection = {
  /**
   * One track of it, before its samples. Throws the code for which the connection is to be turned away: `MPE_INGEST_CODEC_NOT_SUPPORTED`,
   * `MPE_INGEST_VIDEO_RESOLUTION_NOT_SUPPORTED`, `MPE_INGEST_FRAMERATE_EXCEEDED`, `MPE_INGEST_MEDIA_QUALITIES_EXCEEDED`,
   * `MPE_INGEST_BITRATE_AGGREGATED_EXCEEDED`. A track that has been announced before by another connection of the event is the same track:
   * their samples are merged.
   */
  addTrack(track: IncomingTrack): IncomingTrackInput;
  /** A cue message or timed metadata of the encoder. What cannot be understood is dropped and told of. */
  cue(cue: IncomingCue): void;
  /** The connection is over. Idempotent. */
  end(reason: AppError | IngestEndCode): void;
};

export type IncomingTrack = {
  readonly description: TrackDescription;
  /** As the encoder calls it, if it does: an audio track's name in a live manifest, for example. */
  readonly name?: string | undefined;
  /** What the encoder says of itself, bits per second; undefined when it says nothing, and then it is measured. */
  readonly declaredBitrate: number | undefined;
};

export type IncomingTrackInput = {
  /** In decode order, at the encoder's own ticks. Never throws and never waits. */
  push(samples: readonly Sample[]): void;
};

/** A splice or an event that somebody else wrote into the stream (spec 2.12, 2.13). */
export type IncomingCue = {
  /** `https://aomedia.org/emsg/ID3` carries an ID3 tag. */
  readonly scheme: 'urn:scte:scte35:2013:bin' | 'https://aomedia.org/emsg/ID3';
  /** Track or message name it came under, `onAdCue` for example: `emsg@value`. */
  readonly value: string;
  /** The same id with the same time is the same cue, said again. */
  readonly id: string;
  /** When it applies, at the encoder's own ticks; undefined: at once. */
  readonly time: { readonly ticks: Ticks; readonly timescale: number } | undefined;
  /** Seconds; undefined: not known. */
  readonly duration: number | undefined;
  /** The splice_info_section, or the ID3 tag; undefined for the simple mode (`SpliceOut`), whose section is made here. */
  readonly message: Uint8Array | undefined;
};
