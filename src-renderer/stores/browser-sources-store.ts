import { createStore } from 'zustand/vanilla';
import type { BrowserSource } from '../../src-main/shared/api/browser-source.ts';
import type { Api } from '../api/client.ts';
import type { NoticesStore } from './notices-store.ts';

export type BrowserSourcesSlice = {
  /** The links of sources that somebody looks at, and who sends by them. They are keys, and not kept longer. */
  readonly byId: Readonly<Partial<Record<string, BrowserSource>>>;
  readonly isBusy: boolean;
};

export function createBrowserSourcesStore(api: Api, notices: Pick<NoticesStore, 'attempt'>) {
  const store = createStore<BrowserSourcesSlice>(() => ({ byId: {}, isBusy: false }));
  const watched = new Set<string>();

  function put(shown: BrowserSource | undefined): void {
    if (shown !== undefined && watched.has(shown.source)) {
      store.setState(({ byId }) => ({ byId: { ...byId, [shown.source]: shown } }));
    }
  }

  async function refresh(source: string): Promise<void> {
    if (watched.has(source)) {
      put(await notices.attempt(() => api.call('getBrowserSource', { params: { source } })));
    }
  }

  return {
    ...store,
    /** Something of it has changed. */
    refresh,
    /** Until the result is called. */
    watch(source: string): () => void {
      watched.add(source);
      void refresh(source);
      return () => {
        watched.delete(source);
        store.setState(({ byId }) => ({ byId: { ...byId, [source]: undefined } }));
      };
    },
    async renew(source: string): Promise<void> {
      store.setState({ isBusy: true });
      put(await notices.attempt(() => api.call('renewBrowserLinks', { params: { source } })));
      store.setState({ isBusy: false });
    },
  };
}
