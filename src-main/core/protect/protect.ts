import type { Clock } from '../../base/clock.ts';
import type { StreamingPolicy } from '../../shared/api/publishing.ts';
import type { Settings } from '../../shared/api/settings.ts';
import type { Repository } from '../ports/catalogue.ts';
import type { KeyDelivery, PublicationKeys } from '../ports/keys.ts';
import type { Logger } from '../ports/logger.ts';
import type { SecretStore } from '../ports/secrets.ts';
import type { ContentKeyPolicyService, PlayTokenService, StreamingPolicyService } from '../ports/services.ts';
import { createContentKeyPolicies, type StoredKeyPolicy } from './content-key-policies.ts';
import { createDeliveryKey } from './cpix/delivery-key.ts';
import { createKeyDelivery } from './key-delivery.ts';
import { createPlayTokens } from './play-tokens.ts';
import { createPublicationKeys, type StoredContentKey } from './publication-keys.ts';
import { createStreamingPolicies, keyPoliciesIn } from './streaming-policies.ts';
import type { FetchJson } from './tokens/issuer-keys.ts';
import type { StoredTokenUse } from './tokens/token-uses.ts';
import { createVault } from './vault.ts';

export type ProtectOptions = {
  readonly policyRows: Repository<StreamingPolicy>;
  readonly keyPolicyRows: Repository<StoredKeyPolicy>;
  readonly keyRows: Repository<StoredContentKey>;
  readonly tokenUseRows: Repository<StoredTokenUse>;
  readonly secrets: SecretStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly originUrl: () => string;
  readonly fetchJson: FetchJson;
  /** Subjects of what is published under a streaming policy. */
  readonly usersOfPolicy: (policy: string) => readonly string[];
  /** Subjects of locators whose default the content key policy is. */
  readonly usersOfKeyPolicy: (policy: string) => readonly string[];
  /** Whether a subject is there and plays now. */
  readonly isOpen: (subject: string) => boolean;
  /** Whether keys are given to that address at all. */
  readonly admits: (address: string) => boolean;
  /** How many policies there may be; asked each time. */
  readonly quotas: () => Pick<Settings['service']['quotas'], 'streamingPolicies' | 'contentKeyPolicies'>;
};

export type Protect = {
  readonly streamingPolicies: StreamingPolicyService;
  readonly contentKeyPolicies: ContentKeyPolicyService;
  readonly keys: PublicationKeys;
  readonly delivery: KeyDelivery;
  readonly playTokens: PlayTokenService;
};

/** Policies, keys and who gets them. */
export function createProtect(options: ProtectOptions): Protect {
  const { clock, keyRows, policyRows } = options;
  const vault = createVault(options.secrets);
  const contentKeyPolicies = createContentKeyPolicies({
    rows: options.keyPolicyRows,
    vault,
    clock,
    fetchJson: options.fetchJson,
    limit: () => options.quotas().contentKeyPolicies,
    usersOf(policy) {
      const named = policyRows.list().filter((candidate) => keyPoliciesIn(candidate).includes(policy));
      const keyed = keyRows.list().filter(({ policyName }) => policyName === policy);
      return [
        ...new Set([
          ...options.usersOfKeyPolicy(policy),
          ...keyed.map(({ subject }) => subject),
          ...named.map(({ name }) => `streamingPolicy/${name}`),
        ]),
      ];
    },
  });
  const streamingPolicies = createStreamingPolicies({
    rows: policyRows,
    clock,
    checkKeyPolicy: (name) => void contentKeyPolicies.get(name),
    usersOf: options.usersOfPolicy,
    limit: () => options.quotas().streamingPolicies,
  });
  const keys = createPublicationKeys({
    rows: keyRows,
    vault,
    policies: streamingPolicies,
    keyPolicies: contentKeyPolicies,
    originUrl: options.originUrl,
    deliveryKey: createDeliveryKey(options.secrets, clock),
  });
  const playTokens = createPlayTokens(clock);
  const delivery = createKeyDelivery({
    keys,
    keyPolicies: contentKeyPolicies,
    isOpen: options.isOpen,
    admits: options.admits,
    tokenUseRows: options.tokenUseRows,
    playTokens,
    clock,
    logger: options.logger,
  });
  return { streamingPolicies, contentKeyPolicies, keys, delivery, playTokens };
}
