import type { EventSource } from '../../base/emitter.ts';
import type { AppError } from '../../shared/app-error.ts';
import type { Publication } from './presentation.ts';
import type { EncryptionTag, HlsFormat, StreamingFormat } from './streaming-format.ts';

/** Makes what streaming addresses name out of presentations. Knows nothing of HTTP; the origin knows nothing of formats. */
export type Packager = {
  /** What the path of a streaming address names. Throws `MPE_BAD_URL_SYNTAX` and `MPE_FORMAT_NOT_SUPPORTED`. */
  parse(path: string): StreamingAddress;
  /**
   * What there is at the address now. `query` is what stands behind the question mark, empty when nothing does. Throws or rejects with the
   * `AppError` that says why there is nothing.
   */
  answer(publication: Publication, resource: StreamingResource, query: string): Answer | Promise<Answer>;
  /**
   * The address of the fragment that follows one, relative to it, for caches that fetch ahead (spec 5.2). Undefined when it is not complete yet,
   * and for everything that is no fragment.
   */
  next(publication: Publication, resource: StreamingResource): string | undefined;
};

export type StreamingAddress = {
  readonly locatorId: string;
  readonly manifestName: string;
  readonly resource: StreamingResource;
};

/** The track of a sub-resource: its name, and its bitrate in bits per second. */
export type TrackAddress = { readonly name: string; readonly bitrate: number };

/** What any resource can be asked for with. */
type Asked = {
  readonly format: StreamingFormat;
  /** `encryption=`. */
  readonly encryption?: EncryptionTag;
  /** `filter=a;b;c`, in their order; at most three. */
  readonly filters?: readonly string[];
  /** Of DASH only what players take in whole segments: a cache in front cannot pass on to many what is still being written. */
  readonly whole?: true;
};

export type StreamingResource = Asked &
  (
    | {
        readonly kind: 'manifest';
        readonly audioOnly: boolean;
        /** `type=bootstrap`: only the bootstrap; HDS. */
        readonly bootstrap?: true;
        /** With EXT-X-CUE besides EXT-X-DATERANGE; HLS only. */
        readonly legacyCues?: true;
      }
    | {
        readonly kind: 'media-playlist';
        readonly format: HlsFormat;
        readonly track: TrackAddress;
        /** `type=keyframes`: a playlist of single pictures (EXT-X-I-FRAMES-ONLY). */
        readonly keyFrames?: true;
        readonly legacyCues?: true;
      }
    | {
        readonly kind: 'init';
        readonly track: TrackAddress;
        /** Where keys rotate: the crypto period whose segments it is for. */
        readonly cryptoPeriod?: number;
      }
    | {
        readonly kind: 'segment';
        readonly track: TrackAddress;
        /** First decode time in ticks of the track, or of Smooth Streaming. */
        readonly time: bigint;
        /** Asked for as `KeyFrames(…)`: only its first picture. */
        readonly keyFrames?: true;
        /** Asked for as `FragmentInfo(…)`: only its `moof`; Smooth Streaming. */
        readonly headOnly?: true;
        /** HDS: the number of the fragment, from 1; `time` is then the sequence number of number 1. */
        readonly fragment?: number;
      }
    | {
        readonly kind: 'part';
        readonly track: TrackAddress;
        readonly time: bigint;
        readonly part: number;
      }
  );

/** For how long an answer may be kept by whoever passes it on: its bytes stay what they are, or for some seconds. */
export type Lifetime = 'immutable' | number;

/** Of manifests that do not change any more: three days, as with Azure Media Services (spec 5.2), unless an endpoint says otherwise. */
export const SETTLED_SECONDS = 259_200;

export type Answer = ManifestAnswer | MediaAnswer | GrowingAnswer | NotYet;

export type ManifestAnswer = {
  readonly kind: 'manifest';
  readonly document: ManifestDocument;
  readonly lifetime: Lifetime;
};

/** One version of a manifest. The same object as long as nothing changes, so that everybody is sent the same bytes. */
export type ManifestDocument = {
  readonly contentType: string;
  /** Different for every version of it, also over restarts of the service. Letters, digits and hyphens. */
  readonly version: string;
  /** UTC in ms at which it was made. */
  readonly madeAtMs: number;
  identity(): Uint8Array;
  /** One gzip member. */
  gzip(): Uint8Array;
};

/** Complete media: an init segment, a segment or a part. */
export type MediaAnswer = {
  readonly kind: 'media';
  readonly contentType: string;
  /** The same for the same bytes at the same address. Letters, digits, dots and hyphens. */
  readonly version: string;
  /** UTC in ms of the end of the media. */
  readonly madeAtMs: number;
  /** Sequence number of the first segment in it; left out by what is of no segment. */
  readonly sequence?: number | undefined;
  readonly size: number;
  /** In a row; shared by everybody who asked. */
  readonly chunks: readonly Uint8Array[];
  readonly lifetime: Lifetime;
};

/** A segment that is being written. */
export type GrowingAnswer = {
  readonly kind: 'growing';
  readonly contentType: string;
  readonly lifetime: Lifetime;
  /** Told whenever there may be more. */
  readonly changed: EventSource<undefined>;
  /** Its chunks from one on, and whether those are the last. */
  read(fromChunk: number): { readonly chunks: readonly Uint8Array[]; readonly ended: boolean };
};

/** What was asked for will exist soon. To be asked `again` after each change, until the time is up. */
export type NotYet = {
  readonly kind: 'not-yet';
  readonly changed: EventSource<undefined>;
  /** Cheap: asked for every waiting request after every change. */
  isReady(): boolean;
  again(): Answer | Promise<Answer>;
  readonly waitSeconds: number;
  /** What to answer when the time is up; made only then, for an error with its stack costs more than all else of a wait. */
  tooLate(): AppError;
};
