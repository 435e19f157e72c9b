import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { guid } from '../../shared/api/common.ts';
import { AppError } from '../../shared/app-error.ts';
import type { DeliveredKey, KeyDelivery } from '../ports/keys.ts';
import type { Exchange, HeaderList, Responder } from './respond.ts';

/**
 * `/keydelivery/?KID={guid}`: the key, 16 raw bytes, as AES-128 of HLS wants it. `/keydelivery/clearkey`: a licence for the Clear Key system of
 * the browser (W3C EME §9.1), for a POST with key ids or for `?kid=`.
 */
export type KeyDoor = {
  /** Throws the `keys/…` codes and `request/…` ones. */
  readonly answer: (exchange: Exchange, path: string, query: string) => Promise<void>;
};

const KEY_PATH = /^\/keydelivery(?:\/(.*))?$/is;
export const LICENCE_PATH = '/keydelivery/clearkey';
const METHODS = 'GET, POST, OPTIONS';
/** Some dozens of key ids. */
const MAX_BODY = 16 * 1024;
const MAX_KEYS = 64;

const NEVER_KEPT: HeaderList = ['Cache-Control', 'no-store', 'Pragma', 'no-cache'];

/** W3C EME §9.1.3; the only type we make is the first. */
const licenceRequest = z.object({
  kids: z
    .array(z.string().regex(/^[\w-]{22}(?:==)?$/))
    .min(1)
    .max(MAX_KEYS),
  type: z.enum(['temporary', 'persistent-license']).default('temporary'),
});

export function isKeyPath(path: string): boolean {
  return KEY_PATH.test(path);
}

export function createKeyDoor(options: {
  readonly delivery: KeyDelivery | undefined;
  readonly responder: Responder;
}): KeyDoor {
  const { delivery, responder } = options;

  async function deliver(exchange: Exchange, ids: readonly string[], token: string | undefined) {
    if (delivery === undefined) {
      throw new AppError('keys/not-found', 'There is no such key.');
    }
    return await delivery.deliver({ ids, token, address: exchange.address });
  }

  async function sendKey(exchange: Exchange, query: URLSearchParams): Promise<void> {
    const token = tokenOf(exchange.request, query);
    // Players post nothing or what they know of the stream; the address says which key is meant.
    await readBody(exchange.request);
    const [key] = await deliver(exchange, [askedFor(query)], token);
    const headers = ['Content-Type', 'application/octet-stream', ...NEVER_KEPT];
    responder.text(exchange, 200, headers, key?.value ?? new Uint8Array());
  }

  async function sendLicence(exchange: Exchange, query: URLSearchParams): Promise<void> {
    const { request } = exchange;
    const token = tokenOf(request, query);
    const body = await readBody(request);
    const ids = body.length > 0 ? readLicenceRequest(body) : [askedFor(query)];
    const keys = await deliver(exchange, ids, token);
    const headers = ['Content-Type', 'application/json', ...NEVER_KEPT];
    responder.text(exchange, 200, headers, JSON.stringify({ keys: keys.map(webKey), type: 'temporary' }));
  }

  return {
    async answer(exchange, path, query) {
      const { request, response } = exchange;
      if (request.method === 'OPTIONS') {
        responder.head(response, 204, preflight(request));
        response.end();
        return;
      }
      if (request.method !== 'GET' && request.method !== 'POST') {
        throw new AppError('request/method-not-allowed', 'Keys are asked for with GET or POST.');
      }
      const what = (KEY_PATH.exec(path)?.[1] ?? '').toLowerCase().replace(/\/$/, '');
      const parameters = new URLSearchParams(query);
      if (what === '') {
        await sendKey(exchange, parameters);
      } else if (what === 'clearkey') {
        await sendLicence(exchange, parameters);
      } else if (/^(?:playready|widevine|fairplay)$/.test(what)) {
        throw new AppError(
          'keys/not-given-out',
          'Licences of DRM systems come from their vendors: name their server in the streaming policy.',
        );
      } else {
        throw new AppError('keys/not-found', 'There is nothing at this address.');
      }
    },
  };
}

/** `Bearer=` is how players of Azure Media Services v2 wrote it. */
function tokenOf({ headers }: IncomingMessage, query: URLSearchParams): string | undefined {
  const [, borne] = /^Bearer(?:\s+|=)(.+)$/is.exec(headers.authorization ?? '') ?? [];
  return borne?.trim() ?? query.get('token')?.replace(/^Bearer[ =]/i, '') ?? undefined;
}

function askedFor(query: URLSearchParams): string {
  const [id, ...others] = [...query].filter(([name]) => name.toLowerCase() === 'kid').map(([, value]) => value);
  if (id === undefined || others.length > 0 || !guid.safeParse(id).success) {
    throw new AppError('request/invalid', 'KID= names the key: one GUID.', { details: { field: 'KID' } });
  }
  return id;
}

/** Throws `request/too-large`. */
async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of request) {
    const bytes: unknown = part;
    if (bytes instanceof Uint8Array) {
      size += bytes.byteLength;
      parts.push(bytes);
    }
    if (size > MAX_BODY) {
      throw new AppError('request/too-large', `A licence request has at most ${MAX_BODY} bytes.`);
    }
  }
  return Buffer.concat(parts).toString('utf8');
}

function readLicenceRequest(body: string): readonly string[] {
  try {
    return licenceRequest.parse(JSON.parse(body)).kids.map((kid) => Buffer.from(kid, 'base64url').toString('hex'));
  } catch (error) {
    throw new AppError(
      'request/invalid',
      'The body is no licence request of Clear Key: {"kids":["…"],"type":"temporary"} with ids in base64url.',
      { cause: error },
    );
  }
}

/** A symmetric JSON Web Key (RFC 7517, RFC 7518 §6.4). */
function webKey({ id, value }: DeliveredKey) {
  const kid = Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');
  return { kty: 'oct', kid, k: Buffer.from(value).toString('base64url') };
}

/** The asterisk does not mean Authorization (Fetch standard). */
function preflight({ headers }: IncomingMessage): HeaderList {
  const isPrivateNetwork = headers['access-control-request-private-network'] === 'true';
  return [
    ...['Access-Control-Allow-Methods', METHODS, 'Access-Control-Allow-Headers', '*, Authorization, Content-Type'],
    ...['Access-Control-Max-Age', '86400', 'Allow', METHODS],
    ...(isPrivateNetwork ? ['Access-Control-Allow-Private-Network', 'true'] : []),
  ];
}
