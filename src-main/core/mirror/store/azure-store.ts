import { createHmac } from 'node:crypto';
import type { Clock } from '../../../base/clock.ts';
import type { UploadTarget } from '../../../shared/api/uploads.ts';
import type { ObjectStore, SendRequest, SignedRequest, StoredObject } from './object-store.ts';
import { explainAzure } from './refusal.ts';
import { md5Of, pathOf } from './s3-store.ts';

export type AzureTarget = Extract<UploadTarget, { readonly kind: 'AzureBlob' }>;
/** The account key in base64, or a shared access signature without its question mark. */
export type AzureSecret = { readonly accountKey: string } | { readonly sas: string };

/** One that knows all that is used here, and that every azurite knows. */
const API_VERSION = '2021-12-02';

/** A container of Azure Blob Storage. */
export function createAzureStore(
  target: AzureTarget,
  secret: AzureSecret,
  { send, clock }: { readonly send: SendRequest; readonly clock: Clock },
): ObjectStore {
  const base = `${target.containerUrl.replace(/\/*$/, '')}/`;

  async function request(
    method: SignedRequest['method'],
    name: string,
    { headers, chunks }: Pick<SignedRequest, 'headers' | 'chunks'>,
    signal: AbortSignal,
  ): Promise<void> {
    const url = base + pathOf(target.prefix, name);
    const signed = signAzure(
      { method, url, headers: { ...headers, 'x-ms-version': API_VERSION }, chunks },
      { secret, account: accountOf(target), wallMs: clock.wallMs() },
    );
    const answer = await send(signed, signal);
    const isDone = answer.status >= 200 && answer.status < 300;
    if (!isDone && !(method === 'DELETE' && answer.status === 404)) {
      const { host, pathname } = new URL(base);
      throw explainAzure(answer, { server: host, container: pathname.split('/').at(-2) ?? '' });
    }
  }

  return {
    put: (object, signal) =>
      request('PUT', object.name, { headers: headersOf(object), chunks: object.chunks }, signal),
    delete: (name, signal) => request('DELETE', name, { headers: {}, chunks: [] }, signal),
    urlOf: (name) => base + pathOf(target.prefix, name),
  };
}

/** The first name of `account.blob.core.windows.net`; where the server has an IP address, as azurite, the first folder. */
function accountOf({ accountName, containerUrl }: Pick<AzureTarget, 'accountName' | 'containerUrl'>): string {
  const { hostname, pathname } = new URL(containerUrl);
  const [folder = '', container] = pathname.slice(1).split('/');
  return accountName ?? (container === undefined ? (hostname.split('.')[0] ?? '') : folder);
}

/** A request with Shared Key, or with the shared access signature in its address. */
export function signAzure(
  { method, url, headers, chunks }: SignedRequest,
  by: {
    readonly secret: AzureSecret;
    readonly account: string;
    /** UTC. */
    readonly wallMs: number;
  },
): SignedRequest {
  const dated = { ...headers, 'x-ms-date': new Date(by.wallMs).toUTCString() };
  if ('sas' in by.secret) {
    return { method, url: `${url}?${by.secret.sas}`, headers: dated, chunks };
  }
  const signature = createHmac('sha256', Buffer.from(by.secret.accountKey, 'base64'))
    .update(stringToSign({ method, url, headers: dated, chunks }, by.account))
    .digest('base64');
  return {
    method,
    url,
    headers: { ...dated, Authorization: `SharedKey ${by.account}:${signature}` },
    chunks,
  };
}

/** “Authorize with Shared Key”, the form of versions since 2015-02-21; there is never a query here. */
function stringToSign({ method, url, headers, chunks }: SignedRequest, account: string): string {
  const lower = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const standard = (name: string): string => lower.get(name) ?? '';
  const size = chunks.reduce((sum, { length }) => sum + length, 0);
  const own = [...lower]
    .filter(([name]) => name.startsWith('x-ms-'))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}:${value}`);
  return [
    method,
    standard('content-encoding'),
    standard('content-language'),
    size === 0 ? '' : String(size),
    standard('content-md5'),
    standard('content-type'),
    // The date: that of x-ms-date counts.
    '',
    ...['if-modified-since', 'if-match', 'if-none-match', 'if-unmodified-since', 'range'].map(standard),
    ...own,
    `/${account}${new URL(url).pathname}`,
  ].join('\n');
}

function headersOf({ contentType, cacheControl, chunks }: StoredObject): Readonly<Record<string, string>> {
  return {
    'Content-Type': contentType,
    'Content-MD5': md5Of(chunks),
    'x-ms-blob-cache-control': cacheControl,
    'x-ms-blob-type': 'BlockBlob',
  };
}
