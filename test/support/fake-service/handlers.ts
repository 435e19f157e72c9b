import { randomUUID } from 'node:crypto';
import type { ExportJob } from '../../../src-main/shared/api/assets.ts';
import type { EventType } from '../../../src-main/shared/api/events.ts';
import type { LiveEvent, LiveEventCreate } from '../../../src-main/shared/api/live-events.ts';
import type { StreamingLocatorCreate } from '../../../src-main/shared/api/publishing.ts';
import type { SourceSpec, SourceStatus, StudioState } from '../../../src-main/shared/api/studio.ts';
import { UNTREATED } from '../../../src-main/shared/sound-limits.ts';
import { exportHandlers, qualityOf, rangeOf } from './export-handlers.ts';
import { definedOf, Fault, type Handlers } from './handling.ts';
import { momentHandlers } from './moment-handlers.ts';
import { outsideHandlers } from './outside-handlers.ts';
import { policyHandlers } from './policy-handlers.ts';
import { preflightHandlers } from './preflight-handlers.ts';
import { aCertificate, aDestination, aLiveEvent, anAsset, running, type World } from './scenarios.ts';
import { sceneHandlers } from './scene-handlers.ts';
import { serviceHandlers } from './service-handlers.ts';

const UNDO_MS = 5000;

export function createHandlers(options: {
  readonly world: World;
  readonly publish: (eventType: EventType, subject: string, data: unknown) => void;
  readonly originUrl: string;
  readonly poster: (seed: number) => Promise<Buffer>;
  readonly exportMs: number;
  readonly startMs: number;
}): Handlers {
  const { world, publish, originUrl } = options;
  const timers = new Set<NodeJS.Timeout>();
  const tick = setInterval(second, 1000);
  let ending: NodeJS.Timeout | undefined;

  function after(delayMs: number, action: () => void): NodeJS.Timeout {
    const handle = setTimeout(() => {
      timers.delete(handle);
      action();
    }, delayMs);
    timers.add(handle);
    return handle;
  }

  const pause = (): Promise<void> => new Promise((resolve) => after(options.startMs, () => resolve()));

  function setStudio(patch: Partial<StudioState>): StudioState {
    world.studio = { ...world.studio, ...patch };
    publish('Lectern.StudioChanged', 'studio', world.studio);
    return world.studio;
  }

  function found<T>(map: ReadonlyMap<string, T>, name: string | undefined): T {
    const item = map.get(name ?? '');
    if (item === undefined) {
      throw new Fault('resource/not-found', `There is no ${name ?? ''}.`);
    }
    return item;
  }

  function listed<T>(map: ReadonlyMap<string, T>): { value: T[] } {
    return { value: [...map.values()] };
  }

  function encoder(): StudioState['encoder'] {
    return {
      encoder: 'libx264',
      preset: 'superfast',
      frameRate: 30,
      layers: world.studio.ladder.layers ?? [],
      audioBitrate: 128_000,
      speed: 1,
      backlogFrames: 0,
      restarts: 0,
    };
  }

  function second(): void {
    const { studio } = world;
    if (studio.encoder !== undefined) {
      const wobble = Math.sin(Date.now() / 3000);
      setStudio({
        encoder: {
          ...studio.encoder,
          speed: Math.max(0.2, studio.encoder.speed + wobble * 0.004),
          backlogFrames: studio.health.level === 'poor' ? 9 : Math.max(0, Math.round(wobble)),
        },
      });
    }
    for (const destination of world.destinations.values()) {
      if (destination.state === 'live') {
        setDestination(destination.name, { sentBitrate: 2_600_000 + Math.sin(Date.now() / 5000) * 90_000 });
      }
    }
    const asset = world.assets.get(studio.session?.asset ?? '');
    if (asset?.state === 'recording') {
      const duration = (Date.now() - Date.parse(asset.recordedAt ?? asset.created)) / 1000;
      // Nothing is told while it grows: who looks at it asks.
      world.assets.set(asset.name, { ...asset, duration, size: Math.round(duration * 500_000) });
    }
  }

  function setDestination(name: string, patch: Partial<ReturnType<typeof aDestination>>) {
    const next = { ...found(world.destinations, name), ...patch };
    world.destinations.set(name, next);
    publish('Lectern.DestinationChanged', `destination/${name}`, next);
    return next;
  }

  function setAsset(name: string, patch: Partial<ReturnType<typeof anAsset>>) {
    const next = { ...(world.assets.get(name) ?? anAsset(name)), ...patch };
    world.assets.set(name, next);
    publish('Lectern.AssetChanged', `asset/${name}`, next);
    return next;
  }

  function setLiveEvent(name: string, patch: Partial<LiveEvent>): LiveEvent {
    const next = { ...found(world.liveEvents, name), ...patch };
    world.liveEvents.set(name, next);
    publish('Lectern.LiveEventChanged', `liveEvent/${name}`, next);
    return next;
  }

  function createLiveEvent(name: string, request: LiveEventCreate): LiveEvent {
    const now = new Date().toISOString();
    const { encodingType = 'PassthroughStandard', ...encoding } = request.encoding ?? {};
    const event = aLiveEvent(name, {
      description: request.description ?? '',
      created: now,
      lastModified: now,
      input: {
        streamingProtocol: request.input.streamingProtocol,
        accessToken: randomUUID(),
        keyFrameIntervalDuration: request.input.keyFrameIntervalDuration ?? 'PT2S',
        ...definedOf({ accessControl: request.input.accessControl }),
        endpoints: [],
      },
      preview: { previewLocator: randomUUID(), endpoints: [] },
      encoding: { encodingType, ...definedOf(encoding) },
      streamOptions: request.streamOptions ?? ['Default'],
    });
    world.liveEvents.set(name, event);
    world.outputs.set(name, new Map());
    return setLiveEvent(name, {});
  }

  function startLiveEvent(name: string): LiveEvent {
    const { resourceState, input, preview } = running(found(world.liveEvents, name), originUrl);
    return setLiveEvent(name, { resourceState, input, preview });
  }

  async function restart(name: string, states: readonly LiveEvent['resourceState'][]): Promise<void> {
    for (const resourceState of states) {
      setLiveEvent(name, { resourceState });
      await pause();
    }
  }

  function removeOutputs(name: string): void {
    for (const output of found(world.outputs, name).keys()) {
      publish('Lectern.LiveOutputDeleted', `liveEvent/${name}/liveOutput/${output}`, {});
    }
    world.outputs.set(name, new Map());
  }

  function createLocator(name: string, request: StreamingLocatorCreate) {
    const locator = {
      ...definedOf(request),
      assetName: request.assetName,
      streamingPolicyName: request.streamingPolicyName,
      streamingLocatorId: request.streamingLocatorId ?? randomUUID(),
      name,
      created: new Date().toISOString(),
    };
    world.locators.set(name, locator);
    publish('Lectern.LocatorChanged', `streamingLocator/${name}`, locator);
    return locator;
  }

  function pathsOf(name: string) {
    const locator = found(world.locators, name);
    const base = `/${locator.streamingLocatorId}/talk.ism`;
    return {
      streamingPaths: [
        {
          streamingProtocol: 'Hls' as const,
          encryptionScheme: 'NoEncryption' as const,
          paths: [`${base}/manifest(format=m3u8-cmaf)`],
        },
        {
          streamingProtocol: 'Dash' as const,
          encryptionScheme: 'NoEncryption' as const,
          paths: [`${base}/manifest(format=mpd-time-cmaf)`],
        },
      ],
      downloadPaths: [],
      watchUrl: `${originUrl}/watch/${locator.streamingLocatorId}`,
    };
  }

  function goOnAir(): void {
    const stamp = Date.now().toString(36);
    const now = new Date().toISOString();
    const liveEvent = `studio-${stamp}`;
    const asset = `recording-${stamp}`;
    createLiveEvent(liveEvent, { input: { streamingProtocol: 'Studio' } });
    startLiveEvent(liveEvent);
    world.outputs.get(liveEvent)?.set('archive', {
      name: 'archive',
      description: '',
      assetName: asset,
      archiveWindowLength: 'PT25H',
      manifestName: 'talk',
      created: now,
      lastModified: now,
      provisioningState: 'Succeeded',
      resourceState: 'Running',
    });
    if (world.studio.record) {
      setAsset(asset, {
        title: world.studio.title,
        state: 'recording',
        recordedAt: now,
        created: now,
        duration: 0,
        size: 0,
      });
    }
    const locator = `live-${stamp}`;
    createLocator(locator, { assetName: asset, streamingPolicyName: 'Predefined_ClearStreamingOnly' });
    const { streamingPaths, watchUrl } = pathsOf(locator);
    setStudio({
      phase: 'live',
      viewers: 0,
      session: {
        liveEvent,
        liveOutput: 'archive',
        ...(world.studio.record ? { asset } : {}),
        locator,
        urls: {
          hls: new URL(streamingPaths[0]?.paths[0] ?? '', originUrl).href,
          dash: new URL(streamingPaths[1]?.paths[0] ?? '', originUrl).href,
          watch: watchUrl,
        },
        startedAt: now,
      },
    });
    for (const destination of world.destinations.values()) {
      if (destination.enabled && destination.state === 'waiting') {
        setDestination(destination.name, { state: 'connecting' });
        after(400, () => setDestination(destination.name, { state: 'live', sentBitrate: 2_600_000 }));
      }
    }
  }

  function goOffAir(): void {
    ending = undefined;
    const { session, ...rest } = world.studio;
    const { encoder: _, ...without } = rest;
    world.studio = { ...without, phase: 'off-air', viewers: 0 };
    publish('Lectern.StudioChanged', 'studio', world.studio);
    if (session?.asset !== undefined && world.assets.has(session.asset)) {
      setAsset(session.asset, { state: 'ready' });
    }
    if (session !== undefined && world.liveEvents.has(session.liveEvent)) {
      world.outputs.delete(session.liveEvent);
      world.liveEvents.delete(session.liveEvent);
      publish('Lectern.LiveEventDeleted', `liveEvent/${session.liveEvent}`, { name: session.liveEvent });
    }
    for (const destination of world.destinations.values()) {
      setDestination(destination.name, { state: destination.enabled ? 'waiting' : 'off', sentBitrate: 0 });
    }
  }

  function statusOf(spec: SourceSpec): SourceStatus {
    const before = world.studio.sources.find((source) => source.spec.id === spec.id);
    const isSound = spec.kind === 'microphone' || spec.kind === 'system-audio';
    const device = 'device' in spec ? world.devices.value.find((entry) => entry.id === spec.device) : undefined;
    return (
      before ?? {
        spec,
        label: device?.label ?? LABELS[spec.kind],
        hasVideo: !isSound,
        hasAudio: isSound || spec.kind === 'test' || spec.kind === 'file' || spec.kind === 'url',
        state: 'live',
        restarts: 0,
      }
    );
  }

  function runExport(job: ExportJob): void {
    const started = Date.now();
    const step = (): void => {
      const current = world.exports.get(job.id);
      if (current === undefined || current.state === 'cancelled' || current.state === 'failed') {
        return;
      }
      const progress = Math.min(1, (Date.now() - started) / options.exportMs);
      const next: ExportJob = {
        ...current,
        progress,
        state: progress >= 1 ? 'done' : progress > 0.9 ? 'checking' : 'writing',
        eta: ((1 - progress) * options.exportMs) / 1000,
        ...(progress >= 1 ? { size: 812_000_000 } : {}),
      };
      world.exports.set(job.id, next);
      publish('Lectern.ExportChanged', `asset/${job.asset}/exports/${job.id}`, next);
      if (progress < 1) {
        after(150, step);
      }
    };
    after(100, step);
  }

  const handlers: Handlers = {
    getStudio: () => world.studio,
    patchStudio: ({ body }) => setStudio(definedOf(body)),
    getDevices: () => world.devices,
    async testDevice({ body: { source } }) {
      const { label, hasVideo, hasAudio } = statusOf(source);
      const jpeg = (await options.poster(0)).toString('base64');
      return {
        label,
        inUse: world.studio.sources.some(({ spec }) => spec.id === source.id),
        ...(hasVideo ? { picture: { jpeg, width: 480, height: 270, frameRate: 29.97, isBlack: false } } : {}),
        ...(hasAudio ? { sound: { wav: 'UklGRg==', peakDb: -13.2, rmsDb: -24, isSilent: false } } : {}),
        tookMs: 840,
      };
    },
    putSources({ body }) {
      const { sources: specs } = body;
      const sources = specs.map(statusOf);
      const audio = sources
        .filter((source) => source.hasAudio)
        .map(
          ({ spec: { id }, label }) =>
            world.studio.audio.find((input) => input.id === id) ?? {
              id,
              label,
              gainDb: 0,
              muted: false,
              ...UNTREATED,
              separateTrack: 'off' as const,
            },
        );
      const { scene } = world.studio;
      const isThere = scene.kind !== 'single' || sources.some((source) => source.spec.id === scene.source);
      return setStudio({ sources, audio, scene: isThere ? scene : { kind: 'slate' } });
    },
    putScene: ({ body }) => setStudio({ scene: body }),
    ...sceneHandlers({ publish, scene: () => world.studio.scene, setScene: (scene) => setStudio({ scene }) }),
    getSound: () => ({ ...world.studio.sound, inputs: world.studio.audio, levels: [] }),
    patchSound: ({ body }) => setStudio({ sound: { ...world.studio.sound, ...definedOf(body) } }).sound,
    patchAudio({ params, body }) {
      const audio = world.studio.audio.map((input) =>
        input.id === params.input ? { ...input, ...definedOf(body) } : input,
      );
      setStudio({ audio });
      return audio.find((input) => input.id === params.input);
    },
    putLadder({ body }) {
      setStudio({ ladder: { ...world.studio.ladder, choice: body } });
      return body;
    },
    async measureLadder() {
      await new Promise((resolve) => after(options.startMs, () => resolve(undefined)));
      return setStudio({ ladder: { ...world.studio.ladder, measuredSpeed: 2.6 } });
    },
    rehearse() {
      const now = new Date().toISOString();
      const urls = { hls: originUrl, dash: originUrl, watch: originUrl };
      return setStudio({
        phase: 'rehearsing',
        encoder: encoder(),
        session: { liveEvent: 'rehearsal', urls, startedAt: now },
      });
    },
    goLive({ body }) {
      if (!world.studio.sources.some((source) => source.hasVideo)) {
        throw new Fault('live/no-source', 'No source is chosen. Nothing was started. Choose what to show first.');
      }
      if (world.studio.phase !== 'off-air' && world.studio.phase !== 'rehearsing') {
        throw new Fault('live/already-live', 'A broadcast is already running.');
      }
      after(options.startMs, goOnAir);
      const title = body?.title;
      return setStudio({ phase: 'starting', encoder: encoder(), ...(title === undefined ? {} : { title }) });
    },
    endLive({ body }) {
      const { session, phase } = world.studio;
      if (phase === 'off-air') {
        throw new Fault('live/not-live', 'Nothing is live.');
      }
      if (phase === 'rehearsing' || session === undefined || body?.now === true) {
        clearTimeout(ending);
        goOffAir();
        return world.studio;
      }
      ending = after(UNDO_MS, goOffAir);
      const undoUntil = new Date(Date.now() + UNDO_MS).toISOString();
      return setStudio({ phase: 'ending', session: { ...session, undoUntil } });
    },
    undoEnd() {
      const { session } = world.studio;
      if (ending === undefined || session === undefined) {
        throw new Fault('live/nothing-to-undo', 'There is no end to undo.');
      }
      clearTimeout(ending);
      ending = undefined;
      const { undoUntil: _, ...kept } = session;
      return setStudio({ phase: 'live', session: kept });
    },
    createMarker({ body }) {
      const { session } = world.studio;
      const marker = {
        id: randomUUID(),
        time: (Date.now() - Date.parse(session?.startedAt ?? new Date().toISOString())) / 1000,
        label: body?.label ?? '',
      };
      const asset = session?.asset ?? '';
      world.markers.set(asset, [...(world.markers.get(asset) ?? []), marker]);
      return marker;
    },

    listDestinations: () => listed(world.destinations),
    putDestination({ params, body }) {
      const { streamKey, ...rest } = body;
      const name = params.name;
      world.destinations.set(
        name,
        aDestination(name, { ...definedOf(rest), hasStreamKey: streamKey !== undefined }),
      );
      return setDestination(name, {});
    },
    patchDestination({ params, body }) {
      const { streamKey, backupUrl, playbackUrl, ...rest } = body;
      const name = params.name;
      const { backupUrl: kept, playbackUrl: keptPlayback, ...before } = found(world.destinations, name);
      const backup = backupUrl === undefined ? kept : (backupUrl ?? undefined);
      const playback = playbackUrl === undefined ? keptPlayback : (playbackUrl ?? undefined);
      world.destinations.set(name, {
        ...before,
        ...definedOf(rest),
        ...(backup === undefined ? {} : { backupUrl: backup }),
        ...(playback === undefined ? {} : { playbackUrl: playback }),
        hasStreamKey: streamKey === undefined ? before.hasStreamKey : streamKey !== null,
      });
      return setDestination(name, {});
    },
    deleteDestination({ params }) {
      world.destinations.delete(params.name);
      publish('Lectern.DestinationDeleted', `destination/${params.name}`, {});
    },
    startDestination({ params }) {
      const name = params.name;
      after(500, () => setDestination(name, { state: 'live', sentBitrate: 2_600_000, queueSeconds: 0.2 }));
      return setDestination(name, { state: 'connecting' });
    },
    stopDestination: ({ params }) => setDestination(params.name, { state: 'off', sentBitrate: 0 }),

    listAssets: () => listed(world.assets),
    getAsset: ({ params }) => found(world.assets, params.name),
    putAsset: ({ params, body }) =>
      setAsset(params.name, { ...definedOf(body), state: 'empty', duration: 0, size: 0, tracks: [] }),
    patchAsset: ({ params, body }) => setAsset(params.name, definedOf(body)),
    deleteAsset({ params }) {
      const name = params.name;
      found(world.assets, name);
      world.assets.delete(name);
      publish('Lectern.AssetDeleted', `asset/${name}`, { name });
    },
    listMarkers: ({ params }) => ({ value: world.markers.get(params.name) ?? [] }),
    ...exportHandlers({ world }),
    ...momentHandlers({ world, publish, setStudio, setAsset }),
    getCertificate: ({ params }) =>
      world.certificates.get(params.name) ?? { asset: params.name, state: 'unchecked' },
    createCertificate({ params }) {
      const made = aCertificate(params.name);
      world.certificates.set(params.name, made);
      return made;
    },
    getPoster: ({ params }) => options.poster([...world.assets.keys()].indexOf(params.name)),
    listExports: ({ params }) => ({
      value: [...world.exports.values()].filter((job) => job.asset === params.name),
    }),
    createExport({ params, body }) {
      const request = body;
      const asset = found(world.assets, params.name);
      const job: ExportJob = {
        id: randomUUID().slice(0, 8),
        asset: asset.name,
        format: request.format,
        quality: qualityOf(asset, request),
        ...rangeOf(world, asset, request),
        state: 'queued',
        progress: 0,
        created: new Date().toISOString(),
        fileName: `${asset.title}.${request.format}`,
      };
      world.exports.set(job.id, job);
      publish('Lectern.ExportChanged', `asset/${asset.name}/exports/${job.id}`, job);
      runExport(job);
      return job;
    },
    cancelExport({ params }) {
      const job = found(world.exports, params.id);
      if (job.state === 'done' || job.state === 'failed' || job.state === 'cancelled') {
        world.exports.delete(job.id);
        publish('Lectern.ExportDeleted', `asset/${job.asset}/exports/${job.id}`, {});
      } else {
        const next: ExportJob = { ...job, state: 'cancelled' };
        world.exports.set(job.id, next);
        publish('Lectern.ExportChanged', `asset/${job.asset}/exports/${job.id}`, next);
      }
    },
    getExportFile: () => new Uint8Array(2048),

    listLocators: () => listed(world.locators),
    putLocator: ({ params, body }) => createLocator(params.name, body),
    deleteLocator({ params }) {
      world.locators.delete(params.name);
      publish('Lectern.LocatorDeleted', `streamingLocator/${params.name}`, {});
    },
    listPaths: ({ params }) => pathsOf(params.name),
    listEndpoints: () => listed(world.endpoints),
    getEndpointMetrics: ({ params }) => ({ value: world.endpointMinutes.get(params.name) ?? [] }),
    startEndpoint: ({ params }) => setEndpoint(params.name, 'Running'),
    stopEndpoint: ({ params }) => setEndpoint(params.name, 'Stopped'),

    listLiveEvents: () => listed(world.liveEvents),
    putLiveEvent({ params, body, query }) {
      const name = params.name;
      if (world.liveEvents.has(name)) {
        throw new Fault('resource/exists', `The name ${name} is taken.`);
      }
      const event = createLiveEvent(name, body);
      return query.autoStart === 'true' ? startLiveEvent(name) : event;
    },
    async startLiveEvent({ params }) {
      await restart(params.name, ['Starting']);
      return startLiveEvent(params.name);
    },
    async stopLiveEvent({ params, body }) {
      const { name } = params;
      if (found(world.outputs, name).size > 0 && body?.removeOutputsOnStop !== true) {
        throw new Fault('resource/in-use', `The live event ${name} has live outputs.`);
      }
      await restart(name, ['Stopping']);
      removeOutputs(name);
      const { input, preview } = found(world.liveEvents, name);
      return setLiveEvent(name, {
        resourceState: 'Stopped',
        input: { ...input, endpoints: [] },
        preview: { ...preview, endpoints: [] },
      });
    },
    async resetLiveEvent({ params }) {
      removeOutputs(params.name);
      await restart(params.name, ['Stopping', 'Starting']);
      return startLiveEvent(params.name);
    },
    ...outsideHandlers({ world, publish }),
    ...preflightHandlers({ world, publish, after }),
    ...policyHandlers({ world, publish, found }),
    ...serviceHandlers({ world, publish, found, setLiveEvent, pause, poster: options.poster }),
    deleteLiveEvent({ params }) {
      world.liveEvents.delete(params.name);
      publish('Lectern.LiveEventDeleted', `liveEvent/${params.name}`, {});
    },
    listLiveOutputs: ({ params }) => listed(found(world.outputs, params.name)),
    putLiveOutput({ params, body }) {
      const now = new Date().toISOString();
      const { outputSnapTime, ...request } = body;
      const output = {
        description: '',
        manifestName: 'manifest',
        ...definedOf(request),
        ...(outputSnapTime === undefined ? {} : { outputSnapTime: String(outputSnapTime) }),
        name: params.output,
        created: now,
        lastModified: now,
        provisioningState: 'Succeeded' as const,
        resourceState: 'Running' as const,
      };
      found(world.outputs, params.name).set(output.name, output);
      publish('Lectern.LiveOutputChanged', `liveEvent/${params.name}/liveOutput/${output.name}`, output);
      return output;
    },
    deleteLiveOutput({ params }) {
      found(world.outputs, params.name).delete(params.output);
      publish('Lectern.LiveOutputDeleted', `liveEvent/${params.name}/liveOutput/${params.output}`, {});
    },

    getSettings: () => ({ settings: world.settings, restartNeeded: world.restartNeeded }),
    patchSettings({ body }) {
      const patch = body;
      const { settings } = world;
      world.settings = {
        ...settings,
        ...definedOf({ language: patch.language, theme: patch.theme }),
        network: { ...settings.network, ...definedOf(patch.network ?? {}) },
        ffmpeg: { ...settings.ffmpeg, ...definedOf(patch.ffmpeg ?? {}) },
        encoding: { ...settings.encoding, ...definedOf(patch.encoding ?? {}) },
        recording: { ...settings.recording, ...definedOf(patch.recording ?? {}) },
        service: {
          ...settings.service,
          ...definedOf({
            stopWithoutInputAfter: patch.service?.stopWithoutInputAfter,
            passphraseFile: patch.service?.passphraseFile,
          }),
          quotas: { ...settings.service.quotas, ...definedOf(patch.service?.quotas ?? {}) },
        },
      };
      if (patch.network?.originPort !== undefined || patch.network?.controlPort !== undefined) {
        world.restartNeeded = ['network.originPort'];
      }
      if (patch.network?.shareOrigin !== undefined) {
        setStudio({ shared: patch.network.shareOrigin });
      }
      publish('Lectern.SettingsChanged', 'settings', world.settings);
      return { settings: world.settings, restartNeeded: world.restartNeeded };
    },
    [Symbol.dispose]() {
      clearInterval(tick);
      timers.forEach((handle) => clearTimeout(handle));
    },
  };

  function setEndpoint(name: string, resourceState: 'Running' | 'Stopped') {
    const next = { ...found(world.endpoints, name), resourceState };
    world.endpoints.set(name, next);
    publish('Lectern.EndpointChanged', `streamingEndpoint/${name}`, next);
    return next;
  }

  return handlers;
}

const LABELS: Readonly<Record<SourceSpec['kind'], string>> = {
  test: 'Test picture',
  screen: 'Screen',
  window: 'Window',
  camera: 'Camera',
  microphone: 'Microphone',
  'system-audio': 'Computer sound',
  file: 'Video file',
  url: 'Stream',
  browser: 'Browser',
};
