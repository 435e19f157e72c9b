import type { Clock } from '../base/clock.ts';
import type { StreamingEndpoint } from '../shared/api/publishing.ts';
import { AppError, toAppError } from '../shared/app-error.ts';
import { type Origin, openOrigin } from './origin/origin.ts';
import { createPackager } from './packaging/packager.ts';
import { hostForOthers } from './platform/network.ts';
import type { KeyDelivery } from './ports/keys.ts';
import type { Logger } from './ports/logger.ts';
import type { FindPublication } from './ports/presentation.ts';
import type { EndpointService, EventLog, SettingsService } from './ports/services.ts';

/** The origin with how it is addressed, and as the streaming endpoint that AMS calls it. */
export type PublicOrigin = AsyncDisposable & {
  readonly origin: Origin;
  readonly endpoints: EndpointService;
  /** What links for viewers begin with: this computer's address once the origin is shared, else loopback. */
  readonly url: () => string;
  /** Under which the page on this computer reaches it. */
  readonly localUrl: string;
};

const LOOPBACK = '127.0.0.1';
const EVERYWHERE = '0.0.0.0';
/** The one there is, under the name that AMS gave the first of an account. */
const ENDPOINT = 'default';

export async function openPublicOrigin(options: {
  readonly port: number;
  readonly settings: SettingsService;
  readonly findPublication: FindPublication;
  readonly keyDelivery: KeyDelivery;
  readonly watchFolder: string | undefined;
  readonly events: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly version: string;
}): Promise<PublicOrigin> {
  const { settings, events, clock, logger } = options;
  const network = (): ReturnType<SettingsService['get']>['network'] => settings.get().network;
  const listenHost = (): string => (network().shareOrigin ? EVERYWHERE : LOOPBACK);
  const origin = await openOrigin({
    port: options.port,
    host: listenHost(),
    packager: createPackager({ clock }),
    findPublication: options.findPublication,
    keyDelivery: options.keyDelivery,
    watchFolder: options.watchFolder,
    clock,
    logger,
    version: options.version,
  });
  let host = listenHost();

  async function followSettings(): Promise<void> {
    const wanted = listenHost();
    if (wanted === host) {
      return;
    }
    try {
      await origin.setHost(wanted);
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
    if (host === LOOPBACK) {
      return LOOPBACK;
    }
    return hostForOthers(network().publicHost);
  }

  function shown(): StreamingEndpoint {
    return {
      name: ENDPOINT,
      hostName: publicHost(),
      resourceState: origin.state(),
      viewers: origin.viewers(),
      egressBitrate: origin.egressBitrate(),
    };
  }

  function insist(name: string): void {
    if (name !== ENDPOINT) {
      throw new AppError(
        'resource/not-found',
        `There is no streaming endpoint ${name}; the one there is is called ${ENDPOINT}.`,
        { details: { streamingEndpoint: name } },
      );
    }
  }

  /** AMS refuses what is already so (spec 2.1). */
  function change(name: string, verb: 'start' | 'stop'): StreamingEndpoint {
    insist(name);
    const state = origin.state();
    if ((state === 'Running') === (verb === 'start')) {
      throw new AppError('resource/wrong-state', `The streaming endpoint ${name} is ${state} already.`, {
        details: { streamingEndpoint: name, state },
      });
    }
    origin[verb]();
    events.publish('Lectern.EndpointChanged', `streamingEndpoint/${name}`, shown());
    return shown();
  }

  return {
    origin,
    endpoints: {
      list: () => [shown()],
      requests: () => origin.requests(),
      get(name) {
        insist(name);
        return shown();
      },
      start: async (name) => await Promise.resolve(change(name, 'start')),
      stop: async (name) => await Promise.resolve(change(name, 'stop')),
    },
    url: () => `http://${publicHost()}:${origin.port}`,
    localUrl: `http://${LOOPBACK}:${origin.port}`,
    async [Symbol.asyncDispose]() {
      following[Symbol.dispose]();
      await origin[Symbol.asyncDispose]();
    },
  };
}
