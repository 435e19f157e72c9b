import { createStore } from 'zustand/vanilla';

/** What only this page knows: how the person likes the window. Kept in the browser, not in the service. */
export type UiSlice = {
  /** Shortcuts of one key are off for people whose speech or switch input types by accident (WCAG 2.1.4). */
  readonly singleKeys: boolean;
  readonly healthOpen: boolean;
  readonly viewerView: boolean;
};

const STORED = 'lectern.ui';

export function createUiStore(storage: Pick<Storage, 'getItem' | 'setItem'>) {
  const store = createStore<UiSlice>(() => ({
    singleKeys: readSingleKeys(storage.getItem(STORED)),
    healthOpen: false,
    viewerView: false,
  }));
  return {
    ...store,
    setSingleKeys(singleKeys: boolean): void {
      store.setState({ singleKeys });
      storage.setItem(STORED, JSON.stringify({ singleKeys }));
    },
    setHealthOpen: (healthOpen: boolean) => store.setState({ healthOpen }),
    setViewerView: (viewerView: boolean) => store.setState({ viewerView }),
  };
}

function readSingleKeys(text: string | null): boolean {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return !(typeof value === 'object' && value !== null && 'singleKeys' in value && value.singleKeys === false);
  } catch {
    return true;
  }
}
