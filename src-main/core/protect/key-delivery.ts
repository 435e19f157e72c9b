import type { Clock } from '../../base/clock.ts';
import { AppError, toAppError } from '../../shared/app-error.ts';
import type { Repository } from '../ports/catalogue.ts';
import type { DeliveredKey, KeyDelivery, KeyRequest } from '../ports/keys.ts';
import type { Logger } from '../ports/logger.ts';
import type { ContentKeyPolicies } from './content-key-policies.ts';
import { keyId } from './key-id.ts';
import type { PlayTokens } from './play-tokens.ts';
import type { HeldKey, KeyRing } from './publication-keys.ts';
import type { TokenClaims } from './tokens/claims.ts';
import { admit } from './tokens/restriction.ts';
import { createTokenUses, type StoredTokenUse } from './tokens/token-uses.ts';

export type KeyDeliveryOptions = {
  readonly keys: Pick<KeyRing, 'held'>;
  readonly keyPolicies: Pick<ContentKeyPolicies, 'clearKeyRestrictions'>;
  /** Whether a holder is there and plays now: keys go when the stream goes. */
  readonly isOpen: (subject: string) => boolean;
  /** Whether keys are given to that address at all (spec 4.4). */
  readonly admits: (address: string) => boolean;
  readonly tokenUseRows: Repository<StoredTokenUse>;
  readonly playTokens: Pick<PlayTokens, 'subjectOf'>;
  readonly clock: Clock;
  readonly logger: Logger;
};

/** Players may ask for the next key some time before they need it, and clocks differ. */
const EARLY_MS = 5 * 60_000;

type Grant = { readonly key: DeliveredKey; readonly claims: TokenClaims | undefined };

export function createKeyDelivery(options: KeyDeliveryOptions): KeyDelivery {
  const { keys, keyPolicies, playTokens, clock, logger } = options;
  const uses = createTokenUses(options.tokenUseRows, clock);

  async function grant(id: string, token: string | undefined): Promise<Grant> {
    const open = keys.held(id).filter(({ subject }) => options.isOpen(subject));
    let failure: AppError | undefined;
    for (const held of open) {
      try {
        checkTime(held);
        const claims = await admitTo(held, token);
        return { key: { id, value: await held.value() }, claims };
      } catch (error) {
        failure ??= toAppError(error);
      }
    }
    throw (
      failure ??
      new AppError('keys/not-found', 'There is no such key, or what it is for cannot be watched at present.', {
        details: { keyId: id },
      })
    );
  }

  /** Ids of coming keys can be told; who may watch now need not be allowed to then. */
  function checkTime({ id, fromMs = 0 }: HeldKey): void {
    if (fromMs > clock.wallMs() + EARLY_MS) {
      throw new AppError('keys/not-found', 'This key is of a time that has not come yet.', {
        details: { keyId: id },
      });
    }
  }

  /** By one of the options of its policy, the first that lets in. The studio needs none of what they ask for, but a key that is given out at all. */
  async function admitTo(
    { id, keptId, policyName, subject }: HeldKey,
    token: string | undefined,
  ): Promise<TokenClaims | undefined> {
    const restrictions = policyName === undefined ? [] : await keyPolicies.clearKeyRestrictions(policyName);
    if (restrictions.length > 0 && playedWith(token) === subject) {
      return undefined;
    }
    let failure: AppError | undefined;
    for (const restriction of restrictions) {
      try {
        const claims = await admit(restriction, token, [id, keptId], clock.wallMs());
        if (claims !== undefined) {
          uses.check(claims);
        }
        return claims;
      } catch (error) {
        failure ??= toAppError(error);
      }
    }
    throw (
      failure ??
      new AppError(
        'keys/not-given-out',
        'This key is not given out here: its policy has no ClearKey option. Licences of DRM systems come from their vendors.',
        { details: { keyId: id } },
      )
    );
  }

  function playedWith(token: string | undefined): string | undefined {
    return token === undefined ? undefined : playTokens.subjectOf(token);
  }

  async function deliver({ ids, token, address }: KeyRequest): Promise<readonly DeliveredKey[]> {
    // The list is of viewers: who has the control token is the presenter, wherever the window is.
    if (playedWith(token) === undefined && !options.admits(address)) {
      throw new AppError('keys/address-denied', 'Keys are not given to this address.');
    }
    const outcomes = await Promise.allSettled([...new Set(ids.map(keyId))].map((id) => grant(id, token)));
    const grants = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    const [first] = grants;
    if (first === undefined) {
      const [refused] = outcomes;
      throw refused?.status === 'rejected'
        ? toAppError(refused.reason)
        : new AppError('keys/not-found', 'No key was asked for.');
    }
    // One request with one token is one use, however many keys it is for.
    const { claims } = grants.find((granted) => granted.claims !== undefined) ?? first;
    if (claims !== undefined) {
      uses.take(claims);
    }
    return grants.map(({ key }) => key);
  }

  return {
    async deliver(request) {
      const facts = { keyIds: request.ids.slice(0, 8).map(keyId), address: request.address };
      try {
        const delivered = await deliver(request);
        logger.info({ ...facts, count: delivered.length }, 'keys were given out');
        return delivered;
      } catch (error) {
        const { code, details } = toAppError(error);
        logger.info({ ...facts, code, fault: details['fault'] }, 'keys were refused');
        throw error;
      }
    },
  };
}
