import type { ContentKeyPolicy } from '../../src-main/shared/api/content-key-policies.ts';
import type { MediaFilter } from '../../src-main/shared/api/filters.ts';
import type { StreamingPolicy } from '../../src-main/shared/api/publishing.ts';
import type { BodyInputOf } from '../../src-main/shared/api/routes.ts';
import type { Api } from '../api/client.ts';
import { allPages, createMirror, type MirrorStore } from './mirror.ts';

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
    /** Secrets that are left out of an option stay, by the name of the option. */
    async change(name: string, body: BodyInputOf<'patchContentKeyPolicy'>): Promise<void> {
      mirror.put(await api.call('patchContentKeyPolicy', { params: { name }, body }));
    },
    async delete(name: string): Promise<void> {
      await api.call('deleteContentKeyPolicy', { params: { name } });
      mirror.remove(name);
    },
  };
}

/** Filters of all assets, or of one. */
export type FiltersStore = MirrorStore<MediaFilter> & {
  /** Makes or replaces. These throw, because who asked shows the answer. */
  readonly save: (name: string, body: BodyInputOf<'putAccountFilter'>) => Promise<void>;
  readonly delete: (name: string) => Promise<void>;
};

/** Filters of all assets. Loaded when it is looked at. */
export function createFiltersStore(api: Api): FiltersStore {
  const mirror = createMirror<MediaFilter>({
    load: () => allPages(($skiptoken) => api.call('listAccountFilters', { query: { $skiptoken } })),
    keyOf: (filter) => filter.name,
  });
  return {
    ...mirror,
    async save(name, body) {
      mirror.put(await api.call('putAccountFilter', { params: { name }, body }));
    },
    async delete(name) {
      await api.call('deleteAccountFilter', { params: { name } });
      mirror.remove(name);
    },
  };
}

/** Filters of single assets: a list for each asset that was looked at, until the asset is gone. */
export function createAssetFiltersStore(api: Api) {
  const seen = new Map<string, FiltersStore>();

  function open(asset: string): FiltersStore {
    const mirror = createMirror<MediaFilter>({
      load: () =>
        allPages(($skiptoken) => api.call('listAssetFilters', { params: { name: asset }, query: { $skiptoken } })),
      keyOf: (filter) => filter.name,
    });
    return {
      ...mirror,
      async save(filter, body) {
        mirror.put(await api.call('putAssetFilter', { params: { name: asset, filter }, body }));
      },
      async delete(filter) {
        await api.call('deleteAssetFilter', { params: { name: asset, filter } });
        mirror.remove(filter);
      },
    };
  }

  return {
    /** The same one each time. */
    of(asset: string): FiltersStore {
      const found = seen.get(asset) ?? open(asset);
      seen.set(asset, found);
      return found;
    },
    seen: (asset: string): FiltersStore | undefined => seen.get(asset),
    all: (): readonly FiltersStore[] => [...seen.values()],
    forget: (asset: string): void => void seen.delete(asset),
  };
}
