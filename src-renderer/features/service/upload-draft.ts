import type { Upload, UploadCreate, UploadTargetCreate } from '../../../src-main/shared/api/uploads.ts';

/** What is typed in the form of a mirror. */
export type UploadDraft = {
  readonly streamingLocatorName: string;
  readonly kind: Upload['target']['kind'];
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly containerUrl: string;
  readonly prefix: string;
  /** Empty: the one that is known. */
  readonly secret: string;
  readonly publicUrl: string;
  readonly retention: Upload['retention'];
  /** Empty: no limit. */
  readonly maxMegabits: string;
};

export function draftOf(upload: Upload | undefined, firstLocator: string): UploadDraft {
  const s3 = upload?.target.kind === 'S3' ? upload.target : undefined;
  const azure = upload?.target.kind === 'AzureBlob' ? upload.target : undefined;
  return {
    streamingLocatorName: upload?.streamingLocatorName ?? firstLocator,
    kind: upload?.target.kind ?? 'S3',
    endpoint: s3?.endpoint ?? '',
    region: s3?.region ?? 'us-east-1',
    bucket: s3?.bucket ?? '',
    accessKeyId: s3?.accessKeyId ?? '',
    containerUrl: azure?.containerUrl ?? '',
    prefix: upload?.target.prefix ?? '',
    secret: '',
    publicUrl: upload?.publicUrl ?? '',
    retention: upload?.retention ?? 'Recording',
    maxMegabits: upload?.maxBitrate === undefined ? '' : String(upload.maxBitrate / 1_000_000),
  };
}

/** What the form does not show stays as it is. */
export function targetOf(draft: UploadDraft, before: Upload['target'] | undefined): UploadTargetCreate {
  const secret = draft.secret.trim();
  const prefix = draft.prefix.trim();
  if (draft.kind === 'AzureBlob') {
    const known = before?.kind === 'AzureBlob' ? before.accountName : undefined;
    return {
      kind: 'AzureBlob',
      containerUrl: draft.containerUrl.trim(),
      prefix,
      ...(known === undefined ? {} : { accountName: known }),
      // A signature has its parts; a key is one word of base64.
      ...(secret === '' ? {} : /(?:^|[?&])sig=/.test(secret) ? { sas: secret } : { accountKey: secret }),
    };
  }
  const addressing = before?.kind === 'S3' ? before.addressing : undefined;
  const endpoint = draft.endpoint.trim();
  return {
    kind: 'S3',
    ...(endpoint === '' ? {} : { endpoint }),
    region: draft.region.trim(),
    bucket: draft.bucket.trim(),
    accessKeyId: draft.accessKeyId.trim(),
    prefix,
    ...(addressing === undefined ? {} : { addressing }),
    ...(secret === '' ? {} : { secretAccessKey: secret }),
  };
}

/** Bits per second; undefined for no limit, NaN for what is no number. */
export function bitrateOf({ maxMegabits }: UploadDraft): number | undefined {
  const text = maxMegabits.trim().replace(',', '.');
  const value = Math.round(Number(text) * 1_000_000);
  return text === '' ? undefined : value >= 100_000 ? value : Number.NaN;
}

export function createOf(draft: UploadDraft): UploadCreate {
  const maxBitrate = bitrateOf(draft);
  const publicUrl = draft.publicUrl.trim();
  return {
    streamingLocatorName: draft.streamingLocatorName,
    target: targetOf(draft, undefined),
    formats: ['Hls', 'Dash'],
    windowDuration: 'PT5M',
    retention: draft.retention,
    enabled: true,
    ...(publicUrl === '' ? {} : { publicUrl }),
    ...(maxBitrate === undefined ? {} : { maxBitrate }),
  };
}
