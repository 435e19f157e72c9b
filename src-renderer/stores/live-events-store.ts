import { createStore } from 'zustand/vanilla';
import type { ServiceEvent } from '../../src-main/shared/api/events.ts';
import type {
  LiveEvent,
  LiveEventCreate,
  LiveEventState,
  LiveOutput,
  LiveOutputCreate,
} from '../../src-main/shared/api/live-events.ts';
import type { Api } from '../api/client.ts';
import { allPages, createMirror } from './mirror.ts';
import type { NoticesStore } from './notices-store.ts';

export type LiveEventAction = 'start' | 'stop' | 'reset' | 'delete';

/** What each state allows (spec 2.4); in the others the event is on its way and only waits. */
const ALLOWED: Readonly<Record<LiveEventState, readonly LiveEventAction[]>> = {
  Stopped: ['start', 'delete'],
  Allocating: [],
  StandBy: ['start', 'delete'],
  Starting: [],
  Running: ['stop', 'reset'],
  Stopping: [],
  Deleting: [],
};

export function allowedActions(state: LiveEventState): readonly LiveEventAction[] {
  return ALLOWED[state];
}

export type LiveEventsSlice = {
  /** Outputs by the name of their event. */
  readonly outputs: ReadonlyMap<string, readonly LiveOutput[]>;
  /** `event/action` that has been asked for and not answered. */
  readonly pending: ReadonlySet<string>;
  /** The newest events of the service, newest first. */
  readonly log: readonly ServiceEvent[];
};

const LOG_LENGTH = 200;

export function createLiveEventsStore(api: Api, notices: Pick<NoticesStore, 'attempt'>) {
  const mirror = createMirror<LiveEvent>({
    load: () => allPages(($skiptoken) => api.call('listLiveEvents', { query: { $skiptoken } })),
    keyOf: (event) => event.name,
  });
  const store = createStore<LiveEventsSlice>(() => ({ outputs: new Map(), pending: new Set(), log: [] }));

  async function once(key: string, step: () => Promise<unknown>): Promise<void> {
    if (store.getState().pending.has(key)) {
      return;
    }
    store.setState(({ pending }) => ({ pending: new Set(pending).add(key) }));
    await notices.attempt(step);
    store.setState(({ pending }) => ({ pending: new Set([...pending].filter((other) => other !== key)) }));
  }

  async function loadOutputs(name: string): Promise<void> {
    await notices.attempt(async () => {
      const value = await allPages(($skiptoken) =>
        api.call('listLiveOutputs', { params: { name }, query: { $skiptoken } }),
      );
      store.setState(({ outputs }) => ({ outputs: new Map(outputs).set(name, value) }));
    });
  }

  function setOutputs(name: string, change: (outputs: readonly LiveOutput[]) => readonly LiveOutput[]): void {
    store.setState(({ outputs }) => ({ outputs: new Map(outputs).set(name, change(outputs.get(name) ?? [])) }));
  }

  return {
    ...store,
    list: mirror,
    record(event: ServiceEvent): void {
      store.setState(({ log }) => ({ log: [event, ...log].slice(0, LOG_LENGTH) }));
    },
    loadOutputs,
    /** As the service tells of them; asking again would come too late for an output that goes together with its event. */
    putOutput: (name: string, output: LiveOutput) =>
      setOutputs(name, (outputs) => [...outputs.filter((other) => other.name !== output.name), output]),
    removeOutput: (name: string, output: string) =>
      setOutputs(name, (outputs) => outputs.filter((other) => other.name !== output)),
    act: (name: string, action: LiveEventAction) =>
      once(`${name}/${action}`, async () => {
        switch (action) {
          case 'start':
            mirror.put(await api.call('startLiveEvent', { params: { name } }));
            break;
          case 'stop':
            mirror.put(await api.call('stopLiveEvent', { params: { name }, body: { removeOutputsOnStop: true } }));
            break;
          case 'reset':
            mirror.put(await api.call('resetLiveEvent', { params: { name } }));
            break;
          case 'delete':
            await api.call('deleteLiveEvent', { params: { name } });
            mirror.remove(name);
            break;
        }
      }),
    /** These throw, because the form that asked shows the answer beside its fields. */
    async create(name: string, body: LiveEventCreate, autoStart: boolean): Promise<void> {
      mirror.put(
        await api.call('putLiveEvent', {
          params: { name },
          body,
          query: { autoStart: autoStart ? 'true' : 'false' },
        }),
      );
    },
    async createOutput(name: string, output: string, body: LiveOutputCreate): Promise<void> {
      await api.call('putLiveOutput', { params: { name, output }, body });
      await loadOutputs(name);
    },
    createAsset: (name: string, title: string) => api.call('putAsset', { params: { name }, body: { title } }),
    deleteOutput: (name: string, output: string) =>
      once(`${name}/${output}/delete`, async () => {
        await api.call('deleteLiveOutput', { params: { name, output } });
        await loadOutputs(name);
      }),
  };
}
