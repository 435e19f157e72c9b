import type {
  Destination,
  DestinationCreate,
  DestinationPatch,
  LocatorPaths,
  StreamingLocator,
  StreamingLocatorCreate,
  StreamingPolicy,
} from '../../src-main/shared/api/publishing.ts';
import type { BodyInputOf } from '../../src-main/shared/api/routes.ts';
import type { Api } from '../api/client.ts';
import type { Timers } from '../api/timers.ts';
import { createKeyToken } from './key-token.ts';
import { allPages, createMirror } from './mirror.ts';
import type { NoticesStore } from './notices-store.ts';
import { hlsUrlOf, isProtecting, wayOf } from './page-playback.ts';

export function createDestinationsStore(api: Api, notices: Pick<NoticesStore, 'attempt'>) {
  const mirror = createMirror<Destination>({
    load: () => allPages(($skiptoken) => api.call('listDestinations', { query: { $skiptoken } })),
    keyOf: (destination) => destination.name,
  });

  async function start(name: string): Promise<void> {
    await notices.attempt(async () => mirror.put(await api.call('startDestination', { params: { name } })));
  }

  return {
    ...mirror,
    /** These throw, because the form that asked shows the answer beside its fields. */
    async add(name: string, body: DestinationCreate): Promise<void> {
      mirror.put(await api.call('putDestination', { params: { name }, body }));
    },
    async change(name: string, body: DestinationPatch): Promise<void> {
      mirror.put(await api.call('patchDestination', { params: { name }, body }));
    },
    start,
    /** Those that were lost or have failed, now. */
    async retry(): Promise<void> {
      const lost = mirror.getState().items.filter(({ state }) => state === 'reconnecting' || state === 'failed');
      await Promise.all(lost.map(({ name }) => start(name)));
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

/** Locators of this name are the page's own, for watching what nobody can watch through a published one; they end by themselves. */
const OWN_PREFIX = 'player.';
/** Who gets the keys of such a locator, where the asset is protected: nobody with a token of viewers. */
const OWN_KEY_POLICY = 'player.only';
const OWN_LIFE_MS = 24 * 3_600_000;
/** One that ends sooner than this is not begun with. */
const OWN_LEAST_MS = 3_600_000;

/** Of this name is the content key policy that the page makes for who wants keys given to everyone with the link. */
export const OPEN_KEY_POLICY = 'open-clear-key';

/** Whether it is one that the page makes when it needs it, and so makes again. */
export function isPageKeyPolicy({ name }: { readonly name: string }): boolean {
  return name === OPEN_KEY_POLICY || name === OWN_KEY_POLICY;
}

/** What a locator of an asset can be made of. */
export type LocatorOffers = {
  readonly policies: readonly StreamingPolicy[];
  /** Names, without the one that is always offered and those that are the page's own. */
  readonly keyPolicies: readonly string[];
};

/** Where the page plays an asset. */
export type Playable = {
  readonly hls: string;
  readonly watch: string;
  /** What is shown for its keys; undefined of what is clear. */
  readonly keyToken: (() => Promise<string>) | undefined;
};

export function createLocatorsStore(api: Api, timers: Timers, notices: Pick<NoticesStore, 'attempt'>) {
  const mirror = createMirror<StreamingLocator>({
    load: () => allPages(($skiptoken) => api.call('listLocators', { query: { $skiptoken } })),
    keyOf: (locator) => locator.name,
  });
  const policies = (): Promise<readonly StreamingPolicy[]> =>
    allPages(($skiptoken) => api.call('listPolicies', { query: { $skiptoken } }));

  const keyPolicies = async (): Promise<readonly string[]> =>
    (await allPages(($skiptoken) => api.call('listContentKeyPolicies', { query: { $skiptoken } }))).map(
      ({ name }) => name,
    );

  /** Through a locator that lets the page's player in now; where the asset is protected a clear one of the page's own would go round that. */
  async function playableLocator(asset: string, known: ReadonlyMap<string, StreamingPolicy>) {
    const own: StreamingLocator[] = [];
    const published: StreamingLocator[] = [];
    for (const locator of mirror.getState().items.filter(({ assetName }) => assetName === asset)) {
      (isOwn(locator) ? own : published).push(locator);
    }
    const policyOf = (locator: StreamingLocator): StreamingPolicy | undefined =>
      known.get(locator.streamingPolicyName);
    const isProtected = published.some((locator) => isProtecting(policyOf(locator)));
    const forgotten = isProtected ? own.filter((locator) => wayOf(policyOf(locator)) === 'NoEncryption') : [];
    for (const { name } of forgotten) {
      await api.call('deleteLocator', { params: { name } });
      mirror.remove(name);
    }
    const usable = [...published, ...own].filter(
      (locator) =>
        !forgotten.includes(locator) &&
        wayOf(policyOf(locator)) !== undefined &&
        isOpen(locator, timers.nowMs() + OWN_LEAST_MS, timers.nowMs()),
    );
    const clear = usable.find((locator) => wayOf(policyOf(locator)) === 'NoEncryption');
    return clear ?? usable[0] ?? (await ownLocator(asset, isProtected));
  }

  async function ownLocator(asset: string, isProtected: boolean): Promise<StreamingLocator> {
    const stamp = Math.floor(timers.nowMs() / 1000).toString(36);
    const name = `${OWN_PREFIX}${asset}`.slice(0, 240);
    if (isProtected) {
      await api.call('putContentKeyPolicy', { params: { name: OWN_KEY_POLICY }, body: ownKeyPolicy() });
    }
    const locator = await api.call('putLocator', {
      params: { name: `${name}.${stamp}` },
      body: {
        assetName: asset,
        ...(isProtected
          ? { streamingPolicyName: 'Predefined_ClearKey', defaultContentKeyPolicyName: OWN_KEY_POLICY }
          : { streamingPolicyName: 'Predefined_ClearStreamingOnly' }),
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
    async playable(asset: string): Promise<Playable> {
      if (mirror.getState().status !== 'ready') {
        await mirror.refresh();
      }
      const known = new Map((await policies()).map((policy) => [policy.name, policy]));
      const { name, streamingPolicyName } = await playableLocator(asset, known);
      const way = wayOf(known.get(streamingPolicyName)) ?? 'NoEncryption';
      const paths = await api.call('listPaths', { params: { name } });
      return {
        hls: hlsUrlOf(paths, way),
        watch: paths.watchUrl,
        keyToken:
          way === 'NoEncryption'
            ? undefined
            : createKeyToken(() => api.call('issuePlayToken', { params: { name } }), timers.nowMs),
      };
    },
    /** What is shown for the keys of an event's preview. */
    previewToken: (event: string): (() => Promise<string>) =>
      createKeyToken(() => api.call('issuePreviewToken', { params: { name: event } }), timers.nowMs),
    /** These throw, because who asked shows the answer. */
    async offers(): Promise<LocatorOffers> {
      const [offered, known] = await Promise.all([policies(), keyPolicies()]);
      return {
        policies: offered,
        keyPolicies: known.filter((name) => !isPageKeyPolicy({ name })),
      };
    },
    /** Names of the filters that a locator of this asset can apply, its own before those of all. */
    async filters(asset: string): Promise<readonly string[]> {
      const [own, all] = await Promise.all([
        allPages(($skiptoken) => api.call('listAssetFilters', { params: { name: asset }, query: { $skiptoken } })),
        allPages(($skiptoken) => api.call('listAccountFilters', { query: { $skiptoken } })),
      ]);
      return [...new Set([...own, ...all].map(({ name }) => name))];
    },
    async add(name: string, body: StreamingLocatorCreate): Promise<void> {
      if (
        body.defaultContentKeyPolicyName === OPEN_KEY_POLICY &&
        !(await keyPolicies()).includes(OPEN_KEY_POLICY)
      ) {
        await api.call('putContentKeyPolicy', { params: { name: OPEN_KEY_POLICY }, body: openKeyPolicy() });
      }
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
  return locators.filter((locator) => locator.assetName === asset && !isOwn(locator));
}

function isOwn({ name }: StreamingLocator): boolean {
  return name.startsWith(OWN_PREFIX);
}

function openKeyPolicy(): BodyInputOf<'putContentKeyPolicy'> {
  return {
    description: 'Everyone who has the link gets the keys.',
    options: [{ configuration: { kind: 'ClearKey' }, restriction: { kind: 'Open' } }],
  };
}

/** A secret that nobody keeps, so that there is no token for it but the page's own. */
function ownKeyPolicy(): BodyInputOf<'putContentKeyPolicy'> {
  const keyValue = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))));
  return {
    description: 'Of recordings that are played in the archive. Nobody else gets these keys.',
    options: [
      {
        configuration: { kind: 'ClearKey' },
        restriction: {
          kind: 'Token',
          restrictionTokenType: 'Jwt',
          issuer: 'lectern',
          audience: 'player',
          primaryVerificationKey: { kind: 'Symmetric', keyValue },
        },
      },
    ],
  };
}
