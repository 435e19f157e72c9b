import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { streamingLocator } from '../shared/api/publishing.ts';
import { type Assets, createAssets } from './archive/assets.ts';
import { openDatabase } from './archive/catalogue/database.ts';
import { createRepository } from './archive/catalogue/repository.ts';
import { createChunkStores } from './archive/chunk-store.ts';
import { type DiskGuard, openDiskGuard } from './archive/disk-guard.ts';
import { createLocators, type Locators } from './archive/locators.ts';
import { createSegmentReader } from './archive/segment-reader.ts';
import { storedAsset, storedMarkers } from './archive/stored-asset.ts';
import type { Repository } from './ports/catalogue.ts';
import type { Logger } from './ports/logger.ts';
import type { EventLog, SettingsService } from './ports/services.ts';
import type { OpenChunkStore, SegmentReader } from './ports/store.ts';

/** Everything that lasts, open. */
export type Archive = AsyncDisposable & {
  /** A table of the catalogue. */
  readonly rows: <T>(table: Parameters<typeof createRepository>[1], schema: z.ZodType<T>) => Repository<T>;
  readonly disk: DiskGuard;
  readonly reader: SegmentReader;
  readonly openStore: OpenChunkStore;
  readonly assets: Assets;
  readonly locators: Locators;
};

export async function openArchive(options: {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventLog;
  readonly settings: SettingsService;
  readonly originUrl: () => string;
  readonly locatorsPerAsset: number;
  /** Whether an export reads the asset. */
  readonly isExporting: (assetName: string) => boolean;
  readonly drawPoster: (init: Uint8Array, segment: Uint8Array) => Promise<Uint8Array>;
}): Promise<Archive> {
  const { dataDir, clock, logger, events } = options;
  await using opened = new AsyncDisposableStack();
  const database = opened.use(openDatabase(join(dataDir, 'catalogue.sqlite')));
  const rows: Archive['rows'] = (table, schema) =>
    createRepository(database, table, schema, (name, key, problem) => {
      logger.error({ table: name, key, problem }, 'a row of the catalogue cannot be read; it is left out');
    });
  const disk = opened.use(
    await openDiskGuard({ folder: dataDir, limits: () => options.settings.get().recording, clock }),
  );
  const reader = opened.use(createSegmentReader());
  const spoolFolder = join(dataDir, 'spool');
  await mkdir(spoolFolder, { recursive: true });
  const openStore = createChunkStores({
    spoolFolder,
    mayWrite: () => disk.level() !== 'full',
    onFault(eventId, error) {
      void disk.check();
      events.publish('Lectern.Problem', `liveEvent/${eventId}`, {
        code: 'archive/write-failed',
        detail: error instanceof Error ? error.message : String(error),
      });
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
    reader,
    // The two know each other's names only: a locator belongs to an asset, and an asset says which locators it has.
    locatorNames: (name) => locators.namesOf(name),
    deleteLocators: (name) => locators.deleteOf(name),
    isInUse: options.isExporting,
    drawPoster: options.drawPoster,
  });
  const locators = createLocators({
    rows: rows('locators', streamingLocator),
    clock,
    events,
    asset: (name) => assets.get(name),
    presentationOf: (name) => assets.presentationOf(name),
    originUrl: options.originUrl,
    limit: options.locatorsPerAsset,
  });
  await assets.recover();
  const owned = opened.move();
  return { rows, disk, reader, openStore, assets, locators, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
