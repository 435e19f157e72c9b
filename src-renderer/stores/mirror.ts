import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Problem } from '../../src-main/shared/api/common.ts';
import { problemOf } from '../api/problem.ts';

/** A collection as the service last told it. Nothing in the page writes it. */
export type Mirror<T> = {
  readonly status: 'loading' | 'ready' | 'failed';
  readonly items: readonly T[];
  /** Why it could not be loaded. The items of before stay. */
  readonly problem: Problem | undefined;
};

export type MirrorStore<T> = Pick<StoreApi<Mirror<T>>, 'getState' | 'getInitialState' | 'subscribe'> & {
  readonly refresh: () => Promise<void>;
  /** One item as it now is. */
  readonly put: (item: T) => void;
  readonly remove: (key: string) => void;
};

/** A mirror of one collection: loaded whole, then kept true by events. */
export function createMirror<T>(options: {
  readonly load: () => Promise<readonly T[]>;
  readonly keyOf: (item: T) => string;
}): MirrorStore<T> {
  const { load, keyOf } = options;
  const store = createStore<Mirror<T>>(() => ({ status: 'loading', items: [], problem: undefined }));
  // What events said while a list was on its way is newer than the list.
  let since: Map<string, T | undefined> | undefined;
  let loading: Promise<void> | undefined;

  function overlaid(items: readonly T[], changes: ReadonlyMap<string, T | undefined>): readonly T[] {
    const kept = items.filter((item) => !changes.has(keyOf(item)));
    return [...kept, ...[...changes.values()].filter((item) => item !== undefined)];
  }

  async function reload(): Promise<void> {
    since = new Map();
    try {
      const items = await load();
      store.setState({ status: 'ready', items: overlaid(items, since), problem: undefined });
    } catch (error) {
      store.setState(({ items, status }) => ({
        status: status === 'ready' ? 'ready' : 'failed',
        items,
        problem: problemOf(error),
      }));
    } finally {
      since = undefined;
      loading = undefined;
    }
  }

  return {
    getState: store.getState,
    getInitialState: store.getInitialState,
    subscribe: store.subscribe,
    refresh: () => (loading ??= reload()),
    put(item) {
      since?.set(keyOf(item), item);
      store.setState(({ items }) => {
        const at = items.findIndex((other) => keyOf(other) === keyOf(item));
        return { items: at < 0 ? [...items, item] : items.with(at, item) };
      });
    },
    remove(key) {
      since?.set(key, undefined);
      store.setState(({ items }) => ({ items: items.filter((item) => keyOf(item) !== key) }));
    },
  };
}

/** All pages of a list. */
export async function allPages<T>(
  page: (
    skipToken: string | undefined,
  ) => Promise<{ readonly value: readonly T[]; readonly nextLink?: string | undefined }>,
): Promise<readonly T[]> {
  const items: T[] = [];
  let skipToken: string | undefined;
  do {
    const answer = await page(skipToken);
    items.push(...answer.value);
    skipToken = skipTokenOf(answer.nextLink);
  } while (skipToken !== undefined);
  return items;
}

function skipTokenOf(nextLink: string | undefined): string | undefined {
  const query = nextLink?.split('?')[1];
  return query === undefined ? undefined : (new URLSearchParams(query).get('$skiptoken') ?? undefined);
}
