import type {
  Destination,
  DestinationCreate,
  DestinationPatch,
  LocatorPaths,
  StreamingLocator,
  StreamingLocatorCreate,
  StreamingPolicy,
} from '../../src-main/shared/api/publishing.ts';
import type { StreamingEndpoint } from '../../src-main/shared/api/streaming-endpoints.ts';
import type { Api } from '../api/client.ts';
import type { Timers } from '../api/timers.ts';
import { allPages, createMirror } from './mirror.ts';
import type { NoticesStore } from './notices-store.ts';

export function createDestinationsStore(api: Api, notices: Pick<NoticesStore, 'attempt'>) {
  const mirror = createMirror<Destination>({
    load: () => allPages(($skiptoken) => api.call('listDestinations', { query: { $skiptoken } })),
    keyOf: (destination) => destination.name,
  });
  return {
    ...mirror,
    /** These throw, because the form that asked shows the answer beside its fields. */
    async add(name: string, body: DestinationCreate): Promise<void> {
      mirror.put(await api.call('putDestination', { params: { name }, body }));
    },
    async change(name: string, body: DestinationPatch): Promise<void> {
      mirror.put(await api.call('patchDestination', { params: { name }, body }));
    },
    async start(name: string): Promise<void> {
      await notices.attempt(async () => mirror.put(await api.call('startDestination', { params: { name } })));
    },
    async stop(name: string): Promise<void> {
      await notices.attempt(async () => mirror.put(await api.call('stopDestination', { params: { name } })));
    },
    async delete(name: string): Promise<void> {
      await notices.attempt(async () => {
        await api.call('deleteDestination', { params: { name } });
        mirror.remove(name);
      });
    },
  };
}

/** What the page's own player plays as it is. */
const CLEAR_POLICIES: ReadonlySet<string> = new Set([
  'Predefined_ClearStreamingOnly',
  'Predefined_DownloadAndClearStreaming',
]);

/** Locators of this name are the page's own, for watching a recording that is not published; they end by themselves. */
const OWN_PREFIX = 'player.';
const OWN_LIFE_MS = 24 * 3_600_000;
/** One that ends sooner than this is not begun with. */
const OWN_LEAST_MS = 3_600_000;

export function createLocatorsStore(api: Api, timers: Timers, notices: Pick<NoticesStore, 'attempt'>) {
  const mirror = createMirror<StreamingLocator>({
    load: () => allPages(($skiptoken) => api.call('listLocators', { query: { $skiptoken } })),
    keyOf: (locator) => locator.name,
  });

  function usable(asset: string): StreamingLocator | undefined {
    return mirror
      .getState()
      .items.find(
        (locator) =>
          locator.assetName === asset &&
          CLEAR_POLICIES.has(locator.streamingPolicyName) &&
          isOpen(locator, timers.nowMs() + OWN_LEAST_MS, timers.nowMs()),
      );
  }

  async function ownLocator(asset: string): Promise<StreamingLocator> {
    const stamp = Math.floor(timers.nowMs() / 1000).toString(36);
    const name = `${OWN_PREFIX}${asset}`.slice(0, 240);
    const locator = await api.call('putLocator', {
      params: { name: `${name}.${stamp}` },
      body: {
        assetName: asset,
        streamingPolicyName: 'Predefined_ClearStreamingOnly',
        endTime: new Date(timers.nowMs() + OWN_LIFE_MS).toISOString(),
      },
    });
    mirror.put(locator);
    return locator;
  }

  async function create(
    asset: string,
    options: { readonly endTime: string | undefined; readonly download: boolean },
  ): Promise<StreamingLocator> {
    const stamp = Math.floor(timers.nowMs() / 1000).toString(36);
    const locator = await api.call('putLocator', {
      params: { name: `${asset.slice(0, 200)}-${stamp}` },
      body: {
        assetName: asset,
        streamingPolicyName: options.download
          ? 'Predefined_DownloadAndClearStreaming'
          : 'Predefined_ClearStreamingOnly',
        ...(options.endTime === undefined ? {} : { endTime: options.endTime }),
      },
    });
    mirror.put(locator);
    return locator;
  }

  return {
    ...mirror,
    paths: (name: string): Promise<LocatorPaths> => api.call('listPaths', { params: { name } }),
    /** Where to play an asset: through a locator it has, else through one of the page's own. Throws. */
    async playable(asset: string): Promise<{ readonly hls: string; readonly watch: string }> {
      if (mirror.getState().status !== 'ready') {
        await mirror.refresh();
      }
      const locator = usable(asset) ?? (await ownLocator(asset));
      const paths = await api.call('listPaths', { params: { name: locator.name } });
      return { hls: hlsUrlOf(paths), watch: paths.watchUrl };
    },
    /** These throw, because who asked shows the answer. */
    policies: (): Promise<readonly StreamingPolicy[]> =>
      allPages(($skiptoken) => api.call('listPolicies', { query: { $skiptoken } })),
    async add(name: string, body: StreamingLocatorCreate): Promise<void> {
      mirror.put(await api.call('putLocator', { params: { name }, body }));
    },
    async delete(name: string): Promise<void> {
      await api.call('deleteLocator', { params: { name } });
      mirror.remove(name);
    },
    publish: create,
    async unpublish(name: string): Promise<void> {
      await notices.attempt(async () => {
        await api.call('deleteLocator', { params: { name } });
        mirror.remove(name);
      });
    },
  };
}

/** Whether a locator lets viewers in, now and until `untilMs`. */
function isOpen(locator: StreamingLocator, untilMs: number, nowMs: number): boolean {
  const start = locator.startTime === undefined ? -Infinity : Date.parse(locator.startTime);
  const end = locator.endTime === undefined ? Infinity : Date.parse(locator.endTime);
  return start <= nowMs && end >= untilMs;
}

/** The locators a person made, without those the page made to play. */
export function publishedOf(locators: readonly StreamingLocator[], asset: string): readonly StreamingLocator[] {
  return locators.filter((locator) => locator.assetName === asset && !locator.name.startsWith(OWN_PREFIX));
}

/** CMAF first: it is the one with low latency. */
function hlsUrlOf(paths: LocatorPaths): string {
  const all = paths.streamingPaths
    .filter((entry) => entry.streamingProtocol === 'Hls')
    .flatMap((entry) => entry.paths);
  const path = all.find((candidate) => candidate.includes('m3u8-cmaf')) ?? all[0] ?? '';
  return new URL(path, paths.watchUrl).href;
}

export function createEndpointsStore(api: Api) {
  const mirror = createMirror<StreamingEndpoint>({
    load: () => allPages(($skiptoken) => api.call('listEndpoints', { query: { $skiptoken } })),
    keyOf: (endpoint) => endpoint.name,
  });
  return {
    ...mirror,
    /** These throw, because the panel that asked shows the answer. */
    async start(name: string): Promise<void> {
      mirror.put(await api.call('startEndpoint', { params: { name } }));
    },
    async stop(name: string): Promise<void> {
      mirror.put(await api.call('stopEndpoint', { params: { name } }));
    },
  };
}
