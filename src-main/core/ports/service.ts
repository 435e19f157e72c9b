import type { Settings } from '../../shared/api/settings.ts';
import type { DeviceList } from '../../shared/api/studio.ts';
import type { AppError } from '../../shared/app-error.ts';
import type { Logger } from './logger.ts';
import type { FfmpegTools, LaunchNode } from './process.ts';
import type { PassphraseSources, SecretStore } from './secrets.ts';
import type { Services } from './services.ts';

/** What a host decides about the service it opens. What is left out comes from the settings of the data folder. */
export type ServiceOptions = {
  readonly host: 'headless' | 'desktop';
  /** Holds everything that lasts: catalogue, recordings, settings, logs, `control-token`, `service.json`. */
  readonly dataDir: string;
  /** Ports; 0 takes any free one. Of the pairs (RTMP, RTMPS, push with and without TLS) the first: see `core/settings/ingest-ports.ts`. */
  readonly controlPort?: number | undefined;
  readonly originPort?: number | undefined;
  readonly rtmpPort?: number | undefined;
  readonly rtmpsPort?: number | undefined;
  readonly ingestPort?: number | undefined;
  readonly srtPort?: number | undefined;
  readonly remotePort?: number | undefined;
  /** The built page (`dist/renderer`) and the help beside it. */
  readonly pagesFolder?: string | undefined;
  readonly helpFolder?: string | undefined;
  /** Of the program, as in its package.json. */
  readonly version: string;
  /** The packaged app's resources folder with its own ffmpeg; undefined from a checkout. */
  readonly resourcesFolder?: string | undefined;
  /** Where keys are kept; a file of mode 0600 in the data folder when left out. */
  readonly secrets?: SecretStore | undefined;
  /** What seals that file. */
  readonly passphrase?: PassphraseSources | undefined;
  /** How our own child programs are started; `fork` when left out. */
  readonly launchNode?: LaunchNode | undefined;
  /** A log file in the data folder when left out. */
  readonly logger?: Logger | undefined;
  /** Takes the data folder for this service alone. Only what looks and changes nothing may go without. */
  readonly lock: boolean;
};

/** The whole service, open. Disposing closes every part in reverse order, a broadcast first: it is ended and its recording made whole. */
export type Service = Services &
  AsyncDisposable & {
    readonly controlUrl: string;
    readonly originUrl: string;
    /** Where outside encoders push to; undefined while nothing listens there. */
    readonly rtmpUrl?: string | undefined;
    /** What the control API asks of every call. */
    readonly token: string;
    readonly dataDir: string;
    /** Resolves when it has closed: undefined when it was asked to, else what made it end. Never rejects. */
    readonly closed: Promise<AppError | undefined>;
  };

/**
 * Opens everything or nothing. Throws `service/data-folder-locked` when another service has the data folder, and then has changed nothing;
 * `service/port-taken` with the port and the setting; `service/data-folder-unusable`;
 * `secrets/unavailable` when the file of keys is not opened by the passphrase, or needs one.
 */
export type OpenService = (options: ServiceOptions) => Promise<Service>;

/** One H.264 encoder that this ffmpeg names, and whether a trial of it came to something. */
export type EncoderTrial = { readonly name: string; readonly works: boolean; readonly detail: string };

/** Whether the recogniser of speech that is set starts. */
export type RecogniserTrial = { readonly works: boolean; readonly detail: string };

/** What `doctor` asks about this computer. Opens no port, takes no lock and records nothing. */
export type Probes = AsyncDisposable & {
  readonly settings: Settings;
  /** Throws `process/not-found` and `process/unusable`, whose words say where to get it. */
  tools(): Promise<FfmpegTools>;
  /** In the order in which `auto` would take them. */
  encoders(): Promise<readonly EncoderTrial[]>;
  devices(): Promise<DeviceList>;
  /** Undefined when none is set. */
  recogniser(): Promise<RecogniserTrial | undefined>;
};

export type OpenProbes = (
  options: Pick<ServiceOptions, 'dataDir' | 'resourcesFolder' | 'logger'>,
) => Promise<Probes>;
