import type { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { streamingPolicy } from '../shared/api/publishing.ts';
import type { RepositoryTable } from './archive/catalogue/repository.ts';
import type { Locators } from './archive/locators.ts';
import type { Repository } from './ports/catalogue.ts';
import { parseIpList } from './ports/ip-list.ts';
import type { Logger } from './ports/logger.ts';
import type { SecretStore } from './ports/secrets.ts';
import type { EventLog, LiveEventService, SettingsService } from './ports/services.ts';
import { storedKeyPolicy } from './protect/content-key-policies.ts';
import { fetchJson } from './protect/fetch-json.ts';
import { createProtect, type Protect } from './protect/protect.ts';
import { storedContentKey } from './protect/publication-keys.ts';
import { storedTokenUse } from './protect/tokens/token-uses.ts';

/** Policies and keys over the catalogue, told what is published: locators and previews. */
export function openProtect(options: {
  readonly rows: <T>(table: RepositoryTable, schema: z.ZodType<T>) => Repository<T>;
  readonly secrets: SecretStore;
  readonly settings: SettingsService;
  readonly events: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly originUrl: () => string;
  readonly locators: () => Pick<Locators, 'list' | 'isOpen'>;
  readonly liveEvents: () => Pick<LiveEventService, 'list'>;
}): Protect & Disposable {
  const { rows, settings, events } = options;
  const protect = createProtect({
    policyRows: rows('streaming_policies', streamingPolicy),
    keyPolicyRows: rows('content_key_policies', storedKeyPolicy),
    keyRows: rows('content_keys', storedContentKey),
    tokenUseRows: rows('token_uses', storedTokenUse),
    secrets: options.secrets,
    clock: options.clock,
    logger: options.logger,
    originUrl: options.originUrl,
    fetchJson,
    usersOfPolicy: (policy) => [
      ...options
        .locators()
        .list()
        .filter(({ streamingPolicyName }) => streamingPolicyName === policy)
        .map(({ name }) => `streamingLocator/${name}`),
      ...options
        .liveEvents()
        .list()
        .filter(({ preview }) => preview.streamingPolicyName === policy)
        .map(({ name }) => `liveEvent/${name}`),
    ],
    usersOfKeyPolicy: (policy) =>
      options
        .locators()
        .list()
        .filter(({ defaultContentKeyPolicyName }) => defaultContentKeyPolicyName === policy)
        .map(({ name }) => `streamingLocator/${name}`),
    isOpen(subject) {
      const [kind, name = ''] = splitSubject(subject);
      return kind === 'streamingLocator'
        ? options.locators().isOpen(name)
        : options
            .liveEvents()
            .list()
            .some((event) => event.name === name);
    },
    admits(address) {
      const { defaultAction, ipAllowList } = settings.get().service.keyDelivery;
      return defaultAction === 'Allow' || parseIpList(listOf(ipAllowList)).has(address);
    },
    quotas: () => settings.get().service.quotas,
  });
  const following = events.published.on(({ eventType, subject }) => {
    if (eventType === 'Lectern.LiveEventDeleted') {
      protect.keys.remove(subject);
    }
  });
  return { ...protect, [Symbol.dispose]: () => following[Symbol.dispose]() };
}

function splitSubject(subject: string): readonly string[] {
  const slash = subject.indexOf('/');
  return [subject.slice(0, slash), subject.slice(slash + 1)];
}

function listOf(addresses: readonly string[]) {
  return { ip: { allow: addresses.map((address) => ({ address })) } };
}
