import {
  createLocalJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyResult,
  jwtVerify,
} from 'jose';
import { AppError } from '../../../shared/app-error.ts';
import type { TokenClaims, TokenTarget } from './claims.ts';
import { tokenExpired, tokenInvalid } from './token-error.ts';
import { RSA_ALGORITHMS, SECRET_ALGORITHMS, type VerificationKey } from './verification-key.ts';

/** The keys of an issuer that publishes them (OpenID Connect Discovery 1.0). */
export type IssuerKeys = {
  /** Rejects with `keys/issuer-unreachable`. */
  latest(): Promise<JSONWebKeySet>;
  /** Asks again for a key that is not among them, if the last time was long enough ago; undefined when it was not. */
  renewed(): Promise<JSONWebKeySet | undefined>;
};

const ISSUER_ALGORITHMS = [...RSA_ALGORITHMS, 'ES256', 'ES384', 'ES512', 'EdDSA'];

type Verified = JWTVerifyResult;

/**
 * Checks a JSON Web Token (RFC 7519, RFC 8725) as strictly as it can be: signature by one of the keys, with an algorithm that is of that key;
 * issuer and audience as given; `exp` there and in the future, `nbf` not. No leeway for clocks: AMS had none that was documented.
 *
 * Rejects with the `keys/token-…` codes, and with `keys/issuer-unreachable`.
 */
export async function verifyJwt(
  token: string,
  keys: readonly VerificationKey[],
  issuer: IssuerKeys | undefined,
  target: TokenTarget,
): Promise<TokenClaims> {
  let failure: AppError | undefined;
  for (const attempt of [...keys.map((key) => byKey(token, key, target)), ...byIssuer(token, issuer, target)]) {
    try {
      const { payload } = await attempt();
      return claimsOf(token, payload);
    } catch (error) {
      failure = refusal(error);
      if (!isOfAnotherKey(failure)) {
        throw failure;
      }
    }
  }
  throw failure ?? tokenInvalid('signature', 'there is no key to check it with');
}

function optionsFor({ issuer, audience, nowMs }: TokenTarget, algorithms: readonly string[]) {
  return {
    algorithms: [...algorithms],
    issuer,
    audience,
    currentDate: new Date(nowMs),
    clockTolerance: 0,
    requiredClaims: ['exp'],
  };
}

function byKey(token: string, key: VerificationKey, target: TokenTarget): () => Promise<Verified> {
  return async () =>
    key.kind === 'secret'
      ? await jwtVerify(token, key.secret, optionsFor(target, SECRET_ALGORITHMS))
      : await jwtVerify(token, key.key, optionsFor(target, key.algorithms));
}

function byIssuer(
  token: string,
  issuer: IssuerKeys | undefined,
  target: TokenTarget,
): readonly (() => Promise<Verified>)[] {
  if (issuer === undefined) {
    return [];
  }
  const options = optionsFor(target, ISSUER_ALGORITHMS);
  return [
    async () => {
      try {
        return await withKeySet(token, await issuer.latest(), options);
      } catch (error) {
        const newer = error instanceof errors.JWKSNoMatchingKey ? await issuer.renewed() : undefined;
        if (newer === undefined) {
          throw error;
        }
        return await withKeySet(token, newer, options);
      }
    },
  ];
}

async function withKeySet(
  token: string,
  keySet: JSONWebKeySet,
  options: ReturnType<typeof optionsFor>,
): Promise<Verified> {
  try {
    return await jwtVerify(token, createLocalJWKSet(keySet), options);
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) {
      throw error;
    }
    // The token does not say which of them; each is tried.
    for await (const key of error) {
      try {
        return await jwtVerify(token, key, options);
      } catch (other) {
        if (!(other instanceof errors.JWSSignatureVerificationFailed)) {
          throw other;
        }
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

/** Another key may still be the right one. */
function isOfAnotherKey({ code, details }: AppError): boolean {
  return code === 'keys/token-invalid' && (details['fault'] === 'signature' || details['fault'] === 'algorithm');
}

const CLAIM_FAULTS = { iss: 'issuer', aud: 'audience', nbf: 'not-before' } as const;

function refusal(error: unknown): AppError {
  if (error instanceof AppError) {
    return error;
  }
  if (error instanceof errors.JWTExpired) {
    return tokenExpired(error);
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    const { claim } = error;
    const fault = claim === 'iss' || claim === 'aud' || claim === 'nbf' ? CLAIM_FAULTS[claim] : 'claim';
    return tokenInvalid(fault, CLAIM_WORDS[fault] ?? 'a claim of its times is missing or no number', error);
  }
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return tokenInvalid('algorithm', 'it is signed in a way that the policy has no key for', error);
  }
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWKSNoMatchingKey) {
    return tokenInvalid('signature', 'it is not signed with a key of the policy', error);
  }
  return tokenInvalid('form', 'it is no signed JSON Web Token', error);
}

const CLAIM_WORDS: Readonly<Partial<Record<string, string>>> = {
  issuer: 'it is of another issuer',
  audience: 'it is for another audience',
  'not-before': 'it is not valid yet',
};

function claimsOf(token: string, payload: JWTPayload): TokenClaims {
  return {
    valuesOf: (type) => (Object.hasOwn(payload, type) ? textsOf(payload[type]) : []),
    expiresMs: (payload.exp ?? 0) * 1000,
    signed: token.slice(0, token.lastIndexOf('.')),
  };
}

function textsOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) {
    return value.flatMap((one: unknown) => (Array.isArray(one) ? [] : textsOf(one)));
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? [String(value)]
    : [];
}
