import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { Asset, AssetCreate } from '../../shared/api/assets.ts';
import { AppError, toAppError } from '../../shared/app-error.ts';
import type { AssetLedger, RecordingClaim, RecordingDescription } from '../ports/archive.ts';
import type { Repository } from '../ports/catalogue.ts';
import type { Logger } from '../ports/logger.ts';
import type { Presentation } from '../ports/presentation.ts';
import type { AssetService, EventLog } from '../ports/services.ts';
import type { SegmentReader } from '../ports/store.ts';
import { summarise } from './asset-summary.ts';
import { openRecording } from './open-recording.ts';
import { describeRecording, readRecordingJson, writeRecordingJson } from './recording-json.ts';
import { recoverAssets } from './recovery.ts';
import type { StoredAsset, StoredMarkers } from './stored-asset.ts';

export type AssetsOptions = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventLog;
  readonly rows: Repository<StoredAsset>;
  /** One row per asset, under its name. */
  readonly markers: Repository<StoredMarkers>;
  /** Holds one folder per asset. */
  readonly assetsFolder: string;
  readonly reader: SegmentReader;
  readonly locatorNames: (assetName: string) => readonly string[];
  /** Un-publishes an asset that goes. */
  readonly deleteLocators: (assetName: string) => void;
  /** Whether something (an export) still reads the asset. */
  readonly isInUse: (assetName: string) => boolean;
  /** JPEG of the first picture of a key-frame segment: its init and its bytes. */
  readonly drawPoster: (init: Uint8Array, segment: Uint8Array) => Promise<Uint8Array>;
};

export type Assets = AssetService &
  AssetLedger & {
    readonly folderOf: (name: string) => string;
    /** What plays at the asset's locators: the broadcast in progress or the recording. Undefined while it is empty. */
    presentationOf(name: string): Promise<Presentation | undefined>;
    /** Brings catalogue and folders together after a start: finishes what a crash cut off, finds what the catalogue lost. */
    recover(): Promise<void>;
  };

export function createAssets(options: AssetsOptions): Assets {
  const { clock, events, rows, logger } = options;
  const presentations = new Map<string, Presentation>();
  const opening = new Map<string, Promise<Presentation | undefined>>();
  const posters = new Map<string, Uint8Array>();

  const now = (): string => new Date(clock.wallMs()).toISOString();

  function stored(name: string): StoredAsset {
    const found = rows.get(name);
    if (found === undefined) {
      throw new AppError('resource/not-found', `There is no asset ${name}.`, { details: { asset: name } });
    }
    return found;
  }

  const folderOf = (name: string): string => join(options.assetsFolder, stored(name).assetId);

  /** As the API shows it: of a recording in progress, length and size as they are this moment. */
  function show(found: StoredAsset): Asset {
    const presentation = found.state === 'recording' ? presentations.get(found.name) : undefined;
    return {
      ...found,
      ...(presentation === undefined ? {} : summarise(presentation)),
      locators: [...options.locatorNames(found.name)],
    };
  }

  function save(found: StoredAsset): Asset {
    rows.put(found.name, found);
    const shown = show(found);
    events.publish('Lectern.AssetChanged', `asset/${found.name}`, shown);
    return shown;
  }

  async function open(name: string): Promise<Presentation | undefined> {
    const found = rows.get(name);
    if (found === undefined || found.state === 'empty') {
      return undefined;
    }
    const folder = folderOf(name);
    const recording = await openRecording({
      id: `asset/${found.assetId}`,
      folder,
      reader: options.reader,
      repair: false,
    });
    if (recording !== undefined) {
      presentations.set(name, recording.presentation);
    }
    return recording?.presentation;
  }

  async function presentationOf(name: string): Promise<Presentation | undefined> {
    const known = presentations.get(name);
    if (known !== undefined) {
      return known;
    }
    // Many viewers may ask at once for a recording that nobody has opened yet.
    const pending = opening.get(name) ?? open(name);
    opening.set(name, pending);
    try {
      return await pending;
    } finally {
      opening.delete(name);
    }
  }

  /** Checks what a recording left on disk, repairs its end, and says so in the catalogue. */
  async function finalise(name: string): Promise<void> {
    const found = stored(name);
    try {
      const recording = await openRecording({
        id: `asset/${found.assetId}`,
        folder: folderOf(name),
        reader: options.reader,
        repair: true,
      });
      if (recording === undefined) {
        save({ ...found, state: 'empty', lastModified: now() });
        return;
      }
      if (!presentations.has(name)) {
        presentations.set(name, recording.presentation);
      }
      save({
        ...stored(name),
        ...summarise(recording.presentation),
        state: recording.damage.length === 0 ? 'ready' : 'damaged',
        ...(recording.damage.length === 0 ? {} : { damage: recording.damage.join(' ') }),
        lastModified: now(),
      });
    } catch (error) {
      const { message } = toAppError(error);
      logger.error({ asset: name, error }, 'a recording could not be checked');
      save({ ...stored(name), state: 'damaged', damage: message, lastModified: now() });
    }
  }

  function claimOf(name: string): RecordingClaim {
    const folder = folderOf(name);
    let description: RecordingDescription | undefined;
    return {
      folder,
      async describe(given) {
        description = given;
        const found = stored(name);
        save({ ...found, manifestName: given.manifestName, lastModified: now() });
        await writeRecordingJson(folder, describeRecording(found, given));
      },
      present(presentation) {
        presentations.set(name, presentation);
        save({ ...stored(name), state: 'recording', recordedAt: now(), lastModified: now() });
      },
      async finish(lastSequence) {
        const found = stored(name);
        save({ ...found, ...showLive(name), state: 'finalising', lastModified: now() });
        if (description !== undefined) {
          await writeRecordingJson(folder, { ...describeRecording(found, description), lastSequence });
        }
        await finalise(name);
      },
      async abandon() {
        presentations.delete(name);
        await options.reader.release(folder);
        await rm(folder, { recursive: true, force: true });
        const { recordedAt, manifestName, ...empty } = stored(name);
        save({ ...empty, state: 'empty', duration: 0, size: 0, tracks: [], gaps: [], lastModified: now() });
      },
    };
  }

  function showLive(name: string): Partial<StoredAsset> {
    const presentation = presentations.get(name);
    return presentation === undefined ? {} : summarise(presentation);
  }

  return {
    folderOf,
    presentationOf,
    list: () => rows.list().map(show).toReversed(),
    get: (name) => show(stored(name)),
    async create(name, request) {
      if (rows.get(name) !== undefined) {
        throw new AppError('resource/exists', `There is already an asset ${name}. Nothing was changed.`, {
          details: { asset: name },
        });
      }
      const created = now();
      return await Promise.resolve(
        save({
          name,
          assetId: randomUUID(),
          title: request.title ?? name,
          description: request.description ?? '',
          tags: request.tags ?? [],
          state: 'empty',
          created,
          lastModified: created,
          duration: 0,
          size: 0,
          tracks: [],
          gaps: [],
        }),
      );
    },
    async update(name, patch: AssetCreate) {
      const found = stored(name);
      const changed = save({
        ...found,
        title: patch.title ?? found.title,
        description: patch.description ?? found.description,
        tags: patch.tags ?? found.tags,
        lastModified: now(),
      });
      // The title stands in the folder too, for whoever finds it without the catalogue.
      const json = await readRecordingJson(folderOf(name));
      if (json !== undefined) {
        await writeRecordingJson(folderOf(name), { ...json, title: changed.title });
      }
      return changed;
    },
    async delete(name) {
      const found = stored(name);
      if (found.state === 'recording' || found.state === 'finalising') {
        throw new AppError(
          'resource/in-use',
          `The asset ${found.title} is still being recorded. End the recording first; nothing was deleted.`,
          {
            details: { asset: name, state: found.state },
          },
        );
      }
      if (options.isInUse(name)) {
        throw new AppError(
          'resource/in-use',
          `The asset ${found.title} is being exported. Cancel the export first; nothing was deleted.`,
          {
            details: { asset: name },
          },
        );
      }
      options.deleteLocators(name);
      presentations.delete(name);
      posters.delete(name);
      const folder = folderOf(name);
      await options.reader.release(folder);
      rows.delete(name);
      options.markers.delete(name);
      // Renamed first: a crash between here and the end of a long deletion leaves a folder that recovery knows is rubbish.
      await discard(folder);
      events.publish('Lectern.AssetDeleted', `asset/${name}`, { name });
    },
    markers(name) {
      stored(name);
      return options.markers.get(name) ?? [];
    },
    async addMarker(name, time, label) {
      const known = this.markers(name);
      const added = { id: randomUUID(), time, label };
      options.markers.put(
        name,
        [...known, added].toSorted((a, b) => a.time - b.time),
      );
      return await Promise.resolve(added);
    },
    async poster(name) {
      const kept = posters.get(name);
      if (kept !== undefined) {
        return kept;
      }
      const presentation = await presentationOf(name);
      const video = presentation
        ?.tracks()
        .filter(({ track }) => track.kind === 'video')
        .at(-1);
      // A moment after the beginning, which is often a title or still black.
      const index = video === undefined ? -1 : Math.min(2, video.segments.length - 1);
      if (presentation === undefined || video === undefined || index < 0) {
        throw new AppError('archive/empty', `The recording ${stored(name).title} has no picture yet.`, {
          details: { asset: name },
        });
      }
      const segment = await presentation.readSegment(video, video.segments.at(index).sequence);
      const poster = await options.drawPoster(video.track.init, segment);
      posters.set(name, poster);
      return poster;
    },
    async beginRecording(assetName) {
      const found = stored(assetName);
      if (found.state !== 'empty' || presentations.has(assetName)) {
        throw new AppError(
          'resource/in-use',
          `The asset ${found.title} holds a recording already; each live output needs an asset of its own.`,
          { details: { asset: assetName, state: found.state } },
        );
      }
      await mkdir(folderOf(assetName), { recursive: true });
      return claimOf(assetName);
    },
    async recover() {
      await recoverAssets({
        rows,
        assetsFolder: options.assetsFolder,
        logger,
        finalise,
        adopt: (json) =>
          void save({
            name: json.name,
            assetId: json.assetId,
            title: json.title,
            description: '',
            tags: [],
            state: 'finalising',
            created: json.created,
            lastModified: now(),
            duration: 0,
            size: 0,
            tracks: [],
            gaps: [],
            manifestName: json.manifestName,
          }),
        recovered: (name) => events.publish('Lectern.Recovered', `asset/${name}`, show(stored(name))),
      });
    },
  };

  async function discard(folder: string): Promise<void> {
    const rubbish = `${folder}.deleted`;
    try {
      await rename(folder, rubbish);
    } catch {
      // It never got a folder.
      return;
    }
    await rm(rubbish, { recursive: true, force: true });
  }
}
