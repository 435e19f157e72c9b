import type { Clock } from '../base/clock.ts';
import { toAppError } from '../shared/app-error.ts';
import type { StoredEndpoint } from './endpoints/endpoint-resource.ts';
import { openEndpoints } from './endpoints/endpoints.ts';
import { openOrigin } from './origin/origin.ts';
import { createPackager } from './packaging/packager.ts';
import { everywhere, hostForOthers } from './platform/network.ts';
import type { Repository } from './ports/catalogue.ts';
import type { KeyDelivery } from './ports/keys.ts';
import type { Logger } from './ports/logger.ts';
import type { FindPublication } from './ports/presentation.ts';
import type { SecretStore } from './ports/secrets.ts';
import type { EndpointService, EventLog, SettingsService } from './ports/services.ts';
import type { Storyboards } from './ports/storyboard.ts';

/** The origin of each streaming endpoint, and how they are addressed. */
export type PublicOrigin = AsyncDisposable & {
  readonly endpoints: EndpointService;
  /** Those who watch at any of them. */
  readonly viewers: () => number;
  /** What links for viewers begin with: this computer's address once the origin is shared, else loopback; or a name of one's own. */
  readonly url: () => string;
  /** Under which the page on this computer reaches it. */
  readonly localUrl: string;
};

const LOOPBACK = '127.0.0.1';

export async function openPublicOrigin(options: {
  readonly port: number;
  readonly settings: SettingsService;
  readonly endpointRows: Repository<StoredEndpoint>;
  readonly secrets: SecretStore;
  readonly findPublication: FindPublication;
  readonly storyboards: Storyboards;
  readonly keyDelivery: KeyDelivery;
  readonly watchFolder: string | undefined;
  readonly events: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly version: string;
}): Promise<PublicOrigin> {
  const { settings, events, clock, logger } = options;
  const network = (): ReturnType<SettingsService['get']>['network'] => settings.get().network;
  const listenHost = (): string => (network().shareOrigin ? everywhere() : LOOPBACK);
  const packager = createPackager({ clock });
  let host = listenHost();
  const endpoints = await openEndpoints({
    rows: options.endpointRows,
    secrets: options.secrets,
    openDoor: (door) =>
      openOrigin({
        ...door,
        host,
        packager,
        findPublication: options.findPublication,
        storyboards: options.storyboards,
        keyDelivery: options.keyDelivery,
        watchFolder: options.watchFolder,
        clock,
        logger,
        version: options.version,
      }),
    port: options.port,
    limit: () => settings.get().service.quotas.streamingEndpoints,
    publicHost,
    events,
    clock,
    logger,
  });

  async function followSettings(): Promise<void> {
    const wanted = listenHost();
    if (wanted === host) {
      return;
    }
    try {
      await endpoints.setHost(wanted);
      host = wanted;
    } catch (error) {
      logger.error({ error }, 'the origin could not be moved to another address; it goes on where it was');
      const { code, message } = toAppError(error);
      events.publish('Lectern.Problem', 'settings', { code, detail: message });
    }
  }

  const following = events.published.on(({ eventType }) => {
    if (eventType === 'Lectern.SettingsChanged') {
      void followSettings();
    }
  });

  function publicHost(): string {
    return host === LOOPBACK ? LOOPBACK : hostForOthers(network().publicHost);
  }

  return {
    endpoints,
    viewers: endpoints.viewerCount,
    url: endpoints.linkUrl,
    localUrl: `http://${LOOPBACK}:${endpoints.port}`,
    async [Symbol.asyncDispose]() {
      following[Symbol.dispose]();
      await endpoints[Symbol.asyncDispose]();
    },
  };
}
