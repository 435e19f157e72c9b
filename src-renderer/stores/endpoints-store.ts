import { createStore } from 'zustand/vanilla';
import type { EndpointMinute } from '../../src-main/shared/api/endpoint-metrics.ts';
import type { StreamingEndpoint } from '../../src-main/shared/api/streaming-endpoints.ts';
import type { Api } from '../api/client.ts';
import type { Timers } from '../api/timers.ts';
import { allPages, createMirror } from './mirror.ts';

/** Nothing is told of viewers who come and go: whoever looks at the figures asks for them. */
const LOOK_EVERY_MS = 10_000;

export function createEndpointsStore(api: Api, timers: Timers) {
  const mirror = createMirror<StreamingEndpoint>({
    load: () => allPages(($skiptoken) => api.call('listEndpoints', { query: { $skiptoken } })),
    keyOf: (endpoint) => endpoint.name,
  });
  /** By name, the minutes of the last hour, oldest first. */
  const history = createStore<{ readonly minutes: ReadonlyMap<string, readonly EndpointMinute[]> }>(() => ({
    minutes: new Map(),
  }));

  async function minutesOf(name: string): Promise<readonly EndpointMinute[]> {
    try {
      return (await api.call('getEndpointMetrics', { params: { name } })).value.toReversed();
    } catch {
      // Whatever keeps them from coming keeps the list from coming, which says it.
      return history.getState().minutes.get(name) ?? [];
    }
  }

  async function look(): Promise<void> {
    await mirror.refresh();
    const names = mirror.getState().items.map(({ name }) => name);
    const minutes = await Promise.all(names.map(async (name) => [name, await minutesOf(name)] as const));
    history.setState({ minutes: new Map(minutes) });
  }

  return {
    ...mirror,
    history,
    /** Keeps the figures true until the result is called. */
    watch(): () => void {
      let isGone = false;
      let cancel: (() => void) | undefined;
      async function lookAgain(): Promise<void> {
        await look();
        if (!isGone) {
          cancel = timers.after(LOOK_EVERY_MS, () => void lookAgain());
        }
      }
      void lookAgain();
      return () => {
        isGone = true;
        cancel?.();
      };
    },
    /** These throw, because the panel that asked shows the answer. */
    async start(name: string): Promise<void> {
      mirror.put(await api.call('startEndpoint', { params: { name } }));
    },
    async stop(name: string): Promise<void> {
      mirror.put(await api.call('stopEndpoint', { params: { name } }));
    },
  };
}
