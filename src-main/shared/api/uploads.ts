import { z } from 'zod';
import { isoDurationBetween, isoTime, problem, resourceName } from './common.ts';

/**
 * Object storage that a locator is mirrored to: its HLS and DASH as plain files, for viewers that this computer's network could not serve.
 */

/** `Recording`: everything stays, and after the end all of it can be watched. `Window`: what has left the window is deleted. */
const RETENTIONS = ['Recording', 'Window'] as const;
const UPLOAD_FORMATS = ['Hls', 'Dash'] as const;
export type UploadFormat = (typeof UPLOAD_FORMATS)[number];

/**
 * `off`: not wanted. `waiting`: nothing to send yet. `live`: viewers of the copy are given what is newest. `catchingUp`: there is more to send
 * than that. `retrying`: the storage does not take anything; tried again at `retryAt`. `complete`: all of a recording is there.
 * `failed`: trying again would not help; `error` says what to do.
 */
const UPLOAD_STATES = ['off', 'waiting', 'live', 'catchingUp', 'retrying', 'complete', 'failed'] as const;
export type UploadState = (typeof UPLOAD_STATES)[number];

/** `new URL` is no part of the language that shared/ is written in. */
function isWebAddress(text: string, rest: string): boolean {
  return new RegExp(`^https?://(?:\\[[0-9a-f:.]+\\]|[^\\s/?#@:[\\]]+)(?::\\d{1,5})?${rest}$`, 'i').test(text);
}

const endpointUrl = z
  .string()
  .max(1024)
  .refine(
    (text) => isWebAddress(text, '(?:/[^\\s?#]*)?'),
    'must be an http:// or https:// address without a query',
  );

const containerUrl = z
  .string()
  .max(4096)
  .refine(
    (text) => isWebAddress(text, '/[^\\s?#]+(?:\\?[^\\s#]*)?'),
    'must be the address of a container, such as https://account.blob.core.windows.net/container',
  );

/** The folder in the bucket. Letters that mean the same in an address and in the storage. */
const prefix = z
  .string()
  .max(512)
  .regex(
    /^(?:[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?(?:\/[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?)*)?$/,
    'must be folders of letters, digits, dots, hyphens and underscores, with / between them',
  );

const s3Place = {
  kind: z.literal('S3'),
  /** Of the service: `https://s3.eu-central-1.amazonaws.com` when left out, MinIO's, R2's or B2's own address else. */
  endpoint: endpointUrl.optional(),
  region: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,64}$/, 'must be the name of a region, such as eu-central-1')
    .default('us-east-1'),
  bucket: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$/, 'must be the name of a bucket'),
  /** `Path`: `endpoint/bucket/…`; `VirtualHost`: `bucket.endpoint/…`. As the service usually has it when left out. */
  addressing: z.enum(['Path', 'VirtualHost']).optional(),
  accessKeyId: z.string().regex(/^[\x21-\x7e]{1,256}$/, 'must be an access key id'),
  prefix: prefix.default(''),
};

const azurePlace = {
  kind: z.literal('AzureBlob'),
  /** `https://{account}.blob.core.windows.net/{container}`. */
  containerUrl,
  /** Of the account key; the first name of the address when left out. */
  accountName: z
    .string()
    .regex(/^[a-z0-9]{3,24}$/, 'must be the name of a storage account')
    .optional(),
  prefix: prefix.default(''),
};

const uploadTarget = z.discriminatedUnion('kind', [z.strictObject(s3Place), z.strictObject(azurePlace)]);
export type UploadTarget = z.infer<typeof uploadTarget>;

const secretText = z
  .string()
  .min(1)
  .max(4096)
  .regex(/^[\x21-\x7e]+$/, 'must not have spaces or characters that cannot be typed');

/** As it is given: with its key, which is never given back. */
const uploadTargetCreate = z.discriminatedUnion('kind', [
  z.strictObject({
    ...s3Place,
    /** Write-only; may be left out when it is known already. */
    secretAccessKey: secretText.optional(),
    /** Write-only; of temporary keys. */
    sessionToken: secretText.optional(),
  }),
  z.strictObject({
    ...azurePlace,
    /** Write-only. */
    accountKey: secretText.optional(),
    /** Write-only: a shared access signature, which may also stand behind `containerUrl` as its query. */
    sas: secretText.optional(),
  }),
]);
export type UploadTargetCreate = z.infer<typeof uploadTargetCreate>;

const formats = z
  .array(z.enum(UPLOAD_FORMATS))
  .min(1)
  .max(2)
  .refine((names) => new Set(names).size === names.length, 'must not name a format twice');
const windowDuration = isoDurationBetween('PT10S', 'PT6H');
const maxBitrate = z.number().int().min(100_000).max(100_000_000_000);

const settings = {
  streamingLocatorName: resourceName,
  formats,
  /** What viewers put in front of the folder: of the bucket itself, or of the CDN in front of it. */
  publicUrl: endpointUrl.optional(),
  /** How far back the live playlists reach. Every playlist is sent again with every segment. */
  windowDuration,
  retention: z.enum(RETENTIONS),
  /** Bits per second that are not exceeded; without it, as much as the network takes. */
  maxBitrate: maxBitrate.optional(),
  enabled: z.boolean(),
};

export const upload = z.strictObject({
  name: resourceName,
  ...settings,
  target: uploadTarget,
  /** Whether its key is in the key store. */
  hasSecret: z.boolean(),
  created: isoTime,
  lastModified: isoTime,
  state: z.enum(UPLOAD_STATES),
  /** Bits per second over the last seconds. */
  sentBitrate: z.number().min(0),
  /** How much of what can be watched here cannot be watched there yet. */
  behindSeconds: z.number().min(0),
  /** Objects and bytes that were sent since the start of the service. */
  uploadedObjects: z.number().int().min(0),
  uploadedBytes: z.number().int().min(0),
  /** Objects that are still to be sent. */
  waitingObjects: z.number().int().min(0),
  /** Requests that failed since the start of the service. */
  failures: z.number().int().min(0),
  retryAt: isoTime.optional(),
  lastUpload: isoTime.optional(),
  /** Where the copy is watched; those of the formats that are made. */
  urls: z.strictObject({ hls: z.string().optional(), dash: z.string().optional() }),
  error: problem.optional(),
});
export type Upload = z.infer<typeof upload>;

export const uploadCreate = z.strictObject({
  ...settings,
  target: uploadTargetCreate,
  formats: formats.default(['Hls', 'Dash']),
  windowDuration: windowDuration.default('PT5M'),
  retention: z.enum(RETENTIONS).default('Recording'),
  enabled: z.boolean().default(true),
});
export type UploadCreate = z.infer<typeof uploadCreate>;

export const uploadPatch = z.strictObject({
  target: uploadTargetCreate.optional(),
  streamingLocatorName: resourceName.optional(),
  formats: formats.optional(),
  /** `null`: that of the storage. */
  publicUrl: z.union([endpointUrl, z.null()]).optional(),
  windowDuration: windowDuration.optional(),
  retention: z.enum(RETENTIONS).optional(),
  /** `null`: no limit. */
  maxBitrate: z.union([maxBitrate, z.null()]).optional(),
  enabled: z.boolean().optional(),
});
export type UploadPatch = z.infer<typeof uploadPatch>;
