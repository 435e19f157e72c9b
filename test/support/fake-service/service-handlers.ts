import type { EventType } from '../../../src-main/shared/api/events.ts';
import type { LiveEvent } from '../../../src-main/shared/api/live-events.ts';
import type { AuditEntry } from '../../../src-main/shared/api/telemetry.ts';
import type { Upload } from '../../../src-main/shared/api/uploads.ts';
import type { Webhook } from '../../../src-main/shared/api/webhooks.ts';
import { anUpload } from '../fake-uploads.ts';
import { definedOf, Fault, type Handlers } from './handling.ts';
import { NO_FEED } from './live-feed.ts';
import type { World } from './scenarios.ts';

type Tools = {
  readonly world: World;
  readonly publish: (eventType: EventType, subject: string, data: unknown) => void;
  readonly found: <T>(map: ReadonlyMap<string, T>, name: string | undefined) => T;
  readonly setLiveEvent: (name: string, patch: Partial<LiveEvent>) => LiveEvent;
  readonly pause: () => Promise<void>;
  readonly poster: (seed: number) => Promise<Buffer>;
};

export function aWebhook(name: string, patch: Partial<Webhook> = {}): Webhook {
  return {
    name,
    url: 'https://example.org/events',
    hasSecret: true,
    eventTypes: [],
    deliverySchema: 'Event',
    enabled: true,
    created: '2026-11-20T08:00:00.000Z',
    lastModified: '2026-11-20T08:00:00.000Z',
    state: 'idle',
    queued: 0,
    delivered: 412,
    dropped: 0,
    failures: 0,
    ...patch,
  };
}

export function anAuditEntry(id: number, patch: Partial<AuditEntry> = {}): AuditEntry {
  return {
    id,
    time: new Date(Date.parse('2026-11-21T08:00:00.000Z') + id * 61_000).toISOString(),
    action: 'liveEvents/start',
    subject: 'liveEvent/talk',
    from: '127.0.0.1',
    status: 200,
    ...patch,
  };
}

/** What the page of the service asks for beside the events themselves. */
export function serviceHandlers(tools: Tools): Omit<Handlers, typeof Symbol.dispose> {
  const { world, publish, found, setLiveEvent } = tools;

  function encodingEvent(name: string): void {
    const { encodingType } = found(world.liveEvents, name).encoding;
    if (encodingType !== 'Standard' && encodingType !== 'Premium1080p') {
      throw new Fault('live/not-encoding', `The live event ${name} passes through what its encoder sends.`);
    }
  }

  function setOnAir(name: string, change: LiveEvent['onAir']): void {
    setLiveEvent(name, { onAir: { ...found(world.liveEvents, name).onAir, ...change } });
  }

  const inSeconds = (seconds: number): string => new Date(Date.now() + 1000 * seconds).toISOString();

  function setUpload(name: string, upload: Upload): Upload {
    world.uploads.set(name, upload);
    publish('Lectern.UploadChanged', `upload/${name}`, upload);
    return upload;
  }

  function setWebhook(name: string, webhook: Webhook): Webhook {
    world.webhooks.set(name, webhook);
    publish('Lectern.WebhookChanged', `webhook/${name}`, webhook);
    return webhook;
  }

  return {
    async allocateLiveEvent({ params }) {
      setLiveEvent(params.name, { resourceState: 'Allocating' });
      await tools.pause();
      return setLiveEvent(params.name, { resourceState: 'StandBy' });
    },
    getLiveEventStatus: ({ params }) => (world.feeds.get(params.name) ?? NO_FEED).status,
    getStreamEvents: ({ params }) => ({ value: (world.feeds.get(params.name) ?? NO_FEED).streamEvents }),
    getTrackIngestHeartbeats: ({ params }) => ({ value: (world.feeds.get(params.name) ?? NO_FEED).heartbeats }),
    getThumbnail({ params }) {
      if (!world.feeds.has(params.name)) {
        throw new Fault('archive/empty', 'Nothing has come in yet.');
      }
      return tools.poster(3);
    },
    showSlate({ params, body }) {
      encodingEvent(params.name);
      setOnAir(params.name, { slate: { until: inSeconds(body.duration) } });
    },
    hideSlate({ params }) {
      encodingEvent(params.name);
      setOnAir(params.name, { slate: undefined });
    },
    startAdvertisement: ({ params, body: { cueId, duration } }) =>
      setOnAir(params.name, { advertisement: { cueId, until: inSeconds(duration) } }),
    endAdvertisement: ({ params }) => setOnAir(params.name, { advertisement: undefined }),
    listUploads: () => ({ value: [...world.uploads.values()] }),
    putUpload: ({ params, body: { streamingLocatorName, retention } }) =>
      setUpload(params.name, anUpload(params.name, { streamingLocatorName, retention })),
    patchUpload: ({ params, body: { retention } }) => {
      const upload = found(world.uploads, params.name);
      return setUpload(params.name, { ...upload, retention: retention ?? upload.retention });
    },
    startUpload: ({ params }) =>
      setUpload(params.name, { ...found(world.uploads, params.name), enabled: true, state: 'live' }),
    stopUpload: ({ params }) =>
      setUpload(params.name, { ...found(world.uploads, params.name), enabled: false, state: 'off' }),
    deleteUpload({ params }) {
      world.uploads.delete(params.name);
      publish('Lectern.UploadDeleted', `upload/${params.name}`, {});
    },
    listWebhooks: () => ({ value: [...world.webhooks.values()] }),
    putWebhook({ params, body }) {
      const { secret, ...rest } = body;
      return setWebhook(
        params.name,
        aWebhook(params.name, { ...rest, hasSecret: secret !== undefined, delivered: 0 }),
      );
    },
    patchWebhook({ params, body }) {
      const webhook = found(world.webhooks, params.name);
      const { secret, ...rest } = body;
      const enabled = body.enabled ?? webhook.enabled;
      return setWebhook(params.name, {
        ...webhook,
        ...definedOf(rest),
        hasSecret: secret === undefined ? webhook.hasSecret : secret !== null,
        state: enabled ? 'idle' : 'off',
      });
    },
    deleteWebhook({ params }) {
      world.webhooks.delete(params.name);
      publish('Lectern.WebhookDeleted', `webhook/${params.name}`, {});
    },
    patchLiveEvent({ params, body }) {
      const { input, preview, encoding } = found(world.liveEvents, params.name);
      const access = body.preview?.accessControl;
      const { accessControl: before, ...look } = preview;
      const lookers = access === undefined ? before : (access ?? undefined);
      return setLiveEvent(params.name, {
        ...definedOf({
          description: body.description,
          tags: body.tags,
          useStaticHostname: body.useStaticHostname,
          hostnamePrefix: body.hostnamePrefix,
          crossSiteAccessPolicies: body.crossSiteAccessPolicies,
        }),
        input: { ...input, ...definedOf(body.input ?? {}) },
        preview: { ...look, ...(lookers === undefined ? {} : { accessControl: lookers }) },
        encoding: { ...encoding, ...definedOf(body.encoding ?? {}) },
      });
    },
    putSlate({ params }) {
      found(world.assets, params.name);
    },
    listAuditLog: () => ({ value: world.audit }),
  };
}
