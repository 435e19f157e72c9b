import { createHash } from 'node:crypto';
import { AwsV4Signer } from 'aws4fetch';
import type { Clock } from '../../../base/clock.ts';
import type { UploadTarget } from '../../../shared/api/uploads.ts';
import type { ObjectStore, SendRequest, SignedRequest, StoredObject } from './object-store.ts';
import { explainS3 } from './refusal.ts';

export type S3Target = Extract<UploadTarget, { readonly kind: 'S3' }>;
export type S3Secret = { readonly secretAccessKey: string; readonly sessionToken?: string | undefined };

/** A bucket of Amazon S3 or of what speaks like it (MinIO, Cloudflare R2, Backblaze B2, …). */
export function createS3Store(
  target: S3Target,
  secret: S3Secret,
  { send, clock }: { readonly send: SendRequest; readonly clock: Clock },
): ObjectStore {
  const base = bucketUrl(target);

  async function request(
    method: SignedRequest['method'],
    name: string,
    { headers, chunks }: Pick<SignedRequest, 'headers' | 'chunks'>,
    signal: AbortSignal,
  ): Promise<void> {
    const signed = await signS3(
      { method, url: base + pathOf(target.prefix, name), headers, chunks },
      { target, secret, wallMs: clock.wallMs() },
    );
    const answer = await send(signed, signal);
    const isDone = answer.status >= 200 && answer.status < 300;
    if (!isDone && !(method === 'DELETE' && answer.status === 404)) {
      throw explainS3(answer, { server: new URL(base).host, container: target.bucket });
    }
  }

  return {
    put: (object, signal) =>
      request('PUT', object.name, { headers: headersOf(object), chunks: object.chunks }, signal),
    delete: (name, signal) => request('DELETE', name, { headers: {}, chunks: [] }, signal),
    urlOf: (name) => base + pathOf(target.prefix, name),
  };
}

/** `https://bucket.s3.region.amazonaws.com/`, with a slash at its end. */
export function bucketUrl({ endpoint, region, bucket, addressing }: S3Target): string {
  const url = new URL(endpoint ?? `https://s3.${region}.amazonaws.com`);
  const folder = url.pathname.replace(/\/*$/, '');
  // Names with dots have no certificate at Amazon, and other services are often known by one name or by an IP address only.
  const usual = endpoint === undefined && !bucket.includes('.') ? 'VirtualHost' : 'Path';
  return (addressing ?? usual) === 'Path'
    ? `${url.protocol}//${url.host}${folder}/${bucket}/`
    : `${url.protocol}//${bucket}.${url.host}${folder}/`;
}

export function pathOf(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}/${name}`;
}

/**
 * A request with Signature Version 4 over all its headers and its body. With the hash of the body in it, nobody on the way can put other bytes
 * in its place, also over plain HTTP.
 */
export async function signS3(
  { method, url, headers, chunks }: SignedRequest,
  by: {
    readonly target: Pick<S3Target, 'region' | 'accessKeyId'>;
    readonly secret: S3Secret;
    /** UTC. */
    readonly wallMs: number;
  },
): Promise<SignedRequest> {
  const hash = createHash('sha256');
  for (const chunk of chunks) {
    hash.update(chunk);
  }
  const signer = new AwsV4Signer({
    method,
    url,
    headers: { ...headers, 'X-Amz-Content-Sha256': hash.digest('hex') },
    accessKeyId: by.target.accessKeyId,
    secretAccessKey: by.secret.secretAccessKey,
    ...(by.secret.sessionToken === undefined ? {} : { sessionToken: by.secret.sessionToken }),
    service: 's3',
    region: by.target.region,
    datetime: new Date(by.wallMs).toISOString().replace(/[:-]|\.\d{3}/g, ''),
    allHeaders: true,
  });
  const signed = await signer.sign();
  // `host` is for the connection to say: it is what the address says.
  const { host: _host, ...given } = Object.fromEntries(signed.headers);
  return { method, url: signed.url.href, headers: given, chunks };
}

function headersOf({ contentType, cacheControl, chunks }: StoredObject): Readonly<Record<string, string>> {
  return { 'Content-Type': contentType, 'Cache-Control': cacheControl, 'Content-MD5': md5Of(chunks) };
}

/** Not against anybody: both services compare it with what they have stored. */
export function md5Of(chunks: readonly Uint8Array[]): string {
  const hash = createHash('md5');
  for (const chunk of chunks) {
    hash.update(chunk);
  }
  return hash.digest('base64');
}
