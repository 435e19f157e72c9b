import { z } from 'zod';
import type { Clock } from '../../src-main/base/clock.ts';
import { createEmitter } from '../../src-main/base/emitter.ts';
import { type Archive, openArchive } from '../../src-main/core/compose-archive.ts';
import { checkLiveEncoding } from '../../src-main/core/encode/live-encoding/chosen-layers.ts';
import { createTelemetry } from '../../src-main/core/live/intake/telemetry.ts';
import {
  createLiveEvents,
  type LiveEvents,
  type LiveEventsOptions,
  type StoredOutput,
} from '../../src-main/core/live/live-events.ts';
import type { CueInput } from '../../src-main/core/ports/cues.ts';
import type { EventFeedEncoding } from '../../src-main/core/ports/feed.ts';
import { parseIpList } from '../../src-main/core/ports/ip-list.ts';
import { type Logger, silentLogger } from '../../src-main/core/ports/logger.ts';
import type { EventLog } from '../../src-main/core/ports/services.ts';
import type { ChunkStore } from '../../src-main/core/ports/store.ts';
import type { TimelineInput } from '../../src-main/core/ports/timeline.ts';
import type { ServiceEvent } from '../../src-main/shared/api/events.ts';
import { liveEvent, liveOutput } from '../../src-main/shared/api/live-events.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../src-main/shared/api/settings.ts';
import type { IngestHeartbeat } from '../../src-main/shared/api/telemetry.ts';
import { manualClock } from './manual-clock.ts';
import { memorySecrets } from './memory-rows.ts';

/** The archive and the live events of the program on a real folder, fed by the test. */
export type ArchiveRig = AsyncDisposable & {
  readonly archive: Archive;
  readonly liveEvents: LiveEvents;
  /** What was published, oldest first. */
  readonly events: { readonly type: string; readonly subject: string; readonly data: unknown }[];
  /** The door of a running event. */
  input(event: string): TimelineInput;
  /** Resolves when everything that was pushed is with the operating system: a second then takes as long as it takes. */
  flushed(): Promise<void>;
  /** Tells a running event that its feed cannot be stopped. */
  breakFeeds(): void;
  /** What was asked of feeds and of what they hold ready, oldest first: `open news`, `stop news MPI_REST_API_CHANNEL_STOP`, … */
  readonly feedCalls: readonly string[];
  /** The cues of a running event, as its feed sees them. */
  cues(event: string): CueInput;
  /** What is known of the tracks of an event, instead of what its telemetry says. */
  readonly tracks: Map<string, readonly IngestHeartbeat[]>;
};

export type ArchiveRigOptions = {
  readonly dataDir: string;
  readonly clock?: Clock;
  readonly recording?: Partial<Settings['recording']>;
  readonly isExporting?: (asset: string) => boolean;
  readonly logger?: Logger;
  /** Instead of those of the rig. */
  readonly live?: Partial<LiveEventsOptions>;
};

export const LIMITS = DEFAULT_SETTINGS.service.quotas;

export async function openArchiveRig(options: ArchiveRigOptions): Promise<ArchiveRig> {
  await using opened = new AsyncDisposableStack();
  const clock = options.clock ?? manualClock();
  const published = createEmitter<ServiceEvent>();
  const seen: { type: string; subject: string; data: unknown }[] = [];
  const events: EventLog = {
    publish: (type, subject, data) => void seen.push({ type, subject, data }),
    published,
    lastId: () => '0',
    since: () => [],
  };
  const present = {
    ...DEFAULT_SETTINGS,
    recording: { ...DEFAULT_SETTINGS.recording, warnFreeBytes: 0, stopFreeBytes: 0, ...options.recording },
  };
  const archive = opened.use(
    await openArchive({
      dataDir: options.dataDir,
      clock,
      logger: options.logger ?? silentLogger,
      events,
      settings: { get: () => present, restartNeeded: () => [], patch: () => Promise.resolve(present) },
      originUrl: () => 'http://localhost:1',
      locatorsPerAsset: () => 100,
      secrets: memorySecrets(),
      liveEvents: () => ({ list: () => [] }),
      isExporting: options.isExporting ?? (() => false),
      exportedFilesOf: () => new Map(),
      drawPoster: () => Promise.resolve(new Uint8Array([0xff, 0xd8])),
    }),
  );
  const inputs = new Map<string, TimelineInput>();
  const stores: ChunkStore[] = [];
  let isBroken = false;
  const feedCalls: string[] = [];
  const cueInputs = new Map<string, CueInput>();
  const tracks = new Map<string, readonly IngestHeartbeat[]>();
  const telemetry = createTelemetry({ clock, events });
  const encodingOf = (name: string): EventFeedEncoding => ({
    showSlate(seconds, picture) {
      feedCalls.push(`slate ${name} ${seconds} ${picture?.length ?? 'default'}`);
      return Promise.resolve();
    },
    hideSlate: () => void feedCalls.push(`hide ${name}`),
    delaySeconds: () => 1.5,
  });
  const liveEvents = opened.use(
    createLiveEvents({
      clock,
      logger: options.logger ?? silentLogger,
      events,
      eventRows: archive.rows('live_events', liveEvent),
      outputRows: archive.rows<StoredOutput>('live_outputs', liveOutput.extend({ liveEvent: z.string() })),
      assets: archive.assets,
      openStore(request) {
        const store = archive.openStore(request);
        stores.push(store);
        return store;
      },
      reader: archive.reader,
      openFeed({ name, encoding: { encodingType } }, { input, cues, slate }) {
        feedCalls.push(`open ${name}${slate === undefined ? '' : ` with a slate of ${slate.length}`}`);
        inputs.set(name, telemetry.observe(name, input));
        cueInputs.set(name, cues);
        return Promise.resolve({
          stop(reason) {
            feedCalls.push(`stop ${name} ${reason ?? ''}`);
            return isBroken ? Promise.reject(new Error('the feed is stuck')) : Promise.resolve();
          },
          ...(encodingType.startsWith('Passthrough') ? {} : { encoding: encodingOf(name) }),
        });
      },
      telemetry: { ...telemetry, tracks: (name) => tracks.get(name) ?? telemetry.tracks(name) },
      endpointsOf: ({ input }) =>
        input.streamingProtocol === 'Studio'
          ? []
          : [{ protocol: input.streamingProtocol, url: `rtmp://localhost:1935/live/${input.accessToken}` }],
      timedMetadataEndpointsOf: ({ input }) =>
        input.streamingProtocol === 'RTMP'
          ? [{ url: `http://localhost:8485/${input.accessToken}/eventdata` }]
          : [],
      originUrl: () => 'http://localhost:1',
      checkAccessControl: (list) => void parseIpList(list),
      checkEncoding: checkLiveEncoding,
      readSlate: () => Promise.resolve(new Uint8Array(123)),
      checkPreviewPolicy: () => undefined,
      previewPaths: () => [
        { protocol: 'Hls', path: 'manifest(format=m3u8-cmaf)' },
        { protocol: 'Dash', path: 'manifest(format=mpd-time-cmaf)' },
      ],
      drawPicture: (_init, segment) => Promise.resolve(segment.slice(0, 4)),
      service: () => present.service,
      ...options.live,
    }),
  );
  const owned = opened.move();
  return {
    archive,
    liveEvents,
    events: seen,
    input(event) {
      const found = inputs.get(event);
      if (found === undefined) {
        throw new Error(`${event} was not started`);
      }
      return found;
    },
    async flushed() {
      await Promise.all(stores.map((store) => store.flushed()));
    },
    breakFeeds() {
      isBroken = true;
    },
    feedCalls,
    cues(event) {
      const found = cueInputs.get(event);
      if (found === undefined) {
        throw new Error(`${event} was not started`);
      }
      return found;
    },
    tracks,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** One field of what an event told. */
export function fieldOf(data: unknown, field: string): unknown {
  const value: unknown = typeof data === 'object' && data !== null ? Reflect.get(data, field) : undefined;
  return value;
}

/** Creates and starts an event with one live output into an asset of the same name. */
export async function goLive(
  rig: ArchiveRig,
  name: string,
  options: { readonly archiveWindowLength?: string; readonly output?: string } = {},
): Promise<void> {
  await rig.liveEvents.create(name, { input: { streamingProtocol: 'Studio' } }, { autoStart: true });
  await addOutput(rig, name, name, options.archiveWindowLength);
}

export async function addOutput(rig: ArchiveRig, event: string, asset: string, archiveWindowLength = 'PT25H') {
  await rig.archive.assets.create(asset, { title: `Title of ${asset}` });
  await rig.liveEvents.createOutput(event, asset, {
    assetName: asset,
    archiveWindowLength,
    manifestName: 'manifest',
  });
}
