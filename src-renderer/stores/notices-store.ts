import { createStore } from 'zustand/vanilla';
import type { Problem } from '../../src-main/shared/api/common.ts';
import { problemOf } from '../api/problem.ts';
import type { Timers } from '../api/timers.ts';

/** Something the person should know and that needs no answer. The screen has the words. */
export type NoticeBody =
  | { readonly kind: 'problem'; readonly problem: Problem }
  | { readonly kind: 'drop-refused'; readonly reason: DropRefusal; readonly name: string }
  | { readonly kind: 'marked'; readonly time: number }
  | { readonly kind: 'clipped'; readonly asset: string; readonly length: number }
  | { readonly kind: 'ended'; readonly asset: string | undefined }
  | { readonly kind: 'recovered'; readonly asset: string }
  | { readonly kind: 'export-done'; readonly asset: string; readonly fileName: string };

/** Why a file that was dropped on the window is not taken. `no-path`: a browser does not tell where it is. */
export type DropRefusal = 'several' | 'kind' | 'no-path';

export type Notice = NoticeBody & { readonly id: number };

export type NoticesSlice = { readonly notices: readonly Notice[] };

/** A fault stays until it is dismissed; news goes by itself. */
const NEWS_MS = 8000;
/** More than this at once is a wall that nobody reads: the oldest goes. */
const MOST = 4;

export type NoticesStore = ReturnType<typeof createNoticesStore>;

export function createNoticesStore(timers: Timers) {
  const store = createStore<NoticesSlice>(() => ({ notices: [] }));
  let nextId = 1;

  function dismiss(id: number): void {
    store.setState(({ notices }) => ({ notices: notices.filter((notice) => notice.id !== id) }));
  }

  function show(body: NoticeBody): void {
    const id = nextId;
    nextId += 1;
    store.setState(({ notices }) => {
      const others = notices.filter((notice) => !saysTheSame(notice, body));
      return { notices: [...others, { ...body, id }].slice(-MOST) };
    });
    if (body.kind !== 'problem' && body.kind !== 'drop-refused') {
      timers.after(NEWS_MS, () => dismiss(id));
    }
  }

  return {
    ...store,
    show,
    dismiss,
    /** Runs an action whose failure nobody else shows. */
    async attempt<T>(action: () => Promise<T>): Promise<T | undefined> {
      try {
        return await action();
      } catch (error) {
        show({ kind: 'problem', problem: problemOf(error) });
        return undefined;
      }
    },
  };
}

function saysTheSame(notice: Notice, body: NoticeBody): boolean {
  if (notice.kind === 'drop-refused') {
    // What is dropped next is another try.
    return body.kind === 'drop-refused';
  }
  return (
    notice.kind === 'problem' &&
    body.kind === 'problem' &&
    notice.problem.code === body.problem.code &&
    notice.problem.detail === body.problem.detail
  );
}
