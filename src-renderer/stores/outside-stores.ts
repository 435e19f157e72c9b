import { createStore } from 'zustand/vanilla';
import type { ProofOfAir, ProofsOfAir } from '../../src-main/shared/api/proof-of-air.ts';
import type { RemotePairing, RemoteStatus } from '../../src-main/shared/api/remote.ts';
import type { Api } from '../api/client.ts';
import { problemOf } from '../api/problem.ts';
import type { NoticesStore } from './notices-store.ts';

export type AirSlice = {
  /** What viewers get, as the service found it from outside. */
  readonly proofs: readonly ProofOfAir[];
  readonly isChecking: boolean;
};

export function createAirStore(api: Api, notices: Pick<NoticesStore, 'attempt' | 'show'>) {
  const store = createStore<AirSlice>(() => ({ proofs: [], isChecking: false }));
  const mirror = ({ value }: ProofsOfAir): void => store.setState({ proofs: value });
  return {
    ...store,
    mirror,
    async refresh(): Promise<void> {
      await notices.attempt(async () => mirror(await api.call('listProofsOfAir')));
    },
    /** Looks now. */
    async check(): Promise<void> {
      if (store.getState().isChecking) {
        return;
      }
      store.setState({ isChecking: true });
      await notices.attempt(async () => mirror(await api.call('checkAir')));
      store.setState({ isChecking: false });
    },
  };
}

export type RemoteSlice = {
  readonly status: RemoteStatus | undefined;
  /** The code, as long as this page shows it; nobody else is told it. */
  readonly pairing: RemotePairing | undefined;
};

export function createRemoteStore(api: Api, notices: Pick<NoticesStore, 'attempt' | 'show'>) {
  const store = createStore<RemoteSlice>(() => ({ status: undefined, pairing: undefined }));

  function mirror(status: RemoteStatus): void {
    const { pairing } = store.getState();
    // It was used, or is too old.
    store.setState({ status, pairing: status.pairing === undefined ? undefined : pairing });
  }

  return {
    ...store,
    mirror,
    async refresh(): Promise<void> {
      await notices.attempt(async () => mirror(await api.call('getRemote')));
    },
    async startPairing(): Promise<void> {
      try {
        store.setState({ pairing: await api.call('startPairing') });
      } catch (error) {
        notices.show({ kind: 'problem', problem: problemOf(error) });
      }
    },
    async cancelPairing(): Promise<void> {
      store.setState({ pairing: undefined });
      await notices.attempt(() => api.call('cancelPairing'));
    },
    async rename(id: string, name: string): Promise<void> {
      await notices.attempt(() => api.call('patchRemoteDevice', { params: { id }, body: { name } }));
    },
    async revoke(id: string): Promise<void> {
      await notices.attempt(() => api.call('deleteRemoteDevice', { params: { id } }));
    },
  };
}
