import { createStore } from 'zustand/vanilla';
import type { Problem } from '../../src-main/shared/api/common.ts';
import type { ServiceEvent } from '../../src-main/shared/api/events.ts';
import type {
  LiveEvent,
  LiveEventCreate,
  LiveEventPatch,
  LiveEventState,
  LiveOutput,
  LiveOutputCreate,
  ShowSlate,
  StartAdvertisement,
} from '../../src-main/shared/api/live-events.ts';
import type { Api } from '../api/client.ts';
import { problemOf } from '../api/problem.ts';
import { type LogEntry, recorded } from './event-log.ts';
import { allPages, createMirror } from './mirror.ts';
import type { NoticesStore } from './notices-store.ts';

export type LiveEventAction = 'start' | 'allocate' | 'stop' | 'reset' | 'delete';

/** What each state allows (spec 2.4); in the others the event is on its way and only waits. */
const ALLOWED: Readonly<Record<LiveEventState, readonly LiveEventAction[]>> = {
  Stopped: ['start', 'allocate', 'delete'],
  Allocating: [],
  StandBy: ['start', 'stop', 'delete'],
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
  /** What the last thing that was asked of an event was refused with, by its name, until it is dismissed or asked again. */
  readonly refusals: ReadonlyMap<string, Problem>;
  /** Events that this page had deleted: who did it knows of it. */
  readonly deletedHere: ReadonlySet<string>;
  /** What the service told that is worth reading, newest first. */
  readonly log: readonly LogEntry[];
};

export function createLiveEventsStore(api: Api, notices: Pick<NoticesStore, 'attempt'>) {
  const mirror = createMirror<LiveEvent>({
    load: () => allPages(($skiptoken) => api.call('listLiveEvents', { query: { $skiptoken } })),
    keyOf: (event) => event.name,
  });
  const store = createStore<LiveEventsSlice>(() => ({
    outputs: new Map(),
    pending: new Set(),
    refusals: new Map(),
    deletedHere: new Set(),
    log: [],
  }));

  /** `key` begins with the name of the event, which keeps what the service says when it refuses. */
  async function once(key: string, step: () => Promise<unknown>): Promise<void> {
    if (store.getState().pending.has(key)) {
      return;
    }
    const name = key.slice(0, key.indexOf('/'));
    store.setState(({ pending }) => ({ pending: new Set(pending).add(key) }));
    forgive(name);
    try {
      await step();
    } catch (error) {
      store.setState(({ refusals }) => ({ refusals: new Map(refusals).set(name, problemOf(error)) }));
    }
    store.setState(({ pending }) => ({ pending: new Set([...pending].filter((other) => other !== key)) }));
  }

  function forgive(name: string): void {
    if (store.getState().refusals.has(name)) {
      store.setState(({ refusals }) => ({ refusals: new Map([...refusals].filter(([other]) => other !== name)) }));
    }
  }

  async function loadOutputs(name: string): Promise<void> {
    await notices.attempt(async () => {
      try {
        const value = await allPages(($skiptoken) =>
          api.call('listLiveOutputs', { params: { name }, query: { $skiptoken } }),
        );
        store.setState(({ outputs }) => ({ outputs: new Map(outputs).set(name, value) }));
      } catch (error) {
        // Of both the page tells already: the event goes, and the service is away.
        if (!['resource/not-found', 'page/unreachable'].includes(problemOf(error).code)) {
          throw error;
        }
      }
    });
  }

  function setOutputs(name: string, change: (outputs: readonly LiveOutput[]) => readonly LiveOutput[]): void {
    store.setState(({ outputs }) => ({ outputs: new Map(outputs).set(name, change(outputs.get(name) ?? [])) }));
  }

  return {
    ...store,
    list: mirror,
    record(event: ServiceEvent): void {
      store.setState(({ log }) => ({ log: recorded(log, event) }));
    },
    loadOutputs,
    /** After the page had lost touch: those of the events that are there still. */
    async refreshOutputs(): Promise<void> {
      const names = new Set(mirror.getState().items.map(({ name }) => name));
      await Promise.all([...store.getState().outputs.keys()].filter((name) => names.has(name)).map(loadOutputs));
    },
    forgive,
    /** As the service tells of them; asking again would come too late for an output that goes together with its event. */
    putOutput: (name: string, output: LiveOutput) =>
      setOutputs(name, (outputs) => [...outputs.filter((other) => other.name !== output.name), output]),
    removeOutput: (name: string, output: string) =>
      setOutputs(name, (outputs) => outputs.filter((other) => other.name !== output)),
    start: (name: string) =>
      once(`${name}/start`, async () => mirror.put(await api.call('startLiveEvent', { params: { name } }))),
    allocate: (name: string) =>
      once(`${name}/allocate`, async () => mirror.put(await api.call('allocateLiveEvent', { params: { name } }))),
    /** With outputs only when the person was told that they end: one that came since then makes the service refuse. */
    stop: (name: string, removeOutputsOnStop: boolean) =>
      once(`${name}/stop`, async () =>
        mirror.put(await api.call('stopLiveEvent', { params: { name }, body: { removeOutputsOnStop } })),
      ),
    reset: (name: string) =>
      once(`${name}/reset`, async () => mirror.put(await api.call('resetLiveEvent', { params: { name } }))),
    delete: (name: string) =>
      once(`${name}/delete`, async () => {
        store.setState(({ deletedHere }) => ({ deletedHere: new Set(deletedHere).add(name) }));
        await api.call('deleteLiveEvent', { params: { name } });
        mirror.remove(name);
      }),
    /** These throw, because the form that asked shows the answer beside its fields. */
    async create(name: string, body: LiveEventCreate, autoStart: boolean): Promise<void> {
      store.setState(({ deletedHere }) => ({
        deletedHere: new Set([...deletedHere].filter((other) => other !== name)),
      }));
      mirror.put(
        await api.call('putLiveEvent', {
          params: { name },
          body,
          query: { autoStart: autoStart ? 'true' : 'false' },
        }),
      );
    },
    async change(name: string, body: LiveEventPatch): Promise<void> {
      mirror.put(await api.call('patchLiveEvent', { params: { name }, body }));
    },
    async createOutput(name: string, output: string, body: LiveOutputCreate): Promise<void> {
      await api.call('putLiveOutput', { params: { name, output }, body });
      await loadOutputs(name);
    },
    createAsset: (name: string, title: string) => api.call('putAsset', { params: { name }, body: { title } }),
    /** What is over the programme then is in the event's `onAir`, which the service tells of. */
    async showSlate(name: string, slate: ShowSlate): Promise<void> {
      await api.call('showSlate', { params: { name }, body: slate });
    },
    async startAdvertisement(name: string, advertisement: StartAdvertisement): Promise<void> {
      await api.call('startAdvertisement', { params: { name }, body: advertisement });
    },
    hideSlate: (name: string) => once(`${name}/hideSlate`, () => api.call('hideSlate', { params: { name } })),
    endAdvertisement: (name: string, cueId: number) =>
      once(`${name}/endAdvertisement`, () => api.call('endAdvertisement', { params: { name }, body: { cueId } })),
    deleteOutput: (name: string, output: string) =>
      once(`${name}/${output}/delete`, async () => {
        await api.call('deleteLiveOutput', { params: { name, output } });
        await loadOutputs(name);
      }),
    /** The newest picture that came in, as a blob, because an `<img>` cannot send the token. Undefined while there is none. */
    async thumbnail(name: string, signal: AbortSignal): Promise<Blob | undefined> {
      try {
        return await (await api.open('getThumbnail', { params: { name }, signal })).blob();
      } catch {
        return undefined;
      }
    },
  };
}

/** Whether any of an event's own long operations is under way. */
export function isBusy(pending: ReadonlySet<string>, name: string): boolean {
  return [...pending].some((key) => key.startsWith(`${name}/`));
}
