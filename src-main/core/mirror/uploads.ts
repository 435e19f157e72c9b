import type { Clock } from '../../base/clock.ts';
import { createSerial } from '../../base/serial.ts';
import type { Upload } from '../../shared/api/uploads.ts';
import { AppError } from '../../shared/app-error.ts';
import { parseIsoDuration } from '../../shared/iso-duration.ts';
import { problemOf } from '../../shared/problem.ts';
import type { Repository } from '../ports/catalogue.ts';
import type { Logger } from '../ports/logger.ts';
import type { Packager } from '../ports/packaging.ts';
import type { Publication } from '../ports/presentation.ts';
import type { SecretStore } from '../ports/secrets.ts';
import type { EventLog, UploadService } from '../ports/services.ts';
import type { MirrorPolicy } from './back-off.ts';
import { createPacer, createRateMeter } from './bandwidth.ts';
import { DASH_NAME, HLS_NAME } from './file-names.ts';
import { isOnThisComputer } from './key-addresses.ts';
import { type Mirror, startMirror } from './mirror.ts';
import type { SentObjectStore } from './sent-objects.ts';
import { type AzureSecret, createAzureStore } from './store/azure-store.ts';
import type { ObjectStore, SendRequest } from './store/object-store.ts';
import { createS3Store, type S3Secret } from './store/s3-store.ts';
import { createSendRequest } from './store/send-request.ts';
import {
  createdUpload,
  isSameCopy,
  parseSecret,
  patchedUpload,
  playAddresses,
  type StoredUpload,
  type UploadChange,
  type UploadSecret,
} from './upload-change.ts';
import type { NarrowPresentation } from './views.ts';

export type UploadsOptions = {
  readonly rows: Repository<StoredUpload>;
  readonly sent: SentObjectStore;
  readonly secrets: SecretStore;
  readonly events: EventLog;
  readonly packager: Packager;
  readonly narrow: NarrowPresentation;
  /** Throws `resource/not-found` when there is no such locator. */
  readonly insistOnLocator: (name: string) => unknown;
  /** What a locator leads to now; undefined when it does not exist or leads to nothing. */
  readonly findPublication: (locatorName: string) => Promise<Publication | undefined>;
  readonly policy: MirrorPolicy;
  readonly clock: Clock;
  /** 0..1, for the jitter. */
  readonly random: () => number;
  readonly logger: Logger;
};

export type Uploads = UploadService &
  AsyncDisposable & {
    /** This computer has a network again: nobody waits any longer. */
    networkReturned(): void;
  };

/** Each takes its part of the network; more than a few help nobody. */
const MAX_UPLOADS = 20;
/** Figures of what is being sent are told so often, when they have changed. */
const TELL_EVERY_MS = 1000;

type Running = AsyncDisposable & { readonly mirror: Mirror };

/**
 * Locators that are mirrored to object storage. Each is by itself; what has been sent is remembered over restarts.
 *
 *     off ◀──stop── waiting ──▶ catchingUp ◀──▶ live ──▶ complete
 *      └──start──▶     retrying ◀──▶ any of these       failed ──start──▶ waiting
 */
export function openUploads(options: UploadsOptions): Uploads {
  const { rows, secrets, events, clock, logger } = options;
  const running = new Map<string, Running>();
  /** Why it does not run although it is wanted. */
  const broken = new Map<string, AppError>();
  const told = new Map<string, string>();
  const changes = createSerial();
  let telling: Disposable | undefined;
  let isClosing = false;
  options.sent.keepOnly(rows.list().map(({ name }) => name));

  function stored(name: string): StoredUpload {
    const row = rows.get(name);
    if (row === undefined) {
      throw new AppError('resource/not-found', `There is no upload ${name}.`, { details: { upload: name } });
    }
    return row;
  }

  function shown(row: StoredUpload): Upload {
    const status = running.get(row.name)?.mirror.status();
    const error = broken.get(row.name) ?? status?.error;
    const { error: _, ...figures } = status ?? {
      state: broken.has(row.name) ? ('failed' as const) : ('off' as const),
      sentBitrate: 0,
      behindSeconds: 0,
      uploadedObjects: 0,
      uploadedBytes: 0,
      waitingObjects: 0,
      failures: 0,
      error: undefined,
    };
    return {
      ...row,
      ...figures,
      urls: playAddresses(row, { hls: HLS_NAME, dash: DASH_NAME }, addressIn(row)),
      ...(error === undefined ? {} : { error: problemOf(error) }),
    };
  }

  /** Says it when there is something new to say. */
  function tell(name: string): void {
    const row = rows.get(name);
    const now = row === undefined ? undefined : shown(row);
    const text = JSON.stringify(now);
    if (now !== undefined && told.get(name) !== text) {
      told.set(name, text);
      events.publish('Lectern.UploadChanged', `upload/${name}`, now);
    }
  }

  function tellFigures(): void {
    for (const name of running.keys()) {
      tell(name);
    }
    telling = running.size === 0 ? undefined : clock.after(TELL_EVERY_MS, tellFigures);
  }

  async function secretOf({ name }: StoredUpload): Promise<UploadSecret> {
    const secret = parseSecret((await secrets.get(secretName(name))) ?? '');
    if (secret === undefined) {
      throw new AppError(
        'secrets/unavailable',
        `The key of the upload ${name} is no longer in the key store of this computer. Enter it again.`,
        { details: { upload: name } },
      );
    }
    return secret;
  }

  async function open(row: StoredUpload): Promise<void> {
    broken.delete(row.name);
    if (!row.enabled || isClosing) {
      return;
    }
    try {
      const secret = await secretOf(row);
      running.set(row.name, begin(row, secret));
      telling ??= clock.after(TELL_EVERY_MS, tellFigures);
    } catch (error) {
      const problem = error instanceof AppError ? error : undefined;
      logger.error({ error, upload: row.name }, 'an upload could not be opened');
      broken.set(
        row.name,
        problem ?? new AppError('secrets/unavailable', 'The key store cannot be used.', { cause: error }),
      );
    }
  }

  function begin(row: StoredUpload, secret: UploadSecret): Running {
    const { name, target } = row;
    const meter = createRateMeter(clock);
    const connection = createSendRequest({
      clock,
      stalledMs: options.policy.stalledMs,
      pace: createPacer(clock, row.maxBitrate),
      onSent: meter.add,
    });
    const store = storeOf(row, secret, connection.send);
    const mirror = startMirror({
      name,
      store,
      meter,
      sent: options.sent.of(name),
      find: () => options.findPublication(row.streamingLocatorName),
      packager: options.packager,
      narrow: options.narrow,
      formats: row.formats,
      windowSeconds: parseIsoDuration(row.windowDuration) ?? 300,
      retention: row.retention,
      isForOthers: !isOnThisComputer(target.kind === 'S3' ? (target.endpoint ?? '') : target.containerUrl),
      policy: options.policy,
      clock,
      random: options.random,
      logger,
      onChanged: () => tell(name),
    });
    return {
      mirror,
      async [Symbol.asyncDispose]() {
        await mirror[Symbol.asyncDispose]();
        connection[Symbol.dispose]();
      },
    };
  }

  function storeOf(row: StoredUpload, secret: UploadSecret, send: SendRequest): ObjectStore {
    const { target } = row;
    // What kind of secret it is was decided when it was stored with this target.
    return target.kind === 'S3'
      ? createS3Store(target, s3Secret(secret), { send, clock })
      : createAzureStore(target, azureSecret(secret), { send, clock });
  }

  /** Where objects are; nothing is sent. */
  function addressIn(row: StoredUpload): (name: string) => string {
    const noSend: SendRequest = () => Promise.reject(new Error('only addresses are asked for'));
    const store =
      row.target.kind === 'S3'
        ? createS3Store(row.target, { secretAccessKey: '' }, { send: noSend, clock })
        : createAzureStore(row.target, { sas: '' }, { send: noSend, clock });
    return store.urlOf;
  }

  async function close(name: string): Promise<void> {
    const was = running.get(name);
    running.delete(name);
    await was?.[Symbol.asyncDispose]();
  }

  async function save({ row, secret }: UploadChange): Promise<Upload> {
    const { name } = row;
    const before = rows.get(name);
    // The key first: a row that says that there is one must not stand without it.
    if (secret !== 'kept') {
      await secrets.set(secretName(name), JSON.stringify(secret));
    }
    rows.put(name, row);
    await close(name);
    if (before !== undefined && !isSameCopy(before, row)) {
      options.sent.of(name).clear();
    }
    await open(row);
    tell(name);
    return shown(row);
  }

  const now = (): string => new Date(clock.wallMs()).toISOString();

  function setEnabled(name: string, enabled: boolean): Promise<Upload> {
    return changes.run(async () => {
      const row = stored(name);
      const { mirror } = running.get(name) ?? {};
      if (enabled && mirror !== undefined && mirror.status().state !== 'failed') {
        mirror.retryNow();
        return shown(row);
      }
      return await save({ row: { ...row, enabled }, secret: 'kept' });
    });
  }

  async function put(name: string, request: Parameters<UploadService['put']>[1]): Promise<Upload> {
    const before = rows.get(name);
    if (before === undefined && rows.list().length >= MAX_UPLOADS) {
      throw new AppError('resource/quota', `There are ${MAX_UPLOADS} uploads already; delete one first.`, {
        details: { quota: 'uploads', limit: MAX_UPLOADS },
      });
    }
    options.insistOnLocator(request.streamingLocatorName);
    const change = createdUpload(name, request, { before, now: now() });
    insistOnOwnPlace(change.row);
    return await save(change);
  }

  /** Two that write to one folder would overwrite each other's playlists. */
  function insistOnOwnPlace(row: StoredUpload): void {
    const place = addressIn(row)(HLS_NAME);
    const other = rows.list().find((one) => one.name !== row.name && addressIn(one)(HLS_NAME) === place);
    if (other !== undefined) {
      throw new AppError(
        'resource/in-use',
        `The upload ${other.name} goes to the same place. Give this one a folder (prefix) of its own. Nothing was changed.`,
        { details: { field: 'target.prefix', upload: other.name } },
      );
    }
  }

  async function openAll(): Promise<void> {
    for (const row of rows.list()) {
      await open(row);
    }
  }

  void changes.run(openAll);
  return {
    list: () => rows.list().map(shown),
    get: (name) => shown(stored(name)),
    put: (name, request) => changes.run(() => put(name, request)),
    update: (name, patch) =>
      changes.run(async () => {
        const before = stored(name);
        if (patch.streamingLocatorName !== undefined) {
          options.insistOnLocator(patch.streamingLocatorName);
        }
        const change = patchedUpload(before, patch, now());
        insistOnOwnPlace(change.row);
        return await save(change);
      }),
    delete: (name) =>
      changes.run(async () => {
        stored(name);
        await close(name);
        // The key first: while the row stands, it can be asked for again.
        await secrets.delete(secretName(name));
        rows.delete(name);
        options.sent.of(name).clear();
        broken.delete(name);
        told.delete(name);
        events.publish('Lectern.UploadDeleted', `upload/${name}`, { name });
      }),
    start: (name) => setEnabled(name, true),
    stop: (name) => setEnabled(name, false),
    networkReturned() {
      for (const { mirror } of running.values()) {
        mirror.retryNow();
      }
    },
    async [Symbol.asyncDispose]() {
      isClosing = true;
      telling?.[Symbol.dispose]();
      await changes.idle();
      await Promise.all([...running.keys()].map(close));
      telling?.[Symbol.dispose]();
    },
  };
}

function s3Secret(secret: UploadSecret): S3Secret {
  if (!('secretAccessKey' in secret)) {
    throw wrongSecret();
  }
  return secret;
}

function azureSecret(secret: UploadSecret): AzureSecret {
  if ('secretAccessKey' in secret) {
    throw wrongSecret();
  }
  return secret;
}

function wrongSecret(): AppError {
  return new AppError(
    'secrets/unavailable',
    'The key that is stored is of another kind of storage. Enter it again.',
  );
}

function secretName(name: string): string {
  return `upload/${name}`;
}
