import { z } from 'zod';
import {
  type Upload,
  type UploadCreate,
  type UploadPatch,
  type UploadTarget,
  type UploadTargetCreate,
  upload,
} from '../../shared/api/uploads.ts';
import { AppError } from '../../shared/app-error.ts';

/** What lasts of an upload. Its key is with the secrets. */
export const storedUpload = upload.pick({
  name: true,
  streamingLocatorName: true,
  formats: true,
  publicUrl: true,
  windowDuration: true,
  retention: true,
  maxBitrate: true,
  enabled: true,
  target: true,
  hasSecret: true,
  created: true,
  lastModified: true,
});
export type StoredUpload = z.infer<typeof storedUpload>;

/** What opens the storage, as it is kept with the secrets. */
const uploadSecret = z.union([
  z.strictObject({ secretAccessKey: z.string(), sessionToken: z.string().optional() }),
  z.strictObject({ accountKey: z.string() }),
  z.strictObject({ sas: z.string() }),
]);
export type UploadSecret = z.infer<typeof uploadSecret>;

export function parseSecret(text: string): UploadSecret | undefined {
  try {
    return uploadSecret.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

export type UploadChange = {
  readonly row: StoredUpload;
  /** What becomes of the secret. */
  readonly secret: 'kept' | UploadSecret;
};

/** All of it anew; the key is kept when it is left out and the place is the same. Throws `request/invalid`. */
export function createdUpload(
  name: string,
  request: UploadCreate,
  { before, now }: { readonly before: StoredUpload | undefined; readonly now: string },
): UploadChange {
  const { target: given, ...settings } = request;
  const { target, secret } = splitTarget(given, before);
  return {
    row: {
      ...settings,
      name,
      target,
      hasSecret: true,
      created: before?.created ?? now,
      lastModified: now,
    },
    secret,
  };
}

/** What the patch leaves out stays. Throws `request/invalid`. */
export function patchedUpload(before: StoredUpload, patch: UploadPatch, now: string): UploadChange {
  const { target: given, publicUrl, maxBitrate, ...settings } = patch;
  const { target, secret } =
    given === undefined ? { target: before.target, secret: 'kept' as const } : splitTarget(given, before);
  const { publicUrl: oldUrl, maxBitrate: oldBitrate, ...rest } = before;
  const url = publicUrl === undefined ? oldUrl : (publicUrl ?? undefined);
  const bitrate = maxBitrate === undefined ? oldBitrate : (maxBitrate ?? undefined);
  return {
    row: {
      ...rest,
      streamingLocatorName: settings.streamingLocatorName ?? before.streamingLocatorName,
      formats: settings.formats ?? before.formats,
      windowDuration: settings.windowDuration ?? before.windowDuration,
      retention: settings.retention ?? before.retention,
      enabled: settings.enabled ?? before.enabled,
      ...(url === undefined ? {} : { publicUrl: url }),
      ...(bitrate === undefined ? {} : { maxBitrate: bitrate }),
      target,
      lastModified: now,
    },
    secret,
  };
}

/** Whether two rows send the same to the same place, so that what is there counts. */
export function isSameCopy(a: StoredUpload, b: StoredUpload): boolean {
  return a.streamingLocatorName === b.streamingLocatorName && placeOf(a.target) === placeOf(b.target);
}

/** Without the names of keys: another key opens the same place. */
function placeOf(target: UploadTarget): string {
  return target.kind === 'S3'
    ? JSON.stringify([target.endpoint, target.region, target.bucket, target.addressing, target.prefix])
    : JSON.stringify([target.containerUrl, target.prefix]);
}

function splitTarget(
  given: UploadTargetCreate,
  before: StoredUpload | undefined,
): { readonly target: UploadTarget; readonly secret: UploadChange['secret'] } {
  const { target, secret } = given.kind === 'S3' ? splitS3(given) : splitAzure(given);
  if (secret !== undefined) {
    return { target, secret };
  }
  const isKnown = before?.hasSecret === true && placeOf(before.target) === placeOf(target);
  // A key must not be sent to where somebody who does not know it wants to have it.
  if (!isKnown) {
    throw new AppError('request/invalid', 'The key of the object storage is missing. Nothing was changed.', {
      details: { field: given.kind === 'S3' ? 'target.secretAccessKey' : 'target.accountKey' },
    });
  }
  return { target, secret: 'kept' };
}

type Split = { readonly target: UploadTarget; readonly secret: UploadSecret | undefined };

function splitS3({
  secretAccessKey,
  sessionToken,
  ...target
}: UploadTargetCreate & { readonly kind: 'S3' }): Split {
  checkUrl(target.endpoint, 'target.endpoint');
  return {
    target,
    secret:
      secretAccessKey === undefined
        ? undefined
        : { secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
  };
}

function splitAzure({ accountKey, sas, ...rest }: UploadTargetCreate & { readonly kind: 'AzureBlob' }): Split {
  const [containerUrl = '', query = ''] = rest.containerUrl.split('?', 2);
  checkUrl(containerUrl, 'target.containerUrl');
  const signature = (sas ?? query).replace(/^\?/, '');
  if (accountKey !== undefined && signature !== '') {
    throw new AppError(
      'request/invalid',
      'Give either the account key or a shared access signature, not both. Nothing was changed.',
      { details: { field: 'target.accountKey' } },
    );
  }
  if (accountKey !== undefined && !/^[A-Za-z0-9+/]+={0,2}$/.test(accountKey)) {
    throw new AppError('request/invalid', 'An account key is base64. Copy it again. Nothing was changed.', {
      details: { field: 'target.accountKey' },
    });
  }
  if (signature !== '' && !/(?:^|&)sig=/.test(signature)) {
    throw new AppError(
      'request/invalid',
      'A shared access signature has sig=… in it. Copy all of it. Nothing was changed.',
      { details: { field: 'target.sas' } },
    );
  }
  const secret = accountKey !== undefined ? { accountKey } : signature === '' ? undefined : { sas: signature };
  return { target: { ...rest, containerUrl: containerUrl.replace(/\/+$/, '') }, secret };
}

function checkUrl(url: string | undefined, field: string): void {
  if (url !== undefined && !URL.canParse(url)) {
    throw new AppError('request/invalid', `${field} is no address. Nothing was changed.`, { details: { field } });
  }
}

/** What viewers are given: below the public address where there is one. */
export function playAddresses(
  { formats, publicUrl, target }: StoredUpload,
  names: { readonly hls: string; readonly dash: string },
  urlInStore: (name: string) => string,
): Upload['urls'] {
  const folder = target.prefix === '' ? '' : `${target.prefix}/`;
  const urlOf = (name: string): string =>
    publicUrl === undefined ? urlInStore(name) : `${publicUrl.replace(/\/+$/, '')}/${folder}${name}`;
  return {
    ...(formats.includes('Hls') ? { hls: urlOf(names.hls) } : {}),
    ...(formats.includes('Dash') ? { dash: urlOf(names.dash) } : {}),
  };
}
