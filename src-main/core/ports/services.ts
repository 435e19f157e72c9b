import type { EventSource } from '../../base/emitter.ts';
import type { Asset, AssetCreate, ExportCreate, ExportJob, Marker } from '../../shared/api/assets.ts';
import type { Certificate } from '../../shared/api/certificates.ts';
import type { ClipCreate } from '../../shared/api/clips.ts';
import type { Operation } from '../../shared/api/common.ts';
import type {
  ContentKeyPolicy,
  ContentKeyPolicyCreate,
  ContentKeyPolicyPatch,
} from '../../shared/api/content-key-policies.ts';
import type { SourceTestResult } from '../../shared/api/devices.ts';
import type { EventType, ServiceEvent } from '../../shared/api/events.ts';
import type { ExportPlan, KeyFrames, KeyFramesQuery } from '../../shared/api/export-plans.ts';
import type { FilterContent, MediaFilter } from '../../shared/api/filters.ts';
import type { FireDrill, FireDrillStart } from '../../shared/api/fire-drill.ts';
import type { LadderChoice } from '../../shared/api/ladder.ts';
import type {
  EndAdvertisement,
  LiveEvent,
  LiveEventCreate,
  LiveEventPatch,
  LiveOutput,
  LiveOutputCreate,
  ShowSlate,
  StartAdvertisement,
} from '../../shared/api/live-events.ts';
import type { MarkerPatch } from '../../shared/api/markers.ts';
import type { Preflight } from '../../shared/api/preflight.ts';
import type {
  Destination,
  DestinationCreate,
  DestinationPatch,
  LocatorContentKey,
  LocatorPaths,
  PlayToken,
  StreamingLocator,
  StreamingLocatorCreate,
  StreamingPolicy,
  StreamingPolicyCreate,
} from '../../shared/api/publishing.ts';
import type {
  Overlays,
  OverlaysPatch,
  SceneCollectionCreate,
  SceneImage,
  SceneItem,
  SceneSpec,
  ScenesState,
} from '../../shared/api/scenes.ts';
import type { Settings, SettingsPatch } from '../../shared/api/settings.ts';
import type { ProgrammeSound, ProgrammeSoundPatch } from '../../shared/api/sound.ts';
import type {
  StreamingEndpoint,
  StreamingEndpointCreate,
  StreamingEndpointPatch,
} from '../../shared/api/streaming-endpoints.ts';
import type {
  AudioInput,
  AudioInputPatch,
  DeviceList,
  GoLive,
  MeterReading,
  Rehearse,
  Scene,
  SourceSpec,
  StudioState,
} from '../../shared/api/studio.ts';
import type {
  AuditEntry,
  IngestHeartbeat,
  LiveEventStatus,
  StreamEvent,
  TrackIngestHeartbeat,
} from '../../shared/api/telemetry.ts';
import type { Thumbnails } from '../../shared/api/thumbnails.ts';
import type { Track, TrackPatch, TrackUpload } from '../../shared/api/tracks.ts';
import type { Upload, UploadCreate, UploadPatch } from '../../shared/api/uploads.ts';
import type { StoredProgram } from '../../shared/api/v2.ts';
import type { ViewerSession } from '../../shared/api/viewers.ts';
import type { Webhook, WebhookCreate, WebhookPatch } from '../../shared/api/webhooks.ts';
import type { BrowserSourceService } from './browser-source.ts';
import type { Repository } from './catalogue.ts';
import type { ProofOfAirService } from './proof-of-air.ts';
import type { RemoteService } from './remote.ts';
import type { StoredCount } from './store.ts';

/**
 * The parts as the control API sees them. Every method throws `AppError` for what a caller did wrong or what failed; what it was given has
 * been validated against the schemas already. A method that starts a long operation resolves when the operation has ended.
 */
export type LiveEventService = {
  list(): readonly LiveEvent[];
  /** Throws `resource/not-found`. */
  get(name: string): LiveEvent;
  create(name: string, request: LiveEventCreate, options: { readonly autoStart: boolean }): Promise<LiveEvent>;
  update(name: string, patch: LiveEventPatch): Promise<LiveEvent>;
  allocate(name: string): Promise<LiveEvent>;
  start(name: string): Promise<LiveEvent>;
  stop(name: string, options: { readonly removeOutputsOnStop: boolean }): Promise<LiveEvent>;
  reset(name: string): Promise<LiveEvent>;
  delete(name: string): Promise<void>;
  listOutputs(name: string): readonly LiveOutput[];
  getOutput(name: string, output: string): LiveOutput;
  createOutput(name: string, output: string, request: LiveOutputCreate): Promise<LiveOutput>;
  deleteOutput(name: string, output: string): Promise<void>;

  // What is known of the feed; each throws `resource/not-found`.
  status(name: string): LiveEventStatus;
  /** Newest first. */
  streamEvents(name: string): readonly StreamEvent[];
  /** Newest first. */
  heartbeats(name: string): readonly TrackIngestHeartbeat[];
  /** As of now, one a track. */
  tracks(name: string): readonly IngestHeartbeat[];
  /** What each live output has of each track. */
  outputTracks(name: string): readonly OutputTrack[];

  // Over and into the programme of a running event (spec 2.11); each throws `resource/wrong-state` when it is not Running.
  showSlate(name: string, request: ShowSlate): Promise<void>;
  hideSlate(name: string): Promise<void>;
  startAdvertisement(name: string, request: StartAdvertisement): Promise<void>;
  endAdvertisement(name: string, request: EndAdvertisement): Promise<void>;
  /** A JPEG of what comes in. Throws `archive/empty` before the first picture. */
  thumbnail(name: string): Promise<Uint8Array>;
};

export type OutputTrack = StoredCount & {
  readonly liveOutput: string;
  readonly track: string;
  readonly kind: 'video' | 'audio';
  /** Bits per second. */
  readonly bitrate: number;
  /** Up to where it is shown, in seconds since 1970; undefined before its first segment is complete. */
  readonly seconds: number | undefined;
};

/** Pictures that stand in for the programme. */
export type SlateService = {
  /** Makes the picture the only file of an asset. Throws `live/slate-invalid`, `resource/in-use`, `resource/not-found`. */
  put(assetName: string, picture: Uint8Array): Promise<void>;
  /** The picture of an asset. Throws `live/slate-invalid` when it has none, `resource/not-found`. */
  read(assetName: string): Promise<Uint8Array>;
};

export type AssetService = {
  list(): readonly Asset[];
  readonly get: (name: string) => Asset;
  create(name: string, request: AssetCreate): Promise<Asset>;
  update(name: string, patch: AssetCreate): Promise<Asset>;
  /** Refused with `resource/in-use` while a live output writes it or an export reads it. */
  delete(name: string): Promise<void>;
  /** By their times. */
  markers(name: string): readonly Marker[];
  /** `time`: seconds from the start; undefined: now, of one that is being recorded, else `resource/wrong-state`. */
  addMarker(name: string, time: number | undefined, label: string): Marker;
  updateMarker(name: string, id: string, patch: MarkerPatch): Marker;
  deleteMarker(name: string, id: string): void;
  /** A JPEG, made once and kept. Throws `archive/empty` while there is no picture yet. */
  poster(name: string): Promise<Uint8Array>;
};

/**
 * Pictures of recordings, whatever streaming policies say. Each throws `resource/not-found`, `archive/empty` where there is nothing to see, and
 * those that give a picture `MPE_FRAGMENT_TIMESTAMP_NOT_FOUND` in a gap, `MPE_FRAGMENT_NOT_READY`, `storyboard/busy` and `storyboard/not-made`.
 */
export type ThumbnailService = {
  /** Without their addresses, of which `id` is a part. */
  sheets(asset: string): Promise<
    Omit<Thumbnails, 'sheets'> & {
      readonly sheets: readonly { readonly id: string; readonly start: number; readonly end: number }[];
    }
  >;
  sheet(asset: string, id: string): Promise<ThumbnailPicture>;
  /** `time`: seconds from the start; `request/invalid` from the end on. */
  single(asset: string, time: number | undefined): Promise<ThumbnailPicture>;
};

/** `isFinal`: what its address stands for will not change. */
export type ThumbnailPicture = { readonly jpeg: Uint8Array; readonly isFinal: boolean };

/** What is known of whether a recording is all there. */
export type CertificateService = {
  /** What the last check found, or how far it is. Throws `resource/not-found`. */
  of(asset: string): Promise<Certificate>;
  /** Checks it, or goes on with it. Throws `resource/wrong-state` while it is recorded, `archive/empty`, `resource/not-found`. */
  start(asset: string): Promise<Certificate>;
};

/** Recordings that are made of a part of another. */
export type ClipService = {
  /** Throws `archive/empty` when there is nothing in that part, `archive/disk-full`. */
  create(asset: string, request: ClipCreate): Promise<Asset>;
};

export type PanicService = {
  /**
   * Cuts the programme and takes back what was shown last; the studio's state says what came of it. Resolves when it is overwritten on the disk.
   * Throws `live/not-live`.
   */
  panic(seconds: number | undefined): Promise<void>;
  /** Shows the programme again. */
  back(): Promise<void>;
};

/** The tracks of assets; each method throws `resource/not-found`. */
export type TrackService = {
  /** Recorded ones first. */
  list(asset: string): Promise<readonly Track[]>;
  get(asset: string, track: string): Promise<Track>;
  /**
   * Adds text (WebVTT, TTML) or sound (AAC) to a finished recording; the file is what is sent. All or nothing. Throws `resource/wrong-state`
   * while the asset is recorded, `resource/exists`, `media/malformed` with the `line` of text, `media/unsupported`, `request/too-large`.
   */
  add(asset: string, track: string, settings: TrackUpload, file: AsyncIterable<Uint8Array>): Promise<Track>;
  /** Throws `resource/immutable` for a recorded track. */
  update(asset: string, track: string, patch: TrackPatch): Promise<Track>;
  /** Throws `resource/immutable` for a recorded track. */
  remove(asset: string, track: string): Promise<void>;
};

export type ExportService = {
  list(asset: string): readonly ExportJob[];
  get(asset: string, id: string): ExportJob;
  /** What `create` would make of the same. Throws what it throws. */
  plan(asset: string, request: Omit<ExportCreate, 'out'>): Promise<ExportPlan>;
  /** Throws `archive/empty`, `archive/damaged`, `export/quality-not-found`. */
  keyFrames(asset: string, query: KeyFramesQuery): Promise<KeyFrames>;
  /** Resolves when the job is accepted. */
  create(asset: string, request: ExportCreate): Promise<ExportJob>;
  /** Resolves when nothing of it is left, or when an ended one is forgotten. */
  cancel(asset: string, id: string): Promise<void>;
  /** Path of the finished file. Throws `resource/wrong-state` before that. */
  file(asset: string, id: string): string;
  /** Resolves when the job has ended, whatever the end. */
  ended(asset: string, id: string): Promise<ExportJob>;
};

export type LocatorService = {
  list(): readonly StreamingLocator[];
  get(name: string): StreamingLocator;
  create(name: string, request: StreamingLocatorCreate): Promise<StreamingLocator>;
  delete(name: string): Promise<void>;
  paths(name: string): LocatorPaths;
  contentKeys(name: string): readonly LocatorContentKey[];
  /** See `PublicationKeys.importCpix`. Resolves with all keys of the locator. */
  importContentKeys(name: string, cpix: string): Promise<readonly LocatorContentKey[]>;
  /** For whom such documents are encrypted, PEM. */
  deliveryCertificate(): Promise<string>;
};

export type StreamingPolicyService = {
  list(): readonly StreamingPolicy[];
  get(name: string): StreamingPolicy;
  create(name: string, request: StreamingPolicyCreate): StreamingPolicy;
  /** Refused with `resource/in-use` while something is published under it, and with `resource/immutable` for a predefined one. */
  delete(name: string): void;
};

export type ContentKeyPolicyService = {
  list(): readonly ContentKeyPolicy[];
  get(name: string): ContentKeyPolicy;
  /** Creates or replaces. */
  put(name: string, request: ContentKeyPolicyCreate): Promise<ContentKeyPolicy>;
  update(name: string, patch: ContentKeyPolicyPatch): Promise<ContentKeyPolicy>;
  /** Refused with `resource/in-use` while a locator, a key or a streaming policy names it. */
  delete(name: string): Promise<void>;
};

/** The filters of the account, or of one asset. */
export type FilterSet = {
  list(): readonly MediaFilter[];
  get(name: string): MediaFilter;
  /** Creates or replaces. */
  put(name: string, content: FilterContent): MediaFilter;
  delete(name: string): void;
};

export type FilterService = {
  account(): FilterSet;
  /** Throws `resource/not-found` when there is no such asset. */
  ofAsset(assetName: string): FilterSet;
};

export type EndpointService = {
  list(): readonly StreamingEndpoint[];
  get(name: string): StreamingEndpoint;
  /**
   * Opens its port. Throws `service/port-taken`, `service/port-refused`, `origin/certificate`, `ingest/address-list-invalid`, `request/invalid`,
   * `resource/exists` and `resource/quota`, and has then changed nothing.
   */
  create(
    name: string,
    request: StreamingEndpointCreate,
    options: { readonly autoStart: boolean },
  ): Promise<StreamingEndpoint>;
  /** Throws as `create`. */
  update(name: string, patch: StreamingEndpointPatch): Promise<StreamingEndpoint>;
  /** Refused with `resource/immutable` for `default`, and with `resource/wrong-state` for one that is not stopped. */
  delete(name: string): Promise<void>;
  start(name: string): Promise<StreamingEndpoint>;
  stop(name: string): Promise<StreamingEndpoint>;
  /** Those that asked for media in the last 30 s. Throws `resource/not-found`. */
  viewers(name: string): readonly ViewerSession[];
  /** What viewers have asked for since the start of the service, by what was answered. Throws `resource/not-found`. */
  requests(name: string): readonly RequestCount[];
};

/** How often something was answered in one way, counted since the start of the service. */
export type RequestCount = {
  /** `format=` of the address as it was asked for (`m3u8-cmaf`, `mpd-time-cmaf`, `smooth`), or `download`, `watch`, `other`. */
  readonly outputFormat: string;
  readonly status: number;
  /** Why it was refused. */
  readonly code?: string | undefined;
  readonly requests: number;
  /** Of bodies. */
  readonly bytes: number;
  /** Sum over the requests, from the request to its head, in ms. */
  readonly serverMs: number;
};

export type DestinationService = {
  list(): readonly Destination[];
  get(name: string): Destination;
  put(name: string, request: DestinationCreate): Promise<Destination>;
  update(name: string, patch: DestinationPatch): Promise<Destination>;
  delete(name: string): Promise<void>;
  /** Wanted from now on; skips a wait. */
  start(name: string): Promise<Destination>;
  stop(name: string): Promise<Destination>;
};

/** Locators that are mirrored to object storage. */
export type UploadService = {
  list(): readonly Upload[];
  /** Throws `resource/not-found`. */
  get(name: string): Upload;
  /** Creates or replaces. Throws `resource/not-found` when there is no such locator, `resource/in-use` when another goes to the same place. */
  put(name: string, request: UploadCreate): Promise<Upload>;
  update(name: string, patch: UploadPatch): Promise<Upload>;
  /** What is in the storage stays there. */
  delete(name: string): Promise<void>;
  /** Wanted from now on, also after a restart; skips a wait. */
  start(name: string): Promise<Upload>;
  stop(name: string): Promise<Upload>;
};

export type PreviewPicture = { readonly width: number; readonly wallMs: number; readonly bytes: Uint8Array };

export type StudioService = {
  state(): StudioState;
  patch(patch: {
    readonly title?: string | undefined;
    readonly record?: boolean | undefined;
  }): Promise<StudioState>;
  setSources(sources: readonly SourceSpec[]): Promise<StudioState>;
  setScene(scene: Scene): Promise<StudioState>;
  setAudio(input: string, patch: AudioInputPatch): Promise<AudioInput>;
  setSound(patch: ProgrammeSoundPatch): Promise<ProgrammeSound>;
  /** The newest of each sound input and, last, of the programme. */
  levels(): readonly MeterReading[];
  setLadder(choice: LadderChoice): Promise<LadderChoice>;
  measureLadder(): Promise<StudioState>;
  rehearse(request: Rehearse): Promise<StudioState>;
  goLive(request: GoLive): Promise<StudioState>;
  end(options: { readonly now: boolean }): Promise<StudioState>;
  undoEnd(): Promise<StudioState>;
  mark(label: string): Promise<Marker>;
  /**
   * Raw programme pictures and meters for as long as the result is not disposed. Pictures are produced only while somebody is
   * subscribed; a subscriber that cannot keep up must drop, not wait.
   */
  preview(
    options: { readonly width: number; readonly frameRate: number },
    sink: {
      readonly picture: (picture: PreviewPicture) => void;
      readonly meters: (wallMs: number, readings: readonly MeterReading[]) => void;
    },
  ): Disposable;
};

/** Scenes, what lies on them, and their pictures. Taking one on air is `StudioService.setScene`. */
export type SceneService = {
  state(): ScenesState;
  /** Throws `request/invalid` for a picture that is not there, `resource/quota`. */
  create(spec: SceneSpec): Promise<SceneItem>;
  change(id: string, spec: SceneSpec): Promise<SceneItem>;
  /** Refused with `resource/in-use` while it is on air. */
  remove(id: string): Promise<void>;
  order(ids: readonly string[]): Promise<void>;
  /** Changes to it, too. Throws `resource/exists`, `resource/quota`. */
  createCollection(create: SceneCollectionCreate): Promise<ScenesState>;
  /** Throws `resource/not-found`; refused with `resource/in-use` while a scene is on air that is not in it. */
  useCollection(name: string): Promise<ScenesState>;
  /** Refused with `resource/in-use` for the one in use. */
  removeCollection(name: string): Promise<void>;
  setOverlays(patch: OverlaysPatch): Promise<Overlays>;
  /** Creates or replaces. Throws `request/invalid` for what is no PNG or JPEG that can be taken, `resource/quota`. */
  putImage(id: string, bytes: Uint8Array): Promise<SceneImage>;
  /** Refused with `resource/in-use` while a scene or the logo uses it. */
  removeImage(id: string): Promise<void>;
  image(id: string): Promise<{ readonly type: 'png' | 'jpeg'; readonly bytes: Uint8Array }>;
  /** How it would look on air now: a PNG so many pixels wide. */
  picture(id: string, width?: number): Promise<Uint8Array>;
  /** The same of one that has not been made. */
  sketch(spec: SceneSpec, width?: number): Promise<Uint8Array>;
};

/** What this computer can capture. */
export type DeviceService = {
  /** Looks now; from then on changes are told. */
  list(): Promise<DeviceList>;
  /**
   * Captures a picture and 200 ms of sound. Throws `capture/…` with the cure, `resource/busy` while another one is tried,
   * `request/invalid` for what cannot be tried.
   */
  test(source: SourceSpec): Promise<SourceTestResult>;
};

/** The checks before a broadcast. None of them keeps anybody from going live. */
export type PreflightService = {
  /**
   * Begins one; one that runs already is answered with. With `waitMs` it answers at the end, or after so long. Throws `live/already-live` while
   * something is on air.
   */
  start(options: { readonly waitMs: number }): Promise<Preflight>;
  /** The newest. Throws `resource/not-found` before the first. */
  get(): Preflight;
  /** What was found stays. Throws `resource/not-found` before the first. */
  cancel(): Preflight;
};

/** Faults made on purpose in a rehearsal, undone by themselves. */
export type FireDrillService = {
  /** Throws `live/not-rehearsing`, `live/no-source`, and `resource/busy` while another runs. */
  start(request: FireDrillStart): Promise<FireDrill>;
  /** The newest. Throws `resource/not-found` before the first. */
  get(): FireDrill;
  /** Resolves when the fault has been undone. Throws `resource/not-found` before the first. */
  stop(): Promise<FireDrill>;
};

export type SettingsService = {
  get(): Settings;
  /** Fields (as `network.controlPort`) whose new value waits for the next start. */
  restartNeeded(): readonly string[];
  patch(patch: SettingsPatch): Promise<Settings>;
};

/** The service's own event stream. */
export type EventLog = {
  publish(eventType: EventType, subject: string, data: unknown): void;
  readonly published: EventSource<ServiceEvent>;
  /** Id of the newest event; before the first one an id that all of this run come after. */
  lastId(): string;
  /** Events after the one with that id, oldest first; undefined when they are no longer kept. */
  since(id: string): readonly ServiceEvent[] | undefined;
};

export type OperationService = {
  /** Runs a long operation; one at a time per `key`, else `resource/busy`. */
  start(options: {
    readonly action: string;
    readonly key: string;
    readonly subject: string;
    readonly result?: string;
    readonly run: () => Promise<unknown>;
  }): Operation;
  get(id: string): Operation;
  /** Resolves with the operation when it has ended or when `timeoutMs` is over. */
  wait(id: string, timeoutMs: number): Promise<Operation>;
};

export type WebhookService = {
  list(): readonly Webhook[];
  /** Throws `resource/not-found`. */
  get(name: string): Webhook;
  /** Creates or replaces. Throws `webhook/unreachable` when the handshake of Event Grid fails, and has then changed nothing. */
  put(name: string, request: WebhookCreate): Promise<Webhook>;
  update(name: string, patch: WebhookPatch): Promise<Webhook>;
  delete(name: string): Promise<void>;
};

export type AuditService = {
  /** Newest first. */
  list(): readonly AuditEntry[];
  /** Never throws: an action is not undone because it cannot be noted. */
  note(entry: Omit<AuditEntry, 'id' | 'time'>): void;
};

/** One line of `GET /metrics`. */
export type Metric = {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly values: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
};

/** Lets who has the control token play what is protected, for some minutes and without a token of its policy. */
export type PlayTokenService = {
  /** `streamingLocator/{name}` or `liveEvent/{name}`. */
  readonly issue: (subject: string) => PlayToken;
};

export type Services = {
  readonly browserSources: BrowserSourceService;
  readonly liveEvents: LiveEventService;
  readonly assets: AssetService;
  readonly tracks: TrackService;
  readonly clips: ClipService;
  readonly certificates: CertificateService;
  readonly thumbnails: ThumbnailService;
  readonly exports: ExportService;
  readonly locators: LocatorService;
  readonly streamingPolicies: StreamingPolicyService;
  readonly contentKeyPolicies: ContentKeyPolicyService;
  readonly playTokens: PlayTokenService;
  readonly endpoints: EndpointService;
  readonly filters: FilterService;
  readonly destinations: DestinationService;
  readonly uploads: UploadService;
  readonly studio: StudioService;
  readonly panic: PanicService;
  readonly preflight: PreflightService;
  readonly fireDrill: FireDrillService;
  readonly scenes: SceneService;
  readonly devices: DeviceService;
  readonly settings: SettingsService;
  readonly events: EventLog;
  readonly operations: OperationService;
  readonly slates: SlateService;
  readonly webhooks: WebhookService;
  readonly audit: AuditService;
  readonly proofOfAir: ProofOfAirService;
  readonly remote: RemoteService;
  /** The programs of the v2 facade that are stopped, which v3 has nothing for. */
  readonly programs: Repository<StoredProgram>;
  readonly metrics: () => readonly Metric[];
};
