import type { JSONWebKeySet } from 'jose';
import { z } from 'zod';
import type { Clock } from '../../../base/clock.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { IssuerKeys } from './jwt.ts';

/** Reads a JSON document; rejects when that fails, takes too long or gives too much. */
export type FetchJson = (url: string) => Promise<unknown>;

/** OpenID Connect Discovery 1.0 §3: the only part of it that matters here. */
const discovery = z.object({ jwks_uri: z.url({ protocol: /^https?$/ }) });
const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(1000) });

/** Policies were cached up to that long by AMS as well (spec 4.4). */
const KEEP_MS = 15 * 60_000;
/** A token with a made-up key id must not have the issuer asked each time. */
const RENEW_MS = 30_000;

/**
 * The keys behind a discovery document, asked for when they are first needed. What is known goes on to be used while the issuer does not
 * answer.
 */
export function createIssuerKeys(options: {
  readonly document: string;
  readonly fetchJson: FetchJson;
  readonly clock: Clock;
}): IssuerKeys {
  const { document, fetchJson, clock } = options;
  let known: JSONWebKeySet | undefined;
  let askedMs = -Infinity;
  let asking: Promise<JSONWebKeySet> | undefined;

  async function ask(): Promise<JSONWebKeySet> {
    const { jwks_uri: address } = discovery.parse(await fetchJson(document));
    if (new URL(address).protocol !== 'https:' && new URL(document).protocol === 'https:') {
      throw new Error('its keys are not to be had over https');
    }
    return keySet.parse(await fetchJson(address));
  }

  async function asked(): Promise<JSONWebKeySet> {
    asking ??= ask();
    try {
      known = await asking;
    } catch (error) {
      if (known === undefined) {
        // Asked again with the next token.
        throw new AppError(
          'keys/issuer-unreachable',
          'The keys of the issuer could not be read, so no token of it can be checked. Try again.',
          { details: { document }, cause: error },
        );
      }
    } finally {
      asking = undefined;
      askedMs = clock.monotonicMs();
    }
    return known;
  }

  return {
    latest: async () => (known === undefined || clock.monotonicMs() - askedMs > KEEP_MS ? await asked() : known),
    renewed: async () => (clock.monotonicMs() - askedMs > RENEW_MS ? await asked() : undefined),
  };
}
