import { createStore } from 'zustand/vanilla';
import type { Problem } from '../../src-main/shared/api/common.ts';
import type { StreamState } from '../api/event-stream.ts';
import { problemOf } from '../api/problem.ts';

export type ConnectionSlice = {
  readonly kind: StreamState['kind'];
  /** Whether it has ever been open: before that a failure means the page cannot start, after it that it has lost touch. */
  readonly wasOpen: boolean;
  readonly retryAtMs: number | undefined;
  readonly problem: Problem | undefined;
};

export function createConnectionStore() {
  const store = createStore<ConnectionSlice>(() => ({
    kind: 'connecting',
    wasOpen: false,
    retryAtMs: undefined,
    problem: undefined,
  }));
  return {
    ...store,
    follow(state: StreamState): void {
      switch (state.kind) {
        case 'open':
          store.setState({ kind: 'open', wasOpen: true, retryAtMs: undefined, problem: undefined });
          break;
        case 'waiting':
          store.setState({
            kind: 'waiting',
            retryAtMs: state.retryAtMs,
            problem: state.error === undefined ? undefined : problemOf(state.error),
          });
          break;
        case 'connecting':
          store.setState({ kind: 'connecting', retryAtMs: undefined });
          break;
      }
    },
  };
}

/** The token is wrong or missing: trying again cannot help, opening the page the right way can. */
export const selectIsLockedOut = ({ problem }: ConnectionSlice): boolean =>
  problem?.code === 'page/no-token' || problem?.code === 'request/unauthorized';
