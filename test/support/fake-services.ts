import { randomUUID } from 'node:crypto';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../src-main/base/clock.ts';
import { createEventLog } from '../../src-main/core/control/event-log.ts';
import { createOperations } from '../../src-main/core/control/operations.ts';
import { secondsOf } from '../../src-main/core/export/plan-export.ts';
import { createFilters } from '../../src-main/core/filters/filters.ts';
import { silentLogger } from '../../src-main/core/ports/logger.ts';
import type { PreviewPicture, RequestCount, Services } from '../../src-main/core/ports/services.ts';
import type { StoredCount } from '../../src-main/core/ports/store.ts';
import type { Asset, AssetTrack, ExportCreate, ExportJob } from '../../src-main/shared/api/assets.ts';
import type { ContentKeyPolicy } from '../../src-main/shared/api/content-key-policies.ts';
import type { FireDrill } from '../../src-main/shared/api/fire-drill.ts';
import type { LiveEvent, LiveEventState, LiveOutput } from '../../src-main/shared/api/live-events.ts';
import type { Preflight } from '../../src-main/shared/api/preflight.ts';
import {
  type Destination,
  PREDEFINED_POLICIES,
  type StreamingLocator,
  type StreamingPolicy,
} from '../../src-main/shared/api/publishing.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../src-main/shared/api/settings.ts';
import type { StreamingEndpoint } from '../../src-main/shared/api/streaming-endpoints.ts';
import type {
  AudioInput,
  Device,
  GoLive,
  MeterReading,
  SourceSpec,
  StudioState,
} from '../../src-main/shared/api/studio.ts';
import type { AuditEntry, IngestHeartbeat } from '../../src-main/shared/api/telemetry.ts';
import type { Track } from '../../src-main/shared/api/tracks.ts';
import type { Upload } from '../../src-main/shared/api/uploads.ts';
import type { StoredProgram } from '../../src-main/shared/api/v2.ts';
import type { ViewerSession } from '../../src-main/shared/api/viewers.ts';
import type { Webhook } from '../../src-main/shared/api/webhooks.ts';
import { AppError } from '../../src-main/shared/app-error.ts';
import { UNTREATED } from '../../src-main/shared/sound-limits.ts';
import { fakeMoments } from './fake-moments.ts';
import { fakeScenes } from './fake-scenes.ts';
import { definedOf } from './fake-service/handling.ts';
import { fakeUploads } from './fake-uploads.ts';
import { memoryRows } from './memory-rows.ts';

type PreviewSink = {
  readonly picture: (picture: PreviewPicture) => void;
  readonly meters: (wallMs: number, readings: readonly MeterReading[]) => void;
};

/** `Services` in memory, honest about states and names, with handles for what a test wants to happen. */
export type FakeServices = Services & {
  /** Long operations begun from now on do not end before `release`. */
  readonly hold: () => void;
  readonly release: () => void;
  /** Makes an asset as a recording of the past would be. */
  readonly addAsset: (name: string, values?: Partial<Asset>) => Asset;
  readonly updateAsset: (name: string, values: Partial<Asset>) => void;
  readonly setStudio: (values: Partial<StudioState>) => void;
  /** Sinks of the previews that are open. */
  readonly previews: ReadonlySet<PreviewSink>;
  /** What `goLive` was called with. */
  readonly wentLive: readonly GoLive[];
  /** An export moves one step each time somebody looks at it, unless this is set. */
  stallExports: boolean;
  /** What an export ends as. */
  exportEnd: 'done' | 'failed';
  /** What was asked of live events over and into their programme. */
  readonly eventCalls: readonly unknown[];
  /** The pictures that assets were given. */
  readonly slatePictures: ReadonlyMap<string, Uint8Array>;
  /** What is known of the tracks of every event. */
  readonly setTracks: (tracks: readonly IngestHeartbeat[]) => void;
  /** Of the one track that every live output has. */
  readonly setStored: (count: StoredCount) => void;
  readonly setRequests: (counts: readonly RequestCount[]) => void;
  readonly setViewers: (sessions: readonly ViewerSession[]) => void;
  /** What a recording becomes when it is finalised. */
  recordingEnd: 'ready' | 'damaged';
};

function anEndpoint(name: string, resourceState: StreamingEndpoint['resourceState']): StreamingEndpoint {
  return {
    name,
    description: '',
    hostName: '127.0.0.1',
    port: 8480,
    urls: ['http://127.0.0.1:8480'],
    customHostNames: [],
    resourceState,
    viewers: 0,
    egressBitrate: 0,
  };
}

export function createFakeServices(
  options: { readonly clock?: Clock; readonly originUrl?: string; readonly devices?: readonly Device[] } = {},
): FakeServices {
  const clock = options.clock ?? systemClock();
  const originUrl = options.originUrl ?? 'http://127.0.0.1:8480';
  const events = createEventLog({ clock });
  const operations = createOperations({ clock, logger: silentLogger });
  const now = (): string => new Date(clock.wallMs()).toISOString();

  let gate: PromiseWithResolvers<undefined> | undefined;
  const passGate = async (): Promise<void> => {
    await gate?.promise;
  };

  const liveEvents = new Map<string, LiveEvent>();
  const outputs = new Map<string, Map<string, LiveOutput>>();
  const assets = new Map<string, Asset>();
  const exports = new Map<string, ExportJob>();
  const locators = new Map<string, StreamingLocator>();
  const streamingPolicies = new Map<string, StreamingPolicy>(
    PREDEFINED_POLICIES.map((name) => [
      name,
      {
        name,
        noEncryption: { enabledProtocols: { download: false, dash: true, hls: true, smoothStreaming: true } },
      },
    ]),
  );
  const contentKeyPolicies = new Map<string, ContentKeyPolicy>();
  const destinations = new Map<string, Destination>();
  const previews = new Set<PreviewSink>();
  const wentLive: GoLive[] = [];
  const knobs = {
    stallExports: false,
    exportEnd: 'done' as 'done' | 'failed',
    recordingEnd: 'ready' as 'ready' | 'damaged',
  };
  const slates = new Map<string, Uint8Array>();
  const addedTracks = new Map<string, Map<string, Track>>();
  const addedTo = (name: string): Map<string, Track> => {
    need(assets, name, 'asset');
    const added = addedTracks.get(name) ?? new Map<string, Track>();
    addedTracks.set(name, added);
    return added;
  };
  const recordedTracks = (name: string): readonly Track[] => need(assets, name, 'asset').tracks.map(describeTrack);
  const trackOf = (name: string, track: string): Track =>
    recordedTracks(name).find(({ id }) => id === track) ?? need(addedTo(name), track, 'track');
  const addedTrack = (name: string, track: string): Track => {
    trackOf(name, track);
    const added = addedTo(name).get(track);
    if (added === undefined) {
      throw new AppError('resource/immutable', `The track ${track} was recorded.`);
    }
    return added;
  };
  const uploads = new Map<string, Upload>();
  const webhooks = new Map<string, Webhook>();
  const programs = new Map<string, StoredProgram>();
  const audit: AuditEntry[] = [];
  const eventCalls: unknown[] = [];
  let tracks: readonly IngestHeartbeat[] = [];
  let requestCounts: readonly RequestCount[] = [];
  let stored: StoredCount = { written: 0, discarded: 0 };
  let viewerSessions: readonly ViewerSession[] = [];
  const tracksOf = (name: string): readonly IngestHeartbeat[] => {
    need(liveEvents, name, 'live event');
    return tracks;
  };
  const called = (name: string, call: string, request: object): Promise<void> => {
    demand(name, 'Running');
    eventCalls.push({ name, call, ...request });
    return Promise.resolve();
  };
  let settings: Settings = DEFAULT_SETTINGS;
  let restartNeeded: readonly string[] = [];
  const endpoints = new Map<string, StreamingEndpoint>([['default', anEndpoint('default', 'Running')]]);
  const setEndpoint = async (name: string, values: Partial<StreamingEndpoint>): Promise<StreamingEndpoint> => {
    await passGate();
    const changed = { ...need(endpoints, name, 'streaming endpoint'), ...values };
    endpoints.set(name, changed);
    return changed;
  };
  let studio: StudioState = {
    phase: 'off-air',
    title: '',
    record: true,
    sources: [],
    scene: { kind: 'slate' },
    audio: [],
    sound: { loudnessTarget: 'off', warnings: [] },
    ladder: { choice: { kind: 'auto' }, frameRate: 30 },
    health: { level: 'good', reasons: [] },
    disk: { freeBytes: 100e9, secondsLeft: 72_000 },
    shared: false,
    viewers: 0,
    mixer: 'running',
  };

  function setStudio(values: Partial<StudioState>): StudioState {
    studio = { ...studio, ...values };
    events.publish('Lectern.StudioChanged', 'studio', studio);
    return studio;
  }

  function setLiveEvent(name: string, values: Partial<LiveEvent>): LiveEvent {
    const changed = { ...need(liveEvents, name, 'live event'), ...values, lastModified: now() };
    liveEvents.set(name, changed);
    events.publish('Lectern.LiveEventChanged', `liveEvent/${name}`, changed);
    return changed;
  }

  function demand(name: string, ...states: readonly LiveEventState[]): void {
    const { resourceState } = need(liveEvents, name, 'live event');
    if (!states.includes(resourceState)) {
      throw new AppError('resource/wrong-state', `${name} is ${resourceState}.`, { details: { resourceState } });
    }
  }

  async function start(name: string): Promise<LiveEvent> {
    demand(name, 'Stopped', 'StandBy');
    setLiveEvent(name, { resourceState: 'Starting' });
    await passGate();
    return setLiveEvent(name, { resourceState: 'Running' });
  }

  async function stop(name: string, stopOptions: { readonly removeOutputsOnStop: boolean }): Promise<LiveEvent> {
    demand(name, 'Running', 'StandBy');
    if (need(outputs, name, 'live event').size > 0 && !stopOptions.removeOutputsOnStop) {
      throw new AppError('resource/in-use', `${name} still has live outputs.`);
    }
    outputs.set(name, new Map());
    setLiveEvent(name, { resourceState: 'Stopping' });
    await passGate();
    return setLiveEvent(name, { resourceState: 'Stopped' });
  }

  function addAsset(name: string, values: Partial<Asset> = {}): Asset {
    const asset: Asset = {
      name,
      assetId: randomUUID(),
      title: name,
      description: '',
      tags: [],
      state: 'ready',
      created: now(),
      lastModified: now(),
      duration: 90,
      size: 12_000_000,
      tracks: [
        {
          id: 'video_2500000',
          kind: 'video',
          codec: 'avc1.64001f',
          bitrate: 2_500_000,
          width: 1280,
          height: 720,
          language: 'und',
        },
        { id: 'audio_128000', kind: 'audio', codec: 'mp4a.40.2', bitrate: 128_000, language: 'und' },
      ],
      gaps: [],
      locators: [],
      ...values,
    };
    assets.set(name, asset);
    return asset;
  }

  const moments = fakeMoments({ asset: (name) => need(assets, name, 'asset'), addAsset, setStudio });

  function updateAsset(name: string, values: Partial<Asset>): Asset {
    const changed = { ...need(assets, name, 'asset'), ...values, lastModified: now() };
    assets.set(name, changed);
    events.publish('Lectern.AssetChanged', `asset/${name}`, changed);
    return changed;
  }

  const exportSteps: readonly ExportJob['state'][] = ['queued', 'writing', 'checking', 'done'];

  function moveExport(job: ExportJob): ExportJob {
    const at = exportSteps.indexOf(job.state);
    if (knobs.stallExports || at < 0 || job.state === 'done') {
      return job;
    }
    const next = exportSteps[at + 1] ?? 'done';
    if (next === 'done' && knobs.exportEnd === 'failed') {
      const error = {
        type: 'urn:lectern:problem:export/check-failed',
        title: 'The exported file failed its check',
        status: 500,
        detail: 'The file has 3 frames too few.',
        code: 'export/check-failed',
      };
      return { ...job, state: 'failed', error };
    }
    if (next === 'done') {
      writeFileSync(job.path ?? '', 'exported');
    }
    const progress = (at + 1) / (exportSteps.length - 1);
    return { ...job, state: next, progress, eta: 3 - at, ...(next === 'done' ? { size: 8 } : {}) };
  }

  function getExport(asset: string, id: string): ExportJob {
    const job = need(exports, id, 'export');
    if (job.asset !== asset) {
      throw new AppError('resource/not-found', `There is no export ${id} of ${asset}.`);
    }
    return job;
  }

  function createExport(asset: string, request: ExportCreate): ExportJob {
    need(assets, asset, 'asset');
    if (request.out !== undefined && existsSync(request.out)) {
      throw new AppError('export/target-exists', `${request.out} is already there.`);
    }
    const id = randomUUID();
    const fileName = `${asset}.${request.format}`;
    const job: ExportJob = {
      id,
      asset,
      format: request.format,
      quality: String(request.quality),
      state: 'queued',
      progress: 0,
      created: now(),
      // As it is asked for: no key frames are known here.
      ...(request.start === undefined ? {} : { start: secondsOf(request.start) }),
      ...(request.end === undefined ? {} : { end: secondsOf(request.end) }),
      fileName,
      path: request.out ?? join(tmpdir(), `lectern-fake-${id}`),
    };
    exports.set(id, job);
    return job;
  }

  function goLive(request: GoLive): StudioState {
    if (studio.phase !== 'off-air' && studio.phase !== 'rehearsing') {
      throw new AppError('live/already-live', 'A broadcast is already running.');
    }
    if (studio.sources.length === 0) {
      throw new AppError('live/no-source', 'No source is chosen.');
    }
    wentLive.push(request);
    const locator = randomUUID();
    const base = `${originUrl}/${locator}/talk.ism`;
    const title = request.title ?? studio.title;
    const record = request.record ?? studio.record;
    if (record) {
      addAsset('talk-1', { title, state: 'recording' });
    }
    return setStudio({
      phase: 'live',
      title,
      record,
      session: {
        liveEvent: 'talk',
        ...(record ? { asset: 'talk-1' } : {}),
        locator,
        urls: {
          hls: `${base}/manifest(format=m3u8-cmaf)`,
          dash: `${base}/manifest(format=mpd-time-cmaf)`,
          watch: `${originUrl}/watch/${locator}`,
        },
        startedAt: now(),
      },
    });
  }

  function endLive(end: { readonly now: boolean }): StudioState {
    if (studio.phase === 'off-air') {
      throw new AppError('live/not-live', 'Nothing is live.');
    }
    if (!end.now) {
      const undoUntil = new Date(clock.wallMs() + 5000).toISOString();
      return setStudio({ phase: 'ending', ...(studio.session && { session: { ...studio.session, undoUntil } }) });
    }
    const asset = studio.session?.asset;
    const rest: { -readonly [K in keyof StudioState]: StudioState[K] } = { ...studio };
    delete rest.session;
    studio = rest;
    if (asset !== undefined) {
      updateAsset(asset, {
        state: knobs.recordingEnd,
        ...(knobs.recordingEnd === 'damaged' ? { damage: 'Two seconds do not decode.' } : {}),
      });
    }
    return setStudio({ phase: 'off-air' });
  }

  return Object.assign(knobs, {
    hold: () => {
      gate ??= Promise.withResolvers<undefined>();
    },
    release: () => {
      gate?.resolve(undefined);
      gate = undefined;
    },
    addAsset,
    updateAsset: (name: string, values: Partial<Asset>) => void updateAsset(name, values),
    setStudio: (values: Partial<StudioState>) => void setStudio(values),
    previews,
    wentLive,
    eventCalls,
    slatePictures: slates,
    setTracks: (values: readonly IngestHeartbeat[]) => {
      tracks = values;
    },
    setStored: (values: StoredCount) => {
      stored = values;
    },
    setRequests: (values: readonly RequestCount[]) => {
      requestCounts = values;
    },
    setViewers: (values: readonly ViewerSession[]) => {
      viewerSessions = values;
    },
    events,
    operations,
    liveEvents: {
      list: () => [...liveEvents.values()],
      get: (name) => need(liveEvents, name, 'live event'),
      async create(name, request, { autoStart }) {
        if (liveEvents.has(name)) {
          throw new AppError('resource/exists', `The name ${name} is taken.`, { details: { name } });
        }
        const previewLocator = request.preview?.previewLocator ?? randomUUID();
        liveEvents.set(name, {
          name,
          description: request.description ?? '',
          tags: request.tags ?? {},
          created: now(),
          lastModified: now(),
          provisioningState: 'Succeeded',
          resourceState: 'Stopped',
          input: {
            streamingProtocol: request.input.streamingProtocol,
            accessToken: request.input.accessToken ?? randomUUID(),
            keyFrameIntervalDuration: request.input.keyFrameIntervalDuration ?? 'PT2S',
            ...(request.input.accessControl === undefined ? {} : { accessControl: request.input.accessControl }),
            endpoints: [],
          },
          preview: { previewLocator, endpoints: [] },
          encoding: {
            encodingType: request.encoding?.encodingType ?? 'PassthroughStandard',
            ...(request.encoding?.presetName === undefined ? {} : { presetName: request.encoding.presetName }),
          },
          streamOptions: request.streamOptions ?? [],
        });
        outputs.set(name, new Map());
        return autoStart ? await start(name) : need(liveEvents, name, 'live event');
      },
      update: (name, patch) =>
        Promise.resolve(
          setLiveEvent(name, {
            ...(patch.description === undefined ? {} : { description: patch.description }),
            ...(patch.tags === undefined ? {} : { tags: patch.tags }),
          }),
        ),
      async allocate(name) {
        demand(name, 'Stopped');
        setLiveEvent(name, { resourceState: 'Allocating' });
        await passGate();
        return setLiveEvent(name, { resourceState: 'StandBy' });
      },
      start,
      stop,
      async reset(name) {
        demand(name, 'Running');
        await stop(name, { removeOutputsOnStop: true });
        return await start(name);
      },
      async delete(name) {
        demand(name, 'Stopped', 'StandBy');
        await passGate();
        liveEvents.delete(name);
        outputs.delete(name);
        events.publish('Lectern.LiveEventDeleted', `liveEvent/${name}`, { name });
      },
      listOutputs: (name) => [...need(outputs, name, 'live event').values()],
      getOutput: (name, output) => need(need(outputs, name, 'live event'), output, 'live output'),
      async createOutput(name, output, request) {
        await passGate();
        const made: LiveOutput = {
          name: output,
          description: request.description ?? '',
          assetName: request.assetName,
          archiveWindowLength: request.archiveWindowLength,
          manifestName: request.manifestName ?? output,
          created: now(),
          lastModified: now(),
          provisioningState: 'Succeeded',
          resourceState: 'Running',
        };
        need(outputs, name, 'live event').set(output, made);
        return made;
      },
      async deleteOutput(name, output) {
        await passGate();
        need(outputs, name, 'live event').delete(output);
      },
      status: (name) => ({
        state: need(liveEvents, name, 'live event').resourceState === 'Running' ? 'Running' : 'Stopped',
        healthDescriptions: [],
        lastUpdatedTime: now(),
        trackStatus: [],
      }),
      streamEvents: (name) => [
        {
          eventType: 'StreamEvent/BeginIngest',
          eventTime: now(),
          eventLevel: 'Information',
          data: { streamName: need(liveEvents, name, 'live event').name },
        },
      ],
      heartbeats: (name) => tracksOf(name).map((heartbeat) => ({ eventTime: now(), heartbeat })),
      tracks: (name) => tracksOf(name),
      outputTracks: (name) =>
        [...need(outputs, name, 'live event').keys()].map((liveOutput) => ({
          liveOutput,
          track: 'video_2500000',
          kind: 'video',
          bitrate: 2_500_000,
          seconds: 12.5,
          ...stored,
        })),
      showSlate: (name, request) => called(name, 'showSlate', request),
      hideSlate: (name) => called(name, 'hideSlate', {}),
      startAdvertisement: (name, request) => called(name, 'startAdvertisement', request),
      endAdvertisement: (name, request) => called(name, 'endAdvertisement', request),
      thumbnail: (name) => {
        need(liveEvents, name, 'live event');
        return Promise.resolve(Uint8Array.of(0xff, 0xd8, 0xff, 0xd9));
      },
    },
    slates: {
      put: (name, picture) => {
        need(assets, name, 'asset');
        slates.set(name, picture);
        return Promise.resolve();
      },
      read: (name) => {
        const picture = slates.get(name);
        return picture === undefined
          ? Promise.reject(new AppError('live/slate-invalid', `The asset ${name} has no slate.`))
          : Promise.resolve(picture);
      },
    },
    webhooks: {
      list: () => [...webhooks.values()],
      get: (name) => need(webhooks, name, 'webhook'),
      put: (name, { secret, ...request }) => {
        const made: Webhook = {
          ...request,
          name,
          hasSecret: secret !== undefined,
          created: now(),
          lastModified: now(),
          state: request.enabled ? 'idle' : 'off',
          queued: 0,
          delivered: 0,
          dropped: 0,
          failures: 0,
        };
        webhooks.set(name, made);
        return Promise.resolve(made);
      },
      update: (name, patch) => {
        const before = need(webhooks, name, 'webhook');
        const made: Webhook = {
          ...before,
          url: patch.url ?? before.url,
          eventTypes: patch.eventTypes ?? before.eventTypes,
          enabled: patch.enabled ?? before.enabled,
        };
        webhooks.set(name, made);
        return Promise.resolve(made);
      },
      delete: (name) => {
        need(webhooks, name, 'webhook');
        webhooks.delete(name);
        return Promise.resolve();
      },
    },
    audit: {
      list: () => audit.toReversed(),
      note: (entry) => void audit.push({ id: audit.length + 1, time: now(), ...entry }),
    },
    programs: {
      list: () => [...programs.values()],
      get: (id) => programs.get(id),
      put: (id, row) => void programs.set(id, row),
      keep: (id, row) => void programs.set(id, row),
      delete: (id) => programs.delete(id),
    },
    assets: {
      list: () => [...assets.values()],
      get: (name) => need(assets, name, 'asset'),
      create: (name, request) =>
        Promise.resolve(
          addAsset(name, {
            title: request.title ?? name,
            description: request.description ?? '',
            tags: request.tags ?? [],
            state: 'empty',
            tracks: [],
            duration: 0,
            size: 0,
          }),
        ),
      update: (name, patch) =>
        Promise.resolve(
          updateAsset(name, {
            ...(patch.title === undefined ? {} : { title: patch.title }),
            ...(patch.description === undefined ? {} : { description: patch.description }),
            ...(patch.tags === undefined ? {} : { tags: patch.tags }),
          }),
        ),
      delete: (name) => {
        need(assets, name, 'asset');
        assets.delete(name);
        return Promise.resolve();
      },
      ...moments.markers,
      poster: (name) => {
        need(assets, name, 'asset');
        if (slates.has(name)) {
          return Promise.reject(new AppError('archive/empty', `The asset ${name} has no picture yet.`));
        }
        return Promise.resolve(Uint8Array.of(0xff, 0xd8, 0xff, 0xd9));
      },
    },
    tracks: {
      list: (name) => Promise.resolve([...recordedTracks(name), ...addedTo(name).values()]),
      get: (name, track) => Promise.resolve(trackOf(name, track)),
      async add(name, track, { displayName = track, languageCode = 'und' }, file) {
        let size = 0;
        for await (const part of file) {
          size += part.length;
        }
        const made: Track = {
          ...{ name: track, id: track, '@odata.type': '#Microsoft.Media.TextTrack', kind: 'text', codec: 'wvtt' },
          ...{ bitrate: 100, language: languageCode, languageCode, displayName, playerVisibility: 'Visible' },
          provisioningState: 'Succeeded',
          size,
        };
        addedTo(name).set(track, made);
        return made;
      },
      update(name, track, { displayName, languageCode, playerVisibility }) {
        const changes = definedOf({ displayName, languageCode, playerVisibility });
        const changed: Track = { ...addedTrack(name, track), ...changes };
        addedTo(name).set(track, changed);
        return Promise.resolve(changed);
      },
      remove(name, track) {
        addedTrack(name, track);
        addedTo(name).delete(track);
        return Promise.resolve();
      },
    },
    exports: {
      list: (asset) => [...exports.values()].filter((job) => job.asset === need(assets, asset, 'asset').name),
      get: (asset, id) => {
        const moved = moveExport(getExport(asset, id));
        exports.set(id, moved);
        return moved;
      },
      plan: async (asset, { format, quality, start = 0, end = 60 }) =>
        await Promise.resolve({
          format,
          quality: String(quality),
          start: Number(start),
          end: need(assets, asset, 'asset').duration + Number(end),
          size: 8,
        }),
      keyFrames: async (asset, { quality }) =>
        await Promise.resolve({
          quality: String(quality),
          times: [0, need(assets, asset, 'asset').duration],
          isFirst: true,
          isLast: true,
        }),
      create: async (asset, request) => await Promise.resolve(createExport(asset, request)),
      cancel: (asset, id) => {
        const job = getExport(asset, id);
        if (job.state !== 'done') {
          rmSync(job.path ?? '', { force: true });
        }
        exports.delete(id);
        return Promise.resolve();
      },
      file: (asset, id) => {
        const job = getExport(asset, id);
        if (job.state !== 'done') {
          throw new AppError('resource/wrong-state', 'The export has not ended yet.');
        }
        return job.path ?? '';
      },
      ended: (asset, id) => Promise.resolve(getExport(asset, id)),
    },
    locators: {
      list: () => [...locators.values()],
      get: (name) => need(locators, name, 'streaming locator'),
      create: (name, request) => {
        if (locators.has(name)) {
          return Promise.reject(new AppError('resource/exists', `The name ${name} is taken.`));
        }
        const locator = {
          ...request,
          name,
          streamingLocatorId: request.streamingLocatorId ?? randomUUID(),
          created: now(),
        };
        locators.set(name, locator);
        return Promise.resolve(locator);
      },
      delete: (name) => {
        need(locators, name, 'streaming locator');
        locators.delete(name);
        return Promise.resolve();
      },
      paths: (name) => ({
        streamingPaths: [
          {
            streamingProtocol: 'Hls',
            encryptionScheme: 'NoEncryption',
            paths: [
              `/${need(locators, name, 'streaming locator').streamingLocatorId}/talk.ism/manifest(format=m3u8-cmaf)`,
            ],
          },
        ],
        downloadPaths: [],
        watchUrl: `${originUrl}/watch/${name}`,
      }),
      contentKeys: (name) => {
        need(locators, name, 'streaming locator');
        return [];
      },
      importContentKeys: (name) => {
        need(locators, name, 'streaming locator');
        return Promise.resolve([]);
      },
      deliveryCertificate: () => Promise.resolve('-----BEGIN CERTIFICATE-----\n'),
    },
    streamingPolicies: {
      list: () => [...streamingPolicies.values()],
      get: (name) => need(streamingPolicies, name, 'streaming policy'),
      create: (name, request) => {
        if (streamingPolicies.has(name)) {
          throw new AppError('resource/exists', `The name ${name} is taken.`);
        }
        const policy = { ...request, name, created: now() };
        streamingPolicies.set(name, policy);
        return policy;
      },
      delete: (name) => {
        need(streamingPolicies, name, 'streaming policy');
        streamingPolicies.delete(name);
      },
    },
    playTokens: { issue: (subject) => ({ token: `token of ${subject}`, expiresAt: now() }) },
    contentKeyPolicies: {
      list: () => [...contentKeyPolicies.values()],
      get: (name) => need(contentKeyPolicies, name, 'content key policy'),
      put: (name, request) => {
        const policy: ContentKeyPolicy = {
          name,
          policyId: randomUUID(),
          description: request.description,
          options: [],
          created: now(),
          lastModified: now(),
        };
        contentKeyPolicies.set(name, policy);
        return Promise.resolve(policy);
      },
      update: (name, patch) => {
        const policy = need(contentKeyPolicies, name, 'content key policy');
        const changed = { ...policy, description: patch.description ?? policy.description };
        contentKeyPolicies.set(name, changed);
        return Promise.resolve(changed);
      },
      delete: (name) => {
        need(contentKeyPolicies, name, 'content key policy');
        contentKeyPolicies.delete(name);
        return Promise.resolve();
      },
    },
    filters: createFilters({
      rows: memoryRows(),
      clock,
      events,
      insistOnAsset: (name) => need(assets, name, 'asset'),
      limit: () => 100,
    }),
    endpoints: {
      list: () => [...endpoints.values()],
      get: (name) => need(endpoints, name, 'streaming endpoint'),
      create: async (name, { tls: _tls, accessControl: _accessControl, ...request }, { autoStart }) => {
        endpoints.set(name, anEndpoint(name, 'Stopped'));
        return await setEndpoint(name, {
          ...definedOf(request),
          resourceState: autoStart ? 'Running' : 'Stopped',
        });
      },
      update: (name, { maxCacheAge }) => setEndpoint(name, typeof maxCacheAge === 'number' ? { maxCacheAge } : {}),
      delete: async (name) => {
        await passGate();
        need(endpoints, name, 'streaming endpoint');
        endpoints.delete(name);
      },
      start: (name) => setEndpoint(name, { resourceState: 'Running' }),
      stop: (name) => setEndpoint(name, { resourceState: 'Stopped' }),
      requests: () => requestCounts,
      viewers: () => viewerSessions,
    },
    destinations: {
      list: () => [...destinations.values()],
      get: (name) => need(destinations, name, 'destination'),
      put: (name, { streamKey, ...request }) => {
        const destination: Destination = {
          ...request,
          name,
          hasStreamKey: streamKey !== undefined,
          state: request.enabled ? 'waiting' : 'off',
          sentBitrate: 0,
          queueSeconds: 0,
          droppedSeconds: 0,
          retries: 0,
        };
        destinations.set(name, destination);
        return Promise.resolve(destination);
      },
      update: (name, patch) => {
        const changed = { ...need(destinations, name, 'destination'), enabled: patch.enabled ?? true };
        destinations.set(name, changed);
        return Promise.resolve(changed);
      },
      delete: (name) => {
        need(destinations, name, 'destination');
        destinations.delete(name);
        return Promise.resolve();
      },
      start: (name) => Promise.resolve(need(destinations, name, 'destination')),
      stop: (name) => Promise.resolve(need(destinations, name, 'destination')),
    },
    uploads: fakeUploads(uploads),
    devices: {
      list: () => Promise.resolve({ value: [...(options.devices ?? [])], problems: [] }),
      test: (source) =>
        Promise.resolve({
          label: source.id,
          inUse: false,
          sound: { wav: 'UklGRg==', peakDb: -12, rmsDb: -20, isSilent: false },
          tookMs: 320,
        }),
    },
    clips: moments.clips,
    panic: moments.panic,
    scenes: fakeScenes(),
    studio: {
      state: () => studio,
      patch: (patch) =>
        Promise.resolve(
          setStudio({
            ...(patch.title === undefined ? {} : { title: patch.title }),
            ...(patch.record === undefined ? {} : { record: patch.record }),
          }),
        ),
      setSources: (sources: readonly SourceSpec[]) =>
        Promise.resolve(
          setStudio({
            sources: sources.map((spec) => ({
              spec,
              label: spec.id,
              hasVideo: spec.kind !== 'microphone' && spec.kind !== 'system-audio',
              hasAudio: true,
              state: 'live',
              restarts: 0,
            })),
            audio: sources.map(
              ({ id }): AudioInput => ({
                id,
                label: id,
                gainDb: 0,
                muted: false,
                ...UNTREATED,
                separateTrack: 'off',
              }),
            ),
          }),
        ),
      setScene: (scene) => Promise.resolve(setStudio({ scene })),
      setAudio: (input, patch) => {
        const found = need(new Map(studio.audio.map((entry) => [entry.id, entry])), input, 'sound input');
        const changed: AudioInput = { ...found, ...definedOf(patch) };
        setStudio({ audio: studio.audio.map((entry) => (entry.id === input ? changed : entry)) });
        return Promise.resolve(changed);
      },
      setSound: ({ loudnessTarget = studio.sound.loudnessTarget }) =>
        Promise.resolve(setStudio({ sound: { ...studio.sound, loudnessTarget } }).sound),
      levels: () => [
        { id: 'programme', peakDb: -20, rmsDb: -30, lufs: -28, shortTermLufs: -29, loudnessGainDb: 0 },
      ],
      setLadder: (choice) => {
        setStudio({ ladder: { ...studio.ladder, choice } });
        return Promise.resolve(choice);
      },
      measureLadder: () => Promise.resolve(setStudio({ ladder: { ...studio.ladder, measuredSpeed: 2 } })),
      rehearse: () => Promise.resolve(setStudio({ phase: 'rehearsing' })),
      goLive: async (request) => await Promise.resolve(goLive(request)),
      end: async (end) => await Promise.resolve(endLive(end)),
      undoEnd: () => Promise.resolve(setStudio({ phase: 'live' })),
      mark: (label) => Promise.resolve({ id: randomUUID(), time: 1, label }),
      preview: (_options, sink) => {
        previews.add(sink);
        return { [Symbol.dispose]: () => void previews.delete(sink) };
      },
    },
    preflight: {
      start: () => Promise.resolve(aPreflight('running')),
      get: () => aPreflight('done'),
      cancel: () => aPreflight('cancelled'),
    },
    fireDrill: {
      start: ({ fault }) => Promise.resolve(aFireDrill(fault)),
      get: () => aFireDrill('cable'),
      stop: () => Promise.resolve(aFireDrill('cable')),
    },
    settings: {
      get: () => settings,
      restartNeeded: () => restartNeeded,
      patch: (patch) => {
        const controlPort = patch.network?.controlPort ?? settings.network.controlPort;
        restartNeeded = controlPort === settings.network.controlPort ? [] : ['network.controlPort'];
        settings = {
          ...settings,
          network: { ...settings.network, controlPort },
          theme: patch.theme ?? settings.theme,
        };
        return Promise.resolve(settings);
      },
    },
    certificates: {
      of: (name) => Promise.resolve({ asset: need(assets, name, 'asset').name, state: 'unchecked' }),
      start: (name) =>
        Promise.resolve({ asset: need(assets, name, 'asset').name, state: 'checking', progress: 0 }),
    },
    thumbnails: {
      sheets: (name) =>
        Promise.resolve({
          recordedAt: need(assets, name, 'asset').created,
          interval: 2,
          width: 256,
          height: 144,
          columns: 5,
          rows: 5,
          sheets: [{ id: '0-2-1', start: 0, end: 12.5 }],
        }),
      sheet: (name, id) =>
        Promise.resolve({ jpeg: Buffer.from(`${need(assets, name, 'asset').name} ${id}`), isFinal: true }),
      single: (name, time) =>
        Promise.resolve({
          jpeg: Buffer.from(`${need(assets, name, 'asset').name} ${time ?? 'any'}`),
          isFinal: time !== undefined,
        }),
    },
    proofOfAir: { list: () => [], check: () => Promise.resolve([]) },
    remote: fakeRemote(),
    browserSources: fakeBrowserSources(),
    metrics: () => [
      {
        name: 'lectern_viewers',
        help: 'Viewers now.',
        type: 'gauge',
        values: [{ labels: { endpoint: 'default' }, value: 0 }],
      },
    ],
  } satisfies Omit<FakeServices, keyof typeof knobs>);
}

function aPreflight(state: Preflight['state']): Preflight {
  return { id: 'preflight-1', state, startedAt: '2030-01-01T00:00:00.000Z', checks: [], summary: '' };
}

function aFireDrill(fault: FireDrill['fault']): FireDrill {
  const startedAt = '2030-01-01T00:00:00.000Z';
  return { id: 'drill-1', fault, state: 'broken', startedAt, until: '2030-01-01T00:00:06.000Z', detail: '' };
}

/** One source of a browser, by which nobody sends. */
function fakeBrowserSources(): Services['browserSources'] {
  function get(source: string) {
    if (source !== 'guest') {
      throw new AppError('resource/not-found', `There is no source ${source} of a browser.`);
    }
    const url = 'http://127.0.0.1:8400/capture/#key';
    return { source, links: [{ url, reach: 'this-computer' as const, isSecure: true }] };
  }
  return { get, renew: (source) => Promise.resolve(get(source)) };
}

/** A remote that one phone has been let in to. */
function fakeRemote(): Services['remote'] {
  const phone = { id: 'phone', name: 'Phone', pairedAt: '2030-01-01T00:00:00.000Z', connected: false };
  const known = (id: string): void => {
    if (id !== phone.id) {
      throw new AppError('resource/not-found', 'There is no such device.');
    }
  };
  return {
    status: () => ({ enabled: true, urls: [], tls: false, devices: [phone] }),
    startPairing: () => ({
      code: 'ABCD2345',
      url: 'http://192.168.1.2:8490/#ABCD2345',
      expiresAt: '2030-01-01T00:02:00.000Z',
    }),
    cancelPairing: () => undefined,
    rename(id, name) {
      known(id);
      return { ...phone, name };
    },
    revoke: known,
  };
}

function need<T>(map: ReadonlyMap<string, T>, name: string, what: string): T {
  const found = map.get(name);
  if (found === undefined) {
    throw new AppError('resource/not-found', `There is no ${what} ${name}.`, { details: { name } });
  }
  return found;
}

function describeTrack(recorded: AssetTrack): Track {
  return {
    ...recorded,
    name: recorded.id,
    '@odata.type': recorded.kind === 'video' ? '#Microsoft.Media.VideoTrack' : '#Microsoft.Media.AudioTrack',
    languageCode: recorded.language,
    playerVisibility: 'Visible',
    provisioningState: 'Succeeded',
  };
}
