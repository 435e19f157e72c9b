import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listen } from './free-port.ts';

export const S3_KEY = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };

export type S3Object = {
  readonly bytes: Buffer;
  readonly contentType: string;
  readonly cacheControl: string;
};

/** What to do with the next requests instead of taking them; `undefined`: take them. */
type Fault = (request: { readonly method: string; readonly key: string }) => S3Fault | undefined;
export type S3Fault =
  | { readonly status: number; readonly word?: string; readonly headers?: Readonly<Record<string, string>> }
  | 'hang'
  | 'hang-up';

/**
 * An S3 service with one bucket, `shows`, in path style, which checks signatures as the standard says and not with the code under test. It
 * gives its objects to everybody, as a bucket that is published does.
 */
export type S3Server = AsyncDisposable & {
  readonly url: string;
  readonly port: number;
  readonly objects: Map<string, S3Object>;
  /** `PUT key` and `DELETE key`, in the order in which they were done. */
  readonly log: readonly string[];
  /** Most requests that were under way at once. */
  readonly most: () => number;
  fault: Fault;
  /** Every body takes at least so long. */
  slowMs: number;
  /** UTC in ms by its clock, which players of DASH go by. */
  now: () => number;
  /** Nobody is there. */
  stop(): Promise<void>;
  start(): Promise<void>;
};

export async function openS3Server(): Promise<S3Server> {
  const objects = new Map<string, S3Object>();
  const log: string[] = [];
  let underWay = 0;
  let most = 0;
  let port = 0;
  let server = createServer();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '', 'http://host');
    const key = decodeURIComponent(pathname.replace(/^\/shows\//, ''));
    const { method = '' } = request;
    // As the help says that a bucket is to be set up.
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Access-Control-Expose-Headers', 'Date, Content-Length, Content-Range');
    response.setHeader('Date', new Date(open.now()).toUTCString());
    if (method === 'GET' || method === 'HEAD') {
      give(objects.get(key), request, response);
      return;
    }
    underWay += 1;
    most = Math.max(most, underWay);
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) {
      parts.push(part);
    }
    await new Promise((resolve) => setTimeout(resolve, open.slowMs));
    underWay -= 1;
    const body = Buffer.concat(parts);
    const fault = open.fault({ method, key });
    if (fault === 'hang') {
      return;
    }
    if (fault === 'hang-up') {
      request.socket.destroy();
      return;
    }
    const refused = fault ?? refusal(request, body);
    if (refused !== undefined) {
      response.writeHead(refused.status, refused.headers);
      response.end(refused.word === undefined ? '' : `<Error><Code>${refused.word}</Code></Error>`);
      return;
    }
    log.push(`${method} ${key}`);
    if (method === 'DELETE') {
      objects.delete(key);
      response.writeHead(204).end();
      return;
    }
    objects.set(key, {
      bytes: body,
      contentType: request.headers['content-type'] ?? '',
      cacheControl: request.headers['cache-control'] ?? '',
    });
    response.writeHead(200).end();
  }

  async function start(): Promise<void> {
    server = createServer((request, response) => {
      void answer(request, response).catch(() => response.destroy());
    });
    if (port === 0) {
      port = await listen(server);
    } else {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    }
  }

  async function stop(): Promise<void> {
    if (server.listening) {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    }
  }

  await start();
  const open: S3Server = {
    url: `http://127.0.0.1:${port}`,
    port,
    objects,
    log,
    most: () => most,
    fault: () => undefined,
    slowMs: 0,
    now: () => Date.now(),
    stop,
    start,
    [Symbol.asyncDispose]: stop,
  };
  return open;
}

function give(object: S3Object | undefined, request: IncomingMessage, response: ServerResponse): void {
  if (object === undefined) {
    response.writeHead(404).end();
    return;
  }
  const { bytes, contentType, cacheControl } = object;
  const headers = { 'content-type': contentType, 'cache-control': cacheControl };
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  if (from === undefined) {
    response.writeHead(200, { ...headers, 'content-length': bytes.length });
    response.end(request.method === 'HEAD' ? undefined : bytes);
    return;
  }
  const part = bytes.subarray(Number(from), to === '' ? undefined : Number(to) + 1);
  response.writeHead(206, {
    ...headers,
    'content-length': part.length,
    'content-range': `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}`,
  });
  response.end(part);
}

/** “Authenticating Requests (AWS Signature Version 4)”: what the service has to find. */
function refusal(request: IncomingMessage, body: Buffer): Exclude<S3Fault, string> | undefined {
  const { authorization = '' } = request.headers;
  const [, id, day, region, names = '', signature] =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=(\w+)$/.exec(
      authorization,
    ) ?? [];
  if (id !== S3_KEY.accessKeyId) {
    return { status: 403, word: 'InvalidAccessKeyId' };
  }
  const hash = createHash('sha256').update(body).digest('hex');
  const signed = names.split(';');
  const unsigned = Object.keys(request.headers).filter(
    (name) => name.startsWith('x-amz-') && !signed.includes(name),
  );
  if (request.headers['x-amz-content-sha256'] !== hash || unsigned.length > 0 || !signed.includes('host')) {
    return { status: 400, word: 'XAmzContentSHA256Mismatch' };
  }
  const md5 = request.headers['content-md5'];
  if (md5 !== undefined && md5 !== createHash('md5').update(body).digest('base64')) {
    return { status: 400, word: 'BadDigest' };
  }
  const date = String(request.headers['x-amz-date']);
  const url = new URL(request.url ?? '', 'http://host');
  const canonical = [
    request.method,
    url.pathname,
    '',
    ...signed.map((name) => `${name}:${String(request.headers[name]).trim()}`),
    '',
    names,
    hash,
  ].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', date, scope, createHash('sha256').update(canonical).digest('hex')].join('\n');
  const hmac = (key: string | Buffer, what: string): Buffer => createHmac('sha256', key).update(what).digest();
  const key = [region, 's3', 'aws4_request'].reduce<Buffer>(
    (previous, part) => hmac(previous, part ?? ''),
    hmac(`AWS4${S3_KEY.secretAccessKey}`, day ?? ''),
  );
  return hmac(key, text).toString('hex') === signature
    ? undefined
    : { status: 403, word: 'SignatureDoesNotMatch' };
}
