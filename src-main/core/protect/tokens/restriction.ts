import type { RestrictionInput } from '../../../shared/api/content-key-policies.ts';
import { AppError } from '../../../shared/app-error.ts';
import { keyId } from '../key-id.ts';
import type { TokenClaims } from './claims.ts';
import { type IssuerKeys, verifyJwt } from './jwt.ts';
import { verifySwt } from './swt.ts';
import { tokenInvalid } from './token-error.ts';
import type { VerificationKey } from './verification-key.ts';

/** Spec 4.4: binds a token to one key. */
const KEY_ID_CLAIM = 'urn:microsoft:azure:mediaservices:contentkeyidentifier';

/** A restriction with its keys ready to be used. */
export type Restriction =
  | { readonly kind: 'Open' }
  | {
      readonly kind: 'Token';
      readonly rule: Extract<RestrictionInput, { readonly kind: 'Token' }>;
      readonly keys: readonly VerificationKey[];
      readonly issuer: IssuerKeys | undefined;
    };

/** More is no token of anybody's. */
const MAX_TOKEN = 16_384;

/**
 * Whether a token, or nobody's, is good for a key, which may have an id besides its own: that of the key it is made from. Resolves with what it says; undefined where none is asked for. Rejects with the
 * `keys/token-…` codes and `keys/issuer-unreachable`.
 */
export async function admit(
  restriction: Restriction,
  token: string | undefined,
  ids: readonly string[],
  nowMs: number,
): Promise<TokenClaims | undefined> {
  if (restriction.kind === 'Open') {
    return undefined;
  }
  if (token === undefined || token === '') {
    throw new AppError(
      'keys/token-missing',
      'This key is given out for a token only. Send it as Authorization: Bearer …, or as token=….',
    );
  }
  if (token.length > MAX_TOKEN) {
    throw tokenInvalid('form', 'it is too long');
  }
  const { rule, keys, issuer } = restriction;
  const target = { issuer: rule.issuer, audience: rule.audience, nowMs };
  const claims =
    rule.restrictionTokenType === 'Jwt'
      ? await verifyJwt(token, keys, issuer, target)
      : verifySwt(
          token,
          keys.flatMap((one) => (one.kind === 'secret' ? [one.secret] : [])),
          target,
        );
  checkClaims(claims, rule.requiredClaims, ids);
  return claims;
}

type RequiredClaims = Extract<RestrictionInput, { readonly kind: 'Token' }>['requiredClaims'];

function checkClaims(claims: TokenClaims, required: RequiredClaims, ids: readonly string[]): void {
  const bound = claims.valuesOf(KEY_ID_CLAIM);
  // A token that names a key is of that key also where the policy does not ask for it.
  if (bound.length > 0 && !bound.some((value) => isOneOf(value, ids))) {
    throw tokenInvalid('claim', 'it is for another key', undefined, { claim: KEY_ID_CLAIM });
  }
  for (const { claimType, claimValue } of required) {
    const values = claims.valuesOf(claimType);
    if (values.length === 0 || !(claimValue === undefined || fits(claimType, values, claimValue))) {
      throw tokenInvalid('claim', `it lacks the claim ${claimType}, or has another value there`, undefined, {
        claim: claimType,
      });
    }
  }
}

/** Exactly, but of GUIDs their meaning. */
function fits(claimType: string, values: readonly string[], wanted: string): boolean {
  return claimType === KEY_ID_CLAIM
    ? values.some((value) => isOneOf(value, [keyId(wanted)]))
    : values.includes(wanted);
}

/** Azure Media Services v2 wrote ids of keys as `nb:kid:UUID:{guid}`. */
function isOneOf(value: string, ids: readonly string[]): boolean {
  return ids.includes(keyId(value.replace(/^nb:kid:UUID:/i, '').replaceAll(/[{}]/g, '')));
}
