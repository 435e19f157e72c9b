import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { type JWTPayload, SignJWT } from 'jose';

export const ISSUER = 'urn:microsoft:azure:mediaservices';
export const AUDIENCE = 'urn:microsoft:azure:mediaservices';
/** As long as that of AMS's own samples. */
export const SECRET = Buffer.from('0123456789abcdef');

export const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

export type TokenOptions = {
  readonly alg?: string;
  readonly key?: Uint8Array | KeyObject;
  readonly issuer?: string;
  readonly audience?: string;
  /** Seconds since 1970; left out of the token with `null`. */
  readonly exp?: number | null;
  readonly header?: Readonly<Record<string, unknown>>;
};

/** A JSON Web Token that is right in everything that is not said otherwise. */
export async function jwt(nowMs: number, claims: JWTPayload = {}, options: TokenOptions = {}): Promise<string> {
  const { exp = Math.floor(nowMs / 1000) + 600 } = options;
  const token = new SignJWT({
    iss: options.issuer ?? ISSUER,
    aud: options.audience ?? AUDIENCE,
    ...(exp === null ? {} : { exp }),
    ...claims,
  }).setProtectedHeader({ alg: options.alg ?? 'HS256', typ: 'JWT', ...options.header });
  return await token.sign(options.key ?? SECRET);
}

/** A token whose parts are exactly these. */
export function forged(header: unknown, payload: unknown, signature: string): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part(header)}.${part(payload)}.${signature}`;
}

export function swt(claims: Readonly<Record<string, string>>, secret: Uint8Array = SECRET): string {
  const form = Object.entries(claims)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
  const signature = createHmac('sha256', secret).update(form).digest('base64');
  return `${form}&HMACSHA256=${encodeURIComponent(signature)}`;
}

/** The modulus and exponent of a public RSA key as the API takes them. */
export function rsaInput(key: KeyObject): {
  readonly kind: 'Rsa';
  readonly modulus: string;
  readonly exponent: string;
} {
  const { n = '', e = '' } = key.export({ format: 'jwk' });
  const base64 = (text: string): string => Buffer.from(text, 'base64url').toString('base64');
  return { kind: 'Rsa', modulus: base64(n), exponent: base64(e) };
}
