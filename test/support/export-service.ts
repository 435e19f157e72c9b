import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../src-main/base/clock.ts';
import { createEventLog } from '../../src-main/core/control/event-log.ts';
import { type Exports, type ExportsOptions, openExports } from '../../src-main/core/export/exports.ts';
import { cutPresentation } from '../../src-main/core/filters/cut-presentation.ts';
import { createCopyAsFiles } from '../../src-main/core/mirror/static-copy.ts';
import { createPackager } from '../../src-main/core/packaging/packager.ts';
import { silentLogger } from '../../src-main/core/ports/logger.ts';
import type { Presentation } from '../../src-main/core/ports/presentation.ts';
import type { EventLog } from '../../src-main/core/ports/services.ts';
import { AppError } from '../../src-main/shared/app-error.ts';

const ASSET_ID = '6e5f0b3c-8a57-4f0e-9a51-0d7a5f0c9d11';

/** The exports of one asset, `talk`, in a folder of their own. */
export type ExportRig = AsyncDisposable & {
  readonly exports: Exports;
  readonly events: EventLog;
  /** Where the service keeps its own. */
  readonly folder: string;
  /** A folder of the user. */
  readonly outFolder: string;
  /** Closes the service and opens it again on the same folder, as a restart does. */
  reopen(over?: Partial<ExportsOptions>): Promise<Exports>;
  /** From now on there is no asset. */
  deleteAsset(): void;
};

/** A check that finds every picture and sound where it was told to look. */
const findsEverything: ExportsOptions['decode'] = (_, points) =>
  Promise.resolve(points.map(({ seconds }) => seconds));

export async function openExportRig(
  presentation: Presentation | undefined,
  over: Partial<ExportsOptions> = {},
): Promise<ExportRig> {
  const root = await mkdtemp(join(tmpdir(), 'lectern-exports-'));
  const outFolder = await mkdtemp(join(tmpdir(), 'lectern-videos-'));
  const clock: Clock = over.clock ?? systemClock();
  const events = createEventLog({ clock });
  const folder = join(root, 'exports');
  let isThere = true;
  const options: ExportsOptions = {
    clock,
    events,
    folder,
    logger: silentLogger,
    asset(name) {
      if (name !== 'talk' || !isThere) {
        throw new AppError('resource/not-found', `There is no asset ${name}.`);
      }
      return { name, assetId: ASSET_ID, title: 'A talk: on <tape>' };
    },
    presentationOf: () => Promise.resolve(presentation),
    decode: findsEverything,
    remux: async (from, to) => await copyFile(from, to),
    cut: cutPresentation,
    copy: createCopyAsFiles(createPackager({ clock, leavesOutRemoved: true })),
    space: { freeBytes: () => Promise.resolve(Number.POSITIVE_INFINITY), spareBytes: () => 0 },
    isLive: () => false,
    ...over,
  };
  let exports = await openExports(options);
  return {
    get exports() {
      return exports;
    },
    events,
    folder,
    outFolder,
    async reopen(again = {}) {
      await exports[Symbol.asyncDispose]();
      exports = await openExports({ ...options, ...again });
      return exports;
    },
    deleteAsset() {
      isThere = false;
      events.publish('Lectern.AssetDeleted', 'asset/talk', { name: 'talk' });
    },
    async [Symbol.asyncDispose]() {
      await exports[Symbol.asyncDispose]();
      await rm(root, { recursive: true, force: true });
      await rm(outFolder, { recursive: true, force: true });
    },
  };
}
