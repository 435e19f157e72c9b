import { createHmac, timingSafeEqual } from 'node:crypto';
import type { TokenClaims, TokenTarget } from './claims.ts';
import { tokenExpired, tokenInvalid } from './token-error.ts';

/** What the text ends in: the signature of everything before. */
const SIGNATURE = /^(.+)&HMACSHA256=([^&]+)$/s;

/**
 * Checks a Simple Web Token (draft-hardt-oauth-01 §1): a form of `name=value` pairs, `Issuer`, `Audience` and `ExpiresOn` (seconds since 1970)
 * among them, and an HMAC-SHA256 of it at its end. Throws the `keys/token-…` codes.
 */
export function verifySwt(token: string, secrets: readonly Uint8Array[], target: TokenTarget): TokenClaims {
  const [, signed, written] = SIGNATURE.exec(token) ?? [];
  if (signed === undefined || written === undefined) {
    throw tokenInvalid('form', 'it is no Simple Web Token');
  }
  const signature = Buffer.from(decode(written), 'base64');
  const isSigned = secrets.some((secret) => {
    const right = createHmac('sha256', secret).update(signed).digest();
    return signature.byteLength === right.byteLength && timingSafeEqual(signature, right);
  });
  if (!isSigned) {
    throw tokenInvalid('signature', 'it is not signed with a key of the policy');
  }
  const claims = readForm(signed);
  if (claims.get('Issuer') !== target.issuer) {
    throw tokenInvalid('issuer', 'it is of another issuer');
  }
  if (claims.get('Audience') !== target.audience) {
    throw tokenInvalid('audience', 'it is for another audience');
  }
  const expires = claims.get('ExpiresOn') ?? '';
  if (!/^\d{1,12}$/.test(expires)) {
    throw tokenInvalid('claim', 'it does not say when it expires');
  }
  const expiresMs = Number(expires) * 1000;
  if (expiresMs <= target.nowMs) {
    throw tokenExpired();
  }
  return {
    valuesOf(type) {
      const value = claims.get(type);
      return value === undefined ? [] : [value];
    },
    expiresMs,
    signed,
  };
}

/** A name that is there twice could mean one thing here and another to who signed it. */
function readForm(text: string): ReadonlyMap<string, string> {
  const claims = new Map<string, string>();
  for (const pair of text.split('&')) {
    const equals = pair.indexOf('=');
    const name = decode(pair.slice(0, Math.max(0, equals)));
    if (name === '' || claims.has(name)) {
      throw tokenInvalid('form', 'a claim of it has no name, or is there twice');
    }
    claims.set(name, decode(pair.slice(equals + 1)));
  }
  return claims;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch (error) {
    throw tokenInvalid('form', 'its percent-encoding is not right', error);
  }
}
