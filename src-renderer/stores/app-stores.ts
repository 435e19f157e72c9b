import { z } from 'zod';
import { createStore } from 'zustand/vanilla';
import { asset, exportJob, marker } from '../../src-main/shared/api/assets.ts';
import type { ServiceEvent } from '../../src-main/shared/api/events.ts';
import { mediaFilter } from '../../src-main/shared/api/filters.ts';
import { fireDrill } from '../../src-main/shared/api/fire-drill.ts';
import { liveEvent, liveOutput } from '../../src-main/shared/api/live-events.ts';
import { preflight } from '../../src-main/shared/api/preflight.ts';
import { proofsOfAir } from '../../src-main/shared/api/proof-of-air.ts';
import { destination, streamingLocator } from '../../src-main/shared/api/publishing.ts';
import { remoteStatus } from '../../src-main/shared/api/remote.ts';
import { scenesState } from '../../src-main/shared/api/scenes.ts';
import { settingsAnswer } from '../../src-main/shared/api/settings.ts';
import { streamingEndpoint } from '../../src-main/shared/api/streaming-endpoints.ts';
import { deviceList, studioState } from '../../src-main/shared/api/studio.ts';
import { auditEntry } from '../../src-main/shared/api/telemetry.ts';
import { upload } from '../../src-main/shared/api/uploads.ts';
import { webhook } from '../../src-main/shared/api/webhooks.ts';
import type { DesktopBridge } from '../../src-main/shared/desktop-contract.ts';
import type { Api } from '../api/client.ts';
import { createEventStream } from '../api/event-stream.ts';
import { createPreviewFeed, type PreviewFeed } from '../api/preview-feed.ts';
import type { ServerTime } from '../api/server-time.ts';
import type { Timers } from '../api/timers.ts';
import { createAssetsStore, createExportsStore } from './assets-store.ts';
import { createBrowserSourcesStore } from './browser-sources-store.ts';
import { createConnectionStore } from './connection-store.ts';
import { createEndpointsStore } from './endpoints-store.ts';
import { createHistoryStore } from './history-store.ts';
import { createLiveEventsStore } from './live-events-store.ts';
import { createLiveHealthStore } from './live-health-store.ts';
import { createNoticesStore } from './notices-store.ts';
import { createAuditStore, createUploadsStore, createWebhooksStore } from './operations-stores.ts';
import { createAirStore, createRemoteStore } from './outside-stores.ts';
import {
  createAssetFiltersStore,
  createFiltersStore,
  createKeyPoliciesStore,
  createStreamingPoliciesStore,
  type FiltersStore,
} from './policies-stores.ts';
import { createPreflightStore } from './preflight-store.ts';
import { createDestinationsStore, createLocatorsStore } from './publishing-store.ts';
import { createScenesStore } from './scenes-store.ts';
import { createSettingsStore } from './settings-store.ts';
import { createSlatesStore } from './slates-store.ts';
import { createSoundStore } from './sound-store.ts';
import { createStudioStore } from './studio-store.ts';
import { createUiStore } from './ui-store.ts';

/** What is told of the markers of an asset. */
const markersOf = z.object({ markers: z.array(marker) });

export type AppStores = ReturnType<typeof createAppStores>;

/** Filters of one asset have other subjects, and the same names. */
const ACCOUNT_FILTER = 'accountFilter/';
const ASSET_FILTER = /^asset\/([^/]+)\/assetFilter\//;

/** Wide enough for the picture in the window, small enough that a loopback socket carries it in a millisecond. */
const PREVIEW_WIDTH = 640;
const PREVIEW_FRAME_RATE = 30;

/** All stores of the page, wired to one service. Nothing runs before `start`. */
export function createAppStores(options: {
  readonly api: Api;
  readonly timers: Timers;
  readonly serverTime: ServerTime;
  readonly storage: Pick<Storage, 'getItem' | 'setItem'>;
  readonly desktop: DesktopBridge | undefined;
}) {
  const { api, timers, serverTime } = options;
  const notices = createNoticesStore(timers);
  /** A file that was dropped on the window and waits to be added as a source. */
  const dropped = createStore<{ readonly path: string | undefined }>(() => ({ path: undefined }));
  const connection = createConnectionStore();
  const studio = createStudioStore(api, notices);
  const scenes = createScenesStore(api, notices);
  const checks = createPreflightStore(api, notices);
  const destinations = createDestinationsStore(api, notices);
  const locators = createLocatorsStore(api, timers, notices);
  const endpoints = createEndpointsStore(api, timers);
  const assets = createAssetsStore(api, timers, notices);
  const exports = createExportsStore(api, notices);
  const liveEvents = createLiveEventsStore(api, notices);
  const slates = createSlatesStore(api, assets.list);
  const liveHealth = createLiveHealthStore(api, timers, notices);
  const uploads = createUploadsStore(api);
  const webhooks = createWebhooksStore(api);
  const audit = createAuditStore(api);
  const streamingPolicies = createStreamingPoliciesStore(api);
  const keyPolicies = createKeyPoliciesStore(api);
  const filters = createFiltersStore(api);
  const assetFilters = createAssetFiltersStore(api);
  const settings = createSettingsStore(api);
  const air = createAirStore(api, notices);
  const remote = createRemoteStore(api, notices);
  const browserSources = createBrowserSourcesStore(api, notices);
  const ui = createUiStore(options.storage);
  const preview: PreviewFeed = createPreviewFeed({
    open: (signal) =>
      api.open('getPreview', { query: { width: PREVIEW_WIDTH, frameRate: PREVIEW_FRAME_RATE }, signal }),
    timers,
  });
  const sound = createSoundStore(preview, timers, () => studio.getState().studio);
  const history = createHistoryStore(timers, () => ({
    studio: studio.getState().studio,
    sentBitrate: destinations.getState().items.reduce((sum, { sentBitrate }) => sum + sentBitrate, 0),
  }));

  async function refreshAll(): Promise<void> {
    await Promise.all([
      studio.refresh(),
      scenes.refresh(),
      settings.refresh(),
      air.refresh(),
      remote.refresh(),
      liveHealth.refresh(),
      ...[destinations, locators, endpoints, assets.list, liveEvents.list, uploads, webhooks].map((mirror) =>
        mirror.refresh(),
      ),
    ]);
    await liveEvents.refreshOutputs();
    await Promise.all([audit, streamingPolicies, keyPolicies, filters, ...assetFilters.all()].map(refreshSeen));
  }

  /** The list that a told filter belongs to, if anybody has looked at it. */
  function filtersOf(subject: string): FiltersStore | undefined {
    const [, asset] = ASSET_FILTER.exec(subject) ?? [];
    return asset === undefined
      ? subject.startsWith(ACCOUNT_FILTER)
        ? filters
        : undefined
      : assetFilters.seen(asset);
  }

  /** Of policies nothing is told but that somebody did something to one. */
  function followPolicies(subject: string): void {
    if (subject.startsWith('streamingPolicies/')) {
      void refreshSeen(streamingPolicies);
    }
    if (subject.startsWith('contentKeyPolicies/')) {
      void refreshSeen(keyPolicies);
    }
  }

  const apply: Partial<Record<ServiceEvent['eventType'], (event: ServiceEvent) => void>> = {
    'Lectern.StudioChanged': ({ data }) => given(studioState, data, studio.mirror),
    'Lectern.DevicesChanged': ({ data }) => given(deviceList, data, (devices) => studio.mirrorDevices(devices)),
    'Lectern.ScenesChanged': ({ data }) => given(scenesState, data, scenes.mirror),
    'Lectern.PreflightChanged': ({ data }) => given(preflight, data, checks.mirror),
    'Lectern.FireDrillChanged': ({ data }) => given(fireDrill, data, checks.mirrorDrill),
    'Lectern.ProofOfAirChanged': ({ data }) => given(proofsOfAir, data, air.mirror),
    'Lectern.BrowserSourceChanged': (event) => void browserSources.refresh(lastName(event)),
    'Lectern.RemoteChanged': ({ data }) => given(remoteStatus, data, remote.mirror),
    'Lectern.DestinationChanged': ({ data }) => given(destination, data, destinations.put),
    'Lectern.DestinationDeleted': (event) => destinations.remove(subjectName(event)),
    'Lectern.AssetChanged': ({ data }) => given(asset, data, assets.list.put),
    'Lectern.AssetDeleted': (event) => {
      assets.list.remove(subjectName(event));
      assetFilters.forget(subjectName(event));
    },
    'Lectern.MarkersChanged': (event) =>
      given(markersOf, event.data, ({ markers }) => assets.mirrorMarkers(subjectName(event), markers)),
    'Lectern.ExportChanged': ({ data }) => given(exportJob, data, exports.put),
    'Lectern.ExportDeleted': (event) => exports.remove(lastName(event)),
    'Lectern.LocatorChanged': ({ data }) => given(streamingLocator, data, locators.put),
    'Lectern.LocatorDeleted': (event) => locators.remove(subjectName(event)),
    'Lectern.FilterChanged': ({ subject, data }) => {
      const store = filtersOf(subject);
      if (store !== undefined) {
        given(mediaFilter, data, store.put);
      }
    },
    'Lectern.FilterDeleted': (event) => filtersOf(event.subject)?.remove(lastName(event)),
    'Lectern.EndpointChanged': ({ data }) => given(streamingEndpoint, data, endpoints.put),
    'Lectern.EndpointDeleted': (event) => endpoints.remove(subjectName(event)),
    'Lectern.LiveEventChanged': ({ data }) => given(liveEvent, data, liveEvents.list.put),
    'Lectern.LiveEventDeleted': (event) => liveEvents.list.remove(subjectName(event)),
    'Lectern.LiveOutputChanged': (event) =>
      given(liveOutput, event.data, (output) => liveEvents.putOutput(eventOf(event), output)),
    'Lectern.LiveOutputDeleted': (event) => liveEvents.removeOutput(eventOf(event), lastName(event)),
    'Lectern.UploadChanged': ({ data }) => given(upload, data, uploads.put),
    'Lectern.UploadDeleted': (event) => uploads.remove(subjectName(event)),
    'Lectern.WebhookChanged': ({ data }) => given(webhook, data, webhooks.put),
    'Lectern.WebhookDeleted': (event) => webhooks.remove(subjectName(event)),
    'Lectern.OperatorAction': ({ subject, data }) => {
      given(auditEntry, data, audit.put);
      followPolicies(subject);
    },
    'Lectern.Recovered': (event) => notices.show({ kind: 'recovered', asset: subjectName(event) }),
    'Lectern.SettingsChanged': ({ data }) => {
      if (!given(settingsAnswer, data, (answer) => settings.mirror(answer))) {
        void settings.refresh();
      }
    },
  };

  const events = createEventStream({
    open: (headers, signal) => api.open('getEvents', { headers, signal }),
    timers,
    onEvent(event) {
      const nowMs = timers.nowMs();
      // Replayed events may be old, so that a stamp says only that the service was not earlier.
      serverTime.sample(Date.parse(event.eventTime), -Infinity, nowMs, 0);
      liveEvents.record(event);
      liveHealth.hear(event);
      apply[event.eventType]?.(event);
    },
    onState(state) {
      connection.follow(state);
      if (state.kind === 'open') {
        // A resumed stream may have a hole that the service no longer remembers: the snapshots are the truth.
        void refreshAll();
      }
    },
  });

  return {
    api,
    timers,
    serverTime,
    desktop: options.desktop,
    notices,
    dropped,
    connection,
    studio,
    scenes,
    checks,
    destinations,
    locators,
    endpoints,
    assets,
    exports,
    liveEvents,
    liveHealth,
    slates,
    uploads,
    webhooks,
    audit,
    streamingPolicies,
    keyPolicies,
    filters,
    assetFilters,
    settings,
    air,
    remote,
    browserSources,
    ui,
    preview,
    sound,
    history,
    retryNow: events.retryNow,
    start(): void {
      events.start();
      history.start();
    },
    stop(): void {
      events.stop();
      history.stop();
      sound.stop();
    },
  };
}

/** What is loaded when it is looked at is loaded again only then. */
async function refreshSeen(mirror: {
  readonly getState: () => { readonly status: string };
  readonly refresh: () => Promise<void>;
}): Promise<void> {
  if (mirror.getState().status !== 'loading') {
    await mirror.refresh();
  }
}

/** Hands event data on when it is what it should be; a newer service may say more than this page understands. */
function given<T>(
  schema: { safeParse(value: unknown): { success: true; data: T } | { success: false } },
  data: unknown,
  take: (value: T) => void,
): boolean {
  const parsed = schema.safeParse(data);
  if (parsed.success) {
    take(parsed.data);
  }
  return parsed.success;
}

function subjectName({ subject }: ServiceEvent): string {
  return subject.slice(subject.indexOf('/') + 1);
}

function lastName({ subject }: ServiceEvent): string {
  return subject.slice(subject.lastIndexOf('/') + 1);
}

/** `liveEvent/{name}/…` → name */
function eventOf({ subject }: ServiceEvent): string {
  return subject.split('/')[1] ?? '';
}
