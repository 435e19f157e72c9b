import { createStore } from 'zustand/vanilla';
import type { Asset } from '../../src-main/shared/api/assets.ts';
import type { Api } from '../api/client.ts';
import type { MirrorStore } from './mirror.ts';

/** Assets of one picture look like recordings that have not begun; this tells them apart. */
const SLATE_TAG = 'slate';

export function isSlate({ tags, state }: Pick<Asset, 'tags' | 'state'>): boolean {
  return state === 'empty' && tags.includes(SLATE_TAG);
}

export type SlatesSlice = {
  /** Pictures that the page has, by asset; undefined for one that the service did not give. */
  readonly pictures: ReadonlyMap<string, Blob | undefined>;
};

/** Pictures that stand in for the programme of an encoding event, each the one file of an asset. */
export function createSlatesStore(api: Api, assets: MirrorStore<Asset>) {
  const store = createStore<SlatesSlice>(() => ({ pictures: new Map() }));
  const loading = new Set<string>();

  function setPicture(name: string, picture: Blob | undefined): void {
    store.setState(({ pictures }) => ({ pictures: new Map(pictures).set(name, picture) }));
  }

  async function takeBack(name: string): Promise<void> {
    try {
      await api.call('deleteAsset', { params: { name } });
    } catch {
      // Why the picture was refused is what the person has to know.
    }
  }

  return {
    ...store,
    /** Throws what the service has against it, and then leaves no asset behind. */
    async add(name: string, title: string, picture: Blob): Promise<void> {
      const asset = await api.call('putAsset', { params: { name }, body: { title, tags: [SLATE_TAG] } });
      try {
        await api.open('putSlate', { params: { name }, headers: { 'Content-Type': 'image/jpeg' }, body: picture });
      } catch (error) {
        await takeBack(name);
        throw error;
      }
      setPicture(name, picture);
      assets.put(asset);
    },
    /** Throws, because who asked shows the answer. */
    async delete(name: string): Promise<void> {
      await api.call('deleteAsset', { params: { name } });
      assets.remove(name);
    },
    /** Asks for the picture of an asset once. */
    async load(name: string): Promise<void> {
      if (store.getState().pictures.has(name) || loading.has(name)) {
        return;
      }
      loading.add(name);
      try {
        setPicture(name, await (await api.open('getPoster', { params: { name } })).blob());
      } catch {
        setPicture(name, undefined);
      } finally {
        loading.delete(name);
      }
    },
  };
}
