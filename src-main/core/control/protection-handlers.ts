import { contentKeyPolicy } from '../../shared/api/content-key-policies.ts';
import type { PROTECTION_ROUTES } from '../../shared/api/protection-routes.ts';
import { streamingPolicy } from '../../shared/api/publishing.ts';
import type { Services } from '../ports/services.ts';
import type { JsonHandlers, JsonRoute } from './call.ts';
import { type ListKind, listPage } from './list-page.ts';
import { fieldsOf } from './odata-fields.ts';

const LISTS = {
  policies: { fields: fieldsOf(streamingPolicy), defaultOrder: 'name' },
  keyPolicies: { fields: fieldsOf(contentKeyPolicy), defaultOrder: 'name' },
} as const satisfies Record<string, ListKind>;

export function createProtectionHandlers(
  services: Pick<Services, 'liveEvents' | 'locators' | 'streamingPolicies' | 'contentKeyPolicies' | 'playTokens'>,
): Pick<JsonHandlers, JsonRoute & keyof typeof PROTECTION_ROUTES> {
  const { liveEvents, locators, streamingPolicies, contentKeyPolicies, playTokens } = services;
  return {
    listContentKeys: ({ params }) => ({ contentKeys: [...locators.contentKeys(params.name)] }),
    issuePlayToken: ({ params }) => playTokens.issue(`streamingLocator/${locators.get(params.name).name}`),
    issuePreviewToken: ({ params }) => playTokens.issue(`liveEvent/${liveEvents.get(params.name).name}`),
    listPolicies: ({ query, url }) => listPage(streamingPolicies.list(), query, LISTS.policies, url),
    putPolicy: ({ params, body }) => streamingPolicies.create(params.name, body),
    getPolicy: ({ params }) => streamingPolicies.get(params.name),
    deletePolicy: ({ params }) => {
      streamingPolicies.delete(params.name);
      return undefined;
    },
    listContentKeyPolicies: ({ query, url }) => listPage(contentKeyPolicies.list(), query, LISTS.keyPolicies, url),
    putContentKeyPolicy: ({ params, body }) => contentKeyPolicies.put(params.name, body),
    getContentKeyPolicy: ({ params }) => contentKeyPolicies.get(params.name),
    patchContentKeyPolicy: ({ params, body }) => contentKeyPolicies.update(params.name, body),
    deleteContentKeyPolicy: async ({ params }) => {
      await contentKeyPolicies.delete(params.name);
      return undefined;
    },
  };
}
