import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../../shared/app-error.ts';
import type { SignatureKey } from '../ports/endpoint-rules.ts';

/**
 * Akamai's Signature Header Authentication (G2O, “ghost to origin”; Azure Media Services wrote G20): only the content delivery network that has
 * a key is answered. `X-Akamai-G2O-Auth-Data: version, edge-ip, client-ip, time, unique-id, nonce`, where the nonce names the key, and in
 * `X-Akamai-G2O-Auth-Sign` the digest of key, data and path in base64.
 */

type Digest = (key: Uint8Array, data: string, target: string) => Buffer;

const DIGESTS: Readonly<Record<string, Digest>> = {
  1: (key, data, target) => md5(key, data, target),
  2: (key, data, target) => md5(key, md5(key, data, target)),
  3: hmac('md5'),
  4: hmac('sha1'),
  5: hmac('sha256'),
};

/** How far the clocks may be apart, and how long a request may be under way: what Akamai recommends. */
const WINDOW_SECONDS = 30;

const MAX_DATA = 512;

/**
 * Whether a request for `target`, its path and query as they were sent, is signed with one of the keys. Throws `origin/signature-missing`,
 * `origin/signature-invalid`, `origin/signature-expired`.
 */
export function checkSignature(
  headers: IncomingHttpHeaders,
  target: string,
  keys: readonly SignatureKey[],
  nowMs: number,
): void {
  const data = headers['x-akamai-g2o-auth-data'];
  const sign = headers['x-akamai-g2o-auth-sign'];
  if (typeof data !== 'string' || typeof sign !== 'string') {
    throw new AppError(
      'origin/signature-missing',
      'Only a content delivery network that signs its requests is answered.',
    );
  }
  const fields = data.length > MAX_DATA ? [] : data.split(',').map((field) => field.trim());
  const [version = '', , , time = '', , nonce] = fields;
  const digest = Object.hasOwn(DIGESTS, version) ? DIGESTS[version] : undefined;
  const known = fields.length === 6 ? keys.find(({ identifier }) => identifier === nonce) : undefined;
  if (digest === undefined || known === undefined || !equals(sign, digest(known.key, data, target))) {
    throw new AppError('origin/signature-invalid', 'The signature of the request is not right.');
  }
  // Not before the signature is known to be right: who guesses learns nothing.
  const isFresh = Math.abs(nowMs / 1000 - Number(time)) <= WINDOW_SECONDS;
  if (!isFresh || (known.expiresMs !== undefined && known.expiresMs <= nowMs)) {
    throw new AppError(
      'origin/signature-expired',
      isFresh ? 'The key of the signature has expired.' : 'The signature is too old, or the clocks are apart.',
    );
  }
}

function md5(...parts: readonly (Uint8Array | string)[]): Buffer {
  const hash = createHash('md5');
  for (const part of parts) {
    hash.update(part);
  }
  return hash.digest();
}

function hmac(algorithm: 'md5' | 'sha1' | 'sha256'): Digest {
  return (key, data, target) => createHmac(algorithm, key).update(data).update(target).digest();
}

/** In a time that says nothing of where they differ. */
function equals(given: string, wanted: Buffer): boolean {
  const bytes = Buffer.from(given.trim(), 'base64');
  return bytes.byteLength === wanted.byteLength && timingSafeEqual(bytes, wanted);
}
