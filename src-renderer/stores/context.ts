import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { AppStores } from './app-stores.ts';
import type { Mirror, MirrorStore } from './mirror.ts';
import type { StudioSlice } from './studio-store.ts';

export const StoresContext = createContext<AppStores | undefined>(undefined);

export function useStores(): AppStores {
  const stores = useContext(StoresContext);
  if (stores === undefined) {
    throw new Error('a screen was drawn outside of the app');
  }
  return stores;
}

export function useStudio<T>(select: (slice: StudioSlice) => T): T {
  return useStore(useStores().studio, select);
}

export function useMirror<T>(store: MirrorStore<T>): Mirror<T> {
  return useStore(store);
}
