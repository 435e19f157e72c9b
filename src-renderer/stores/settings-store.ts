import { createStore } from 'zustand/vanilla';
import type { Problem } from '../../src-main/shared/api/common.ts';
import type { Settings, SettingsPatch } from '../../src-main/shared/api/settings.ts';
import type { Api } from '../api/client.ts';
import { problemOf } from '../api/problem.ts';

export type SettingsSlice = {
  readonly settings: Settings | undefined;
  /** Fields whose new value waits for the next start. */
  readonly restartNeeded: readonly string[];
  readonly problem: Problem | undefined;
};

export function createSettingsStore(api: Api) {
  const store = createStore<SettingsSlice>(() => ({
    settings: undefined,
    restartNeeded: [],
    problem: undefined,
  }));
  return {
    ...store,
    mirror: (answer: Pick<SettingsSlice, 'settings' | 'restartNeeded'>) => store.setState(answer),
    async refresh(): Promise<void> {
      try {
        store.setState({ ...(await api.call('getSettings')), problem: undefined });
      } catch (error) {
        store.setState({ problem: problemOf(error) });
      }
    },
    /** Throws, because the field that asked shows the answer; a refused value has changed nothing. */
    async change(patch: SettingsPatch): Promise<void> {
      store.setState(await api.call('patchSettings', { body: patch }));
    },
  };
}
