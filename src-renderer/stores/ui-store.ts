import { createStore } from 'zustand/vanilla';

/** What only this page knows: how the person likes the window. Kept in the browser, not in the service. */
export type UiSlice = {
  /** Shortcuts of one key are off for people whose speech or switch input types by accident (WCAG 2.1.4). */
  readonly singleKeys: boolean;
  /** Pressing “Go live” shows the checks first, and going live takes a second press. */
  readonly checksFirst: boolean;
  readonly healthOpen: boolean;
  readonly viewerView: boolean;
};

const STORED = 'lectern.ui';

export function createUiStore(storage: Pick<Storage, 'getItem' | 'setItem'>) {
  const store = createStore<UiSlice>(() => ({
    singleKeys: readStored(storage.getItem(STORED)).singleKeys,
    checksFirst: readStored(storage.getItem(STORED)).checksFirst,
    healthOpen: false,
    viewerView: false,
  }));

  function keep(): void {
    const { singleKeys, checksFirst } = store.getState();
    storage.setItem(STORED, JSON.stringify({ singleKeys, checksFirst }));
  }

  return {
    ...store,
    setSingleKeys(singleKeys: boolean): void {
      store.setState({ singleKeys });
      keep();
    },
    setChecksFirst(checksFirst: boolean): void {
      store.setState({ checksFirst });
      keep();
    },
    setHealthOpen: (healthOpen: boolean) => store.setState({ healthOpen }),
    setViewerView: (viewerView: boolean) => store.setState({ viewerView }),
  };
}

function readStored(text: string | null): Pick<UiSlice, 'singleKeys' | 'checksFirst'> {
  try {
    const value: unknown = JSON.parse(text ?? '');
    const stored = typeof value === 'object' && value !== null ? value : {};
    return {
      singleKeys: !('singleKeys' in stored && stored.singleKeys === false),
      checksFirst: 'checksFirst' in stored && stored.checksFirst === true,
    };
  } catch {
    return { singleKeys: true, checksFirst: false };
  }
}
