import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { streamingLocator } from '../shared/api/publishing.ts';
import { AppError } from '../shared/app-error.ts';
import { problemOf } from '../shared/problem.ts';
import { type Assets, createAssets } from './archive/assets.ts';
import { openDatabase } from './archive/catalogue/database.ts';
import { createRepository } from './archive/catalogue/repository.ts';
import { createChunkStores } from './archive/chunk-store.ts';
import { type DiskGuard, type DiskLevel, openDiskGuard } from './archive/disk-guard.ts';
import { createLocators, type Locators } from './archive/locators.ts';
import { createSegmentReader } from './archive/segment-reader.ts';
import { storedAsset, storedMarkers } from './archive/stored-asset.ts';
import { type AssetTracks, createAssetTracks } from './archive/tracks/asset-tracks.ts';
import { openProtect } from './compose-protect.ts';
import { createFilters, type Filters, storedFilter } from './filters/filters.ts';
import type { Repository } from './ports/catalogue.ts';
import type { Logger } from './ports/logger.ts';
import type { SecretStore } from './ports/secrets.ts';
import type { EventLog, LiveEventService, SettingsService } from './ports/services.ts';
import type { OpenChunkStore, SegmentReader } from './ports/store.ts';
import { STREAMING_FORMATS } from './ports/streaming-format.ts';
import type { Protect } from './protect/protect.ts';

/** Everything that lasts, open. */
export type Archive = AsyncDisposable & {
  /** A table of the catalogue. */
  readonly rows: <T>(table: Parameters<typeof createRepository>[1], schema: z.ZodType<T>) => Repository<T>;
  /** For what is no row of a repository: the audit log. */
  readonly sqlite: DatabaseSync;
  readonly disk: DiskGuard;
  readonly reader: SegmentReader;
  readonly openStore: OpenChunkStore;
  readonly assets: Assets;
  readonly tracks: AssetTracks;
  readonly locators: Locators;
  readonly protect: Protect;
  readonly filters: Filters;
};

export async function openArchive(options: {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventLog;
  readonly settings: SettingsService;
  readonly originUrl: () => string;
  readonly secrets: SecretStore;
  /** Which previews are published under which policy. */
  readonly liveEvents: () => Pick<LiveEventService, 'list'>;
  readonly locatorsPerAsset: () => number;
  /** Whether an export reads the asset. */
  readonly isExporting: (assetName: string) => boolean;
  /** Finished exports of the asset that nobody gave a place, by name. */
  readonly exportedFilesOf: (assetName: string) => ReadonlyMap<string, string>;
  readonly drawPoster: (init: Uint8Array, segment: Uint8Array) => Promise<Uint8Array>;
  /** Asked at each segment of a live event, beside whether the disk has room. */
  readonly mayRecord?: (liveEvent: string) => boolean;
}): Promise<Archive> {
  const { dataDir, clock, logger, events } = options;
  await using opened = new AsyncDisposableStack();
  const database = opened.use(openDatabase(join(dataDir, 'catalogue.sqlite')));
  if (database.problem !== undefined) {
    logger.error({ error: database.problem }, 'the catalogue was damaged; a new one was begun');
    events.publish('Lectern.Problem', 'archive', problemOf(database.problem));
  }
  const waiting: (() => boolean)[] = [];
  opened.defer(() => void waiting.map((settle) => settle()));
  const rows: Archive['rows'] = (table, schema) => {
    const repository = createRepository(database, table, schema, (name, key, problem) => {
      logger.error({ table: name, key, problem }, 'a row of the catalogue cannot be read; it is left out');
    });
    waiting.push(() => repository.settle());
    return repository;
  };
  const disk = opened.use(
    await openDiskGuard({ folder: dataDir, limits: () => options.settings.get().recording, clock }),
  );
  opened.use(
    disk.changed.on((level) => {
      // There may be room again for what the catalogue could not take.
      waiting.forEach((settle) => settle());
      const problem = diskProblem(level, dataDir, disk.freeBytes());
      if (problem !== undefined) {
        logger.warn({ level, freeBytes: disk.freeBytes() }, problem.message);
        events.publish('Lectern.Problem', 'archive', problemOf(problem));
      }
    }),
  );
  const reader = opened.use(createSegmentReader());
  const spoolFolder = join(dataDir, 'spool');
  await mkdir(spoolFolder, { recursive: true });
  const openStore = createChunkStores({
    spoolFolder,
    mayWrite: (eventId) => disk.level() !== 'full' && (options.mayRecord?.(eventId) ?? true),
    onFault(eventId, error) {
      void disk.check();
      events.publish('Lectern.Problem', `liveEvent/${eventId}`, problemOf(writeProblem(error, dataDir)));
    },
    logger,
  });
  const assets: Assets = createAssets({
    clock,
    logger,
    events,
    rows: rows('assets', storedAsset),
    markers: rows('markers', storedMarkers),
    assetsFolder: join(dataDir, 'assets'),
    spoolFolder,
    reader,
    // The two know each other's names only: a locator belongs to an asset, and an asset says which locators it has.
    locatorNames: (name) => locators.namesOf(name),
    deleteLocators(name) {
      locators.deleteOf(name);
      tracks.forget(name);
      filters.deleteOf(name);
    },
    isInUse: options.isExporting,
    onRecorded: (name) => tracks.takeTranscripts(name),
    drawPoster: options.drawPoster,
  });
  const tracks = createAssetTracks({ clock, logger, events, reader, assets });
  const filters = createFilters({
    rows: rows('filters', storedFilter),
    clock,
    events,
    insistOnAsset: (name) => assets.get(name),
    limit: () => options.settings.get().service.quotas.filters,
  });
  const protect = opened.use(openProtect({ ...options, rows, locators: () => locators }));
  const locators = createLocators({
    rows: rows('locators', streamingLocator),
    clock,
    events,
    asset: (name) => assets.get(name),
    presentationOf: (name) => tracks.presentationOf(name),
    filesOf: (name) => new Map([...options.exportedFilesOf(name), ...tracks.filesOf(name)]),
    filteredOf: filters.filteredOf,
    originUrl: options.originUrl,
    keys: protect.keys,
    formats: STREAMING_FORMATS,
    limit: options.locatorsPerAsset,
  });
  await assets.recover();
  await tracks.recover();
  const owned = opened.move();
  return {
    rows,
    sqlite: database.sqlite,
    disk,
    reader,
    openStore,
    assets,
    tracks,
    locators,
    protect,
    filters,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function diskProblem(level: DiskLevel, dataDir: string, freeBytes: number): AppError | undefined {
  const megabytes = Math.floor(freeBytes / 1024 ** 2);
  const details = { path: dataDir, freeBytes };
  switch (level) {
    case 'fine':
      return undefined;
    case 'low':
      return new AppError(
        'archive/disk-low',
        `Only ${megabytes} MB are free for ${dataDir}. Make room before recording ends.`,
        {
          details,
        },
      );
    case 'full':
      return new AppError(
        'archive/disk-full',
        `Only ${megabytes} MB are free for ${dataDir}, so nothing more is recorded until there is room. What is recorded is safe.`,
        { details },
      );
  }
}

function writeProblem(error: unknown, dataDir: string): AppError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const words = error instanceof Error ? error.message : String(error);
  return code === 'ENOSPC' || code === 'EDQUOT'
    ? new AppError(
        'archive/disk-full',
        `The disk of ${dataDir} takes nothing more. Recording goes on when there is room; what is recorded is safe.`,
        {
          details: { path: dataDir },
          cause: error,
        },
      )
    : new AppError(
        'archive/write-failed',
        `The recording cannot be written: ${words}. It is tried again with each segment.`,
        {
          details: { path: dataDir },
          cause: error,
        },
      );
}
