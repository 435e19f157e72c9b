import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { VerificationKeyInput } from '../../../shared/api/content-key-policies.ts';

/**
 * What signatures are checked with, and the algorithms that are good for it: never those that a token asks for, or a public key could be used
 * as the secret of an HMAC (RFC 8725 §2.1, §3.1).
 */
export type VerificationKey =
  | { readonly kind: 'secret'; readonly secret: Uint8Array }
  | { readonly kind: 'public'; readonly key: KeyObject; readonly algorithms: readonly string[] };

export const SECRET_ALGORITHMS = ['HS256', 'HS384', 'HS512'] as const;
export const RSA_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const;
const CURVE_ALGORITHMS: Readonly<Record<string, readonly string[]>> = {
  prime256v1: ['ES256'],
  secp384r1: ['ES384'],
  secp521r1: ['ES512'],
};

/** AMS's own samples have 16 bytes. */
const LEAST_SECRET_BYTES = 16;
/** RFC 7518 §3.3. */
const LEAST_RSA_BITS = 2048;

/** Throws an `Error` whose words go on after the name of the field. */
export function readVerificationKey(input: VerificationKeyInput): VerificationKey {
  switch (input.kind) {
    case 'Symmetric': {
      const secret = bytesOf(input.keyValue, 'keyValue');
      if (secret.byteLength < LEAST_SECRET_BYTES) {
        throw new Error(`has a keyValue of less than ${LEAST_SECRET_BYTES} bytes`);
      }
      return { kind: 'secret', secret };
    }
    case 'Rsa': {
      const n = bytesOf(input.modulus, 'modulus').toString('base64url');
      const e = bytesOf(input.exponent, 'exponent').toString('base64url');
      return publicKey(attempt('is no RSA key', () => keyOf({ key: { kty: 'RSA', n, e }, format: 'jwk' })));
    }
    case 'X509': {
      const raw = bytesOf(input.rawBody, 'rawBody');
      // Its dates are not looked at: it is there to carry the key, and whoever entered it vouches for it.
      return publicKey(attempt('has no certificate in rawBody', () => new X509Certificate(raw).publicKey));
    }
  }
}

const keyOf: typeof createPublicKey = (input) => createPublicKey(input);

function publicKey(key: KeyObject): VerificationKey {
  const { modulusLength, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  const algorithms = key.asymmetricKeyType === 'rsa' ? RSA_ALGORITHMS : (CURVE_ALGORITHMS[namedCurve] ?? []);
  if (algorithms.length === 0) {
    throw new Error('is of a kind that no token is signed with; RSA and the NIST curves are known');
  }
  if (modulusLength !== undefined && modulusLength < LEAST_RSA_BITS) {
    throw new Error(`is an RSA key of less than ${LEAST_RSA_BITS} bits`);
  }
  return { kind: 'public', key, algorithms };
}

function bytesOf(base64: string | undefined, field: string): Buffer {
  if (base64 === undefined) {
    throw new Error(`needs ${field}: there is none from before that could be kept`);
  }
  return Buffer.from(base64, 'base64');
}

function attempt<T>(words: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new Error(words, { cause: error });
  }
}
