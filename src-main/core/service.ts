import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { systemClock } from '../base/clock.ts';
import { liveEvent, liveOutput } from '../shared/api/live-events.ts';
import { storedProgram } from '../shared/api/v2.ts';
import { AppError } from '../shared/app-error.ts';
import { problemOf } from '../shared/problem.ts';
import { freeBytesOf } from './archive/disk-guard.ts';
import { writeFileAtomic } from './archive/write-file-atomic.ts';
import { openAuditLog } from './audit/audit-log.ts';
import { type Archive, openArchive } from './compose-archive.ts';
import { openIngest } from './compose-ingest.ts';
import { createLiveEncodings } from './compose-live-encoding.ts';
import { openPublicOrigin, type PublicOrigin } from './compose-origin.ts';
import { findPreview, previewRules } from './compose-preview.ts';
import { createProgramme, openStudio } from './compose-studio.ts';
import { openControlServer } from './control/control-server.ts';
import { createEventLog } from './control/event-log.ts';
import { createOperations } from './control/operations.ts';
import { writeRunFiles } from './control/run-files.ts';
import { checkLiveEncoding } from './encode/live-encoding/chosen-layers.ts';
import { createDecodePoints } from './export/decode-points.ts';
import { type Exports, openExports } from './export/exports.ts';
import { parseIpList } from './live/intake/ip-list.ts';
import { createLiveEvents, type LiveEvents } from './live/live-events.ts';
import { createSlates } from './live/slates.ts';
import { createMediaTools } from './media-tools.ts';
import { trustedAuthorities } from './platform/certificates.ts';
import { controlToken } from './platform/control-token.ts';
import { lockDataFolder } from './platform/data-folder-lock.ts';
import { openFileLogger } from './platform/file-logger.ts';
import { createFileSecrets } from './platform/file-secrets.ts';
import { createFileTextCache } from './platform/file-text-cache.ts';
import { watchNetwork } from './platform/network.ts';
import type { OpenService, Service } from './ports/service.ts';
import type { Services } from './ports/services.ts';
import { createProcesses } from './process/create-processes.ts';
import { readFfmpegFailure } from './process/parse-failure.ts';
import { openProgressReader } from './process/parse-progress.ts';
import { storedDestination } from './publish/destination-change.ts';
import { createDestinations } from './publish/destinations.ts';
import { collectMetrics } from './service-metrics.ts';
import { openSettings } from './settings/settings.ts';
import { createPost } from './webhooks/post-event.ts';
import { createWaitingEvents } from './webhooks/waiting-events.ts';
import { openWebhooks, storedWebhook } from './webhooks/webhooks.ts';

/**
 * Opens every part in the order of who needs whom; `opened` closes them in reverse: the studio first, which ends a broadcast in an orderly
 * way while everything that it needs for that is still there.
 */
export const openService: OpenService = async (options) => {
  await using opened = new AsyncDisposableStack();
  const { dataDir } = options;
  await makeFolder(dataDir);
  if (options.lock) {
    opened.use(lockDataFolder(dataDir));
  }
  await makeFolder(join(dataDir, 'logs'));
  const logger = options.logger ?? opened.use(openFileLogger(join(dataDir, 'logs', 'lectern.log')));
  const clock = systemClock();
  const events = createEventLog({ clock });
  const settings = await openSettings({
    path: join(dataDir, 'settings.json'),
    writeFile: writeFileAtomic,
    logger,
    events,
  });
  const { network } = settings.get();
  const processes = opened.use(
    createProcesses({ clock, random: Math.random, logger, platform: process.platform }),
  );
  const tools = createMediaTools({
    processes,
    settings,
    clock,
    logger,
    cache: createFileTextCache({ path: join(dataDir, 'cache', 'findings.json'), writeFile: writeFileAtomic }),
    cacheFolder: join(dataDir, 'cache'),
    resourcesFolder: options.resourcesFolder,
  });
  await makeFolder(join(dataDir, 'cache'));

  const secrets =
    options.secrets ?? createFileSecrets({ path: join(dataDir, 'secrets.json'), writeFile: writeFileAtomic });
  const archive: Archive = opened.use(
    await openArchive({
      dataDir,
      clock,
      logger: logger.child({ part: 'archive' }),
      events,
      settings,
      originUrl: (): string => published.url(),
      secrets,
      liveEvents: (): LiveEvents => liveEvents,
      locatorsPerAsset: (): number => settings.get().service.quotas.locatorsPerAsset,
      isExporting: (asset): boolean => exports.isExporting(asset),
      drawPoster: tools.drawPoster,
    }),
  );
  // Before all that happens: what happens at the start is told, and what happens at the end waits for the next one.
  const webhooks = opened.use(
    openWebhooks({
      rows: archive.rows('webhooks', storedWebhook),
      waiting: createWaitingEvents(archive.sqlite, logger.child({ part: 'webhooks' })),
      secrets,
      events,
      post: createPost(clock),
      clock,
      random: Math.random,
      logger: logger.child({ part: 'webhooks' }),
    }),
  );
  const launchNode = options.launchNode ?? processes.launchNode;
  const programme = opened.use(
    createProgramme({ clock, logger: logger.child({ part: 'programme' }), settings, tools, launchNode }),
  );
  const encodings = createLiveEncodings({
    clock,
    logger: logger.child({ part: 'live-encoding' }),
    tools,
    run: processes.runToEnd,
    launchNode,
  });
  const ingest = opened.use(
    await openIngest({
      clock,
      logger: logger.child({ part: 'ingest' }),
      events,
      settings,
      dataDir,
      ports: options,
      launchNode,
      studioFeed: programme.feed.open,
      holdEncoding: encodings.hold,
    }),
  );
  const slates = createSlates({
    folderOf: (name) => archive.assets.folderOf(name),
    writeFile: writeFileAtomic,
  });
  const liveEvents = opened.use(
    createLiveEvents({
      clock,
      logger: logger.child({ part: 'live' }),
      events,
      eventRows: archive.rows('live_events', liveEvent),
      outputRows: archive.rows('live_outputs', liveOutput.extend({ liveEvent: z.string() })),
      assets: archive.assets,
      openStore: archive.openStore,
      reader: archive.reader,
      telemetry: ingest.telemetry,
      service: () => settings.get().service,
      openFeed: ingest.openFeed,
      holdFeed: ingest.holdFeed,
      endpointsOf: ingest.endpointsOf,
      timedMetadataEndpointsOf: ingest.timedMetadataEndpointsOf,
      originUrl: (): string => published.url(),
      checkAccessControl: (list) => void parseIpList(list),
      checkEncoding: checkLiveEncoding,
      ...previewRules(archive.protect.keys),
      readSlate: (name) => slates.read(name),
      drawPicture: tools.drawPoster,
    }),
  );
  const published: PublicOrigin = opened.use(
    await openPublicOrigin({
      port: options.originPort ?? network.originPort,
      settings,
      findPublication: async (id) =>
        (await archive.locators.find(id)) ?? findPreview(liveEvents, archive.protect.keys, id),
      keyDelivery: archive.protect.delivery,
      watchFolder: options.pagesFolder === undefined ? undefined : join(options.pagesFolder, 'watch'),
      events,
      clock,
      logger: logger.child({ part: 'origin' }),
      version: options.version,
    }),
  );
  const destinations = opened.use(
    createDestinations({
      rows: archive.rows('destinations', storedDestination),
      secrets,
      ffmpeg: async () => (await tools.tools()).ffmpeg.path,
      authorities: trustedAuthorities,
      supervise: processes.supervise,
      readFailure: readFfmpegFailure,
      openProgressReader,
      clock,
      events,
      logger: logger.child({ part: 'publish' }),
    }),
  );
  opened.use(watchNetwork({ clock, onReturn: () => destinations.networkReturned() }));
  const isLive = (): boolean => liveEvents.list().some(({ resourceState }) => resourceState === 'Running');
  const exports: Exports = opened.use(
    await openExports({
      clock,
      logger: logger.child({ part: 'export' }),
      events,
      folder: join(dataDir, 'exports'),
      asset: (name) => archive.assets.get(name),
      presentationOf: (name) => archive.assets.presentationOf(name),
      decode: createDecodePoints({
        run: processes.runToEnd,
        ffmpeg: async () => (await tools.tools()).ffmpeg.path,
      }),
      space: {
        freeBytes: freeBytesOf,
        spareBytes: () => settings.get().recording[isLive() ? 'warnFreeBytes' : 'stopFreeBytes'],
      },
      isLive,
    }),
  );
  const studio = opened.use(
    openStudio({
      clock,
      logger: logger.child({ part: 'studio' }),
      events,
      settings,
      tools,
      programme,
      archive,
      liveEvents,
      destinations,
      originUrl: published.url,
      viewers: () => published.origin.viewers(),
    }),
  );
  await studio.restore();

  const audit = openAuditLog({ sqlite: archive.sqlite, clock, events, logger: logger.child({ part: 'audit' }) });

  const token = await controlToken(dataDir);
  const parts = {
    liveEvents,
    assets: archive.assets,
    tracks: archive.tracks,
    filters: archive.filters,
    exports,
    locators: archive.locators,
    streamingPolicies: archive.protect.streamingPolicies,
    contentKeyPolicies: archive.protect.contentKeyPolicies,
    endpoints: published.endpoints,
    destinations,
    studio,
    settings,
    events,
    slates,
    webhooks,
    audit,
    programs: archive.rows('programs', storedProgram),
  };
  const operations = createOperations({ clock, logger });
  const services: Services = { ...parts, operations, metrics: () => collectMetrics(parts) };
  const control = opened.use(
    await openControlServer({
      services,
      port: options.controlPort ?? network.controlPort,
      host: '127.0.0.1',
      token,
      pagesFolder: options.pagesFolder,
      helpFolder: options.helpFolder,
      mediaOrigins: () => [...new Set([published.localUrl, published.url()])],
      version: options.version,
      logger: logger.child({ part: 'control' }),
      clock,
    }),
  );
  // Before the server closes: callers that wait for an operation are answered.
  opened.use(operations);
  const running = { controlUrl: control.url, originUrl: published.url(), token };
  const rtmpUrl = ingest.rtmpUrl();
  opened.use(await writeRunFiles(dataDir, { pid: process.pid, ...running }));
  if (settings.problem !== undefined) {
    events.publish('Lectern.Problem', 'settings', problemOf(settings.problem));
  }
  logger.info({ pid: process.pid, controlUrl: control.url, originUrl: published.url() }, 'Lectern is ready');
  void studio.settleLadder();

  const owned = opened.move();
  const { promise: closed, resolve } = Promise.withResolvers<undefined>();
  let closing: Promise<void> | undefined;
  async function close(): Promise<void> {
    try {
      await owned.disposeAsync();
    } finally {
      resolve(undefined);
    }
  }
  return {
    ...services,
    ...running,
    ...(rtmpUrl === undefined ? {} : { rtmpUrl }),
    dataDir,
    closed,
    [Symbol.asyncDispose]: () => (closing ??= close()),
  } satisfies Service;
};

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw new AppError(
      'service/data-folder-unusable',
      `The data folder ${path} cannot be made: ${error instanceof Error ? error.message : String(error)}. Give another with --data-dir.`,
      { details: { folder: path }, cause: error },
    );
  }
}
