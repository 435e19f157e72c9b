import type { ContentKeyPolicy } from '../../src-main/shared/api/content-key-policies.ts';
import type { MediaFilter } from '../../src-main/shared/api/filters.ts';
import type { StreamingPolicy } from '../../src-main/shared/api/publishing.ts';
import type { BodyInputOf } from '../../src-main/shared/api/routes.ts';
import type { Api } from '../api/client.ts';
import { allPages, createMirror } from './mirror.ts';

/** In which forms assets are let out. Loaded when it is looked at; the predefined ones are among them. */
export function createStreamingPoliciesStore(api: Api) {
  const mirror = createMirror<StreamingPolicy>({
    load: () => allPages(($skiptoken) => api.call('listPolicies', { query: { $skiptoken } })),
    keyOf: (policy) => policy.name,
  });
  return {
    ...mirror,
    /** These throw, because who asked shows the answer. */
    async add(name: string, body: BodyInputOf<'putPolicy'>): Promise<void> {
      mirror.put(await api.call('putPolicy', { params: { name }, body }));
    },
    async delete(name: string): Promise<void> {
      await api.call('deletePolicy', { params: { name } });
      mirror.remove(name);
    },
  };
}

/** Who gets keys. Loaded when it is looked at. */
export function createKeyPoliciesStore(api: Api) {
  const mirror = createMirror<ContentKeyPolicy>({
    load: () => allPages(($skiptoken) => api.call('listContentKeyPolicies', { query: { $skiptoken } })),
    keyOf: (policy) => policy.name,
  });
  return {
    ...mirror,
    /** These throw, because who asked shows the answer. */
    async add(name: string, body: BodyInputOf<'putContentKeyPolicy'>): Promise<void> {
      mirror.put(await api.call('putContentKeyPolicy', { params: { name }, body }));
    },
    async delete(name: string): Promise<void> {
      await api.call('deleteContentKeyPolicy', { params: { name } });
      mirror.remove(name);
    },
  };
}

/** Filters of all assets. Loaded when it is looked at. */
export function createFiltersStore(api: Api) {
  const mirror = createMirror<MediaFilter>({
    load: () => allPages(($skiptoken) => api.call('listAccountFilters', { query: { $skiptoken } })),
    keyOf: (filter) => filter.name,
  });
  return {
    ...mirror,
    /** These throw, because who asked shows the answer. */
    async add(name: string, body: BodyInputOf<'putAccountFilter'>): Promise<void> {
      mirror.put(await api.call('putAccountFilter', { params: { name }, body }));
    },
    async delete(name: string): Promise<void> {
      await api.call('deleteAccountFilter', { params: { name } });
      mirror.remove(name);
    },
  };
}
