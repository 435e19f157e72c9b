import { createHash } from 'node:crypto';
import type { Clock } from '../../../base/clock.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { TokenClaims } from './claims.ts';
import { tokenInvalid } from './token-error.ts';

/** Spec 4.4. */
const MAX_USES_CLAIM = 'urn:microsoft:azure:mediaservices:maxuses';
/** For so long at most a token that may be used so often can be good: its uses have to be remembered until then. */
const LONGEST_MS = 3_600_000;
/** Tokens at once, each some hundred bytes. More are refused, because to forget one would let it be used again. */
const MAX_TOKENS = 100_000;

/** How often tokens with `maxuses` have been used. In memory: a restart forgets. */
export type TokenUses = {
  /** Throws `keys/token-invalid` for a limit that cannot be kept. */
  check(claims: TokenClaims): void;
  /** Counts one use. Throws `keys/token-used-up`. */
  take(claims: TokenClaims): void;
};

export function createTokenUses(clock: Clock): TokenUses {
  const uses = new Map<string, { count: number; readonly expiresMs: number }>();

  function forgetExpired(): void {
    const nowMs = clock.wallMs();
    for (const [id, { expiresMs }] of uses) {
      if (expiresMs <= nowMs) {
        uses.delete(id);
      }
    }
  }

  function check(claims: TokenClaims): number | undefined {
    const [written, ...others] = claims.valuesOf(MAX_USES_CLAIM);
    if (written === undefined) {
      return undefined;
    }
    if (others.length > 0 || !/^[1-9]\d{0,8}$/.test(written)) {
      throw tokenInvalid('claim', 'its limit of uses is no whole number');
    }
    if (claims.expiresMs > clock.wallMs() + LONGEST_MS) {
      throw tokenInvalid('lifetime', 'a token with a limit of uses must expire within an hour');
    }
    return Number(written);
  }

  return {
    check: (claims) => void check(claims),
    take(claims) {
      const limit = check(claims);
      if (limit === undefined) {
        return;
      }
      // Of what was signed and not of the signature: some can be written in more than one way.
      const id = createHash('sha256').update(claims.signed).digest('base64url');
      const known = uses.get(id);
      if (known === undefined && uses.size >= MAX_TOKENS) {
        forgetExpired();
      }
      if ((known?.count ?? 0) >= limit || (known === undefined && uses.size >= MAX_TOKENS)) {
        throw new AppError('keys/token-used-up', 'The token has been used as often as it may be.', {
          details: { limit },
        });
      }
      if (known === undefined) {
        uses.set(id, { count: 1, expiresMs: claims.expiresMs });
      } else {
        known.count += 1;
      }
    },
  };
}
