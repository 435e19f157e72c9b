import { createStore } from 'zustand/vanilla';
import type { ServiceEvent } from '../../src-main/shared/api/events.ts';
import {
  ingestHeartbeat,
  type LiveEventStatus,
  type StreamEvent,
  type TrackIngestHeartbeat,
} from '../../src-main/shared/api/telemetry.ts';
import type { Api } from '../api/client.ts';
import type { Timers } from '../api/timers.ts';
import { type TrackHistory, withHeartbeats } from './heartbeats.ts';
import type { NoticesStore } from './notices-store.ts';

/** How the feed of one live event is doing. */
export type LiveHealth = {
  readonly status: LiveEventStatus | undefined;
  readonly tracks: readonly TrackHistory[];
  /** Newest first. */
  readonly streamEvents: readonly StreamEvent[];
};

export const NO_HEALTH: LiveHealth = { status: undefined, tracks: [], streamEvents: [] };

/** Several tracks tell of themselves at once: the status is asked for once, after the last of them. */
const SETTLE_MS = 250;

/** What makes the status or the stream events another one. */
const TELLING = /^Microsoft\.Media\.LiveEvent|^Lectern\.LiveEventChanged$/;

/**
 * The health of the events that are being looked at. Nothing is polled: what the service pushes is drawn as it comes, and the status, which
 * has no event of its own, is read again when one says that it has changed.
 */
export function createLiveHealthStore(api: Api, timers: Timers, notices: Pick<NoticesStore, 'attempt'>) {
  const store = createStore<{ readonly events: ReadonlyMap<string, LiveHealth> }>(() => ({ events: new Map() }));
  const watchers = new Map<string, number>();
  const settling = new Map<string, () => void>();

  function change(name: string, edit: (health: LiveHealth) => Partial<LiveHealth>): void {
    if (!watchers.has(name)) {
      return;
    }
    store.setState(({ events }) => {
      const before = events.get(name) ?? NO_HEALTH;
      return { events: new Map(events).set(name, { ...before, ...edit(before) }) };
    });
  }

  function add(name: string, beats: readonly TrackIngestHeartbeat[]): void {
    change(name, ({ tracks }) => ({ tracks: withHeartbeats(tracks, beats) }));
  }

  async function loadStatus(name: string): Promise<void> {
    await notices.attempt(async () => {
      const [status, { value: streamEvents }] = await Promise.all([
        api.call('getLiveEventStatus', { params: { name } }),
        api.call('getStreamEvents', { params: { name } }),
      ]);
      change(name, () => ({ status, streamEvents }));
    });
  }

  async function loadHeartbeats(name: string): Promise<void> {
    await notices.attempt(async () => {
      add(name, (await api.call('getTrackIngestHeartbeats', { params: { name } })).value);
    });
  }

  function refreshSoon(name: string): void {
    settling.get(name)?.();
    settling.set(
      name,
      timers.after(SETTLE_MS, () => {
        settling.delete(name);
        void loadStatus(name);
      }),
    );
  }

  return {
    ...store,
    /** Keeps the health of an event true until the result is called. */
    watch(name: string): () => void {
      watchers.set(name, (watchers.get(name) ?? 0) + 1);
      void loadStatus(name);
      void loadHeartbeats(name);
      return () => {
        const left = (watchers.get(name) ?? 1) - 1;
        if (left > 0) {
          watchers.set(name, left);
          return;
        }
        watchers.delete(name);
        settling.get(name)?.();
        settling.delete(name);
        store.setState(({ events }) => ({ events: new Map([...events].filter(([other]) => other !== name)) }));
      };
    },
    /** After the connection was lost: what was told meanwhile is read. */
    async refresh(): Promise<void> {
      await Promise.all([...watchers.keys()].flatMap((name) => [loadStatus(name), loadHeartbeats(name)]));
    },
    hear({ eventType, subject, eventTime, data }: ServiceEvent): void {
      const name = subject.split('/')[1] ?? '';
      if (!watchers.has(name) || !subject.startsWith('liveEvent/') || !TELLING.test(eventType)) {
        return;
      }
      if (eventType === 'Microsoft.Media.LiveEventIngestHeartbeat') {
        const heartbeat = ingestHeartbeat.safeParse(data);
        if (heartbeat.success) {
          add(name, [{ eventTime, heartbeat: heartbeat.data }]);
        }
      }
      refreshSoon(name);
    },
  };
}
