import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../../../base/clock.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { Repository } from '../../ports/catalogue.ts';
import type { TokenClaims } from './claims.ts';
import { tokenInvalid } from './token-error.ts';

/** Spec 4.4. */
const MAX_USES_CLAIM = 'urn:microsoft:azure:mediaservices:maxuses';
/** For so long at most a token that may be used so often can be good: its uses have to be remembered until then. */
const LONGEST_MS = 3_600_000;
/** Tokens at once, each some hundred bytes. More are refused, because to forget one would let it be used again. */
const MAX_TOKENS = 100_000;

/** What has expired is of no use any more; looked for so often. */
const SWEEP_MS = 300_000;

/** `id`: a hash of what is signed in the token. */
export const storedTokenUse = z.strictObject({
  id: z.string(),
  count: z.number().int().min(1),
  expiresMs: z.number(),
});
export type StoredTokenUse = z.infer<typeof storedTokenUse>;

/** How often tokens with `maxuses` have been used; a restart does not forget. */
export type TokenUses = {
  /** Throws `keys/token-invalid` for a limit that cannot be kept. */
  check(claims: TokenClaims): void;
  /** Counts one use. Throws `keys/token-used-up`. */
  take(claims: TokenClaims): void;
};

export function createTokenUses(rows: Repository<StoredTokenUse>, clock: Clock): TokenUses {
  let tokens = rows.list().length;
  let sweptMs = Number.NEGATIVE_INFINITY;

  function forgetExpired(nowMs: number): void {
    sweptMs = nowMs;
    for (const { id, expiresMs } of rows.list()) {
      if (expiresMs <= nowMs) {
        rows.delete(id);
      }
    }
    tokens = rows.list().length;
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
      const nowMs = clock.wallMs();
      // A clock that is put back must not keep everything.
      if (Math.abs(nowMs - sweptMs) >= SWEEP_MS) {
        forgetExpired(nowMs);
      }
      const { count } = rows.get(id) ?? { count: 0 };
      if (count >= limit || (count === 0 && tokens >= MAX_TOKENS)) {
        throw new AppError('keys/token-used-up', 'The token has been used as often as it may be.', {
          details: { limit },
        });
      }
      tokens += count === 0 ? 1 : 0;
      // A full disk keeps no viewer out: what cannot be written is counted all the same.
      rows.keep(id, { id, count: count + 1, expiresMs: claims.expiresMs });
    },
  };
}
