import { join } from 'node:path';
import { systemClock } from '../base/clock.ts';
import type { StudioState } from '../shared/api/studio.ts';
import { storedProgram } from '../shared/api/v2.ts';
import { problemOf } from '../shared/problem.ts';
import { writeFileAtomic } from './archive/write-file-atomic.ts';
import { openAuditLog } from './audit/audit-log.ts';
import { type Archive, openArchive } from './compose-archive.ts';
import { composeBrowserSources } from './compose-browser-sources.ts';
import { openDevices } from './compose-devices.ts';
import { openIngest } from './compose-ingest.ts';
import { createLiveEncodings } from './compose-live-encoding.ts';
import { composeLiveEvents } from './compose-live-events.ts';
import { openPublicOrigin, type PublicOrigin } from './compose-origin.ts';
import { openPresenter } from './compose-presenter.ts';
import { findPreview } from './compose-preview.ts';
import { composeProofOfAir } from './compose-proof-of-air.ts';
import { composeRecordingTools, type RecordingTools } from './compose-recording-tools.ts';
import { composeRemote, remoteParts } from './compose-remote.ts';
import { createProgramme } from './compose-studio.ts';
import { composeUploads } from './compose-uploads.ts';
import { openControlServer } from './control/control-server.ts';
import { createEventLog } from './control/event-log.ts';
import { createOperations } from './control/operations.ts';
import { writeRunFiles } from './control/run-files.ts';
import { storedEndpoint } from './endpoints/endpoint-resource.ts';
import { givenPort } from './ingest/transport-stream/given-port.ts';
import type { LiveEvents } from './live/live-events.ts';
import { createSlates } from './live/slates.ts';
import { createMediaTools } from './media-tools.ts';
import { storedUpload } from './mirror/upload-change.ts';
import { trustedAuthorities } from './platform/certificates.ts';
import { controlToken } from './platform/control-token.ts';
import { makeDataFolder } from './platform/data-folder.ts';
import { lockDataFolder } from './platform/data-folder-lock.ts';
import { openFileLogger } from './platform/file-logger.ts';
import { openFileSecrets } from './platform/file-secrets.ts';
import { createFileTextCache } from './platform/file-text-cache.ts';
import { keepAwake } from './platform/keep-awake.ts';
import { watchNetwork } from './platform/network.ts';
import { createSleepMeter } from './platform/sleep-meter.ts';
import type { OpenService, Service } from './ports/service.ts';
import type { Services } from './ports/services.ts';
import { createProcesses } from './process/create-processes.ts';
import { readFfmpegFailure } from './process/parse-failure.ts';
import { openProgressReader } from './process/parse-progress.ts';
import { storedDestination } from './publish/destination-change.ts';
import { createDestinations } from './publish/destinations.ts';
import { storedDevice } from './remote/devices.ts';
import { collectMetrics } from './service-metrics.ts';
import { openSettings } from './settings/settings.ts';
import { createDiskDrill } from './studio/fire-drill/disk-drill.ts';
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
  await makeDataFolder(dataDir);
  if (options.lock) {
    opened.use(lockDataFolder(dataDir));
  }
  await makeDataFolder(join(dataDir, 'logs'));
  const logger = options.logger ?? opened.use(openFileLogger(join(dataDir, 'logs', 'lectern.log')));
  const clock = systemClock({ sleptMs: createSleepMeter({ platform: process.platform }) });
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
    browserFeed: (source): Promise<URL> => browserSources.feedOf(source),
  });
  await makeDataFolder(join(dataDir, 'cache'));

  const passphrase = { ...options.passphrase, settingsFile: settings.get().service.passphraseFile };
  const secretsPath = join(dataDir, 'secrets.json');
  const secrets =
    options.secrets ??
    (await openFileSecrets({ path: secretsPath, writeFile: writeFileAtomic, passphrase, logger }));
  const browserSources = opened.use(
    composeBrowserSources({
      clock,
      events,
      logger: logger.child({ part: 'browser-source' }),
      secrets,
      pagesFolder: options.pagesFolder,
      studio: (): StudioState => studio.state(),
      onAir: (): ReadonlySet<string> => programme.board.onAir(),
    }),
  );
  const diskDrill = createDiskDrill(clock);
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
      exportedFilesOf: (asset): ReadonlyMap<string, string> => exports.filesOf(asset),
      drawPoster: tools.drawPoster,
      mayRecord: (liveEvent) => diskDrill.mayRecord(liveEvent),
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
    createProgramme({
      clock,
      logger: logger.child({ part: 'programme' }),
      settings,
      events,
      tools,
      launchNode,
      run: processes.runToEnd,
      imageFolder: join(dataDir, 'images'),
      writeFile: writeFileAtomic,
    }),
  );
  const devices = opened.use(
    openDevices({ tools, processes, programme, events, clock, logger: logger.child({ part: 'devices' }) }),
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
      givenPorts: archive.rows('transport_ports', givenPort),
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
    composeLiveEvents({
      clock,
      logger,
      events,
      settings,
      tools,
      processes,
      archive,
      ingest,
      slates,
      originUrl: (): string => published.url(),
    }),
  );
  const isLive = (): boolean => liveEvents.list().some(({ resourceState }) => resourceState === 'Running');
  const ffmpeg = async (): Promise<string> => (await tools.tools()).ffmpeg.path;
  const { exports, certificates, storyboards, thumbnails }: RecordingTools = opened.use(
    await composeRecordingTools({
      dataDir,
      clock,
      logger,
      events,
      archive,
      ffmpeg,
      tools: tools.tools,
      processes,
      spareBytes: () => settings.get().recording[isLive() ? 'warnFreeBytes' : 'stopFreeBytes'],
      isLive,
      isOverloaded: () => programme.feed.isOverloaded(),
    }),
  );
  const published: PublicOrigin = opened.use(
    await openPublicOrigin({
      port: options.originPort ?? network.originPort,
      settings,
      endpointRows: archive.rows('streaming_endpoints', storedEndpoint),
      secrets,
      findPublication: async (id) =>
        (await archive.locators.find(id)) ?? findPreview(liveEvents, archive.protect.keys, id),
      storyboards,
      keyDelivery: archive.protect.delivery,
      watchFolder: options.pagesFolder === undefined ? undefined : join(options.pagesFolder, 'watch'),
      events,
      clock,
      logger: logger.child({ part: 'origin' }),
      version: options.version,
    }),
  );
  const pushTools = {
    ffmpeg,
    authorities: trustedAuthorities,
    supervise: processes.supervise,
    readFailure: readFfmpegFailure,
    openProgressReader,
  };
  const destinations = opened.use(
    createDestinations({
      ...pushTools,
      rows: archive.rows('destinations', storedDestination),
      secrets,
      clock,
      events,
      logger: logger.child({ part: 'publish' }),
    }),
  );
  const uploads = opened.use(
    composeUploads({
      rows: archive.rows('uploads', storedUpload),
      sqlite: archive.sqlite,
      secrets,
      events,
      locators: archive.locators,
      clock,
      logger: logger.child({ part: 'mirror' }),
    }),
  );
  const onReturn = (): void => {
    destinations.networkReturned();
    uploads.networkReturned();
  };
  opened.use(watchNetwork({ clock, onReturn }));
  const { studio, clips, panic, preflight, fireDrill } = opened.use(
    await openPresenter({
      clock,
      logger,
      events,
      settings,
      tools,
      programme,
      archive,
      liveEvents,
      exports,
      uploads,
      destinations,
      published,
      diskDrill,
      authorities: trustedAuthorities,
      run: processes.runToEnd,
      launchNode,
      pushTools,
    }),
  );
  await studio.restore();
  browserSources.begin();
  devices.follow();

  const audit = openAuditLog({ sqlite: archive.sqlite, clock, events, logger: logger.child({ part: 'audit' }) });
  if (options.host === 'headless') {
    const isBusy = (): boolean => isLive() || studio.state().phase !== 'off-air';
    opened.use(keepAwake({ clock, platform: process.platform, spawn: processes.spawn, events, isBusy, logger }));
  }
  const proofOfAir = opened.use(
    composeProofOfAir({
      clock,
      logger: logger.child({ part: 'proof-of-air' }),
      events,
      studio,
      liveEvents,
      locators: archive.locators,
      destinations,
      originUrl: published.url,
      authorities: trustedAuthorities,
      run: processes.runToEnd,
      ffmpeg,
    }),
  );
  const remote = opened.use(
    composeRemote({
      clock,
      events,
      logger: logger.child({ part: 'remote' }),
      settings,
      rows: archive.rows('remote_devices', storedDevice),
      audit,
      parts: remoteParts({ studio, destinations, proofOfAir, scenes: programme.scenes, panic }),
      port: options.remotePort,
      pagesFolder: options.pagesFolder,
      capture: browserSources.door,
      onDoor: (network) => browserSources.setDoors({ network }),
      originUrl: published.url,
    }),
  );

  const token = await controlToken(dataDir);
  const parts = {
    liveEvents,
    assets: archive.assets,
    tracks: archive.tracks,
    clips,
    certificates,
    thumbnails,
    filters: archive.filters,
    exports,
    locators: archive.locators,
    streamingPolicies: archive.protect.streamingPolicies,
    contentKeyPolicies: archive.protect.contentKeyPolicies,
    playTokens: archive.protect.playTokens,
    endpoints: published.endpoints,
    destinations,
    uploads,
    studio,
    panic,
    preflight,
    fireDrill,
    scenes: programme.scenes,
    devices,
    settings,
    events,
    slates,
    webhooks,
    audit,
    proofOfAir,
    remote,
    browserSources,
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
      capture: browserSources.door,
      mediaOrigins: () => [...new Set([published.localUrl, published.url()])],
      version: options.version,
      logger: logger.child({ part: 'control' }),
      clock,
    }),
  );
  browserSources.setDoors({ local: control.url });
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
  const close = async (): Promise<void> => await owned.disposeAsync().finally(() => resolve(undefined));
  return {
    ...services,
    ...running,
    ...(rtmpUrl === undefined ? {} : { rtmpUrl }),
    dataDir,
    closed,
    [Symbol.asyncDispose]: () => (closing ??= close()),
  } satisfies Service;
};
